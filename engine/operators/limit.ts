// LIMIT and OFFSET without ORDER BY over a stream of inserts: the first rows that arrive. Runs in one subtask.
import { allocateColumn, getCell, setCell, createBatch, type RecordBatch } from '../types/record-batch.ts'
import type { LimitSpec } from './operator-spec.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { OperatorListState, OperatorStateDeclaration } from '../state/state-backend.ts'

const seenState: OperatorStateDeclaration = { kind: 'operator-list', name: 'rows-seen', redistribution: 'union' }

/** Rows [from, to) as a batch of their own. */
function sliceRows(batch: RecordBatch, from: number, to: number): RecordBatch {
  const columns = batch.type.fields.map(({ type }, index) => {
    const column = allocateColumn(type, to - from)
    for (let row = from; row < to; row++) setCell(type, column, row - from, getCell(type, batch.columns[index]!, row))
    return column
  })
  return createBatch(batch.type, columns, to - from)
}

export function createLimit({ offset, limit }: LimitSpec): Operator {
  let context: OperatorContext
  let state: OperatorListState
  let seen = 0

  return {
    state: [seenState],
    open: (opened) => {
      context = opened
      state = opened.state.operatorList(seenState)
      seen = Math.max(0, ...state.get().map(Number))
    },
    processBatch: (_input, batch) => {
      const from = Math.max(0, offset - seen)
      const to = Math.min(batch.rowCount, offset + limit - seen)
      seen += batch.rowCount
      if (from >= to) return
      context.output.emit(from === 0 && to === batch.rowCount ? batch : sliceRows(batch, from, to))
    },
    prepareSnapshot: () => {
      state.set([seen])
    },
  }
}
