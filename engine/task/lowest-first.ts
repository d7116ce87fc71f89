// Who holds a watermark back comes first in a diagnosis.
import { DIAGNOSTIC_ENTRIES_MAX } from '../metrics/diagnostics.ts'
import { MIN_WATERMARK } from '../types/stream-element.ts'

interface TimedPart {
  readonly watermark: number | undefined
  readonly isIdle: boolean
}

/** Undefined before the first watermark. */
export function knownWatermark(watermark: number): number | undefined {
  return watermark === MIN_WATERMARK ? undefined : watermark
}

/** Active parts before idle ones, those without a watermark before the lowest; at most DIAGNOSTIC_ENTRIES_MAX. */
export function lowestFirst<Part extends TimedPart>(parts: readonly Part[]): Part[] {
  const compare = (one: Part, other: Part): number => {
    if (one.isIdle !== other.isIdle) return one.isIdle ? 1 : -1
    const [left, right] = [one.watermark ?? MIN_WATERMARK, other.watermark ?? MIN_WATERMARK]
    return left < right ? -1 : left > right ? 1 : 0
  }
  return parts.toSorted(compare).slice(0, DIAGNOSTIC_ENTRIES_MAX)
}
