// A map per key, a row of the table per entry: an entry is found and changed without a look at the others, and snapshots
// and restores go entry by entry. Source: Flink's MapState.
import type { KeyedRows, KeyedTableDeclaration, StateBackend } from '../../state/state-backend.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import { allocateColumn, getCell, setCell, type Cell, type Column } from '../../types/record-batch.ts'
import type { ProcessStateSpec } from '../operator-spec.ts'
import type { CurrentKey } from './current-key.ts'
import { RowChains } from './row-chains.ts'
import { stateColumn, StateCells } from './state-cells.ts'

type MapStateSpec = Extract<ProcessStateSpec, { kind: 'map' }>

export function declareMapState(
  { name, keyType, valueType }: MapStateSpec,
  recordKeyType: RowType,
): KeyedTableDeclaration {
  const { fields } = recordKeyType
  return {
    kind: 'keyed-table',
    name,
    key: [...fields.map((field) => field.type), keyType],
    keyGroupColumns: fields.length,
    keyNames: [...fields.map((field) => field.name), 'map key'],
    values: [stateColumn(valueType)],
  }
}

/** What a user function is given. */
export class MapStateOfKey {
  readonly #rows: KeyedRows
  readonly #key: CurrentKey
  readonly #mapKeyType: LogicalType
  readonly #mapKey: Column
  /** The current key and behind it the map key that is looked up, of one row. */
  readonly #columns: readonly Column[]
  readonly #chains: RowChains
  readonly #keyCells: StateCells
  readonly #valueCells: StateCells

  constructor(spec: MapStateSpec, backend: StateBackend, declaration: KeyedTableDeclaration, key: CurrentKey) {
    this.#rows = backend.keyedTable(declaration).rows(0)
    this.#key = key
    this.#mapKeyType = spec.keyType
    this.#mapKey = allocateColumn(spec.keyType, 1)
    this.#columns = [...key.columns, this.#mapKey]
    this.#keyCells = new StateCells(spec.keyType, `a key of state '${spec.name}'`)
    this.#valueCells = new StateCells(spec.valueType, `state '${spec.name}'`)
    this.#chains = new RowChains(declaration.key.slice(0, declaration.keyGroupColumns))
    for (const id of this.#rows.rowIds()) this.#chains.add(this.#rows.keyColumns, id, id)
  }

  #find(mapKey: unknown): number {
    setCell(this.#mapKeyType, this.#mapKey, 0, this.#keyCells.toCell(mapKey))
    return this.#rows.find(this.#columns, 0)
  }

  #ids(): number[] {
    return this.#chains.ids(this.#key.columns, 0)
  }

  #keyAt(id: number): unknown {
    return this.#keyCells.toValue(getCell(this.#mapKeyType, this.#rows.keyColumns.at(-1)!, id))
  }

  #valueAt(id: number): unknown {
    return this.#valueCells.toValue(this.#rows.valueColumns[0]![id] as Cell)
  }

  get size(): number {
    return this.#chains.count(this.#key.columns, 0)
  }

  get(mapKey: unknown): unknown {
    const id = this.#find(mapKey)
    return id < 0 ? undefined : this.#valueAt(id)
  }

  has(mapKey: unknown): boolean {
    return this.#find(mapKey) >= 0
  }

  put(mapKey: unknown, value: unknown): void {
    const cell = this.#valueCells.toCell(value)
    let id = this.#find(mapKey)
    if (id < 0) {
      id = this.#rows.rowFor(this.#columns, 0)
      this.#chains.add(this.#key.columns, 0, id)
    }
    ;(this.#rows.valueColumns[0] as Cell[])[id] = cell
  }

  remove(mapKey: unknown): void {
    const id = this.#find(mapKey)
    if (id < 0) return
    this.#chains.remove(this.#key.columns, 0, id)
    this.#rows.remove(id)
  }

  clear(): void {
    for (const id of this.#ids()) {
      this.#chains.remove(this.#key.columns, 0, id)
      this.#rows.remove(id)
    }
  }

  keys(): unknown[] {
    return this.#ids().map((id) => this.#keyAt(id))
  }

  values(): unknown[] {
    return this.#ids().map((id) => this.#valueAt(id))
  }

  entries(): [unknown, unknown][] {
    return this.#ids().map((id) => [this.#keyAt(id), this.#valueAt(id)])
  }
}
