// What a restore brought: the frames of all former subtasks' snapshots by state name, decoded when the state is declared.
import { FlinktsError } from '../../common/errors.ts'
import type { KeyGroupRange } from '../key-groups.ts'
import type { KeyedTableDeclaration, OperatorStateDeclaration } from '../state-backend.ts'
import { ByteReader } from './byte-writer.ts'
import { readCell } from './cell-codec.ts'
import { readKeyColumn, readStateColumn } from './column-codec.ts'
import type { HashRows } from './hash-rows.ts'
import {
  readRowsHead,
  readSnapshotFiles,
  type KeyedTableHeader,
  type OperatorListHeader,
  type SnapshotFile,
} from './snapshot-format.ts'

interface RestoredState {
  readonly header: KeyedTableHeader | OperatorListHeader
  readonly payloads: Uint8Array[]
}

export class RestoredStates {
  readonly #keyGroups: KeyGroupRange
  readonly #byName = new Map<string, RestoredState[]>()

  constructor(parts: Iterable<Uint8Array>, keyGroups: KeyGroupRange, maxParallelism: number) {
    this.#keyGroups = keyGroups
    for (const part of parts) for (const file of readSnapshotFiles(part)) this.#add(file, maxParallelism)
  }

  #add(file: SnapshotFile, maxParallelism: number): void {
    if (file.header.maxParallelism !== maxParallelism) {
      throw new FlinktsError(
        'STATE_INCOMPATIBLE',
        `state was stored with ${file.header.maxParallelism} key groups, the job has ${maxParallelism}`,
        { fix: `Set pipeline.max-parallelism to ${file.header.maxParallelism}.` },
      )
    }
    const states = file.header.states.map((header): RestoredState => ({ header, payloads: [] }))
    for (const { payload } of file.frames) states[new ByteReader(payload).int32()]!.payloads.push(payload)
    for (const state of states) {
      const known = this.#byName.get(state.header.name)
      if (known === undefined) this.#byName.set(state.header.name, [state])
      else known.push(state)
    }
  }

  #take(name: string): RestoredState[] {
    const states = this.#byName.get(name) ?? []
    this.#byName.delete(name)
    return states
  }

  /** Puts the rows of own key groups into the tables of their namespaces. */
  claimTable(
    declaration: KeyedTableDeclaration,
    checkSame: (stored: KeyedTableDeclaration, declared: KeyedTableDeclaration) => void,
    rowsOf: (namespace: number) => HashRows,
  ): void {
    for (const { header, payloads } of this.#take(declaration.name)) {
      if (header.kind !== 'keyed-table') throw otherKind(declaration.name)
      checkSame(header, declaration)
      for (const payload of payloads) this.#readRows(declaration, payload, rowsOf)
    }
  }

  #readRows(declaration: KeyedTableDeclaration, payload: Uint8Array, rowsOf: (namespace: number) => HashRows): void {
    const reader = new ByteReader(payload)
    const { namespace, rows, runs } = readRowsHead(reader)
    // runs ascend by key group, so the rows of a range are consecutive
    let from = 0
    let to = 0
    for (const run of runs) {
      if (run.keyGroup < this.#keyGroups.first) from += run.rows
      if (run.keyGroup <= this.#keyGroups.last) to += run.rows
    }
    if (from >= to) return
    const keys = declaration.key.map((type) => readKeyColumn(reader, type, rows))
    const values = declaration.values.map((value) => readStateColumn(reader, value.storage, rows))
    const table = rowsOf(namespace)
    const rowIds = new Int32Array(rows)
    table.rowsFor(keys, from, to, rowIds)
    values.forEach((column, index) => {
      const target = table.valueColumns[index]! as unknown[]
      for (let row = from; row < to; row++) target[rowIds[row]!] = column[row]
    })
  }

  /** The elements of this subtask: all of a union list, every parallelism-th of a split list. Undefined: not restored. */
  claimList(declaration: OperatorStateDeclaration, subtaskIndex: number, parallelism: number): unknown[] | undefined {
    if (!this.#byName.has(declaration.name)) return undefined
    const elements: unknown[] = []
    for (const { header, payloads } of this.#take(declaration.name)) {
      if (header.kind !== 'operator-list') throw otherKind(declaration.name)
      for (const payload of payloads) {
        const reader = new ByteReader(payload)
        reader.int32()
        for (let count = reader.int32(); count > 0; count--) elements.push(readCell(reader))
      }
    }
    if (declaration.redistribution === 'union') return elements
    return elements.filter((_, index) => index % parallelism === subtaskIndex)
  }

  unclaimed(): string[] {
    return [...this.#byName.keys()]
  }
}

function otherKind(name: string): FlinktsError {
  return new FlinktsError('STATE_INCOMPATIBLE', `state '${name}' was stored as another kind of state`, {
    fix: 'Start the job with --fresh, or give the changed operator another uid.',
  })
}
