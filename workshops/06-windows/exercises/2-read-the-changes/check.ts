// Runs the three queries over the same four trips and compares what is printed with what the learner expected.
import { check, type Lab } from 'flinkts/workshop'

const TOPIC = 'four-rides'
const KINDS = ['+I', '-U', '+U', '-D'] as const
type Kind = (typeof KINDS)[number]

const MEANING: Readonly<Record<Kind, string>> = {
  '+I': 'a new row',
  '-U': 'the old row of an update, taken back',
  '+U': 'the new row of an update',
  '-D': 'the row is gone',
}

const TRIPS = [
  { zone: 'JFK', pickup_ms: Date.parse('2019-01-01T10:22:49Z') },
  { zone: 'Midtown', pickup_ms: Date.parse('2019-01-01T10:37:10Z') },
  { zone: 'JFK', pickup_ms: Date.parse('2019-01-01T10:47:39Z') },
  { zone: 'Midtown', pickup_ms: Date.parse('2019-01-01T10:50:25Z') },
]

/** `+I[JFK, 1]` and `+I JFK | 1` are the same. */
function plain(line: string): string {
  const [, kind = '', rest = ''] = /^\s*([+-][IUD])\s*(.*)$/i.exec(line) ?? []
  const cells = rest
    .replace(/^\[|\]$/g, '')
    .split(/[|,]/)
    .map((cell) => cell.trim())
  return kind === '' ? line.trim() : `${kind.toUpperCase()} ${cells.join(' | ')}`
}

const kindOf = (line: string | undefined): Kind | undefined => KINDS.find((kind) => line?.startsWith(kind))

function explain(told: string | undefined, seen: string | undefined, before: string | undefined): string {
  const kind = kindOf(seen)
  if (kind === undefined) return 'The query prints no more than that.'
  const meaning = `${kind} is ${MEANING[kind]}.`
  if (kind === '-U' && told?.startsWith('+U') === true)
    return `${meaning} An update is two lines: first the old row is taken back, then the new one comes.`
  if (kind === '-U' && told?.startsWith('+I') === true)
    return `${meaning} +I is for a key that has no row yet; this key has one, so that the row is replaced.`
  if (kind === '-D')
    return `${meaning} No zone has that number of trips any more, and a group without rows has no result, not the result 0.`
  if (kind === '+I' && told !== undefined)
    return `${meaning} This key has no row yet, so that there is nothing to take back.`
  if (kind === '+U' && before?.startsWith('-U') === true) return `${meaning} It follows the -U before it.`
  return meaning
}

/** What the learner wrote down, without a TODO. */
function toldLines(lab: Lab, file: string, name: string): string[] {
  const value: unknown = lab.answers('changes.yaml')[name]
  if (!Array.isArray(value))
    return lab.wrong(`changes.yaml has no list ${name}`, 'Write one change a line, each behind `- `.')
  const told = (value as unknown[]).map((line) => plain(String(line)))
  const todo = told.indexOf('TODO')
  if (todo >= 0)
    lab.wrong(
      `${name} in changes.yaml ends in a TODO after ${todo === 1 ? '1 line' : `${todo} lines`}`,
      `The four trips are in the topic ${TOPIC} now. Go through them one by one: which row does each change? Then run ${file}.`,
    )
  return told
}

function compareLines(lab: Lab, file: string, told: readonly string[], seen: readonly string[]): void {
  const at = Array.from({ length: Math.max(told.length, seen.length) }).findIndex(
    (_, index) => told[index] !== seen[index],
  )
  if (at < 0) return
  lab.wrong(
    `${file}, change ${at + 1}: it prints ${seen[at] ?? 'nothing more'}, you wrote ${told[at] ?? 'nothing more'}`,
    explain(told[at], seen[at], seen[at - 1]),
  )
}

function toldKinds(lab: Lab): Record<string, number> {
  const told = (lab.answers('changes.yaml')['per_hour'] ?? {}) as Record<string, number>
  for (const kind of KINDS)
    if (typeof told[kind] !== 'number')
      lab.wrong(
        `per_hour in changes.yaml has no number for ${kind}`,
        'How many lines of that kind does per-hour.sql print?',
      )
  return told
}

function compareKinds(lab: Lab, told: Readonly<Record<string, number>>, seen: readonly string[]): void {
  for (const kind of KINDS) {
    const count = seen.filter((line) => kindOf(line) === kind).length
    lab.equal(
      told[kind],
      count,
      `lines ${kind} of per-hour.sql`,
      kind === '+I'
        ? 'A window aggregation writes one row for each key and window, when the window is over: two zones, one hour.'
        : 'A window that has fired is done: its row is final, so that nothing is ever taken back.',
    )
  }
}

export default check(async (lab) => {
  await lab.topic(TOPIC)
  await lab.produce(TOPIC, { records: TRIPS })
  const toldPerZone = toldLines(lab, 'per-zone.sql', 'per_zone')
  const toldZonesByTrips = toldLines(lab, 'zones-by-trips.sql', 'zones_by_trips')
  const toldPerHour = toldKinds(lab)
  const [perZone, zonesByTrips, perHour] = await Promise.all([
    lab.changes('per-zone.sql'),
    lab.changes('zones-by-trips.sql'),
    lab.changes('per-hour.sql'),
  ])
  compareLines(lab, 'per-zone.sql', toldPerZone, perZone)
  compareLines(lab, 'zones-by-trips.sql', toldZonesByTrips, zonesByTrips)
  compareKinds(lab, toldPerHour, perHour)
  lab.note(
    `four trips made ${perZone.length} changes per zone, ${zonesByTrips.length} of zones by trips, ${perHour.length} per hour`,
  )
})
