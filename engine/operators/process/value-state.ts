// One value per key. Source: Flink's ValueState.
import type { KeyedRows, KeyedTableDeclaration, StateBackend } from '../../state/state-backend.ts'
import type { RowType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { ProcessStateSpec } from '../operator-spec.ts'
import type { CurrentKey } from './current-key.ts'
import { stateColumn, StateCells } from './state-cells.ts'

export function declareValueState(
  { name, valueType }: Extract<ProcessStateSpec, { kind: 'value' }>,
  keyType: RowType,
): KeyedTableDeclaration {
  return {
    kind: 'keyed-table',
    name,
    key: keyType.fields.map((field) => field.type),
    keyNames: keyType.fields.map((field) => field.name),
    values: [stateColumn(valueType)],
  }
}

/** What a user function is given. */
export class ValueStateOfKey {
  readonly #rows: KeyedRows
  readonly #key: CurrentKey
  readonly #cells: StateCells
  /** The row of the key of version `#version`; -1: it has none. */
  #row = -1
  #version = -1

  constructor(
    spec: Extract<ProcessStateSpec, { kind: 'value' }>,
    backend: StateBackend,
    declaration: KeyedTableDeclaration,
    key: CurrentKey,
  ) {
    this.#rows = backend.keyedTable(declaration).rows(0)
    this.#key = key
    this.#cells = new StateCells(spec.valueType, `state '${spec.name}'`)
  }

  #find(): number {
    if (this.#version !== this.#key.version) {
      this.#version = this.#key.version
      this.#row = this.#rows.find(this.#key.columns, 0)
    }
    return this.#row
  }

  value(): unknown {
    const row = this.#find()
    return row < 0 ? undefined : this.#cells.toValue(this.#rows.valueColumns[0]![row] as Cell)
  }

  update(value: unknown): void {
    const cell = this.#cells.toCell(value)
    if (this.#find() < 0) this.#row = this.#rows.rowFor(this.#key.columns, 0)
    ;(this.#rows.valueColumns[0] as Cell[])[this.#row] = cell
  }

  clear(): void {
    const row = this.#find()
    if (row < 0) return
    this.#rows.remove(row)
    this.#row = -1
  }
}
