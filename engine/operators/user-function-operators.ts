// map, filter and flatMap of the TypeScript API: one record at a time to the user's function. The loop over a batch is
// generated per operator, so that the function is called from a place of its own and can be inlined there.
import { loadGenerated } from '../common/load-generated.ts'
import type { RowType } from '../types/logical-type.ts'
import type { Column, RecordBatch } from '../types/record-batch.ts'
import { BatchBuilder, OUTPUT_ROWS_MAX } from './batch-builder.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { UserFunctionSpec } from './operator-spec.ts'
import { columnLocals, recordLiteral, recordStore, targetLocals } from './records/record-code.ts'
import {
  createRecordReader,
  createRecordWriter,
  fieldReaders,
  fieldWriters,
  refuseRecord,
  type UserRecord,
} from './records/record-codec.ts'
import { describeValue, UnfitValue } from './records/record-values.ts'
import { userFunctionError } from './records/user-function-error.ts'
import { selectRows } from './select-rows.ts'

export type UserFunction = (...parameters: never[]) => unknown

/** Throws the user function's error at a row. */
type Fail = (cause: unknown, columns: readonly Column[], row: number) => never

function createFail(spec: UserFunctionSpec, name: string): Fail {
  const read = createRecordReader(spec.inputType)
  return (cause, columns, row) => {
    let records: unknown[] = []
    try {
      records = [read(columns, row)]
    } catch {
      // the record itself is what failed
    }
    throw userFunctionError({ operator: name, source: spec.source }, cause, records)
  }
}

/** `each` is run for every row `r` with the function's `result`. */
function loopCode(inputType: RowType, before: string, each: string, result: string): string {
  return `(call, readers, writers, refuse, fail) => (columns, rowCount, target) => {
    ${columnLocals(inputType)}
    ${before}
    let r = 0;
    try {
      for (; r < rowCount; r++) {
        const record = call(${recordLiteral(inputType)});
        ${each}
      }
    } catch (cause) { fail(cause, columns, r); }
    return ${result};
  }`
}

type Loop<Target> = (columns: readonly Column[], rowCount: number, target: Target) => number
type LoopFactory<Target> = (
  call: UserFunction,
  readers: unknown,
  writers: unknown,
  refuse: (result: unknown) => never,
  fail: Fail,
) => Loop<Target>

function refuseCondition(result: unknown): never {
  const what =
    result instanceof Promise ? 'a promise, but functions on the stream are synchronous' : describeValue(result)
  throw new UnfitValue(`a filter must return true or false, not ${what}`)
}

export function createFilter(spec: UserFunctionSpec, name: string, userFunction: UserFunction): Operator {
  const each = 'if (record === true) target[count++] = r; else if (record !== false) refuse(record);'
  const select = loadGenerated<LoopFactory<Int32Array>>(loopCode(spec.inputType, 'let count = 0;', each, 'count'))(
    userFunction,
    fieldReaders(spec.inputType),
    undefined,
    refuseCondition,
    createFail(spec, name),
  )
  let rows = new Int32Array(0)
  let context: OperatorContext
  return {
    open(given) {
      context = given
    },
    processBatch(_input, batch) {
      if (rows.length < batch.rowCount) rows = new Int32Array(batch.rowCount * 2)
      const count = select(batch.columns, batch.rowCount, rows)
      if (count > 0) context.output.emit(selectRows(batch, rows, count))
    },
  }
}

export function createMap(spec: UserFunctionSpec, name: string, userFunction: UserFunction): Operator {
  const { inputType, outputType } = spec
  const before = targetLocals(outputType)
  const each = `const w = r; ${recordStore(outputType)}`
  const convert = loadGenerated<LoopFactory<readonly Column[]>>(loopCode(inputType, before, each, 'r'))(
    userFunction,
    fieldReaders(inputType),
    fieldWriters(outputType),
    refuseRecord,
    createFail(spec, name),
  )
  const builder = new BatchBuilder(outputType, false)
  let context: OperatorContext
  return {
    open(given) {
      context = given
    },
    processBatch(_input, { columns, rowCount, rowKinds, eventTimes }) {
      builder.clear()
      builder.reserve(rowCount)
      convert(columns, rowCount, builder.columns)
      context.output.emit({ type: outputType, rowCount, columns: builder.columns, rowKinds, eventTimes })
    },
  }
}

/** The function returns an iterable of records, e.g. an array or a generator's. */
export function createFlatMap(spec: UserFunctionSpec, name: string, userFunction: UserFunction): Operator {
  const read = createRecordReader(spec.inputType)
  const write = createRecordWriter(spec.outputType)
  const fail = createFail(spec, name)
  const flatMap = userFunction as (record: UserRecord) => unknown
  const builder = new BatchBuilder(spec.outputType, false)
  // the row each record came from: it gives kind and event time
  let origins = new Int32Array(OUTPUT_ROWS_MAX * 2)
  let context: OperatorContext

  const add = (results: unknown, row: number): void => {
    for (const result of iterableOf(results)) {
      builder.reserve(1)
      write(builder.columns, builder.rowCount, result)
      if (builder.rowCount === origins.length) origins = doubled(origins)
      origins[builder.rowCount++] = row
    }
  }
  const flush = (batch: RecordBatch): void => {
    const { rowCount, columns } = builder
    if (rowCount > 0) {
      const rowKinds = batch.rowKinds && gather(batch.rowKinds, new Uint8Array(rowCount), origins)
      const eventTimes = batch.eventTimes && gather(batch.eventTimes, new Float64Array(rowCount), origins)
      context.output.emit({ type: spec.outputType, rowCount, columns, rowKinds, eventTimes })
    }
    builder.clear()
  }
  return {
    open(given) {
      context = given
    },
    processBatch(_input, batch) {
      builder.clear()
      for (let row = 0; row < batch.rowCount; row++) {
        try {
          add(flatMap(read(batch.columns, row)), row)
        } catch (cause) {
          fail(cause, batch.columns, row)
        }
        if (builder.rowCount >= OUTPUT_ROWS_MAX) flush(batch)
      }
      flush(batch)
    },
  }
}

function iterableOf(results: unknown): Iterable<unknown> {
  if (typeof results === 'object' && results !== null && Symbol.iterator in results) return results as Iterable<unknown>
  const what =
    results instanceof Promise ? 'a promise, but functions on the stream are synchronous' : describeValue(results)
  throw new UnfitValue(`a flatMap must return an array or another iterable of records, not ${what}`)
}

function doubled(rows: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(rows.length * 2)
  grown.set(rows)
  return grown
}

function gather<A extends Uint8Array | Float64Array>(values: A, target: A, rows: Int32Array): A {
  for (let index = 0; index < target.length; index++) target[index] = values[rows[index]!]!
  return target
}
