// The contract of channels: one directed, ordered, lossless connection from a subtask to a subtask, with back-pressure
// by credits. Source: Flink's credit-based flow control.
//
// A page costs one credit, the other elements none; order is kept across both. The receiver grants credits when it
// starts and gives one back for each page it took. Until the first grant the sender holds everything, so nothing is ever
// sent to a receiver that does not exist. `send` never refuses: what exceeds the credits waits at the sender, and the
// sending task takes no new input until `isAvailable` again. A queue is therefore bounded by the credits at the receiver
// and by the results of one call at the sender.
import type { CheckpointBarrier, EndOfInput, Watermark, WatermarkStatus } from '../types/stream-element.ts'

export interface Page {
  readonly kind: 'page'
  /** See page-codec. Handed over: the sender must not touch it again. */
  readonly bytes: ArrayBuffer
}
export type ChannelElement = Page | Watermark | WatermarkStatus | CheckpointBarrier | EndOfInput

export interface OutputChannel {
  send(element: ChannelElement): void
  /** True while nothing waits for credits and at least one credit is left. */
  isAvailable(): boolean
  /** Nothing waits for credits: all that was sent has left. */
  readonly drained: boolean
}

export interface InputChannel {
  /** The next element, or undefined. Taking a page gives its credit back. */
  poll(): ChannelElement | undefined
  readonly queued: number
  /** Grants the first credits; called once, when the receiving subtask starts. */
  start(): void
}

/** What crosses a link; `channel` is unique in the cluster. */
export type LinkMessage =
  | { readonly kind: 'element'; readonly channel: number; readonly element: ChannelElement }
  | { readonly kind: 'credit'; readonly channel: number; readonly credits: number }

/** An ordered, lossless path for messages between two TaskManagers, or within one. */
export interface Link {
  /** Leaves the memory of pages attached (docs/decisions/0011). */
  post(message: LinkMessage): void
}

/** Pages a receiver lets a sender have under way, per channel. */
export const CREDITS_PER_CHANNEL = 8
