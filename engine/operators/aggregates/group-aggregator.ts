// The generated loops of updating aggregations: one that emits each row's change, one that emits each key's per batch.
import { loadGenerated } from '../../common/load-generated.ts'
import { equalCells } from '../../state/memory/key-lookup.ts'
import type { KeyedRows } from '../../state/state-backend.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { Column, RecordBatch } from '../../types/record-batch.ts'
import {
  declareColumns,
  declareInputs,
  destructureSupport,
  type AggregateCode,
  type AggregateRuntime,
} from './aggregate-code.ts'
import type { AggregateResult } from './aggregate-definition.ts'
import { aggregateSupport } from './aggregate-support.ts'
import { declareKeys, declareOutputs, writeKey, writeResult } from './result-code.ts'

export interface GroupAggregatorOptions {
  readonly code: AggregateCode
  readonly keys: readonly LogicalType[]
  readonly generateUpdateBefore: boolean
  /** 0: rows never expire. Otherwise the value column after the accumulators holds when a row was last updated. */
  readonly stateTtlMs: number
}

export interface GroupAggregator {
  /**
   * Aggregates every row of the batch into `rowIds` and writes its change to `columns` and `kinds` from row 0 on, which
   * have room for twice as many rows. Ids without rows go to `empty`. Gives the number of rows written.
   */
  changes(
    rows: KeyedRows,
    batch: RecordBatch,
    rowIds: Int32Array,
    columns: readonly Column[],
    kinds: Uint8Array,
    now: number,
    empty: number[],
  ): number
  /**
   * Aggregates every row of the batch. Ids touched go to `touchedIds` in order; `touched[id]` becomes 1 where the row
   * existed before, 2 where it is new. Gives the number of ids.
   */
  accumulate(
    rows: KeyedRows,
    batch: RecordBatch,
    rowIds: Int32Array,
    now: number,
    touched: Uint8Array,
    touchedIds: Int32Array,
  ): number
  /** Keys and results of `ids` into `columns` from row 0 on. */
  write(rows: KeyedRows, ids: Int32Array, count: number, columns: readonly Column[]): void
}

/** Result `index` of row `id` into the locals `<prefix><index>`, with `n` (is NULL) and `e` (exact) beside it. */
function capture(result: AggregateResult, index: number, prefix: string): string {
  const name = `${prefix}${index}`
  if (result.form === 'cell') return `const ${name} = ${result.value};`
  const isNull = `const ${name}n = ${result.isNull ?? 'false'};`
  const value = `const ${name} = ${name}n ? 0 : ${result.value};`
  return result.form === 'number'
    ? `${isNull} ${value}`
    : `${isNull} ${value} const ${name}e = ${name} === ${name} ? null : ${result.exact};`
}

function same(result: AggregateResult, index: number): string {
  if (result.form === 'cell') return `equalCells(p${index}, z${index})`
  const exact = result.form === 'exact' ? ` || (p${index} !== p${index} && sameExact(p${index}e, z${index}e))` : ''
  return `p${index}n === z${index}n && (p${index} === z${index}${exact})`
}

/** Writes captured results and the key of row `id` to row `w`. */
function writeRow(options: GroupAggregatorOptions, prefix: string, kind: string): string {
  const { code, keys } = options
  const results = code.results.map((result, index): AggregateResult => {
    const name = `${prefix}${index}`
    if (result.form === 'cell') return { form: 'cell', value: name }
    if (result.form === 'number') return { form: 'number', isNull: `${name}n`, value: name }
    return { form: 'exact', isNull: `${name}n`, value: name, exact: `${name}e` }
  })
  return `kinds[w] = ${kind};
    ${keys.map((type, index) => writeKey(type, index, index)).join('\n')}
    ${results.map((result, index) => writeResult(result, keys.length + index)).join('\n')}
    w++;`
}

function expireRow(options: GroupAggregatorOptions, counts: string): string {
  if (options.stateTtlMs === 0) return ''
  return `if (${counts}[id] !== 0 && now - updated[id] >= ${options.stateTtlMs}) { reset(rows, id); }
    updated[id] = now;`
}

function declareUpdated(options: GroupAggregatorOptions): string {
  return options.stateTtlMs === 0 ? '' : `const updated = rows.valueColumns[${options.code.columns.length}];`
}

function changesCode(options: GroupAggregatorOptions): string {
  const { code } = options
  const counts = `a${code.rowCount}`
  const retracting = code.retractRow !== ''
  const captureAll = (prefix: string): string =>
    code.results.map((result, index) => capture(result, index, prefix)).join('\n')
  const unchanged = options.stateTtlMs > 0 ? 'false' : code.results.map(same).join(' && ') || 'true'
  const targets = [...options.keys, ...code.results].map((_, index) => index)
  return `changes(rows, batch, rowIds, columns, kinds, now, empty) {
    const inputKinds = batch.rowKinds, rowCount = batch.rowCount;
    ${declareInputs(code, 'batch.columns')} ${declareColumns(code, 'a', 'rows.valueColumns')} ${declareUpdated(options)}
    ${declareKeys('rows', options.keys.length)} ${declareOutputs('columns', targets)}
    let w = 0;
    for (let r = 0; r < rowCount; r++) {
      const id = rowIds[r];
      ${expireRow(options, counts)}
      const isFirst = ${counts}[id] === 0;
      ${retracting ? 'const takesBack = inputKinds !== undefined && (inputKinds[r] === 1 || inputKinds[r] === 3); if (isFirst && takesBack) { empty.push(id); continue; }' : ''}
      ${code.mutable ? 'ownership.current++;' : ''}
      ${captureAll('p')}
      ${retracting ? `if (takesBack) { ${code.retractRow} } else { ${code.accumulateRow} }` : code.accumulateRow}
      ${
        retracting
          ? `if (${counts}[id] === 0) {
        ${writeRow(options, 'p', '3')}
        reset(rows, id); empty.push(id); continue;
      }`
          : ''
      }
      ${captureAll('z')}
      if (isFirst) { ${writeRow(options, 'z', '0')} continue; }
      if (${unchanged}) continue;
      ${options.generateUpdateBefore ? writeRow(options, 'p', '1') : ''}
      ${writeRow(options, 'z', '2')}
    }
    return w;
  }`
}

function accumulateCode(options: GroupAggregatorOptions): string {
  const { code } = options
  const counts = `a${code.rowCount}`
  const retracting = code.retractRow !== ''
  return `accumulate(rows, batch, rowIds, now, touched, touchedIds) {
    const inputKinds = batch.rowKinds, rowCount = batch.rowCount;
    ${declareInputs(code, 'batch.columns')} ${declareColumns(code, 'a', 'rows.valueColumns')} ${declareUpdated(options)}
    ${code.mutable ? 'ownership.current++;' : ''}
    let count = 0;
    for (let r = 0; r < rowCount; r++) {
      const id = rowIds[r];
      ${expireRow(options, counts)}
      if (touched[id] === 0) { touched[id] = ${counts}[id] === 0 ? 2 : 1; touchedIds[count++] = id; }
      ${
        retracting
          ? `if (inputKinds !== undefined && (inputKinds[r] === 1 || inputKinds[r] === 3)) {
        if (${counts}[id] === 0) continue;
        ${code.retractRow}
        if (${counts}[id] === 0) reset(rows, id);
      } else { ${code.accumulateRow} }`
          : code.accumulateRow
      }
    }
    return count;
  }`
}

function writeCode(options: GroupAggregatorOptions): string {
  const { code, keys } = options
  const loop = (body: string): string => `for (let w = 0; w < count; w++) { const id = ids[w]; ${body} }`
  const targets = [...keys, ...code.results].map((_, index) => index)
  return `write(rows, ids, count, columns) {
    ${declareKeys('rows', keys.length)} ${declareOutputs('columns', targets)} ${declareColumns(code, 'a', 'rows.valueColumns')}
    ${keys.map((type, index) => loop(writeKey(type, index, index))).join('\n')}
    ${code.results.map((result, index) => loop(writeResult(result, keys.length + index))).join('\n')}
  }`
}

/** Puts a row's accumulators back to their start. */
function resetRow(rows: KeyedRows, id: number): void {
  for (const values of rows.valueColumns as unknown[][]) values[id] = Array.isArray(values) ? null : 0
}

export function createGroupAggregator(options: GroupAggregatorOptions, runtime: AggregateRuntime): GroupAggregator {
  const { code } = options
  const text = `(support, runtime, constants, equalCells, reset) => { ${destructureSupport(code)}
    return { ${changesCode(options)}, ${accumulateCode(options)}, ${writeCode(options)} } }`
  type Factory = (...context: unknown[]) => GroupAggregator
  return loadGenerated<Factory>(text)(aggregateSupport, runtime, code.constants, equalCells, resetRow)
}
