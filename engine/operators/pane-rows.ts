// Cuts a batch into runs of rows that lie in the same pane, so that a pane is looked up once per run and its rows are
// found and aggregated in tight loops.
import type { KeyedRows } from '../state/state-backend.ts'

/** Rows with `from` ≤ time < `to` go to `rows`; undefined: they are late. */
export interface Pane {
  readonly from: number
  readonly to: number
  readonly rows: KeyedRows | undefined
}

export const NO_PANE: Pane = { from: Infinity, to: -Infinity, rows: undefined }

/** Calls `each` for every run; gives the last pane, to start from with the next batch. */
export function forEachRun(
  times: Float64Array,
  rowCount: number,
  first: Pane,
  locate: (time: number) => Pane,
  each: (rows: KeyedRows | undefined, from: number, to: number) => void,
): Pane {
  let pane = first
  for (let row = 0; row < rowCount;) {
    const time = times[row]!
    if (!(time >= pane.from && time < pane.to)) pane = locate(time)
    const { from, to } = pane
    const start = row++
    while (row < rowCount && times[row]! >= from && times[row]! < to) row++
    each(pane.rows, start, row)
  }
  return pane
}
