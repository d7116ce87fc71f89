// Carries 1,000 rides, compares every column with the trips that were written, and then writes three rides more: a
// job goes on.
import { readFileSync } from 'node:fs'
import { check, type Lab, type LabJob } from 'flinkts/workshop'

const TOPIC = 'carry-rides'
const COUNT = 1_000
const FIELDS = ['PULocationID', 'DOLocationID', 'trip_distance', 'total_amount', 'tpep_pickup_datetime'] as const
const COLUMNS = ['pickup_zone', 'dropoff_zone', 'distance', 'amount', 'picked_up_at'] as const

type Field = (typeof FIELDS)[number]
type Column = (typeof COLUMNS)[number]
type Trip = Record<Field, number>
type Row = Record<Column, number | null>

function readTrips(lab: Lab): Trip[] {
  const [, ...lines] = readFileSync(lab.data('trips.csv'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const cells = line.split(',').map(Number)
    return {
      PULocationID: cells[0]!,
      DOLocationID: cells[1]!,
      trip_distance: cells[2]!,
      total_amount: cells[3]!,
      tpep_pickup_datetime: cells[4]!,
    }
  })
}

/** Numbers only: a time is milliseconds since 1970. */
async function readRows(lab: Lab): Promise<Row[]> {
  return lab.query<Row>(
    `SELECT pickup_zone, dropoff_zone, distance, amount, extract(epoch FROM picked_up_at)::float8 * 1000 AS picked_up_at
     FROM carried_trips`,
  )
}

const withoutComments = (sql: string): string => sql.replace(/--.*$/gm, '')

function lookAtText(lab: Lab): void {
  const sql = withoutComments(lab.read('job.sql'))
  if (!/\binsert\s+into\b/i.test(sql))
    lab.wrong(
      'job.sql describes two tables and starts nothing: there is no INSERT INTO',
      'CREATE TABLE only says where data is and what it looks like. The job is the INSERT: it reads for ever and writes.',
    )
  const topic = /'topic'\s*=\s*'([^']*)'/i.exec(sql)?.[1]
  if (topic !== undefined && topic !== TOPIC)
    lab.wrong(`job.sql reads the topic '${topic}'`, `The rides of this exercise are in '${TOPIC}'.`)
}

const sorted = (values: readonly (number | null)[]): string =>
  JSON.stringify([...values].sort((left, right) => Number(left) - Number(right)))

function explainNulls(lab: Lab, column: Column, nulls: number, rows: number): never {
  return lab.wrong(
    `${column} is NULL in ${nulls} of ${rows} rows`,
    'A field that the JSON does not have is NULL, and nobody complains. Names count to the letter, also their case: ' +
      `PULocationID is not pulocationid. Look at one record: \`npx flinkts consume ${TOPIC} --from earliest --count 1\``,
  )
}

function explainTime(lab: Lab, rows: readonly Row[], trips: readonly Trip[]): never {
  const first = Math.min(...rows.map((row) => row.picked_up_at ?? Infinity))
  const expected = trips[0]!.tpep_pickup_datetime
  const seen = Math.abs(first) < 8.64e15 ? new Date(first).toISOString() : `${first} ms`
  const ratio = first / expected
  return lab.wrong(
    `the first pick-up in carried_trips is ${seen}, expected ${new Date(expected).toISOString()}`,
    ratio > 900
      ? 'The numbers are milliseconds; TO_TIMESTAMP_LTZ(…, 0) reads them as seconds. The second argument is 3.'
      : Math.abs(first - expected) % 900_000 === 0
        ? 'It is off by whole quarters of an hour: a time zone got in. Leave table.local-time-zone at UTC.'
        : 'Make picked_up_at of tpep_pickup_datetime: CAST(TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3) AS TIMESTAMP(3)).',
  )
}

function compareColumns(lab: Lab, rows: readonly Row[], trips: readonly Trip[]): void {
  for (const [index, column] of COLUMNS.entries()) {
    const seen = rows.map((row) => row[column])
    const field = FIELDS[index]!
    const nulls = seen.filter((value) => value === null).length
    if (nulls > 0) explainNulls(lab, column, nulls, rows.length)
    if (sorted(seen) === sorted(trips.map((trip) => trip[field]))) continue
    const other = FIELDS.find((each) => sorted(seen) === sorted(trips.map((trip) => trip[each])))
    if (other !== undefined)
      lab.wrong(
        `the column ${column} holds ${other}, expected ${field}`,
        'INSERT INTO … SELECT goes by place, not by name: the first column of SELECT is written into the first of trips.',
      )
    if (column === 'picked_up_at') explainTime(lab, rows, trips)
    lab.wrong(
      `the column ${column} holds other values than ${field} of the records`,
      'Pass the field on as it is: this job changes nothing but the form of the time.',
    )
  }
}

async function threeMore(lab: Lab, job: LabJob, trips: readonly Trip[]): Promise<void> {
  await lab.produce(TOPIC, { records: trips.slice(COUNT, COUNT + 3) })
  const state = await job.state()
  if (state !== 'RUNNING')
    lab.wrong(
      `the job is ${state}: three rides that came afterwards are not in carried_trips`,
      "It read to the end that the topic had and ended: 'scan.bounded.mode' does that. Leave it out here; a job goes on.",
    )
  await lab.until(`the three rides that came while the job ran are in carried_trips`, async () => {
    const [row] = await lab.query<{ rows: number }>('SELECT count(*)::int AS rows FROM carried_trips')
    return row!.rows === COUNT + 3
  })
}

async function judge(lab: Lab, job: LabJob, trips: readonly Trip[]): Promise<void> {
  await job.caughtUp()
  const rows = await readRows(lab)
  lab.equal(
    rows.length,
    COUNT,
    'rows in carried_trips',
    rows.length < COUNT
      ? 'Rows are missing where the job filters (WHERE), or where scan.startup.mode begins behind them.'
      : 'Each ride is to be written once: is there more than one INSERT?',
  )
  compareColumns(lab, rows, trips.slice(0, COUNT))
  await threeMore(lab, job, trips)
  lab.note('1,000 rides carried, and three more that came while the job ran: it would go on like this for ever.')
}

export default check(async (lab) => {
  const trips = readTrips(lab)
  await lab.topic(TOPIC)
  await lab.query(
    `DROP TABLE IF EXISTS carried_trips;
     CREATE TABLE carried_trips (pickup_zone integer, dropoff_zone integer, distance double precision,
                                 amount double precision, picked_up_at timestamp(3))`,
  )
  await lab.produce(TOPIC, { file: 'trips.csv', count: COUNT })
  lookAtText(lab)
  const job = await lab.run('job.sql')
  // ended in any case: a second one, run by hand, would write each ride twice
  await judge(lab, job, trips).finally(() => job.cancel().catch(() => undefined))
})
