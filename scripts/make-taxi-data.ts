// Guards: where the shipped trips come from. Brings the published trip records (first argument, CSV with a header) to the
// course's five columns, with pick-up times as epoch milliseconds of the wall clock read as UTC, sorted by them, and
// writes CSV to the second argument.
import { readFileSync, writeFileSync } from 'node:fs'

const [input, output] = process.argv.slice(2)
if (input === undefined || output === undefined) throw new Error('usage: make-taxi-data.ts TRIPS.csv OUT.csv')

const [header, ...lines] = readFileSync(input, 'utf8').trimEnd().split(/\r?\n/)
const columns = header!.split(',')
const column = (name: string): number => {
  const index = columns.indexOf(name)
  if (index < 0) throw new Error(`${input} has no column ${name}`)
  return index
}
const [pickup, zone, dropoffZone, distance, total] = [
  column('pickup_datetime'),
  column('pickup_location_id'),
  column('dropoff_location_id'),
  column('trip_distance'),
  column('total_amount'),
]
const trips = lines.map((line) => {
  const cells = line.split(',')
  return {
    at: Date.parse(`${cells[pickup]!.replace(' ', 'T')}Z`),
    row: [cells[zone], cells[dropoffZone], cells[distance], cells[total]].join(','),
  }
})
trips.sort((a, b) => a.at - b.at)
writeFileSync(
  output,
  `PULocationID,DOLocationID,trip_distance,total_amount,tpep_pickup_datetime\n${trips.map((trip) => `${trip.row},${trip.at}\n`).join('')}`,
)
