import { check, type Lab } from 'flinkts/workshop'

const TOPIC = 'bookmark-rides'
const [BEFORE, AFTER] = [6000, 4000]
const TOTAL = BEFORE + AFTER
/** A command is started to ask; on a busy machine that takes its time. */
const COMMIT_LIMIT_MS = 60_000

const number = (value: number): string => value.toLocaleString('en-US')

function option(sql: string, name: string): string | undefined {
  return new RegExp(`^\\s*'${name.replaceAll('.', '\\.')}'\\s*=\\s*'([^']*)'`, 'm').exec(sql)?.[1]
}

async function rows(lab: Lab): Promise<number> {
  const [row] = await lab.query<{ rows: number }>('SELECT count(*)::int AS rows FROM map_rides')
  return row!.rows
}

interface Reader {
  readonly kind: string
  readonly name: string
  readonly lag: number
}

/** The bookmark comes a moment after the checkpoint. */
async function bookmarked(lab: Lab, group: string): Promise<void> {
  const ask = async (): Promise<boolean> => {
    const { stdout } = await lab.flinkts('topics', 'describe', TOPIC, '--json')
    const { readers } = JSON.parse(stdout) as { readonly readers: readonly Reader[] }
    return readers.some(({ kind, name, lag }) => kind === 'group' && name === group && lag === 0)
  }
  await lab.until(`group ${group} to have its bookmark behind the ${number(BEFORE)} rides`, ask, COMMIT_LIMIT_MS)
}

function checkFirstStart(lab: Lab, sql: string, seen: number): void {
  if (seen === BEFORE) return
  const [reset, mode] = [
    option(sql, 'properties.auto.offset.reset'),
    option(sql, 'scan.startup.mode') ?? 'group-offsets',
  ]
  lab.wrong(
    `the first start copied ${number(seen)} rows, ${number(BEFORE)} rides were there`,
    mode === 'group-offsets' && reset === 'latest'
      ? "The group had no bookmark yet, and 'properties.auto.offset.reset' = 'latest' says: then begin at the end. The rides that were there are never copied."
      : mode === 'latest-offset'
        ? "'latest-offset' begins behind what is there. After the restart it would skip what came in between, too."
        : `It began at '${mode}'.`,
  )
}

/** A job that the learner left running would write into what is made anew. */
async function endOwnJob(lab: Lab, name: string): Promise<void> {
  const jobs = await lab.rest<readonly { key: string; status: string }[]>('/flinkts/jobs')
  const runs = jobs.some(({ key, status }) => key === name && !/^(FINISHED|FAILED|CANCELED|SUSPENDED)$/.test(status))
  if (runs) await lab.flinkts('jobs', 'cancel', name)
}

export default check(async (lab: Lab) => {
  const sql = lab.read('job.sql')
  const [group, mode] = [option(sql, 'properties.group.id'), option(sql, 'scan.startup.mode') ?? 'group-offsets']
  if (group === undefined)
    lab.wrong(
      "job.sql names no 'properties.group.id'",
      'Without a group there is no bookmark, neither to leave nor to begin at.',
    )
  await endOwnJob(lab, 'copy-for-the-map')
  await lab.topic(TOPIC, { partitions: 2 })
  await lab.produce(TOPIC, { file: lab.data('trips.csv'), key: 'PULocationID', count: BEFORE })
  await lab.query(`
    DROP TABLE IF EXISTS map_rides;
    CREATE TABLE map_rides (pulocationid int, total_amount float8, tpep_pickup_datetime bigint)`)
  const first = await lab.run('job.sql')
  await first.caughtUp()
  checkFirstStart(lab, sql, await rows(lab))
  await bookmarked(lab, group)
  await first.cancel()

  await lab.produce(TOPIC, { file: lab.data('trips.csv'), key: 'PULocationID', skip: BEFORE })
  const second = await lab.run('job.sql')
  await second.caughtUp()
  const seen = await rows(lab)
  await second.cancel()
  if (seen === TOTAL + BEFORE)
    lab.wrong(
      `${number(TOTAL)} rides, ${number(seen)} rows in map_rides`,
      `Without its state the job began at '${mode}' once more and copied the first ${number(BEFORE)} rides again. The bookmark of group '${group}' stood behind them: 'scan.startup.mode' = 'group-offsets' begins there.`,
    )
  if (seen < TOTAL)
    lab.wrong(
      `${number(TOTAL)} rides, ${number(seen)} rows in map_rides: ${number(TOTAL - seen)} are missing`,
      `The second start began at '${mode}', behind the rides that came while nobody read.`,
    )
  lab.equal(seen, TOTAL, 'rows in map_rides', `The second start began at '${mode}'.`)
  lab.note(`${number(BEFORE)} rides, the state lost, ${number(AFTER)} rides: ${number(seen)} rows`)
  lab.note(`the bookmark of group '${group}' was all that was left`)
})
