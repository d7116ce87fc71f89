// Values of user functions as the cells that lie in state, and back. A value that its function changes in place
// afterwards is no longer state.
import { typeToString, type LogicalType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { StateValueDeclaration } from '../../state/state-backend.ts'
import { toCell, toValue, UnfitValue } from '../records/record-values.ts'

/** What keeps a double exactly, and so does not need the storage for anything. */
const NUMERIC: ReadonlySet<LogicalType['kind']> = new Set([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'FLOAT',
  'DOUBLE',
  'DATE',
  'TIME',
])

/** The column of a state's values. Its name holds the type: another type is refused at a restore, by name. */
export function stateColumn(type: LogicalType): StateValueDeclaration {
  const storage = NUMERIC.has(type.kind) && !type.nullable ? 'float64' : 'cell'
  return { name: typeToString(type), storage, label: 'value', type }
}

export class StateCells {
  readonly #type: LogicalType
  /** For messages: `state 'previous'`. */
  readonly #what: string
  /** Bytes are the one kind of cell that can be changed in place. */
  readonly #hasBytes: boolean

  constructor(type: LogicalType, what: string) {
    this.#type = type
    this.#what = what
    this.#hasBytes = /BINARY|BYTES/.test(typeToString(type))
  }

  /** Throws UnfitValue. */
  toCell(value: unknown): Cell {
    try {
      const cell = toCell(this.#type, value)
      return this.#hasBytes ? structuredClone(cell) : cell
    } catch (cause) {
      throw cause instanceof UnfitValue ? new UnfitValue(`${this.#what}: ${cause.message}`, FIX) : cause
    }
  }

  toValue(cell: Cell): unknown {
    const value = toValue(this.#type, cell)
    return this.#hasBytes ? structuredClone(value) : value
  }
}

const FIX = 'give what the declared type says, or declare the state with the type of its values'
