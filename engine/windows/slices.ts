// Slices: the non-overlapping pieces of time that windows are made of, so that a row is aggregated once however many
// windows it belongs to. All times are local (see window-zone.ts). Source: Flink's SliceAssigners.
import { assertNever } from '../common/check.ts'
import type { WindowShape } from './window-spec.ts'

export type SlicedShape = Exclude<WindowShape, { kind: 'session' }>

export interface Slices {
  /** Length of a slice: the size (tumble), slide (hop) or step (cumulate). */
  readonly sliceMs: number
  /** Largest length of a window. */
  readonly windowMs: number
  /** The end of the slice a time lies in. */
  sliceEnd(time: number): number
  /** The end of the last window a slice belongs to. */
  lastWindowEnd(sliceEnd: number): number
  windowStart(windowEnd: number): number
  /** The first window end after `time` (window ends lie on the grid of slices). */
  windowEndAfter(time: number): number
}

/** The start of the grid cell of `sizeMs` that a time lies in; also right before the offset and before 1970. */
export function gridStart(time: number, offsetMs: number, sizeMs: number): number {
  return Math.floor((time - offsetMs) / sizeMs) * sizeMs + offsetMs
}

export function createSlices(shape: SlicedShape): Slices {
  switch (shape.kind) {
    case 'tumble':
      return gridSlices(
        shape.sizeMs,
        shape.sizeMs,
        shape.offsetMs,
        (end) => end,
        (end) => end - shape.sizeMs,
      )
    case 'hop':
      return gridSlices(
        shape.slideMs,
        shape.sizeMs,
        shape.offsetMs,
        (end) => end + shape.sizeMs - shape.slideMs,
        (end) => end - shape.sizeMs,
      )
    case 'cumulate': {
      const start = (end: number): number => gridStart(end - 1, shape.offsetMs, shape.maxSizeMs)
      return gridSlices(shape.stepMs, shape.maxSizeMs, shape.offsetMs, (end) => start(end) + shape.maxSizeMs, start)
    }
    default:
      return assertNever(shape)
  }
}

function gridSlices(
  sliceMs: number,
  windowMs: number,
  offsetMs: number,
  lastWindowEnd: (sliceEnd: number) => number,
  windowStart: (windowEnd: number) => number,
): Slices {
  const sliceEnd = (time: number): number => gridStart(time, offsetMs, sliceMs) + sliceMs
  return { sliceMs, windowMs, sliceEnd, lastWindowEnd, windowStart, windowEndAfter: sliceEnd }
}

/** All windows a time lies in, in the order of Flink's rows: HOP latest start first, CUMULATE shortest first. */
export function windowsOf(shape: SlicedShape, time: number): { readonly start: number; readonly end: number }[] {
  const windows: { start: number; end: number }[] = []
  if (shape.kind === 'hop') {
    let start = gridStart(time, shape.offsetMs, shape.slideMs)
    for (; start > time - shape.sizeMs; start -= shape.slideMs) windows.push({ start, end: start + shape.sizeMs })
    return windows
  }
  const slices = createSlices(shape)
  const first = slices.sliceEnd(time)
  const last = slices.lastWindowEnd(first)
  for (let end = first; end <= last; end += slices.sliceMs) windows.push({ start: slices.windowStart(end), end })
  return windows
}
