// map, filter and flatMap of the TypeScript API: one record at a time to the user's function.
import type { RowType } from '../types/logical-type.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import { BatchBuilder, OUTPUT_ROWS_MAX } from './batch-builder.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { UserFunctionSpec } from './operator-spec.ts'
import {
  createRecordReader,
  createRecordWriter,
  type RecordReader,
  type RecordWriter,
  type UserRecord,
} from './records/record-codec.ts'
import { UnfitValue } from './records/record-values.ts'
import { checkNotPromise, userFunctionError, type UserFunctionPlace } from './records/user-function-error.ts'
import { selectRows } from './select-rows.ts'

export type UserFunction = (...parameters: never[]) => unknown

abstract class UserFunctionOperator implements Operator {
  protected readonly read: RecordReader
  protected readonly call: (record: UserRecord) => unknown
  protected context!: OperatorContext
  readonly #place: UserFunctionPlace

  constructor(spec: UserFunctionSpec, name: string, userFunction: UserFunction) {
    this.read = createRecordReader(spec.inputType)
    this.call = userFunction as (record: UserRecord) => unknown
    this.#place = { operator: name, source: spec.source }
  }

  open(context: OperatorContext): void {
    this.context = context
  }

  processBatch(_input: number, batch: RecordBatch): void {
    try {
      this.process(batch)
    } catch (cause) {
      throw userFunctionError(this.#place, cause)
    }
    this.emit()
  }

  /** Runs the function over the batch; what it throws is the user's error. */
  protected abstract process(batch: RecordBatch): void
  /** Emits what `process` made: errors downstream are not the user function's. */
  protected abstract emit(): void
}

export class FilterOperator extends UserFunctionOperator {
  #selected: RecordBatch | undefined

  protected override process(batch: RecordBatch): void {
    const rows = new Int32Array(batch.rowCount)
    let count = 0
    for (let row = 0; row < batch.rowCount; row++) {
      const result = this.call(this.read(batch.columns, row))
      if (result === true) rows[count++] = row
      else if (result !== false) refuseCondition(result)
    }
    this.#selected = count === 0 ? undefined : selectRows(batch, rows, count)
  }

  protected override emit(): void {
    if (this.#selected !== undefined) this.context.output.emit(this.#selected)
    this.#selected = undefined
  }
}

function refuseCondition(result: unknown): void {
  checkNotPromise(result)
  throw new UnfitValue(`a filter must return true or false, not ${result === null ? 'null' : typeof result}`)
}

/** Output rows with the row kind and event time of the record they came from. */
class RecordOutput {
  readonly #write: RecordWriter
  readonly #builder: BatchBuilder
  #eventTimes: Float64Array | undefined

  constructor(type: RowType) {
    this.#write = createRecordWriter(type)
    this.#builder = new BatchBuilder(type, false)
  }

  add(record: unknown, source: RecordBatch, row: number): void {
    const builder = this.#builder
    builder.reserve(1)
    this.#write(builder.columns, builder.rowCount, record)
    if (source.eventTimes !== undefined) this.#setEventTime(builder.rowCount, source.eventTimes[row]!)
    if (source.rowKinds !== undefined) this.#setRowKind(builder.rowCount, source.rowKinds[row]!)
    builder.rowCount++
  }

  #setEventTime(row: number, time: number): void {
    if (this.#eventTimes === undefined || this.#eventTimes.length <= row) {
      const grown = new Float64Array(Math.max(256, row * 2))
      if (this.#eventTimes !== undefined) grown.set(this.#eventTimes)
      this.#eventTimes = grown
    }
    this.#eventTimes[row] = time
  }

  #setRowKind(row: number, kind: number): void {
    this.#builder.rowKinds ??= new Uint8Array(this.#builder.columns[0]?.values.length ?? row + 1)
    this.#builder.rowKinds[row] = kind
  }

  get rowCount(): number {
    return this.#builder.rowCount
  }

  flush(context: OperatorContext): void {
    const eventTimes = this.#eventTimes
    this.#eventTimes = undefined
    this.#builder.flush({
      emit: (batch) => context.output.emit(eventTimes === undefined ? batch : { ...batch, eventTimes }),
      emitWatermark: (timestampMs) => context.output.emitWatermark(timestampMs),
    })
    this.#builder.rowKinds = undefined
  }
}

export class MapOperator extends UserFunctionOperator {
  readonly #output: RecordOutput

  constructor(spec: UserFunctionSpec, name: string, userFunction: UserFunction) {
    super(spec, name, userFunction)
    this.#output = new RecordOutput(spec.outputType)
  }

  protected override process(batch: RecordBatch): void {
    for (let row = 0; row < batch.rowCount; row++) {
      const result = this.call(this.read(batch.columns, row))
      checkNotPromise(result)
      this.#output.add(result, batch, row)
    }
  }

  protected override emit(): void {
    this.#output.flush(this.context)
  }
}

/** The function returns an iterable of records, e.g. an array or a generator's. */
export class FlatMapOperator extends UserFunctionOperator {
  readonly #output: RecordOutput

  constructor(spec: UserFunctionSpec, name: string, userFunction: UserFunction) {
    super(spec, name, userFunction)
    this.#output = new RecordOutput(spec.outputType)
  }

  protected override process(batch: RecordBatch): void {
    for (let row = 0; row < batch.rowCount; row++) {
      const results = this.call(this.read(batch.columns, row))
      checkNotPromise(results)
      if (typeof results !== 'object' || results === null || !(Symbol.iterator in results)) {
        throw new UnfitValue('a flatMap must return an array or another iterable of records')
      }
      for (const result of results as Iterable<unknown>) this.#output.add(result, batch, row)
      if (this.#output.rowCount >= OUTPUT_ROWS_MAX) this.#output.flush(this.context)
    }
  }

  protected override emit(): void {
    this.#output.flush(this.context)
  }
}
