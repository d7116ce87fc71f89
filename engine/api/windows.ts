// Event-time windows. Source: Flink's TumblingEventTimeWindows, SlidingEventTimeWindows, EventTimeSessionWindows.
import type { Duration } from './time.ts'

export type WindowAssigner =
  | { readonly kind: 'tumble'; readonly sizeMs: Duration; readonly offsetMs: Duration }
  | { readonly kind: 'hop'; readonly sizeMs: Duration; readonly slideMs: Duration; readonly offsetMs: Duration }
  | { readonly kind: 'cumulate'; readonly maxSizeMs: Duration; readonly stepMs: Duration; readonly offsetMs: Duration }
  | { readonly kind: 'session'; readonly gapMs: Duration }

/** Windows of one size, one after the other. `offset` shifts the grid. */
export function tumbling(size: Duration, offset: Duration = 0): WindowAssigner {
  return { kind: 'tumble', sizeMs: size, offsetMs: offset }
}

/** Windows of one size, a new one each `slide`; `size` must be a multiple of `slide`. */
export function sliding(size: Duration, slide: Duration, offset: Duration = 0): WindowAssigner {
  return { kind: 'hop', sizeMs: size, slideMs: slide, offsetMs: offset }
}

/** Windows that begin together and grow by `step` up to `maxSize`. */
export function cumulating(maxSize: Duration, step: Duration, offset: Duration = 0): WindowAssigner {
  return { kind: 'cumulate', maxSizeMs: maxSize, stepMs: step, offsetMs: offset }
}

/** A window per key that ends after `gap` without events. */
export function session(gap: Duration): WindowAssigner {
  return { kind: 'session', gapMs: gap }
}
