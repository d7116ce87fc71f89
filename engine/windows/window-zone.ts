// Wall clock and instants of windows over TIMESTAMP_LTZ: windows are aligned to the session zone's wall clock, watermarks
// are instants. "Local" times below are wall-clock times counted in ms as if they were UTC. Source: Flink's TimeWindowUtil.

/** The rules of a zone; engine/functions/time-zone.ts makes them. */
export interface ZoneRules {
  /** Offset of local time from UTC at an instant, ms. */
  offsetAt(utcMillis: number): number
  /** The instant of a local time; in an overlap the earlier, in a gap later by its length. */
  toUtc(localMillis: number): number
}

const MILLIS_PER_HOUR = 3_600_000
/** No offset is larger; no transition shifts by more. */
const OFFSET_MAX_MS = 26 * MILLIS_PER_HOUR
/** Zones change their offset at full quarters of an hour. */
const OFFSET_SPAN_MS = 900_000

export interface WindowZone {
  toLocal(instant: number): number
  /** The instants around `instant` in which the offset surely does not change: [from, to). */
  constantSpan(instant: number): { readonly from: number; readonly to: number }
  /** The instant of a local time, for window_time. */
  toInstant(local: number): number
  /** When a timer for a local time fires: the first instant after a gap, the later one in an overlap. */
  toTimerInstant(local: number): number
  /** The last local time whose timer has fired once event or processing time reached `instant`. Ascending with it. */
  progress(instant: number): number
}

/** TIMESTAMP times and zone UTC: local time is the instant. */
export const utcWindowZone: WindowZone = {
  toLocal: (instant) => instant,
  constantSpan: () => ({ from: -Infinity, to: Infinity }),
  toInstant: (local) => local,
  toTimerInstant: (local) => local,
  progress: (instant) => instant,
}

export function createWindowZone(rules: ZoneRules): WindowZone {
  const toTimerInstant = (local: number): number => {
    const instant = rules.toUtc(local)
    const hourLater = rules.toUtc(local + MILLIS_PER_HOUR)
    if (instant === hourLater) return instant - (instant % MILLIS_PER_HOUR)
    return hourLater - instant > MILLIS_PER_HOUR ? instant + MILLIS_PER_HOUR : instant
  }
  return {
    toLocal: (instant) => instant + rules.offsetAt(instant),
    constantSpan(instant) {
      const from = Math.floor(instant / OFFSET_SPAN_MS) * OFFSET_SPAN_MS
      return { from, to: from + OFFSET_SPAN_MS }
    },
    toInstant: (local) => rules.toUtc(local),
    toTimerInstant,
    progress(instant) {
      if (!Number.isFinite(instant)) return instant
      const local = instant + rules.offsetAt(instant)
      if (toTimerInstant(local) <= instant && toTimerInstant(local + 1) > instant) return local
      let fired = local - OFFSET_MAX_MS
      let waiting = local + OFFSET_MAX_MS
      while (waiting - fired > 1) {
        const middle = Math.floor((fired + waiting) / 2)
        if (toTimerInstant(middle) <= instant) fired = middle
        else waiting = middle
      }
      return fired
    },
  }
}
