// Keyed state in memory, in columns: Flink's HashMapStateBackend.
import { check } from '../../common/check.ts'
import { FlinktsError } from '../../common/errors.ts'
import { typeToString, withNullability } from '../../types/logical-type.ts'
import type { KeyGroupRange } from '../key-groups.ts'
import type {
  KeyedRows,
  KeyedTable,
  KeyedTableDeclaration,
  OperatorListState,
  OperatorStateDeclaration,
  StateBackend,
  StateSnapshot,
} from '../state-backend.ts'
import { HashRows } from './hash-rows.ts'
import { HashmapSnapshot, type TableCopy } from './hashmap-snapshot.ts'
import { createKeyLookup, type KeyLookup } from './key-lookup.ts'
import { RestoredStates } from './restored-states.ts'

/** Dropped tables are used again, up to this many rows in all and each: windows come and go all the time. */
const POOLED_ROWS_MAX = 1_048_576
const POOLED_CAPACITY_MAX = 65_536

export interface HashmapStateBackendOptions {
  readonly keyGroups: KeyGroupRange
  readonly maxParallelism: number
  /** Decide which elements of `split` lists a restore gives to this subtask. Default 0 of 1. */
  readonly subtaskIndex?: number | undefined
  readonly parallelism?: number | undefined
  /** Snapshots will be taken again and again: large tables keep memory ready for them. Default false. */
  readonly reserveSnapshotMemory?: boolean | undefined
}

/** Rows outside any backend and never snapshotted: scratch tables of operators that merge. */
export function createScratchRows(declaration: KeyedTableDeclaration): HashRows {
  return new HashRows(declaration, createKeyLookup(declaration.key), 16)
}

class HashmapTable implements KeyedTable {
  readonly declaration: KeyedTableDeclaration
  version = 1
  readonly #lookup: KeyLookup
  readonly #reserves: boolean
  readonly #namespaces = new Map<number, HashRows>()
  readonly #pool: HashRows[] = []
  /** The table made last: the next one will be about as large. */
  #newest: HashRows | undefined
  #sizeHint = 16
  #pooledRows = 0

  constructor(declaration: KeyedTableDeclaration, reserves: boolean) {
    this.declaration = declaration
    this.#reserves = reserves
    this.#lookup = createKeyLookup(declaration.key)
  }

  rows(namespace: number): KeyedRows {
    return this.hashRows(namespace)
  }

  hashRows(namespace: number): HashRows {
    let rows = this.#namespaces.get(namespace)
    if (rows === undefined) {
      rows = this.#pool.pop()
      this.#sizeHint = Math.max(16, this.#sizeHint >>> 1, this.#newest?.end ?? 0)
      if (rows === undefined) {
        const capacityHint = Math.min(this.#sizeHint, POOLED_CAPACITY_MAX)
        rows = new HashRows(this.declaration, this.#lookup, capacityHint, this.#reserves)
      } else this.#pooledRows -= rows.capacity
      this.#newest = rows
      this.#namespaces.set(namespace, rows)
    }
    return rows
  }

  existing(namespace: number): KeyedRows | undefined {
    return this.#namespaces.get(namespace)
  }

  drop(namespace: number): void {
    const rows = this.#namespaces.get(namespace)
    if (rows === undefined) return
    this.#namespaces.delete(namespace)
    this.#sizeHint = Math.max(this.#sizeHint, rows.end)
    if (this.#newest === rows) this.#newest = undefined
    if (rows.isShared || rows.capacity > POOLED_CAPACITY_MAX || this.#pooledRows + rows.capacity > POOLED_ROWS_MAX)
      return
    rows.clear()
    this.#pool.push(rows)
    this.#pooledRows += rows.capacity
  }

  namespaces(): number[] {
    return [...this.#namespaces.keys()].sort((left, right) => left - right)
  }

  copy(): TableCopy {
    this.version++
    const filled = this.namespaces().filter((namespace) => this.#namespaces.get(namespace)!.size > 0)
    return {
      declaration: this.declaration,
      namespaces: filled.map((namespace) => ({ namespace, ...this.#namespaces.get(namespace)!.snapshot() })),
    }
  }
}

class HashmapList implements OperatorListState {
  readonly declaration: OperatorStateDeclaration
  #elements: readonly unknown[] = []

  constructor(declaration: OperatorStateDeclaration) {
    this.declaration = declaration
  }

  get(): readonly unknown[] {
    return this.#elements
  }

  set(elements: readonly unknown[]): void {
    this.#elements = [...elements]
  }
}

export class HashmapStateBackend implements StateBackend {
  readonly keyGroups: KeyGroupRange
  readonly #options: HashmapStateBackendOptions
  readonly #tables = new Map<string, HashmapTable>()
  readonly #lists = new Map<string, HashmapList>()
  #restored: RestoredStates | undefined

  constructor(options: HashmapStateBackendOptions) {
    this.keyGroups = options.keyGroups
    this.#options = options
  }

  keyedTable(declaration: KeyedTableDeclaration): KeyedTable {
    const known = this.#tables.get(declaration.name)
    if (known !== undefined) {
      checkSame(known.declaration, declaration)
      return known
    }
    const table = new HashmapTable(declaration, this.#options.reserveSnapshotMemory ?? false)
    this.#tables.set(declaration.name, table)
    this.#restored?.claimTable(declaration, checkSame, (namespace) => table.hashRows(namespace))
    return table
  }

  operatorList(declaration: OperatorStateDeclaration): OperatorListState {
    let list = this.#lists.get(declaration.name)
    if (list === undefined) {
      list = new HashmapList(declaration)
      this.#lists.set(declaration.name, list)
      const { subtaskIndex = 0, parallelism = 1 } = this.#options
      const restored = this.#restored?.claimList(declaration, subtaskIndex, parallelism)
      if (restored !== undefined) list.set(restored)
    }
    return list
  }

  snapshot(): StateSnapshot {
    return new HashmapSnapshot(
      this.keyGroups,
      this.#options.maxParallelism,
      [...this.#tables.values()].map((table) => table.copy()),
      [...this.#lists.values()].map((list) => ({ declaration: list.declaration, elements: list.get() })),
    )
  }

  restore(parts: Iterable<Uint8Array>): void {
    check(this.#tables.size + this.#lists.size === 0, 'state was declared before it was restored')
    this.#restored = new RestoredStates(parts, this.keyGroups, this.#options.maxParallelism)
  }

  unclaimedStates(): string[] {
    return this.#restored?.unclaimed() ?? []
  }

  close(): void {
    this.#tables.clear()
    this.#lists.clear()
    this.#restored = undefined
  }
}

/** Types count without their nullability: it decides nothing about how a key is stored. */
function describeDeclaration(declaration: KeyedTableDeclaration): string {
  const keys = declaration.key.map((type) => typeToString(withNullability(type, true))).join(', ')
  const values = declaration.values.map((value) => `${value.name} ${value.storage}`).join(', ')
  return `key (${keys}), values (${values})`
}

function checkSame(stored: KeyedTableDeclaration, declared: KeyedTableDeclaration): void {
  const before = describeDeclaration(stored)
  const now = describeDeclaration(declared)
  if (before === now) return
  throw new FlinktsError(
    'STATE_INCOMPATIBLE',
    `state '${declared.name}' was stored with ${before}, the job declares ${now}`,
    {
      fix: 'Start the job with --fresh, or give the changed operator another uid and restore with --allow-non-restored-state.',
    },
  )
}
