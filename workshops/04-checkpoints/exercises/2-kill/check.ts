import { check, type Lab, type LabJob } from 'flinkts/workshop'

const BEFORE = 4000
const ALL = 10_000
const COLUMNS = ['kafka_partition', 'kafka_offset', 'pulocationid', 'total_amount']

export default check(async (lab: Lab) => {
  const key = keyColumns(lab)
  await lab.topic('rides-kill', { partitions: 2 })
  await lab.query(`DROP TABLE IF EXISTS kill_zones, kill_log, kill_trips;
    CREATE TABLE kill_zones (pulocationid integer PRIMARY KEY, trips bigint);
    CREATE TABLE kill_log (kafka_partition integer, kafka_offset bigint, pulocationid integer, total_amount double precision);
    CREATE TABLE kill_trips (kafka_partition integer, kafka_offset bigint, pulocationid integer, total_amount double precision${
      key === undefined ? '' : `, PRIMARY KEY (${key.join(', ')})`
    })`)
  await lab.produce('rides-kill', { file: 'trips.csv', key: 'PULocationID', count: BEFORE })
  const job = await lab.run('three-tables.sql')
  await job.caughtUp()
  await job.checkpoint()
  await lab.produce('rides-kill', { file: 'trips.csv', key: 'PULocationID', skip: BEFORE })
  await lab.until('trips after the checkpoint are in kill_log', async () => (await countOf(lab, 'kill_log')) > BEFORE)
  await job.killTaskManager()
  await restarted(lab, job)
  await job.caughtUp()
  await compare(lab, key)
})

/** Before that, what was lost looks as if it still ran. */
async function restarted(lab: Lab, job: LabJob): Promise<void> {
  await lab.until('the restart of three-tables', async () => {
    const { exceptionHistory } = await job.rest<{ exceptionHistory: { entries: unknown[] } }>('/exceptions')
    return exceptionHistory.entries.length > 0 && (await job.state()) === 'RUNNING'
  })
}

function text(count: number): string {
  return count.toLocaleString('en-US')
}

async function countOf(lab: Lab, table: string): Promise<number> {
  const [row] = await lab.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`)
  return row!.rows
}

/** Columns of the key that the learner gave kill_trips; the table in Postgres is made with the same. */
function keyColumns(lab: Lab): string[] | undefined {
  const text = lab.read('three-tables.sql').replace(/--.*/g, '')
  const table = /CREATE TABLE kill_trips\s*\(([\s\S]*?)\)\s*WITH/i.exec(text)?.[1] ?? ''
  const key = /PRIMARY KEY\s*\(([^)]*)\)/i.exec(table)?.[1]
  const columns = key?.split(',').map((column) => column.trim().replaceAll('`', '').toLowerCase())
  return columns?.every((column) => COLUMNS.includes(column)) ? columns : undefined // others are refused with the job
}

async function compare(lab: Lab, key: readonly string[] | undefined): Promise<void> {
  const [log, trips] = [await countOf(lab, 'kill_log'), await countOf(lab, 'kill_trips')]
  const [zones] = await lab.query<{ trips: number }>('SELECT sum(trips)::int AS trips FROM kill_zones')
  const twice = log - ALL
  lab.equal(
    zones!.trips,
    ALL,
    'trips in kill_zones',
    'The counts are the state of the job: leave this INSERT as it was.',
  )
  if (twice < 0)
    return lab.wrong(
      `kill_log has ${text(log)} rows of ${text(ALL)} trips`,
      'Leave kill_log without a key: it shows what happens then.',
    )
  if (key === undefined)
    return lab.wrong(
      `${text(ALL)} trips were produced, and a TaskManager was killed: kill_zones has counted ${text(zones!.trips)}, kill_log has ${text(log)} rows, kill_trips ${text(trips)}`,
      `${text(twice)} trips were read, written and then, after the restart from the checkpoint, read and written again. The counts went back to the checkpoint, too; rows in Postgres cannot. With a primary key the second writing of a trip replaces the first.`,
    )
  if (trips < ALL && key.join() === 'kafka_offset')
    return lab.wrong(
      `kill_trips has ${text(trips)} rows of ${text(ALL)} trips`,
      'Each partition counts its offsets from 0, so two trips share almost every offset. Only partition and offset together are a place.',
    )
  if (trips < ALL)
    return lab.wrong(
      `kill_trips has ${text(trips)} rows of ${text(ALL)} trips`,
      `${text(ALL - trips)} trips have the same ${key.join(' and ')} as another one, and replaced it. A key must tell every trip from all others. Where does each record have a place of its own?`,
    )
  lab.equal(trips, ALL, 'rows in kill_trips', 'The second writing of a trip must replace the first.')
  lab.note(
    `kill_zones: ${text(zones!.trips)} trips counted. kill_log: ${text(log)} rows, ${text(twice)} of them twice. kill_trips: ${text(trips)}.`,
  )
}
