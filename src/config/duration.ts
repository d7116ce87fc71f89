// Durations as Flink writes them: `10 s`, `500ms`, `1 min`, `2 h`. Source: Flink's TimeUtils.

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}

/** Milliseconds of a duration text, or undefined where it is none. A bare number counts milliseconds, as in Flink. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text)
  if (match === null) return undefined
  const unit = match[2] === '' ? 1 : UNIT_MS[match[2]!.toLowerCase()]
  return unit === undefined ? undefined : Number(match[1]) * unit
}
