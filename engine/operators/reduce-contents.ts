// Window contents of the TypeScript API's `reduce`: one record per key. It lies in state as cells, so that a record the
// user's function changes in place is no longer state.
import { getCell, setCell, type Cell } from '../types/record-batch.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import type { Output } from './operator.ts'
import type { WindowReduceSpec } from './operator-spec.ts'
import { recordCells, recordOfCells, type UserRecord } from './records/record-codec.ts'
import { userFunctionError } from './records/user-function-error.ts'
import type { UserFunction } from './user-function-operators.ts'
import { createRuntime, type WindowContents } from './window-contents.ts'
import { WindowOutput } from './window-output.ts'

export function createReduceContents(
  spec: WindowReduceSpec,
  zone: WindowZone,
  name: string,
  userFunction: UserFunction,
): WindowContents {
  const { inputType } = spec
  const reduce = userFunction as (left: UserRecord, right: UserRecord) => unknown
  const output = new WindowOutput(spec, zone)
  const combine = (left: readonly Cell[] | null, right: readonly Cell[]): readonly Cell[] => {
    if (left === null) return right
    const records = [recordOfCells(inputType, left), recordOfCells(inputType, right)] as const
    try {
      return recordCells(inputType, reduce(...records))
    } catch (cause) {
      throw userFunctionError({ operator: name, source: spec.source }, cause, records)
    }
  }
  return {
    columns: [{ name: 'record', storage: 'cell', type: inputType }],
    runtime: createRuntime(),
    rowCount: undefined,
    mutable: false,
    ordered: true,
    accumulate(rows, batch, from, to, rowIds) {
      const records = rows.valueColumns[0] as (readonly Cell[] | null)[]
      for (let row = from; row < to; row++) {
        const cells = inputType.fields.map((field, index) => getCell(field.type, batch.columns[index]!, row))
        records[rowIds[row]!] = combine(records[rowIds[row]!]!, cells)
      }
    },
    merge(rows, merged, from, to, rowIds) {
      const records = rows.valueColumns[0] as (readonly Cell[] | null)[]
      const others = merged[0] as (readonly Cell[] | null)[]
      for (let index = from; index < to; index++) {
        const id = rowIds[index]!
        if (id >= 0) records[id] = combine(records[id]!, others[index]!)
      }
    },
    write(rows, ids, count, bounds, target: Output) {
      const writer = {
        write: (
          _rows: unknown,
          rowIds: Int32Array,
          rowCount: number,
          columns: Parameters<typeof setCell>[1][],
          start: number,
        ): void => {
          const records = rows.valueColumns[0] as readonly (readonly Cell[])[]
          for (let index = 0; index < rowCount; index++) {
            inputType.fields.forEach((field, column) => {
              setCell(field.type, columns[column]!, start + index, records[rowIds[index]!]![column]!)
            })
          }
        },
      }
      output.write(writer as Parameters<typeof output.write>[0], rows, ids, count, bounds, target)
    },
    flush: (target) => output.flush(target),
  }
}
