// A snapshot of the hashmap backend. Taking it copies values; sorting by key group and encoding happen in `write`, in
// pieces of a few thousand rows, on arrays that nobody changes.
import { keyGroupOfHash, type KeyGroupRange } from '../key-groups.ts'
import { createBatchKeyHasher, createKeyHasher } from '../key-hash.ts'
import type { KeyedTableDeclaration, OperatorStateDeclaration, StateSnapshot } from '../state-backend.ts'
import { ByteWriter } from './byte-writer.ts'
import { writeCell } from './cell-codec.ts'
import { writeKeyColumn, writeStateColumn } from './column-codec.ts'
import type { RowsSnapshot } from './hash-rows.ts'
import {
  fileStart,
  frame,
  FrameKind,
  ROWS_PER_FRAME,
  type KeyGroupRun,
  type SnapshotHeader,
} from './snapshot-format.ts'

interface RowsCopy extends RowsSnapshot {
  readonly namespace: number
}

export interface TableCopy {
  readonly declaration: KeyedTableDeclaration
  readonly namespaces: readonly RowsCopy[]
}
export interface ListCopy {
  readonly declaration: OperatorStateDeclaration
  readonly elements: readonly unknown[]
}

/** Rows sorted between two yields. */
const SORTED_ROWS_MAX = 65_536
const NOTHING = new Uint8Array(0)

/** Row ids sorted by key group (counting sort), and each group's number of rows. Yields nothing, so as to be bounded. */
function* sortByKeyGroup(
  declaration: KeyedTableDeclaration,
  copy: RowsCopy,
  maxParallelism: number,
): Generator<Uint8Array, { order: Int32Array; counts: Int32Array }> {
  let { hashes } = copy
  const leading = declaration.keyGroupColumns ?? declaration.key.length
  if (leading < declaration.key.length) {
    hashes = new Int32Array(copy.end)
    const key = declaration.key.slice(0, leading)
    if (copy.ids === undefined) createBatchKeyHasher(key)(copy.keyColumns, copy.end, hashes)
    else {
      // rows that are not in use have no key
      const hash = createKeyHasher(key)
      for (let index = 0; index < copy.size; index++) {
        hashes[copy.ids[index]!] = hash(copy.keyColumns, copy.ids[index]!)
        if (index % SORTED_ROWS_MAX === SORTED_ROWS_MAX - 1) yield NOTHING
      }
    }
  }
  const counts = new Int32Array(maxParallelism)
  const id = (index: number): number => (copy.ids === undefined ? index : copy.ids[index]!)
  for (let index = 0; index < copy.size; index++) {
    counts[keyGroupOfHash(hashes[id(index)]!, maxParallelism)]!++
    if (index % SORTED_ROWS_MAX === SORTED_ROWS_MAX - 1) yield NOTHING
  }
  const next = new Int32Array(maxParallelism)
  for (let group = 1; group < maxParallelism; group++) next[group] = next[group - 1]! + counts[group - 1]!
  const order = new Int32Array(copy.size)
  for (let index = 0; index < copy.size; index++) {
    order[next[keyGroupOfHash(hashes[id(index)]!, maxParallelism)]!++] = id(index)
    if (index % SORTED_ROWS_MAX === SORTED_ROWS_MAX - 1) yield NOTHING
  }
  return { order, counts }
}

/** Cuts key groups into frames: runs of groups up to ROWS_PER_FRAME rows, large groups over several frames. */
function* cutFrames(counts: Int32Array): Iterable<KeyGroupRun[]> {
  let runs: KeyGroupRun[] = []
  let rows = 0
  for (let keyGroup = 0; keyGroup < counts.length; keyGroup++) {
    for (let rest = counts[keyGroup]!; rest > 0;) {
      const taken = Math.min(rest, ROWS_PER_FRAME - rows)
      runs.push({ keyGroup, rows: taken })
      rows += taken
      rest -= taken
      if (rows < ROWS_PER_FRAME) continue
      yield runs
      runs = []
      rows = 0
    }
  }
  if (rows > 0) yield runs
}

export class HashmapSnapshot implements StateSnapshot {
  readonly #keyGroups: KeyGroupRange
  readonly #maxParallelism: number
  #tables: readonly TableCopy[]
  #lists: readonly ListCopy[]

  constructor(
    keyGroups: KeyGroupRange,
    maxParallelism: number,
    tables: readonly TableCopy[],
    lists: readonly ListCopy[],
  ) {
    this.#keyGroups = keyGroups
    this.#maxParallelism = maxParallelism
    this.#tables = tables
    this.#lists = lists
  }

  #header(): SnapshotHeader {
    return {
      maxParallelism: this.#maxParallelism,
      keyGroups: this.#keyGroups,
      states: [
        ...this.#tables.map(({ declaration, namespaces }) => ({
          ...declaration,
          keyGroupColumns: declaration.keyGroupColumns ?? declaration.key.length,
          namespaces: namespaces.length,
          rows: namespaces.reduce((sum, copy) => sum + copy.size, 0),
        })),
        ...this.#lists.map(({ declaration, elements }) => ({ ...declaration, elements: elements.length })),
      ],
    }
  }

  *write(): Iterable<Uint8Array> {
    const writer = new ByteWriter()
    let frames = 0
    yield fileStart()
    writer.text(JSON.stringify(this.#header()))
    yield frame(FrameKind.HEADER, writer.take())
    for (const [state, { declaration, namespaces }] of this.#tables.entries()) {
      for (const copy of namespaces) {
        const { order, counts } = yield* sortByKeyGroup(declaration, copy, this.#maxParallelism)
        let from = 0
        for (const runs of cutFrames(counts)) {
          const to = runs.reduce((sum, run) => sum + run.rows, from)
          writeRows(writer, state, copy, runs, order, from, to)
          yield frame(FrameKind.ROWS, writer.take())
          frames++
          from = to
        }
      }
    }
    for (const [index, { elements }] of this.#lists.entries()) {
      writer.int32(this.#tables.length + index)
      writer.int32(elements.length)
      for (const element of elements) writeCell(writer, element)
      yield frame(FrameKind.LIST, writer.take())
      frames++
    }
    writer.int32(frames)
    yield frame(FrameKind.END, writer.take())
  }

  release(): void {
    for (const { namespaces } of this.#tables) for (const copy of namespaces) copy.release()
    this.#tables = []
    this.#lists = []
  }
}

function writeRows(
  writer: ByteWriter,
  state: number,
  copy: RowsCopy,
  runs: readonly KeyGroupRun[],
  order: Int32Array,
  from: number,
  to: number,
): void {
  writer.int32(state)
  writer.float64(copy.namespace)
  writer.int32(to - from)
  writer.int32(runs.length)
  for (const run of runs) {
    writer.int32(run.keyGroup)
    writer.int32(run.rows)
  }
  for (const column of copy.keyColumns) writeKeyColumn(writer, column, order, from, to)
  for (const values of copy.valueColumns) writeStateColumn(writer, values, order, from, to)
}
