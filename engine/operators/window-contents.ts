// What a window keeps per key, and how it is added to, merged and emitted: aggregates, reduced records or the rows
// themselves. The window operators decide which rows and windows, the contents what becomes of them.
import type { KeyedRows, KeyedTableDeclaration } from '../state/state-backend.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import type { AggregateRuntime } from './aggregates/aggregate-code.ts'
import { createWindowAggregator, type WindowAggregator } from './aggregates/window-aggregator.ts'
import type { Output } from './operator.ts'
import type { WindowAggregateSpec } from './operator-spec.ts'
import { windowAggregateCode } from './window-aggregate-phases.ts'
import { WindowOutput, type WindowBounds } from './window-output.ts'

export type { WindowBounds } from './window-output.ts'

/** The part of a spec that window operators read. */
export type WindowedSpec = Pick<WindowAggregateSpec, 'inputType' | 'window' | 'keys' | 'phase'>

export interface WindowContents extends Pick<WindowAggregator, 'accumulate' | 'merge'> {
  readonly columns: readonly (KeyedTableDeclaration['values'][number] & { readonly isOrder?: boolean })[]
  readonly runtime: AggregateRuntime
  /** Column with the number of rows, where rows can be taken back: windows that became empty are not emitted. */
  readonly rowCount: number | undefined
  /** Objects in cells change in place. */
  readonly mutable: boolean
  /** What is merged in must be the later part. */
  readonly ordered: boolean
  /** Emits the first `count` ids. */
  write(rows: KeyedRows, ids: Int32Array, count: number, bounds: WindowBounds, output: Output): void
  /** Emits a slice's accumulators; only for local phases. */
  writeSlice?(rows: KeyedRows, sliceEnd: number, output: Output): void
  flush(output: Output): void
}

/** Rows that have not been taken back entirely. */
export function idsWithRows(rows: KeyedRows, rowCount: number): Int32Array {
  const counts = rows.valueColumns[rowCount] as Float64Array
  return rows
    .ids()
    .slice(0, rows.size)
    .filter((id) => counts[id]! > 0)
}

export function createRuntime(): AggregateRuntime {
  return { arrival: { last: 0 }, ownership: { current: 1 } }
}

export function createAggregateContents(spec: WindowAggregateSpec, zone: WindowZone): WindowContents {
  const code = windowAggregateCode(spec)
  const runtime = createRuntime()
  const keyTypes = spec.keys.map((key) => spec.inputType.fields[key]!.type)
  const aggregator = createWindowAggregator(code, keyTypes, runtime)
  const output = new WindowOutput(spec, zone)
  return {
    columns: code.columns.map(({ name, storage, label, type, isOrder }) => ({ name, storage, label, type, isOrder })),
    runtime,
    rowCount: code.rowCount,
    mutable: code.mutable,
    ordered: code.ordered,
    accumulate: aggregator.accumulate,
    merge: aggregator.merge,
    write: (rows, ids, count, bounds, target) => output.write(aggregator, rows, ids, count, bounds, target),
    writeSlice: (rows, sliceEnd, target) => output.writeSlice(rows, sliceEnd, target),
    flush: (target) => output.flush(target),
  }
}
