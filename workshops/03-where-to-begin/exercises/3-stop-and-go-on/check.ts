import { check, type Lab, type LabJob } from 'flinkts/workshop'

const TOPIC = 'resume-rides'
const [BEFORE, AFTER] = [6000, 4000]
const TOTAL = BEFORE + AFTER

const number = (value: number): string => value.toLocaleString('en-US')
const words = (line: unknown): string[] => {
  const all = String(line).trim().split(/\s+/)
  return all.slice(all.findIndex((word) => word === 'flinkts') + 1)
}

type End = 'stop' | 'cancel'

function endOf(lab: Lab, line: unknown): End {
  const [jobs, verb, name] = words(line)
  if (jobs !== 'jobs' || (verb !== 'stop' && verb !== 'cancel')) {
    if (verb === 'restart')
      lab.wrong(
        'runbook.yaml ends the job with `jobs restart`',
        'restart runs the job again as it was submitted; the file is not read again. A new version needs an end and a `run`.',
      )
    lab.wrong(
      `runbook.yaml ends the job with \`${String(line)}\``,
      'Two commands end a job: `jobs stop` and `jobs cancel`. See `npx flinkts jobs --help`.',
    )
  }
  if (name !== 'copy-rides')
    lab.wrong(`runbook.yaml ends the job '${name ?? ''}'`, "The job is called copy-rides ('pipeline.name' in job.sql).")
  return verb
}

interface Start {
  readonly isFresh: boolean
  readonly from: string | undefined
}

function startOf(lab: Lab, line: unknown): Start {
  const [run, ...rest] = words(line)
  if (run !== 'run' || !rest.some((word) => word.endsWith('job.sql')))
    lab.wrong(
      `runbook.yaml starts the job with \`${String(line)}\``,
      'A new version of a file is started by `npx flinkts run <file>`.',
    )
  if (rest.some((word) => word.startsWith('--restore')))
    lab.wrong(
      'runbook.yaml names a savepoint with --restore',
      'That works once. Without it `run` finds the last state of the job by itself.',
    )
  const at = rest.findIndex((word) => /^--from(=|$)/.test(word))
  const from = at < 0 ? undefined : rest[at]!.split('=').slice(1).join('=') || rest[at + 1]
  return { isFresh: rest.includes('--fresh'), from }
}

/** What the two lines come to, where it is not what was wanted. */
function whyRows(lab: Lab, rows: number, end: End, { isFresh, from }: Start): never {
  const seen = `${number(TOTAL)} rides, ${number(rows)} rows in copied`
  if (rows < TOTAL)
    lab.wrong(
      `${seen}: ${number(TOTAL - rows)} are missing`,
      `\`--from ${from}\` begins behind the rides that arrived while nobody read. Nothing is doubled, and nobody will ever miss them, until the accountant does.`,
    )
  if (from !== undefined)
    lab.wrong(
      seen,
      `\`--from ${from}\` says where to begin, and so the job's own state is not used. The first ${number(BEFORE)} rides were read again, and the table appends.`,
    )
  if (isFresh)
    lab.wrong(
      seen,
      '`--fresh` throws the state away, and with it the offset that the job had reached: it began at earliest-offset again.',
    )
  lab.wrong(
    seen,
    end === 'cancel'
      ? '`jobs cancel` says: never mind. The next run does not go on from there; it begins as the table says, at earliest-offset. Which command ends a job and keeps its state?'
      : 'The job began at earliest-offset again, without its state.',
  )
}

/** A job that the learner left running would write into what is made anew. */
async function endOwnJob(lab: Lab, name: string): Promise<void> {
  const jobs = await lab.rest<readonly { key: string; status: string }[]>('/flinkts/jobs')
  const runs = jobs.some(({ key, status }) => key === name && !/^(FINISHED|FAILED|CANCELED|SUSPENDED)$/.test(status))
  if (runs) await lab.flinkts('jobs', 'cancel', name)
}

export default check(async (lab: Lab) => {
  const runbook = lab.answers('runbook.yaml')
  const end = endOf(lab, runbook.end)
  const start = startOf(lab, runbook.start)
  await endOwnJob(lab, 'copy-rides')
  await lab.topic(TOPIC)
  await lab.produce(TOPIC, { file: lab.data('trips.csv'), count: BEFORE })
  await lab.query(`
    DROP TABLE IF EXISTS copied;
    CREATE TABLE copied (pulocationid int, total_amount float8, tpep_pickup_datetime bigint)`)
  const first: LabJob = await lab.run('job.sql')
  await first.caughtUp()
  if (end === 'stop') await first.stop()
  else await first.cancel()

  await lab.produce(TOPIC, { file: lab.data('trips.csv'), skip: BEFORE })
  const { from, isFresh } = start
  const second = await lab.run('job.sql', from === undefined ? { resume: !isFresh } : { from })
  await second.caughtUp()
  const [row] = await lab.query<{ rows: number }>('SELECT count(*)::int AS rows FROM copied')
  await second.cancel()
  if (row!.rows !== TOTAL) whyRows(lab, row!.rows, end, start)
  if (from !== undefined)
    lab.wrong(
      `${number(TOTAL)} rows, with \`--from ${from}\``,
      'Right today, because you know that it was 6,000. A job that goes on from its state knows it always, of every partition, and keeps its open windows and counts as well.',
    )
  lab.note(`${number(BEFORE)} rides, a new version, ${number(AFTER)} rides: ${number(row!.rows)} rows`)
})
