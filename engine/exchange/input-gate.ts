// Merges the channels of one subtask: decodes pages, aligns barriers, combines watermarks. Fair: round robin by element.
import { align, initialAlignment, type AlignmentEvent } from './barrier-alignment.ts'
import { decodePage } from './page-codec.ts'
import { WatermarkValve } from './watermark-valve.ts'
import type { InputChannel } from './channel.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { RowType } from '../types/logical-type.ts'
import type { CheckpointBarrier } from '../types/stream-element.ts'

export interface GateChannel {
  /** Which input of the reading operator the channel feeds. */
  readonly input: number
  readonly rowType: RowType
  readonly channel: InputChannel
}

/** What the gate hands to the task, called from within `poll`. */
export interface GateListener {
  batch(input: number, batch: RecordBatch): void
  watermark(timestampMs: number): void
  status(idle: boolean): void
  /** All barriers are there; everything before them has been handed over, nothing after them. */
  barrier(barrier: CheckpointBarrier): void
  endOfInput(): void
}

export class InputGate {
  readonly #channels: readonly GateChannel[]
  readonly #listener: GateListener
  readonly #valve: WatermarkValve
  readonly #blocked: boolean[]
  #alignment
  #next = 0
  bytesIn = 0

  constructor(channels: readonly GateChannel[], listener: GateListener) {
    this.#channels = channels
    this.#listener = listener
    this.#valve = new WatermarkValve(channels.length, listener)
    this.#blocked = channels.map(() => false)
    this.#alignment = initialAlignment(channels.length)
  }

  /** Grants the first credits: from now on elements arrive. */
  start(): void {
    for (const { channel } of this.#channels) channel.start()
  }

  get currentWatermark(): number {
    return this.#valve.currentWatermark
  }

  get isIdle(): boolean {
    return this.#valve.isIdle
  }

  /** What each channel has said of event time, in the order of the channels. */
  channelTimes(): { readonly watermark: number; readonly isIdle: boolean }[] {
    return this.#channels.map((_, index) => ({
      watermark: this.#valve.watermarkOf(index),
      isIdle: this.#valve.isIdleAt(index),
    }))
  }

  /** A barrier waits for the barriers of other channels. */
  get aligning(): boolean {
    return this.#alignment.aligning !== undefined
  }

  /** Hands over one element; false where none is there. */
  poll(): boolean {
    const count = this.#channels.length
    for (let step = 0; step < count; step++) {
      const index = this.#next
      this.#next = index + 1 === count ? 0 : index + 1
      if (this.#blocked[index]) continue
      const element = this.#channels[index]!.channel.poll()
      if (element === undefined) continue
      switch (element.kind) {
        case 'page':
          this.bytesIn += element.bytes.byteLength
          this.#listener.batch(this.#channels[index]!.input, decodePage(this.#channels[index]!.rowType, element.bytes))
          break
        case 'watermark':
          this.#valve.watermark(index, element.timestamp)
          break
        case 'watermark-status':
          this.#valve.status(index, element.idle)
          break
        case 'barrier':
          this.#align({ kind: 'barrier', channel: index, barrier: element })
          break
        case 'end-of-input':
          this.#align({ kind: 'ended', channel: index })
          break
      }
      return true
    }
    return false
  }

  #align(event: AlignmentEvent): void {
    const [state, actions] = align(this.#alignment, event)
    this.#alignment = state
    for (const action of actions) {
      if (action.kind === 'block') this.#blocked[action.channel] = true
      else if (action.kind === 'unblock-all') this.#blocked.fill(false)
      else if (action.kind === 'complete') this.#listener.barrier(action.barrier)
      else this.#listener.endOfInput()
    }
  }
}
