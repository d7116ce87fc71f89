// What flows between operators and through channels.
import type { RecordBatch } from './record-batch.ts'

/** No record with an event time ≤ `timestamp` (ms) is expected any more. MAX_WATERMARK ends event time. */
export interface Watermark {
  readonly kind: 'watermark'
  readonly timestamp: number
}
/** An idle input is left out when watermarks are combined. Source: Flink's WatermarkStatus. */
export interface WatermarkStatus {
  readonly kind: 'watermark-status'
  readonly idle: boolean
}
export interface CheckpointBarrier {
  readonly kind: 'barrier'
  readonly checkpointId: number
  /** When the coordinator triggered it, ms since 1970. */
  readonly triggeredAt: number
  readonly type: 'checkpoint' | 'savepoint'
  /** Where the checkpoint's files go, as the checkpoint storage understands it. */
  readonly location: string
  /** Stop-with-savepoint: behind this barrier no subtask handles anything more. */
  readonly stop: boolean
  /** Only with `stop`: event time has ended in front of it, so that all windows have fired. Source: FLIP-34. */
  readonly drain: boolean
}
export interface EndOfInput {
  readonly kind: 'end-of-input'
}
export interface BatchElement {
  readonly kind: 'batch'
  readonly batch: RecordBatch
}
/** Everything that flows, as one union. @public */
export type StreamElement = BatchElement | Watermark | WatermarkStatus | CheckpointBarrier | EndOfInput

/** Flink's Long.MIN_VALUE and Long.MAX_VALUE stand as infinities: they compare right and never overflow. */
export const MIN_WATERMARK = -Infinity
export const MAX_WATERMARK = Infinity
