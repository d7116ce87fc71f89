import { check, type Lab, type LabJob, type TopicRecord } from 'flinkts/workshop'

const TOPIC = 'begin-rides'
const BEGIN_MS = Date.UTC(2019, 0, 15)
const HOUR_MS = 3_600_000

const number = (value: number): string => value.toLocaleString('en-US')
const iso = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')

interface Seen {
  readonly rows: number
  readonly firstMs: number | null
}

function option(sql: string, name: string): string | undefined {
  return new RegExp(`^\\s*'${name.replaceAll('.', '\\.')}'\\s*=\\s*'([^']*)'`, 'm').exec(sql)?.[1]
}

/** Why so many rows, and not as many as there are rides from the 15th on. */
function whyRows(
  lab: Lab,
  sql: string,
  { rows, firstMs }: Seen,
  records: readonly TopicRecord[],
  expected: number,
): never {
  const mode = option(sql, 'scan.startup.mode')
  if (rows === 0)
    lab.wrong(
      `second_half is empty; ${number(expected)} rides began on 15 January or later`,
      mode === 'timestamp'
        ? 'The moment in scan.startup.timestamp-millis lies behind the last record: from there on there is nothing. It is in milliseconds since 1970.'
        : `'${mode ?? 'group-offsets'}' begins behind the last record, and the job ends there. The job is all right; it was told to read nothing.`,
    )
  const seen = `second_half has ${number(rows)} rows, the first of ${iso(firstMs!)}; ${number(expected)} rides began on 15 January or later`
  if (rows === records.length) {
    const millis = option(sql, 'scan.startup.timestamp-millis')
    lab.wrong(
      seen,
      mode === 'timestamp'
        ? `${millis} ms since 1970 is ${iso(Number(millis))}: before all rides${Number(millis) < 1e11 ? '. These look like seconds: milliseconds are a thousand times as many' : ''}.`
        : `'${mode}' begins at the first record there is, on 1 January.`,
    )
  }
  const hours = (firstMs! - BEGIN_MS) / HOUR_MS
  lab.wrong(
    seen,
    Math.abs(hours) < 15
      ? 'That is a few hours beside it, which is often a time zone: 00:00 UTC is meant. 1547510400000 ms since 1970.'
      : 'The moment is another one than 2019-01-15 00:00:00 UTC.',
  )
}

/** What the source took out of the topic, by Flink's REST API. */
async function recordsRead(job: LabJob): Promise<number> {
  const { vertices } = await job.rest<{ vertices: readonly { metrics: Record<string, number> }[] }>()
  return vertices[0]!.metrics['read-records'] ?? 0
}

export default check(async (lab: Lab) => {
  const sql = lab.read('job.sql')
  await lab.topic(TOPIC, { partitions: 3, config: { 'retention.ms': '-1' } })
  await lab.produce(TOPIC, { file: lab.data('trips.csv'), key: 'PULocationID', timeColumn: 'tpep_pickup_datetime' })
  await lab.query(`
    DROP TABLE IF EXISTS second_half;
    CREATE TABLE second_half (pulocationid int, total_amount float8, tpep_pickup_datetime bigint)`)
  if (option(sql, 'scan.bounded.mode') !== 'latest-offset')
    lab.wrong(
      "job.sql has no 'scan.bounded.mode' = 'latest-offset' any more",
      'Where it ends is right as it was: without it the job waits for new rides for ever.',
    )
  const job = await lab.run('job.sql')
  await job.finished()

  const records = await lab.consume(TOPIC)
  const expected = records.filter(({ value }) => value.tpep_pickup_datetime >= BEGIN_MS).length
  const [seen] = await lab.query<Seen>(
    'SELECT count(*)::int AS rows, min(tpep_pickup_datetime)::float8 AS "firstMs" FROM second_half',
  )
  if (seen!.rows !== expected) whyRows(lab, sql, seen!, records, expected)
  const read = await recordsRead(job)
  if (read > expected)
    lab.wrong(
      `the rows are right, but the job read ${number(read)} records for ${number(expected)} rows`,
      "It read the first half of January and threw it away. Let the broker find the place: 'scan.startup.mode' = 'timestamp'.",
    )
  lab.note(`${number(expected)} of ${number(records.length)} rides read, from ${iso(seen!.firstMs!)} on`)
})
