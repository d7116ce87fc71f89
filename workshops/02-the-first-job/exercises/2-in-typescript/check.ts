// Runs the TypeScript job over 1,000 rides, of which 8 went nowhere, and compares what it wrote.
import { readFileSync } from 'node:fs'
import { check, type Lab } from 'flinkts/workshop'

const TOPIC = 'honest-rides'
const COUNT = 1_000

interface Row {
  readonly pulocationid: number | null
  readonly trip_distance: number | null
  readonly total_amount: number | null
}

function readTrips(lab: Lab): Row[] {
  const [, ...lines] = readFileSync(lab.data('trips.csv'), 'utf8').trim().split('\n')
  return lines.slice(0, COUNT).map((line) => {
    const [pulocationid, , trip_distance, total_amount] = line.split(',').map(Number)
    return { pulocationid: pulocationid!, trip_distance: trip_distance!, total_amount: total_amount! }
  })
}

function lookAtText(lab: Lab): void {
  const code = lab.read('job.ts').replace(/\/\/.*$/gm, '')
  if (!/\.sinkTo\s*\(/.test(code))
    lab.wrong(
      'job.ts reads a topic and writes nowhere: there is no sinkTo(…)',
      'A source and a sink make a job. Go on behind env.from(…): .filter(…).select(…).sinkTo(postgres({ table: … })).',
    )
  if (/\bpostgres\s*\(/.test(code) && !/import\s*\{[^}]*\bpostgres\b[^}]*\}/.test(code))
    lab.wrong(
      'job.ts calls postgres(…) and does not import it',
      "Everything a job uses comes from 'flinkts': add postgres to the import in the second line.",
    )
  if (!/\.(select|map)\s*\(/.test(code))
    lab.wrong(
      'job.ts writes whole rides, with five fields; the table honest_trips has three columns',
      "Each field needs a column of its name. Keep three of them: .select('PULocationID', 'trip_distance', 'total_amount').",
    )
}

function explainCount(lab: Lab, rows: readonly Row[], trips: readonly Row[]): void {
  const moved = trips.filter((trip) => trip.trip_distance! > 0).length
  const still = rows.filter((row) => row.trip_distance === 0).length
  if (still > 0 && rows.length === trips.length)
    lab.wrong(
      `honest_trips has ${rows.length} rows, ${still} of them with a distance of 0; expected ${moved} rows`,
      'The filter lets everything through: is it there, and is it > 0 and not >= 0?',
    )
  if (still > 0 && rows.length === trips.length - moved)
    lab.wrong(
      `honest_trips has ${rows.length} rows, all with a distance of 0; expected the other ${moved}`,
      'filter(…) keeps the rides for which the function answers true; it does not throw them away.',
    )
  lab.equal(
    rows.length,
    moved,
    'rows in honest_trips',
    rows.length === 0
      ? "Nothing was read or nothing passed the filter: is start: 'earliest' still there, and the function right?"
      : 'Keep the rides with a trip_distance above 0, and write each once.',
  )
}

export default check(async (lab) => {
  const trips = readTrips(lab)
  await lab.topic(TOPIC)
  await lab.query(
    `DROP TABLE IF EXISTS honest_trips;
     CREATE TABLE honest_trips (pulocationid integer, trip_distance double precision, total_amount double precision)`,
  )
  await lab.produce(TOPIC, { file: 'trips.csv', count: COUNT })
  lookAtText(lab)
  const job = await lab.run('job.ts')
  if (!/until:\s*'latest'/.test(lab.read('job.ts')))
    lab.wrong(
      "the source has no until: 'latest' any more, so that the job never ends",
      "This one is to read what is there and end. Put until: 'latest' back into kafka({ … }).",
    )
  await job.finished()
  const rows = await lab.query<Row>('SELECT pulocationid, trip_distance, total_amount FROM honest_trips')
  explainCount(lab, rows, trips)
  for (const column of ['pulocationid', 'trip_distance', 'total_amount'] as const) {
    const nulls = rows.filter((row) => row[column] === null).length
    if (nulls > 0)
      lab.wrong(
        `${column} is NULL in ${nulls} of ${rows.length} rows of honest_trips`,
        'sinkTo(postgres(…)) goes by name: a column without a field of that name stays empty. Name it in select(…).',
      )
  }
  const text = (all: readonly Row[]): string[] =>
    all
      .map(({ pulocationid, trip_distance, total_amount }) => `${pulocationid} ${trip_distance} ${total_amount}`)
      .sort()
  const expected = text(trips.filter((trip) => trip.trip_distance! > 0))
  const seen = text(rows)
  const differs = seen.find((each, index) => each !== expected[index])
  if (differs !== undefined)
    lab.wrong(
      `honest_trips has a row (${differs}) that no ride gives`,
      'Pass on PULocationID, trip_distance and total_amount as they are: select(…) is enough, without map(…).',
    )
  const { vertices } = await job.rest<{ vertices: { name: string }[] }>()
  lab.note(`${rows.length} of ${COUNT} rides; ${COUNT - rows.length} went nowhere. The job was ${vertices.length} box:`)
  lab.note(vertices.map(({ name }) => name).join(' | '))
})
