// Hands the rows of a SELECT to a receiver, in the order of emission.
import { rowFromBatch, type Cell } from '../../types/record-batch.ts'
import { rowKindToString, RowKind, type RowKindString } from '../../types/row-kind.ts'
import type { ConnectorRuntime, SinkSpec, SinkWriter } from '../connector.ts'

/** A row as it was emitted. Cells are in canonical form (record-batch.ts) and belong to the receiver. */
export interface CollectedRow {
  readonly op: RowKindString
  readonly cells: readonly Cell[]
}

function createWriter(spec: SinkSpec, receive: (rows: readonly CollectedRow[]) => void): SinkWriter {
  const done = Promise.resolve()
  return {
    open: () => done,
    write: (batch) => {
      const rows = Array.from({ length: batch.rowCount }, (_, row) => ({
        op: rowKindToString((batch.rowKinds?.[row] ?? RowKind.INSERT) as RowKind),
        cells: rowFromBatch({ ...batch, type: spec.consumedType }, row),
      }))
      receive(rows)
    },
    isAvailable: () => true,
    available: () => done,
    flush: () => done,
    close: () => done,
  }
}

/** The runtime of `collect` sinks for one job; `receive` is called on the sink's thread and must not block. */
export function collectRuntime(receive: (rows: readonly CollectedRow[]) => void): ConnectorRuntime {
  return { createWriter: (spec) => createWriter(spec, receive) }
}
