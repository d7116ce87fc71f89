// Reads constant rows out of the graph.
import { batchFromRows, type Cell } from '../../types/record-batch.ts'
import type {
  ConnectorRuntime,
  Json,
  ReaderOutput,
  SourceReader,
  SourceSpec,
  Split,
  SplitEnumerator,
} from '../connector.ts'
import { decodeCell } from './cell-json.ts'

const SPLIT_ID = 'values-0'
const BATCH_ROWS_MAX = 4096

function createEnumerator(): SplitEnumerator {
  return {
    start: (restored) => Promise.resolve(restored ?? [{ id: SPLIT_ID, state: { next: 0, finished: false } }]),
    identity: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  }
}

interface ValuesSplitState {
  readonly next: number
  readonly finished: boolean
}

function createReader(spec: SourceSpec): SourceReader {
  const { rows } = spec.settings as { readonly rows: readonly (readonly Json[])[] }
  let states: Map<string, ValuesSplitState> = new Map()

  function emitBatch(id: string, { next }: ValuesSplitState, output: ReaderOutput): void {
    const cells = rows.slice(next, next + BATCH_ROWS_MAX).map((row): Cell[] => row.map(decodeCell))
    if (cells.length > 0) output.emit(id, batchFromRows(spec.producedType, cells))
    const finished = next + cells.length >= rows.length
    states.set(id, { next: next + cells.length, finished })
    if (finished) output.splitFinished(id)
  }

  return {
    start: (splits) => {
      states = new Map(splits.map((split) => [split.id, split.state as unknown as ValuesSplitState]))
      return Promise.resolve()
    },
    poll: (output) => {
      const open = [...states].find(([, state]) => !state.finished)
      if (open === undefined) return 'end-of-input'
      emitBatch(open[0], open[1], output)
      return [...states.values()].every((state) => state.finished) ? 'end-of-input' : 'more'
    },
    available: () => Promise.resolve(),
    snapshot: () => [...states].map(([id, { next, finished }]): Split => ({ id, state: { next, finished } })),
    close: () => Promise.resolve(),
  }
}

export const valuesRuntime: ConnectorRuntime = { createEnumerator, createReader }
