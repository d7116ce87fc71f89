// Window contents of a session window table-valued function: the rows themselves, in order of
// arrival within pieces of the session as long as its gap.
import { types, type RowType } from '../types/logical-type.ts'
import { getCell, setCell, type Cell } from '../types/record-batch.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import { BatchBuilder, OUTPUT_ROWS_MAX } from './batch-builder.ts'
import type { WindowTableFunctionSpec } from './operator-spec.ts'
import { createRuntime, type WindowContents } from './window-contents.ts'

/** [row kind, ...cells] */
type KeptRow = readonly [kind: number, ...cells: Cell[]]
type KeptRows = KeptRow[] & { owner?: number }

function keptRowType({ fields }: RowType): RowType {
  return types.row([{ name: 'row kind', type: types.int() }, ...fields])
}

export function createRowContents(spec: WindowTableFunctionSpec, zone: WindowZone): WindowContents {
  const { inputType, outputType } = spec
  const fieldCount = inputType.fields.length
  const runtime = createRuntime()
  const builder = new BatchBuilder(outputType, true)
  const isLtz = outputType.fields[fieldCount + 2]!.type.kind === 'TIMESTAMP_LTZ'
  const owned = (lists: (KeptRows | null)[], id: number): KeptRows => {
    const present = lists[id]!
    if (present !== null && present.owner === runtime.ownership.current) return present
    const list: KeptRows = present === null ? [] : present.slice()
    list.owner = runtime.ownership.current
    lists[id] = list
    return list
  }
  return {
    columns: [{ name: 'rows', storage: 'cell', type: types.array(keptRowType(inputType)) }],
    runtime,
    rowCount: undefined,
    mutable: true,
    ordered: true,
    accumulate(rows, batch, from, to, rowIds) {
      const lists = rows.valueColumns[0] as (KeptRows | null)[]
      for (let row = from; row < to; row++) {
        const cells = inputType.fields.map((field, index) => getCell(field.type, batch.columns[index]!, row))
        owned(lists, rowIds[row]!).push([batch.rowKinds?.[row] ?? 0, ...cells])
      }
    },
    merge(rows, merged, from, to, rowIds) {
      const lists = rows.valueColumns[0] as (KeptRows | null)[]
      const others = merged[0] as (KeptRows | null)[]
      for (let index = from; index < to; index++) {
        const id = rowIds[index]!
        if (id < 0) continue
        owned(lists, id).push(...others[index]!)
      }
    },
    write(rows, ids, count, bounds, output) {
      const lists = rows.valueColumns[0] as readonly KeptRows[]
      const starts = bounds.start as ArrayLike<number>
      const ends = bounds.end as ArrayLike<number>
      for (let index = 0; index < count; index++) {
        const id = ids[index]!
        for (const [kind, ...cells] of lists[id]!) {
          builder.reserve(1)
          const windowTime = isLtz ? zone.toInstant(ends[id]! - 1) : ends[id]! - 1
          const row = [...cells, starts[id]!, ends[id]!, windowTime]
          row.forEach((cell, column) =>
            setCell(outputType.fields[column]!.type, builder.columns[column]!, builder.rowCount, cell),
          )
          builder.rowKinds![builder.rowCount++] = kind
          if (builder.rowCount >= OUTPUT_ROWS_MAX) builder.flush(output)
        }
      }
    },
    flush: (output) => builder.flush(output),
  }
}
