// Runs the job over the first 150 trips, which end at 14:21: the hours before 14:00 are over, the one from 14:00 is not.
// Then the rest of that hour comes, and a trip of the next one.
import { readFileSync } from 'node:fs'
import { check, type Lab, type LabJob } from 'flinkts/workshop'

const TOPIC = 'alarm-rides'
const COUNT = 150
const HOUR = 3_600_000
const WATERMARK_DELAY = 5_000

interface Row {
  readonly hour: string
  readonly trips: number
}

const hourOf = (time: number): string => new Date(Math.floor(time / HOUR) * HOUR).toISOString().slice(0, 16)
const clock = (hour: string): string => hour.slice(11)
const trips = (count: number): string => (count === 1 ? '1 trip' : `${count} trips`)

interface Expected {
  /** Trips of each hour that is over. */
  readonly done: ReadonlyMap<string, number>
  /** The hour of the last trip, and all of its trips: also those that have not come yet. */
  readonly open: string
  readonly openTrips: number
  readonly last: string
  /** An old trip, hours late; then trips from there on, up to the first that lets the open hour out. */
  readonly rest: readonly { readonly tpep_pickup_datetime: number }[]
}

function countHours(times: readonly number[]): Map<string, number> {
  const hours = new Map<string, number>()
  for (const time of times) hours.set(hourOf(time), (hours.get(hourOf(time)) ?? 0) + 1)
  return hours
}

function expectation(lab: Lab): Expected {
  const lines = readFileSync(lab.data('trips.csv'), 'utf8').trim().split('\n').slice(1)
  const times = lines.map((line) => Number(line.split(',')[4]))
  const last = times[COUNT - 1]!
  const open = hourOf(last)
  const firing = times.findIndex((time) => time >= Math.floor(last / HOUR) * HOUR + HOUR + WATERMARK_DELAY)
  return {
    done: countHours(times.filter((time, index) => index < COUNT && hourOf(time) !== open)),
    open,
    openTrips: times.filter((time) => hourOf(time) === open).length,
    last: new Date(last).toISOString().slice(11, 19),
    rest: [times[0]!, ...times.slice(COUNT, firing + 1)].map((time) => ({ tpep_pickup_datetime: time })),
  }
}

async function readRows(lab: Lab): Promise<Row[]> {
  return lab.query<Row>(
    `SELECT to_char(window_start, 'YYYY-MM-DD"T"HH24:MI') AS hour, trips::int AS trips FROM hour_trips ORDER BY 1`,
  )
}

/** Rows that stand for something else than the start of an hour. */
function compareStarts(lab: Lab, rows: readonly Row[], expected: Expected): void {
  if (rows.some(({ hour }) => !hour.endsWith(':00')))
    lab.wrong(
      `hour_trips has ${rows.length} rows, and not all of them begin at a full hour: the last one is of ${clock(rows.at(-1)!.hour)}`,
      "The windows have another size. Leave INTERVAL '1' HOUR as it was: the shape is right, the grouping is not.",
    )
  const [hour, count] = [...expected.done][0]!
  if (rows[0]!.hour > hour && rows[0]!.trips === count)
    lab.wrong(
      `the first row of hour_trips is ${clock(rows[0]!.hour)} with ${trips(count)}; these are the trips from ${clock(hour)} on`,
      'The rows carry the end of their window. SELECT window_start, and name both bounds in GROUP BY.',
    )
}

function explainOpenHour(lab: Lab, row: Row, expected: Expected, state: string): never {
  return lab.wrong(
    `hour_trips has a row for ${clock(row.hour)} with ${trips(row.trips)}, but that hour is not over: the last trip is of ${expected.last}`,
    state === 'FINISHED'
      ? "The job has ended ('scan.bounded.mode'), and at the end of its input every open window comes out, full or not. Let it go on."
      : 'GROUP BY has one bound of the window only. That is no window aggregation: each trip updates its row at once, from 1 on, ' +
          'and no row is ever final. Group by both bounds, and a row comes once, when its window is over. (`npx flinkts run` ' +
          'says it in a note, too.)',
  )
}

function compareRows(lab: Lab, rows: readonly Row[], expected: Expected): void {
  for (const [hour, count] of expected.done) {
    const row = rows.find((each) => each.hour === hour)
    if (row === undefined)
      lab.wrong(
        `hour_trips has no row for ${clock(hour)}, expected ${trips(count)}`,
        'That hour is over by the watermark (the last trip less 5 s). Is there a WHERE or HAVING that drops it?',
      )
    if (row.trips !== count)
      lab.wrong(
        `the window of ${clock(hour)} has ${trips(row.trips)}, expected ${count}`,
        row.trips < count
          ? 'Trips are missing: the window fired before they came (is the watermark 5 s behind?), or they were filtered.'
          : 'Trips are counted more than once: is the window TUMBLE, and COUNT(*) counts trips?',
      )
  }
}

/** What is there once every hour that is over has its row; else what is there after five seconds. */
async function settledRows(lab: Lab, job: LabJob, expected: Expected): Promise<Row[]> {
  const waited = lab.until(
    `hour_trips has ${expected.done.size} rows`,
    async () => (await readRows(lab)).length >= expected.done.size || (await job.state()) !== 'RUNNING',
    5_000,
  )
  await waited.catch(() => undefined)
  return readRows(lab)
}

/** Sends the rest of the open hour, and the trip that ends it. */
async function endHour(lab: Lab, expected: Expected): Promise<number> {
  await lab.produce(TOPIC, { records: expected.rest })
  return lab.until(
    `the row for ${clock(expected.open)} is in hour_trips, now that a trip of the next hour has come`,
    async () => {
      const row = (await readRows(lab)).find(({ hour }) => hour === expected.open)
      return row?.trips
    },
  )
}

/** By now a trip of the first hour has come for a second time. */
function compareFirst(lab: Lab, rows: readonly Row[], expected: Expected): void {
  const [hour, count] = [...expected.done][0]!
  const seen = rows.find((row) => row.hour === hour)?.trips ?? 0
  if (seen !== count)
    lab.wrong(
      `a trip of ${clock(hour)} came fourteen hours late, and the row of ${clock(hour)} went from ${count} to ${trips(seen)}`,
      'So that row was not final, and none is: GROUP BY has one bound of the window only, and each trip updates its row. Group by both.',
    )
}

async function judge(lab: Lab, job: LabJob, expected: Expected): Promise<void> {
  await job.caughtUp()
  const rows = await settledRows(lab, job, expected)
  if (rows.length === 0)
    lab.wrong(
      'hour_trips is empty',
      'No window came out. Does pickup still have its WATERMARK, and does DESCRIPTOR name pickup?',
    )
  compareStarts(lab, rows, expected)
  const open = rows.find(({ hour }) => hour >= expected.open)
  if (open !== undefined) explainOpenHour(lab, open, expected, await job.state())
  compareRows(lab, rows, expected)
  const full = await endHour(lab, expected)
  compareFirst(lab, await readRows(lab), expected)
  lab.equal(
    full,
    expected.openTrips,
    `trips of the window of ${clock(expected.open)}, after its end`,
    'The row was written before all of its trips had come.',
  )
  lab.note(`At ${expected.last} there were ${rows.length} rows, one for each hour that was over.`)
  lab.note(`${clock(expected.open)} came out, with ${trips(full)}, when a trip of the next hour came.`)
}

export default check(async (lab) => {
  const expected = expectation(lab)
  await lab.topic(TOPIC)
  await lab.query(
    'DROP TABLE IF EXISTS hour_trips; CREATE TABLE hour_trips (window_start timestamp(3) PRIMARY KEY, trips bigint NOT NULL)',
  )
  await lab.produce(TOPIC, { file: 'trips.csv', count: COUNT })
  const job = await lab.run('job.sql')
  // ended in any case: its topic is made anew by hand, too
  await judge(lab, job, expected).finally(() => job.cancel().catch(() => undefined))
})
