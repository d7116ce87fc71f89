// The sending side of an exchange in one subtask: partitions rows, fills pages, keeps events in order behind rows.
import { PageBuilder } from './page-builder.ts'
import { PageWriter } from './page-bytes.ts'
import type { OutputChannel } from './channel.ts'
import type { Partitioner } from './partitioner.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { RowType } from '../types/logical-type.ts'
import type { CheckpointBarrier, EndOfInput, Watermark, WatermarkStatus } from '../types/stream-element.ts'

/** A page holds at most this many rows; partial pages leave with `flush` or in front of an event. */
export const PAGE_ROWS_MAX = 2048

export class ExchangeWriter {
  readonly #channels: readonly OutputChannel[]
  readonly #partitioner: Partitioner
  readonly #builders: readonly PageBuilder[]
  readonly #scratch = new PageWriter()
  #batch: RecordBatch | undefined
  recordsOut = 0
  bytesOut = 0

  constructor(rowType: RowType, channels: readonly OutputChannel[], partitioner: Partitioner) {
    this.#channels = channels
    this.#partitioner = partitioner
    this.#builders = channels.map(() => new PageBuilder(rowType, PAGE_ROWS_MAX))
  }

  isAvailable(): boolean {
    for (const channel of this.#channels) if (!channel.isAvailable()) return false
    return true
  }

  get drained(): boolean {
    return this.#channels.every((channel) => channel.drained)
  }

  write(batch: RecordBatch): void {
    this.#batch = batch
    this.recordsOut += batch.rowCount
    this.#partitioner.partition(batch, this.#append)
    this.#batch = undefined
  }

  /** Sends partly filled pages: before the task waits, so that nothing lies around. */
  flush(): void {
    for (let target = 0; target < this.#builders.length; target++) this.#flushTarget(target)
  }

  /** To every target, behind all rows written before. */
  broadcast(event: Watermark | WatermarkStatus | CheckpointBarrier | EndOfInput): void {
    this.flush()
    for (const channel of this.#channels) channel.send(event)
  }

  readonly #append = (target: number, rows: Int32Array, count: number): void => {
    const builder = this.#builders[target]!
    for (let from = 0; from < count;) {
      const taken = Math.min(builder.room, count - from)
      builder.append(this.#batch!, from === 0 ? rows : rows.subarray(from), taken)
      from += taken
      if (builder.room === 0) this.#flushTarget(target)
    }
  }

  #flushTarget(target: number): void {
    const builder = this.#builders[target]!
    if (builder.rowCount === 0) return
    const bytes = builder.finish(this.#scratch)
    this.bytesOut += bytes.byteLength
    this.#channels[target]!.send({ kind: 'page', bytes })
  }
}
