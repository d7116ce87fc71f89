// Windows for people, in Flink's notation: `TUMBLE`, `size=[1 h]`.
import { durationToString } from '../common/duration.ts'
import type { WindowShape } from './window-spec.ts'

export interface ShapeText {
  readonly name: string
  readonly sizes: string
}

export function describeShape(shape: WindowShape): ShapeText {
  const offset = 'offsetMs' in shape && shape.offsetMs !== 0 ? `, offset=[${durationToString(shape.offsetMs)}]` : ''
  switch (shape.kind) {
    case 'tumble':
      return { name: 'TUMBLE', sizes: `size=[${durationToString(shape.sizeMs)}]${offset}` }
    case 'hop':
      return {
        name: 'HOP',
        sizes: `size=[${durationToString(shape.sizeMs)}], slide=[${durationToString(shape.slideMs)}]${offset}`,
      }
    case 'cumulate':
      return {
        name: 'CUMULATE',
        sizes: `max_size=[${durationToString(shape.maxSizeMs)}], step=[${durationToString(shape.stepMs)}]${offset}`,
      }
    case 'session':
      return { name: 'SESSION', sizes: `gap=[${durationToString(shape.gapMs)}]` }
  }
}
