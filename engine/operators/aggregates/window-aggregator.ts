// The generated loops of window aggregations: accumulate a run of rows, merge tables, write results.
import { loadGenerated } from '../../common/load-generated.ts'
import type { KeyedRows, StateColumn } from '../../state/state-backend.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { Column, RecordBatch } from '../../types/record-batch.ts'
import {
  declareColumns,
  declareInputs,
  destructureSupport,
  type AggregateCode,
  type AggregateRuntime,
} from './aggregate-code.ts'
import { aggregateSupport } from './aggregate-support.ts'
import { declareKeys, declareOutputs, writeKey, writeResult } from './result-code.ts'

export interface WindowAggregator {
  /** Rows `from` ≤ r < `to` of the batch into the rows `rowIds[r]`. */
  readonly accumulate: (rows: KeyedRows, batch: RecordBatch, from: number, to: number, rowIds: Int32Array) => void
  /** Rows `from` ≤ s < `to` of `merged` (columns as in state) into the rows `rowIds[s]`; negative ids are left out. */
  readonly merge: (
    rows: KeyedRows,
    merged: readonly StateColumn[],
    from: number,
    to: number,
    rowIds: Int32Array,
  ) => void
  /** Keys (the first `keys.length` output columns) and results of `ids` into `columns` from row `start` on. */
  readonly write: (rows: KeyedRows, ids: Int32Array, count: number, columns: readonly Column[], start: number) => void
}

function accumulateCode(code: AggregateCode): string {
  const body =
    code.retractRow === ''
      ? code.accumulateRow
      : `const kind = kinds === undefined ? 0 : kinds[r];
         if (kind === 1 || kind === 3) { ${code.retractRow} } else { ${code.accumulateRow} }`
  return `accumulate(rows, batch, from, to, rowIds) {
    const kinds = batch.rowKinds;
    ${declareInputs(code, 'batch.columns')} ${declareColumns(code, 'a', 'rows.valueColumns')}
    for (let r = from; r < to; r++) { const id = rowIds[r]; ${body} }
  }`
}

function mergeCode(code: AggregateCode): string {
  return `merge(rows, merged, from, to, rowIds) {
    ${declareColumns(code, 'a', 'rows.valueColumns')} ${declareColumns(code, 'b', 'merged')}
    for (let s = from; s < to; s++) { const id = rowIds[s]; if (id < 0) continue; ${code.mergeRow} }
  }`
}

function writeCode(code: AggregateCode, keys: readonly LogicalType[]): string {
  const loop = (body: string): string =>
    `for (let i = 0, w = start; i < count; i++, w++) { const id = ids[i]; ${body} }`
  const targets = [...keys, ...code.results].map((_, index) => index)
  return `write(rows, ids, count, columns, start) {
    ${declareKeys('rows', keys.length)} ${declareOutputs('columns', targets)} ${declareColumns(code, 'a', 'rows.valueColumns')}
    ${keys.map((type, index) => loop(writeKey(type, index, index))).join('\n')}
    ${code.results.map((result, index) => loop(writeResult(result, keys.length + index))).join('\n')}
  }`
}

/** `keys`: the types of the key columns that are written. */
export function createWindowAggregator(
  code: AggregateCode,
  keys: readonly LogicalType[],
  runtime: AggregateRuntime,
): WindowAggregator {
  const text = `(support, runtime, constants) => { ${destructureSupport(code)}
    return { ${accumulateCode(code)}, ${mergeCode(code)}, ${writeCode(code, keys)} } }`
  type Factory = (support: object, runtime: AggregateRuntime, constants: object) => WindowAggregator
  return loadGenerated<Factory>(text)(aggregateSupport, runtime, code.constants)
}
