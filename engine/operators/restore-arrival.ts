// Arrival numbers (FIRST_VALUE, LAST_VALUE) go on above the highest one in restored state.
import type { KeyedTable } from '../state/state-backend.ts'
import type { WindowContents } from './window-contents.ts'

export function restoreArrival(
  contents: Pick<WindowContents, 'runtime' | 'columns'>,
  ...tables: readonly (KeyedTable | undefined)[]
): void {
  const orders = contents.columns.flatMap((column, index) => (column.isOrder ? [index] : []))
  if (orders.length === 0) return
  for (const table of tables) {
    for (const namespace of table?.namespaces() ?? []) {
      const rows = table!.rows(namespace)
      for (const order of orders) {
        const numbers = rows.valueColumns[order] as Float64Array
        for (const id of rows.rowIds())
          contents.runtime.arrival.last = Math.max(contents.runtime.arrival.last, numbers[id]!)
      }
    }
  }
}
