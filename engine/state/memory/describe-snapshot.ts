// Lists what a snapshot holds, without the job that wrote it.
import { typeToString } from '../../types/logical-type.ts'
import type { KeyGroupRange } from '../key-groups.ts'
import type { StateColumnStorage } from '../state-backend.ts'
import { ByteReader } from './byte-writer.ts'
import { FORMAT_VERSION, FrameKind, readRowsHead, readSnapshotFiles, type SnapshotFile } from './snapshot-format.ts'

export interface NamespaceDescription {
  readonly namespace: number
  readonly rows: number
  readonly bytes: number
  /** Key groups that have rows, ascending. */
  readonly keyGroups: readonly number[]
}
export type StateDescription =
  | {
      readonly kind: 'keyed-table'
      readonly name: string
      /** In SQL notation. */
      readonly keyTypes: readonly string[]
      readonly values: readonly { readonly name: string; readonly storage: StateColumnStorage }[]
      readonly rows: number
      readonly namespaces: readonly NamespaceDescription[]
    }
  | {
      readonly kind: 'operator-list'
      readonly name: string
      readonly redistribution: 'split' | 'union'
      readonly elements: number
    }
export interface SnapshotDescription {
  readonly formatVersion: number
  readonly maxParallelism: number
  readonly keyGroups: KeyGroupRange
  readonly states: readonly StateDescription[]
}

/** Describes the first snapshot in `part`. Throws STATE_CORRUPT. */
export function describeSnapshot(part: Uint8Array): SnapshotDescription {
  const file = readSnapshotFiles(part)[0]!
  const { maxParallelism, keyGroups, states } = file.header
  return {
    formatVersion: FORMAT_VERSION,
    maxParallelism,
    keyGroups,
    states: states.map((state, index) => {
      if (state.kind === 'operator-list') return state
      const { kind, name, values, rows } = state
      return { kind, name, keyTypes: state.key.map(typeToString), values, rows, namespaces: namespacesOf(file, index) }
    }),
  }
}

function namespacesOf(file: SnapshotFile, state: number): NamespaceDescription[] {
  const found = new Map<number, { rows: number; bytes: number; keyGroups: Set<number> }>()
  for (const { kind, payload } of file.frames) {
    if (kind !== FrameKind.ROWS) continue
    const head = readRowsHead(new ByteReader(payload))
    if (head.state !== state) continue
    const known = found.get(head.namespace) ?? { rows: 0, bytes: 0, keyGroups: new Set<number>() }
    found.set(head.namespace, known)
    known.rows += head.rows
    known.bytes += payload.length
    for (const run of head.runs) known.keyGroups.add(run.keyGroup)
  }
  return [...found].map(([namespace, { rows, bytes, keyGroups }]) => ({
    namespace,
    rows,
    bytes,
    keyGroups: [...keyGroups].sort((left, right) => left - right),
  }))
}
