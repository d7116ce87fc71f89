// Records that a `process` function emits to one output, until they leave as a batch.
import type { RowType } from '../../types/logical-type.ts'
import { BatchBuilder, OUTPUT_ROWS_MAX } from '../batch-builder.ts'
import type { Output } from '../operator.ts'
import { createRecordWriter, type RecordWriter } from '../records/record-codec.ts'
import { describeValue, UnfitValue } from '../records/record-values.ts'

const FIX = 'emit records of the declared schema'

export class EmittedRecords {
  readonly #builder: BatchBuilder
  readonly #write: RecordWriter
  /** For messages: `emit`. */
  readonly #what: string

  /** `hasEventTime`: each record gets an event time. */
  constructor(type: RowType, hasEventTime: boolean, what: string) {
    this.#builder = new BatchBuilder(type, false)
    if (hasEventTime) this.#builder.withEventTimes()
    this.#what = what
    this.#write = createRecordWriter(type, (record) => {
      throw new UnfitValue(`${describeValue(record)} is not a record`)
    })
  }

  /** Throws UnfitValue; the operator cannot go on then. */
  add(record: unknown, eventTime: number): void {
    const builder = this.#builder
    const row = builder.rowCount
    builder.reserve(1)
    try {
      this.#write(builder.columns, row, record)
    } catch (cause) {
      throw cause instanceof UnfitValue ? new UnfitValue(`${this.#what}: ${cause.message}`, cause.fix ?? FIX) : cause
    }
    if (builder.eventTimes !== undefined) builder.eventTimes[row] = eventTime
    builder.rowCount++
  }

  get isFull(): boolean {
    return this.#builder.rowCount >= OUTPUT_ROWS_MAX
  }

  /** `output` undefined: nobody reads them. */
  flush(output: Output | undefined): void {
    if (output === undefined) this.#builder.clear()
    else this.#builder.flush(output)
  }
}
