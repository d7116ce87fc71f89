// When each record may go, in ms from the start. Pure: the caller has the clock.

/** Of the record `index` (from 0) that is told at `tellMs` of event time. */
export type Pace = (index: number, tellMs: number) => number

/** So many records per second; what was late is caught up. */
export function steadyPace(ratePerSecond: number): Pace {
  return (index) => (index * 1000) / ratePerSecond
}

/** Event time runs `speed` times as fast as the clock, from `startMs` or the first record's time on. */
export function eventTimePace(speed: number, startMs?: number): Pace {
  let firstMs = startMs
  return (_, tellMs) => {
    if (Number.isNaN(tellMs)) return 0
    firstMs ??= tellMs
    return (tellMs - firstMs) / speed
  }
}
