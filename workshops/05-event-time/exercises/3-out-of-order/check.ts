import { check, type Lab, type LabJob } from 'flinkts/workshop'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

interface Hour {
  /** ms since 1970. */
  readonly start: number
  readonly trips: number
}

export default check(async (lab: Lab) => {
  await lab.topic('rides-reported')
  await lab.query(
    'DROP TABLE IF EXISTS reported_hours; CREATE TABLE reported_hours (window_start timestamp(3) PRIMARY KEY, trips bigint)',
  )
  await lab.produce('rides-reported', { file: 'reported-trips.csv' })
  const job = await lab.run('reported-trips.sql')
  await job.caughtUp()
  const times = (await lab.consume('rides-reported')).map(({ value }) => value.tpep_pickup_datetime as number)
  const latest = Math.max(...times)
  // the hour before the one that is still going on must be out when the last trip comes
  const wanted = countHours(times).filter(({ start }) => start + HOUR_MS <= Math.floor(latest / HOUR_MS) * HOUR_MS)
  const found = await readHours(lab)
  const late = await lateOf(job)
  checkDropped(lab, { found, wanted, late })
  checkPatience(lab, { found, wanted, latest })
  checkHonest(lab, times.length)
  lab.note(
    `${wanted.length} hours, and not one of ${times.length} trips is missing, though ${outOfOrder(times)} came out of order.`,
  )
  const delay = delayText(lab)
  if (delay !== undefined) lab.note(`The price: every hour is out ${delay} after it is over, by the time of the trips.`)
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
    'SELECT extract(epoch FROM window_start)::float8 * 1000 AS start, trips::int FROM reported_hours ORDER BY 1',
  )
}

function outOfOrder(times: readonly number[]): number {
  let latest = -Infinity
  return times.filter((time) => {
    const isBehind = time < latest
    latest = Math.max(latest, time)
    return isBehind
  }).length
}

interface Late {
  readonly dropped: number
  readonly latenessMs: number
}

async function lateOf(job: LabJob): Promise<Late> {
  const { findings } = await job.why()
  const found = (findings as { kind: string; facts: Record<string, number> }[]).find(
    ({ kind }) => kind === 'late-records',
  )
  return { dropped: found?.facts['dropped'] ?? 0, latenessMs: found?.facts['latenessMsMax'] ?? 0 }
}

function hourText(start: number): string {
  const hour = (time: number): string => new Date(time).toISOString().slice(11, 16)
  return `${hour(start)}–${hour(start + HOUR_MS)}`
}

function durationText(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS)
  const seconds = Math.round((ms % MINUTE_MS) / 1000)
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds} s`
}

/** As the learner wrote it. */
function delayText(lab: Lab): string | undefined {
  const [, amount, unit] =
    /WATERMARK\s+FOR[^-]*-\s*INTERVAL\s*'([^']+)'\s*(\w+)/i.exec(lab.read('reported-trips.sql').replace(/--.*/g, '')) ??
    []
  return amount === undefined || unit === undefined
    ? undefined
    : `${amount} ${unit.toLowerCase().replace(/s$/, '')}${amount === '1' ? '' : 's'}`
}

interface Seen {
  readonly found: readonly Hour[]
  readonly wanted: readonly Hour[]
}

function checkDropped(lab: Lab, { found, wanted, late }: Seen & { late: Late }): void {
  if (late.dropped === 0) return
  const counts = new Map(found.map(({ start, trips }) => [start, trips]))
  const example = wanted.find(({ start, trips }) => (counts.get(start) ?? trips) < trips)
  const delay = delayText(lab)
  const trips = (count: number): string => (count === 1 ? '1 trip' : `${count} trips`)
  const were = late.dropped === 1 ? 'was' : 'were'
  return lab.wrong(
    example === undefined
      ? `${trips(late.dropped)} ${were} dropped as late`
      : `the window ${hourText(example.start)} has ${trips(counts.get(example.start)!)}, expected ${example.trips}; in all ${trips(late.dropped)} ${were} dropped as late`,
    `Your watermark allows ${delay ?? 'too little'}, and they came up to ${durationText(late.latenessMs)} behind it, when their windows had fired. \`npx flinkts why reported-trips\` shows some of them.`,
  )
}

function checkPatience(lab: Lab, { found, wanted, latest }: Seen & { latest: number }): void {
  const fired = new Set(found.map(({ start }) => start))
  const missing = wanted.filter(({ start }) => !fired.has(start))
  if (missing.length === 0) return
  const [first] = missing
  return lab.wrong(
    `no trip is lost, but when the trip of ${new Date(latest).toISOString().slice(11, 16)} has come, the window ${hourText(first!.start)} is not out yet${missing.length === 1 ? '' : `, nor are ${missing.length - 1} after it`}`,
    `Your watermark is ${delayText(lab) ?? 'too far'} behind: as patient as that, every result comes so much later. What is the least that loses nothing? Set 5 seconds again, and \`npx flinkts why reported-trips\` says how late they came.`,
  )
}

/** Not by other means than the watermark. */
function checkHonest(lab: Lab, trips: number): void {
  lab.equal(
    trips,
    398,
    'trips in rides-reported',
    'The check produces them anew each time: is another `produce` running?',
  )
}
