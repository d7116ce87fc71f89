// Open windows whose bounds stand in columns: rows of an end (the namespace) are told apart by their start (a key).
import { DIAGNOSTIC_ENTRIES_MAX } from '../metrics/diagnostics.ts'
import type { KeyedTable } from '../state/state-backend.ts'
import type { LocalWindow, WindowCounts } from './count-windows.ts'

/** The start is the last key column. */
export function countAttachedWindows(table: KeyedTable, asked: number | undefined): WindowCounts {
  let openWindows = 0
  const windows: LocalWindow[] = []
  let askedWindow: LocalWindow | undefined
  for (const end of table.namespaces()) {
    const rows = table.rows(end)
    openWindows += rows.size
    const isAskedFor = asked !== undefined && asked < end && askedWindow?.start !== asked
    if (windows.length >= DIAGNOSTIC_ENTRIES_MAX && !isAskedFor) continue
    const starts = rows.keyColumns.at(-1)!.values as Float64Array
    const keysByStart = new Map<number, number>()
    for (let id = 0; id < rows.size; id++) keysByStart.set(starts[id]!, (keysByStart.get(starts[id]!) ?? 0) + 1)
    for (const [start, keys] of [...keysByStart].sort(([one], [other]) => one - other)) {
      const window = { start, end, keys }
      if (windows.length < DIAGNOSTIC_ENTRIES_MAX) windows.push(window)
      if (isAskedFor && start <= asked && (askedWindow === undefined || start === asked)) askedWindow = window
    }
  }
  return { openWindows, isEstimate: false, windows, asked: askedWindow }
}
