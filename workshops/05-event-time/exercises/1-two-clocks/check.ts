import { check, type Lab, type LabJob } from 'flinkts/workshop'

const HOUR_MS = 3_600_000
const FIRST = Date.UTC(2019, 0, 1)
const END = Date.UTC(2019, 1, 1)

interface Hour {
  /** ms since 1970. */
  readonly start: number
  readonly trips: number
}

export default check(async (lab: Lab) => {
  await lab.topic('rides-clocks')
  await lab.query(
    'DROP TABLE IF EXISTS clocks_hours; CREATE TABLE clocks_hours (window_start timestamp(3) PRIMARY KEY, trips bigint)',
  )
  await lab.produce('rides-clocks', { file: 'trips.csv' })
  const job = await lab.run('trips-per-hour.sql')
  await job.caughtUp()
  const times = (await lab.consume('rides-clocks')).map(({ value }) => value.tpep_pickup_datetime as number)
  const last = Math.floor(Math.max(...times) / HOUR_MS) * HOUR_MS
  const expected = countHours(times).filter(({ start }) => start < last)
  await checkClock(lab, job, times.length)
  const hours = await readHours(lab)
  checkPlace(lab, hours)
  await checkFired(lab, expected.length)
  compare(lab, await readHours(lab), expected)
  const busiest = [...expected].sort((left, right) => right.trips - left.trips)[0]!
  lab.note(
    `${expected.length} hours of January have fired. The busiest: ${text(busiest.start)} with ${busiest.trips} trips.`,
  )
  lab.note(`${text(last)} is still open: no trip has come yet that lets the watermark pass its end.`)
})

function countHours(times: readonly number[]): Hour[] {
  const counts = new Map<number, number>()
  for (const time of times) {
    const start = Math.floor(time / HOUR_MS) * HOUR_MS
    counts.set(start, (counts.get(start) ?? 0) + 1)
  }
  return [...counts].map(([start, trips]) => ({ start, trips })).sort((left, right) => left.start - right.start)
}

function readHours(lab: Lab): Promise<Hour[]> {
  return lab.query<Hour>(
    'SELECT extract(epoch FROM window_start)::float8 * 1000 AS start, trips::int FROM clocks_hours ORDER BY 1',
  )
}

function text(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}

/** Windows by processing time say so themselves. */
async function checkClock(lab: Lab, job: LabJob, trips: number): Promise<void> {
  const { findings } = await job.why()
  const texts = (findings as { text: string; details: string[] }[]).flatMap((finding) => [
    finding.text,
    ...finding.details,
  ])
  const fires = texts.find((line) => / fires in /.test(line))
  const isProcessing = /DESCRIPTOR\s*\(\s*now_timestamp/i.test(lab.read('trips-per-hour.sql').replace(/--.*/g, ''))
  if (!isProcessing) return
  return lab.wrong(
    `${trips.toLocaleString('en')} trips of a whole month are in one window, ${fires === undefined ? 'the hour in which the job read them' : (/the next, (.*)/.exec(fires)?.[1] ?? fires)}`,
    'DESCRIPTOR(now_timestamp) asks the clock of the machine, and by that clock all of them came just now. When a trip began is in the record: give the table an event time with a watermark, and the window that time.',
  )
}

function checkPlace(lab: Lab, hours: readonly Hour[]): void {
  const strange = hours.find(({ start }) => start < FIRST || start >= END)
  if (strange === undefined) return
  const year = new Date(strange.start).getUTCFullYear()
  if (year > 3000)
    return lab.wrong(
      `there is a window in the year ${year}`,
      'tpep_pickup_datetime is in milliseconds. TO_TIMESTAMP_LTZ(…, 0) takes them for seconds; the 3 stands for milliseconds.',
    )
  if (year < 2019)
    return lab.wrong(
      `there is a window at ${text(strange.start)}`,
      'The trips are of January 2019. TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3) takes milliseconds as they are: no division.',
    )
  return lab.wrong(
    `there is a window at ${text(strange.start)}, with ${strange.trips} trips`,
    'The trips are of January 2019: this is the time at which records were written or read. The time of the trip is in tpep_pickup_datetime.',
  )
}

async function checkFired(lab: Lab, expected: number): Promise<void> {
  const count = async (): Promise<number> => (await readHours(lab)).length
  let same = 0
  let last = -1
  await lab.until('the windows are written', async () => {
    const now = await count()
    same = now === last ? same + 1 : 0
    last = now
    return now >= expected || same > 10
  })
  if (last === 0)
    return lab.wrong(
      'no window has fired',
      "The watermark has not passed the end of any. It must follow the time of the trips, 5 seconds behind: WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND. `npx flinkts why trips-per-hour` says where it stands.",
    )
}

function compare(lab: Lab, hours: readonly Hour[], expected: readonly Hour[]): void {
  const found = new Map(hours.map(({ start, trips }) => [start, trips]))
  const missing = expected.filter(({ start }) => !found.has(start))
  if (missing.length > 0)
    return lab.wrong(
      `${hours.length} of ${expected.length} hours have fired; the first that is missing is ${text(missing[0]!.start)}`,
      'Windows at the end are open still: the watermark is too far behind. 5 seconds are asked for.',
    )
  const wrong = expected.find(({ start, trips }) => found.get(start) !== trips)
  if (wrong !== undefined)
    return lab.wrong(
      `the window of ${text(wrong.start)} has ${found.get(wrong.start)} trips, expected ${wrong.trips}`,
      'Is the window still one hour, and the query without a WHERE?',
    )
}
