import { check, type Lab } from 'flinkts/workshop'

const TOPIC = 'double-rides'
const TRIPS = 10_000

const number = (value: number): string => value.toLocaleString('en-US')

/** Columns of the first PRIMARY KEY clause, as they are written. */
function keyOf(sql: string): string[] | undefined {
  const withoutComments = sql.replaceAll(/--.*$/gm, '')
  const columns = /PRIMARY\s+KEY\s*\(([^)]*)\)/i.exec(withoutComments)?.[1]
  return columns?.split(',').map((column) => column.trim().replaceAll(/["`]/g, '').toLowerCase())
}

async function rowsAfterRun(lab: Lab): Promise<number> {
  const job = await lab.run('job.sql')
  await job.finished()
  const [row] = await lab.query<{ rows: number }>('SELECT count(*)::int AS rows FROM doubled')
  return row!.rows
}

async function makeTable(lab: Lab): Promise<void> {
  await lab.query('DROP TABLE IF EXISTS doubled')
  try {
    await lab.query(lab.read('table.sql'))
    await lab.query('SELECT pulocationid, dolocationid, total_amount, tpep_pickup_datetime FROM doubled')
  } catch (error) {
    lab.wrong(
      `Postgres refuses table.sql: ${(error as Error).message}`,
      'A comma is needed before PRIMARY KEY (…), and none behind it.',
    )
  }
}

function checkKeys(lab: Lab): readonly string[] | undefined {
  const [inJob, inTable] = [keyOf(lab.read('job.sql')), keyOf(lab.read('table.sql'))]
  if (inJob !== undefined && inTable === undefined)
    lab.wrong(
      `the job upserts by (${inJob.join(', ')}), and the table in Postgres has no primary key`,
      'An upsert is INSERT … ON CONFLICT (key) DO UPDATE: without a unique key in Postgres there is no conflict. Add it to table.sql, too.',
    )
  if (inJob === undefined && inTable !== undefined)
    lab.wrong(
      `the table has the primary key (${inTable.join(', ')}), and the job does not know of it`,
      'Without PRIMARY KEY in the CREATE TABLE of job.sql the sink appends, and Postgres refuses the second row of a key: the job would fail. Add PRIMARY KEY (…) NOT ENFORCED to job.sql.',
    )
  return inJob
}

export default check(async (lab: Lab) => {
  const key = checkKeys(lab)
  await lab.topic(TOPIC, { partitions: 2 })
  await lab.produce(TOPIC, { file: lab.data('trips.csv'), key: 'PULocationID' })
  await makeTable(lab)

  const once = await rowsAfterRun(lab)
  const twice = await rowsAfterRun(lab)
  if (twice === 2 * once && once === TRIPS)
    lab.wrong(
      `${number(once)} rows after the first run, ${number(twice)} after the second; the topic holds ${number(TRIPS)} rides`,
      'The job read the same rides again, and the table has no key by which it could know them: it appends. Give it a primary key, in table.sql and in job.sql.',
    )
  if (once < TRIPS)
    lab.wrong(
      `${number(TRIPS)} rides were read, ${number(once)} rows are in the table with the key (${key?.join(', ')})`,
      `Rides that share a key replace each other: ${number(TRIPS - once)} are lost. ${once > 9900 ? 'Now and then two taxis start in the same second.' : 'One key has to be one ride.'}`,
    )
  lab.equal(twice, TRIPS, 'rows after the second run', 'Reading again must not change the table.')

  await lab.produce(TOPIC, { file: lab.data('trips.csv'), key: 'PULocationID' })
  const resent = await rowsAfterRun(lab)
  if (resent !== TRIPS)
    lab.wrong(
      `${number(twice)} rows after two runs, but ${number(resent)} after the producer sent its file again, with the key (${key?.join(', ')})`,
      'The offset names the record, not the ride: a ride that is sent again is a new record with a new offset. Reading twice does no harm now, writing twice does. Take a key of the ride itself: where and when it began.',
    )
  lab.note(`${number(TRIPS)} rows after two runs, and after 20,000 records with every ride in them twice`)
  lab.note(`one ride is (${key?.join(', ')})`)
})
