// The open windows of an operator as a diagnosis tells them.
import type { OpenWindow, WindowsDiagnostics } from '../metrics/diagnostics.ts'
import { describeShape } from '../windows/describe-shape.ts'
import type { WindowSpec } from '../windows/window-spec.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import type { LocalWindow, WindowCounts } from './count-windows.ts'

/** When a window fires: the watermark, ms since 1970, or in processing time the clock. */
export function firesAt(window: WindowSpec, zone: WindowZone, end: number): number {
  const last = zone.toTimerInstant(end - 1)
  // a timer for t fires once the clock has passed t
  return window.time.kind === 'proctime' ? last + 1 : last
}

export interface WindowFacts {
  readonly window: WindowSpec
  readonly zone: WindowZone
  readonly counts: WindowCounts
  /** The event time that has been reached, ms since 1970; -Infinity: none. */
  readonly watermark: number
  /** Local time up to which windows have fired; -Infinity: none. */
  readonly progress: number
}

export function diagnoseWindows({ window, zone, counts, watermark, progress }: WindowFacts): WindowsDiagnostics {
  const isProctime = window.time.kind === 'proctime'
  const { name, sizes } = describeShape(window.shape)
  const open = (local: LocalWindow): OpenWindow => ({
    ...local,
    firesAt: firesAt(window, zone, local.end),
    ...(local.end - 1 <= progress ? { hasFired: true } : {}),
  })
  const firedUpTo = isProctime && Number.isFinite(progress) ? firesAt(window, zone, progress + 1) : watermark
  return {
    time: isProctime ? 'processing' : 'event',
    description: `${name}(${sizes})`,
    openWindows: counts.openWindows,
    ...(counts.isEstimate ? { isEstimate: true } : {}),
    windows: counts.windows.map(open),
    asked: counts.asked === undefined ? undefined : open(counts.asked),
    firedUpTo: firedUpTo === -Infinity ? undefined : firedUpTo,
  }
}
