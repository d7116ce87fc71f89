// Three jobs over all 10,000 trips; each table is compared with what the trips give, and with what other windows would
// give, so that a mistake has a name.
import { readFileSync } from 'node:fs'
import { check, type Lab } from 'flinkts/workshop'

const TOPIC = 'shape-rides'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

interface Trip {
  readonly zone: number
  readonly time: number
}
/** `start end` or `zone start end` → trips. */
type Counts = Map<string, number>

const stamp = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ')
const floor = (time: number, step: number): number => Math.floor(time / step) * step

function readTrips(lab: Lab): Trip[] {
  return readFileSync(lab.data('trips.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const cells = line.split(',')
      return { zone: Number(cells[0]), time: Number(cells[4]) }
    })
}

function countWindows(trips: readonly Trip[], windowsOf: (time: number) => (readonly [number, number])[]): Counts {
  const counts: Counts = new Map()
  for (const { time } of trips)
    for (const [start, end] of windowsOf(time)) {
      const key = `${stamp(start)}–${stamp(end)}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  return counts
}

const tumble =
  (size: number) =>
  (time: number): (readonly [number, number])[] => [[floor(time, size), floor(time, size) + size]]
const hop =
  (slide: number, size: number) =>
  (time: number): (readonly [number, number])[] => {
    const last = floor(time, slide)
    return Array.from(
      { length: size / slide },
      (_, index) => [last - index * slide, last - index * slide + size] as const,
    )
  }
const cumulate =
  (step: number, size: number) =>
  (time: number): (readonly [number, number])[] => {
    const start = floor(time, size)
    const first = floor(time, step) + step
    return Array.from(
      { length: (start + size - first) / step + 1 },
      (_, index) => [start, first + index * step] as const,
    )
  }

/** As Flink merges sessions: trips that are just the gap apart are in one. */
function streaks(trips: readonly Trip[], gap: number, keyOf: (trip: Trip) => number): Counts {
  const counts: Counts = new Map()
  const open = new Map<number, { start: number; last: number; trips: number }>()
  const close = (key: number, streak: { start: number; last: number; trips: number }): void => {
    counts.set(`zone ${key} ${stamp(streak.start)}–${stamp(streak.last + gap)}`, streak.trips)
  }
  for (const trip of trips) {
    const key = keyOf(trip)
    const streak = open.get(key)
    if (streak !== undefined && trip.time - streak.last <= gap) {
      streak.last = trip.time
      streak.trips++
      continue
    }
    if (streak !== undefined) close(key, streak)
    open.set(key, { start: trip.time, last: trip.time, trips: 1 })
  }
  for (const [key, streak] of open) close(key, streak)
  return counts
}

const same = (left: Counts, right: Counts): boolean =>
  left.size === right.size && [...left].every(([key, count]) => right.get(key) === count)

interface Mistake {
  readonly counts: Counts
  readonly name: string
  readonly because: string
}

function compare(lab: Lab, table: string, seen: Counts, expected: Counts, mistakes: readonly Mistake[]): void {
  if (same(seen, expected)) return
  const mistake = mistakes.find(({ counts }) => same(seen, counts))
  if (mistake !== undefined)
    lab.wrong(`${table} has ${seen.size} rows: what ${mistake.name} gives. Expected ${expected.size}`, mistake.because)
  const [window, count] = [...expected].find(([key, value]) => seen.get(key) !== value) ?? [...expected][0]!
  lab.wrong(
    seen.has(window)
      ? `${table}: the window ${window} has ${seen.get(window)} trips, expected ${count}`
      : `${table} has ${seen.size} rows but none for the window ${window}; expected ${expected.size} rows`,
    seen.size === 0
      ? 'Nothing was written: did a window fire? The job reads to the end, and there all windows fire.'
      : 'The windows begin or end elsewhere: compare the sizes in the file with what is asked in its first line.',
  )
}

async function windowsIn(lab: Lab, table: string): Promise<Counts> {
  const rows = await lab.query<{ key: string; trips: number }>(
    `SELECT to_char(window_start, 'YYYY-MM-DD HH24:MI:SS') || '–' || to_char(window_end, 'YYYY-MM-DD HH24:MI:SS') AS key,
            trips::int AS trips FROM ${table}`,
  )
  return new Map(rows.map(({ key, trips }) => [key, trips]))
}

async function lastHour(lab: Lab, trips: readonly Trip[]): Promise<number> {
  const job = await lab.run('last-hour.sql')
  await job.finished()
  const seen = await windowsIn(lab, 'last_hour')
  const expected = countWindows(trips, hop(15 * MINUTE, HOUR))
  compare(lab, 'last_hour', seen, expected, [
    {
      counts: countWindows(trips, tumble(HOUR)),
      name: 'TUMBLE of 1 hour',
      because: 'It answers at full hours only. HOP has two lengths: how often it answers, and how far back it looks.',
    },
    {
      counts: countWindows(trips, tumble(15 * MINUTE)),
      name: 'windows of 15 minutes, one after the other,',
      because: 'It answers often enough, but looks back 15 minutes only. HOP(…, slide, size): the size is the hour.',
    },
    {
      counts: countWindows(trips, cumulate(15 * MINUTE, HOUR)),
      name: 'CUMULATE of 15 minutes to 1 hour',
      because:
        'Its windows all begin at the full hour: at 10:15 it knows 15 minutes, not an hour. HOP always looks back as far.',
    },
  ])
  return seen.size
}

async function sinceMidnight(lab: Lab, trips: readonly Trip[]): Promise<number> {
  const job = await lab.run('since-midnight.sql')
  await job.finished()
  const seen = await windowsIn(lab, 'since_midnight')
  const expected = countWindows(trips, cumulate(HOUR, DAY))
  compare(lab, 'since_midnight', seen, expected, [
    {
      counts: countWindows(trips, tumble(HOUR)),
      name: 'TUMBLE of 1 hour',
      because:
        'Each hour begins at 0 again. CUMULATE keeps the beginning and moves the end: its lengths are the step and the most.',
    },
    {
      counts: countWindows(trips, tumble(DAY)),
      name: 'TUMBLE of 1 day',
      because: 'One answer a day, at its end. CUMULATE answers at each step on the way there.',
    },
    {
      counts: countWindows(trips, hop(HOUR, DAY)),
      name: 'HOP of 1 hour and 1 day',
      because:
        'It looks back 24 hours, also at one in the morning: that is yesterday for the most part. CUMULATE begins at midnight.',
    },
  ])
  return seen.size
}

async function zoneStreaks(lab: Lab, trips: readonly Trip[]): Promise<string> {
  const job = await lab.run('streaks.ts')
  await job.finished()
  const rows = await lab.query<{ key: string; trips: number }>(
    `SELECT 'zone ' || pulocationid || ' ' || to_char(window_start, 'YYYY-MM-DD HH24:MI:SS') || '–' ||
            to_char(window_end, 'YYYY-MM-DD HH24:MI:SS') AS key, trips::int AS trips FROM streaks ORDER BY trips DESC, key`,
  )
  const zoneOf = ({ zone }: Trip): number => zone
  const tumbling = (size: number): Counts => {
    const counts: Counts = new Map()
    for (const { zone, time } of trips) {
      const key = `zone ${zone} ${stamp(floor(time, size))}–${stamp(floor(time, size) + size)}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return counts
  }
  const gapOf = (minutes: number): Mistake => ({
    counts: streaks(trips, minutes * MINUTE, zoneOf),
    name: `a gap of ${minutes} minutes`,
    because: 'The shape is right; the first line of the file asks for 30 minutes.',
  })
  compare(
    lab,
    'streaks',
    new Map(rows.map(({ key, trips: count }) => [key, count])),
    streaks(trips, 30 * MINUTE, zoneOf),
    [
      {
        counts: tumbling(HOUR),
        name: 'tumbling(hours(1))',
        because:
          'A streak from 10:46 to 11:44 is cut at 11:00. session(gap) ends a window when nothing came for that long.',
      },
      {
        counts: tumbling(30 * MINUTE),
        name: 'tumbling(minutes(30))',
        because: 'Half an hour is not the length of the window but the silence that ends it: session(minutes(30)).',
      },
      gapOf(15),
      gapOf(60),
    ],
  )
  return `the longest streak, ${rows[0]!.key}, has ${rows[0]!.trips} trips`
}

export default check(async (lab) => {
  const trips = readTrips(lab)
  await lab.query(
    `DROP TABLE IF EXISTS last_hour, since_midnight, streaks;
     CREATE TABLE last_hour (window_start timestamp(3), window_end timestamp(3), trips bigint);
     CREATE TABLE since_midnight (window_start timestamp(3), window_end timestamp(3), trips bigint);
     CREATE TABLE streaks (pulocationid integer, window_start timestamp(3), window_end timestamp(3), trips bigint)`,
  )
  await lab.topic(TOPIC)
  await lab.produce(TOPIC, { file: 'trips.csv' })
  const [hops, steps] = [await lastHour(lab, trips), await sinceMidnight(lab, trips)]
  const longest = await zoneStreaks(lab, trips)
  lab.note(`last_hour ${hops} rows, since_midnight ${steps} rows; ${longest}`)
})
