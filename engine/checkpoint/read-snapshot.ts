// Looks into the state of an operator as a checkpoint holds it, without the job that wrote it. Pure: bytes in, descriptions
// and entries out. The format describes itself (state/memory/snapshot-format.ts); what is for people only (labels, types of
// values) is absent in files of older releases.
import { FlinktsError } from '../common/errors.ts'
import type { StateColumn } from '../state/state-backend.ts'
import { ByteReader } from '../state/memory/byte-writer.ts'
import { readCell } from '../state/memory/cell-codec.ts'
import { readKeyColumn, readStateColumn } from '../state/memory/column-codec.ts'
import {
  readRowsHead,
  readSnapshotFiles,
  type KeyedTableHeader,
  type OperatorListHeader,
  type SnapshotFile,
} from '../state/memory/snapshot-format.ts'
import type { LogicalType } from '../types/logical-type.ts'
import { getCell, type Cell } from '../types/record-batch.ts'

export interface StateField {
  readonly name: string
  /** Undefined: something of the operator's own. */
  readonly type: LogicalType | undefined
}

export interface KeyedStateDescription {
  readonly kind: 'keyed-table'
  readonly name: string
  readonly keys: readonly StateField[]
  readonly values: readonly StateField[]
  /** What its namespaces are; undefined: it has none. */
  readonly namespace: string | undefined
  /** Pairs of namespace and key. */
  readonly entries: number
  readonly namespaces: number
  readonly sizeBytes: number
  /** Key groups that hold entries, of `maxParallelism`. */
  readonly keyGroups: number
  readonly maxParallelism: number
}

export interface ListStateDescription {
  readonly kind: 'operator-list'
  readonly name: string
  readonly redistribution: 'split' | 'union'
  /** Over all subtasks. */
  readonly entries: number
  readonly sizeBytes: number
}

export type StateSummary = KeyedStateDescription | ListStateDescription

export interface StateEntry {
  /** Undefined in a list. */
  readonly keyGroup: number | undefined
  /** ms since 1970; undefined without namespaces and in a list. */
  readonly namespace: number | undefined
  readonly key: readonly Cell[]
  /** Of a list: the one element. */
  readonly values: readonly unknown[]
}

type Header = KeyedTableHeader | OperatorListHeader

interface StatePart {
  readonly header: Header
  readonly maxParallelism: number
  readonly payloads: readonly Uint8Array[]
}

/** By state name, in the order in which the operator declared them. */
function statesOf(parts: Iterable<Uint8Array>): Map<string, StatePart[]> {
  const states = new Map<string, StatePart[]>()
  for (const bytes of parts) for (const file of readSnapshotFiles(bytes)) addFile(states, file)
  return states
}

function addFile(states: Map<string, StatePart[]>, { header, frames }: SnapshotFile): void {
  const payloads = header.states.map((): Uint8Array[] => [])
  for (const { payload } of frames) payloads[new ByteReader(payload).int32()]!.push(payload)
  header.states.forEach((state, index) => {
    const part: StatePart = { header: state, maxParallelism: header.maxParallelism, payloads: payloads[index]! }
    const known = states.get(state.name)
    if (known === undefined) states.set(state.name, [part])
    else known.push(part)
  })
}

function sizeOf(parts: readonly StatePart[]): number {
  return parts.reduce((sum, { payloads }) => sum + payloads.reduce((bytes, payload) => bytes + payload.length, 0), 0)
}

function keysOf(header: KeyedTableHeader): StateField[] {
  return header.key.map((type, index) => ({ name: header.keyNames?.[index] ?? `key ${index}`, type }))
}

function valuesOf(header: KeyedTableHeader): StateField[] {
  return header.values.map(({ name, label, type }) => ({ name: label ?? name, type }))
}

function summarizeTable(header: KeyedTableHeader, parts: readonly StatePart[]): KeyedStateDescription {
  const [keyGroups, namespaces] = [new Set<number>(), new Set<number>()]
  let entries = 0
  for (const { payloads } of parts) {
    for (const payload of payloads) {
      const { namespace, rows, runs } = readRowsHead(new ByteReader(payload))
      entries += rows
      namespaces.add(namespace)
      for (const { keyGroup } of runs) keyGroups.add(keyGroup)
    }
  }
  return {
    kind: 'keyed-table',
    name: header.name,
    keys: keysOf(header),
    values: valuesOf(header),
    namespace: header.namespace,
    entries,
    namespaces: namespaces.size,
    sizeBytes: sizeOf(parts),
    keyGroups: keyGroups.size,
    maxParallelism: parts[0]!.maxParallelism,
  }
}

/** What `parts`, the operator's state by former subtask, hold. Throws STATE_CORRUPT. */
export function summarizeStates(parts: Iterable<Uint8Array>): StateSummary[] {
  return [...statesOf(parts).values()].map((found): StateSummary => {
    const { header } = found[0]!
    if (header.kind === 'keyed-table') return summarizeTable(header, found)
    const { kind, name, redistribution } = header
    const entries = found.reduce((sum, part) => sum + (part.header as OperatorListHeader).elements, 0)
    return { kind, name, redistribution, entries, sizeBytes: sizeOf(found) }
  })
}

function valueAt(column: StateColumn, type: LogicalType | undefined, row: number): unknown {
  const value = column[row]
  return type?.kind === 'BOOLEAN' && typeof value === 'number' ? value === 1 : value
}

function* tableEntries(header: KeyedTableHeader, payload: Uint8Array): Generator<StateEntry> {
  const reader = new ByteReader(payload)
  const { namespace, rows, runs } = readRowsHead(reader)
  const keys = header.key.map((type) => readKeyColumn(reader, type, rows))
  const values = header.values.map(({ storage }) => readStateColumn(reader, storage, rows))
  let row = 0
  for (const run of runs) {
    for (const end = row + run.rows; row < end; row++) {
      yield {
        keyGroup: run.keyGroup,
        namespace: header.namespace === undefined && namespace === 0 ? undefined : namespace,
        key: keys.map((column, index) => getCell(header.key[index]!, column, row)),
        values: values.map((column, index) => valueAt(column, header.values[index]!.type, row)),
      }
    }
  }
}

function* listEntries(payload: Uint8Array): Generator<StateEntry> {
  const reader = new ByteReader(payload)
  reader.int32()
  for (let count = reader.int32(); count > 0; count--)
    yield { keyGroup: undefined, namespace: undefined, key: [], values: [readCell(reader)] }
}

/** The entries of one state, as they lie in the files: by subtask, namespace, key group. Throws STATE_CORRUPT. */
export function* stateEntries(parts: Iterable<Uint8Array>, name: string): Generator<StateEntry> {
  const states = statesOf(parts)
  const found = states.get(name)
  if (found === undefined) {
    throw new FlinktsError('OPTION_INVALID', `there is no state '${name}'`, {
      fix: `It has ${[...states.keys()].map((known) => `'${known}'`).join(', ')}.`,
    })
  }
  for (const { header, payloads } of found)
    for (const payload of payloads)
      yield* header.kind === 'keyed-table' ? tableEntries(header, payload) : listEntries(payload)
}
