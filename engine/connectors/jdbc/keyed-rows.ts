// Rows reduced by key: the last change of each key wins. Open addressing over the key columns, rows in columns.
import { equalsCells } from '../../functions/comparison.ts'
import { loadGenerated } from '../../common/load-generated.ts'
import { ColumnBuffer } from '../../formats/column-buffer.ts'
import { columnStorage, getCell, type Column, type RecordBatch } from '../../types/record-batch.ts'
import { RowKind } from '../../types/row-kind.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'

const INITIAL_ROWS = 1024

type HashRow = (columns: readonly Column[], row: number) => number
type EqualRows = (left: readonly Column[], leftRow: number, right: readonly Column[], rightRow: number) => boolean
type CopyRow = (from: readonly Column[], fromRow: number, to: ColumnBuffer, toRow: number) => void

interface KeyLibrary {
  readonly types: readonly LogicalType[]
  readonly getCell: typeof getCell
  readonly equals: readonly ReturnType<typeof equalsCells>[]
  readonly hashText: (text: string) => number
}

/** The functions for one schema; shared by all its KeyedRows. */
export interface KeyedRowsCode {
  readonly type: RowType
  readonly hash: HashRow
  readonly equal: EqualRows
  readonly copy: CopyRow
}

export function generateKeyedRows(type: RowType, keyColumns: readonly number[]): KeyedRowsCode {
  const types = type.fields.map((field) => field.type)
  const library: KeyLibrary = { types, getCell, equals: types.map((field) => equalsCells(field)), hashText }
  return {
    type,
    hash: loadGenerated<(library: KeyLibrary) => HashRow>(hashCode(types, keyColumns))(library),
    equal: loadGenerated<(library: KeyLibrary) => EqualRows>(equalCode(keyColumns))(library),
    copy: loadGenerated<(library: KeyLibrary) => CopyRow>(copyCode(types))(library),
  }
}

function hashText(text: string): number {
  let hash = text.length
  // long texts by both ends: keys that differ only in their middle are rare
  const tail = text.length <= 64 ? 0 : text.length - 32
  for (let index = 0; index < text.length && (tail === 0 || index < 32); index++) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  }
  for (let index = tail; tail > 0 && index < text.length; index++) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  }
  return hash
}

function hashCode(types: readonly LogicalType[], keyColumns: readonly number[]): string {
  const parts = keyColumns.map((index) => {
    const general = `L.hashText(String(L.getCell(L.types[${index}], c, row)))`
    if (columnStorage(types[index]!) === 'object') {
      const isText = types[index]!.kind === 'CHAR' || types[index]!.kind === 'VARCHAR'
      const text = isText ? `(typeof v === 'string' ? L.hashText(v) : 0)` : general
      return `{ const c = columns[${index}], v = c.values[row]; h = Math.imul(h, 31) + ${text}; }`
    }
    // whole part in two halves; fractions share a hash, which costs a comparison
    const number = 'Math.imul(v | 0, 0x9e3779b1) + Math.imul((v / 4294967296) | 0, 0x85ebca6b)'
    return `{ const c = columns[${index}], v = c.values[row]; h = (Math.imul(h, 31) + (v === v ? ${number} : ${general})) | 0; }`
  })
  return `(L) => (columns, row) => { let h = 7; ${parts.join(' ')} h ^= h >>> 15; h = Math.imul(h, 0x2c1b3c6d); return h ^ (h >>> 12); }`
}

function equalCode(keyColumns: readonly number[]): string {
  const parts = keyColumns.map((index) => {
    const general = `L.equals[${index}](L.getCell(L.types[${index}], left[${index}], l), L.getCell(L.types[${index}], right[${index}], r))`
    return `if (left[${index}].values[l] !== right[${index}].values[r] && !${general}) return false;`
  })
  const nulls = keyColumns.map(
    (index) => `if ((left[${index}].nulls?.[l] ?? 0) !== (right[${index}].nulls?.[r] ?? 0)) return false;`,
  )
  return `(L) => (left, l, right, r) => { ${nulls.join(' ')} ${parts.join(' ')} return true; }`
}

function copyCode(types: readonly LogicalType[]): string {
  const parts = types.map((type, index) => {
    const exact =
      columnStorage(type) === 'float64'
        ? `if (v !== v && c.exact !== undefined && c.exact[row] !== undefined) to.setExact(${index}, at, c.exact[row]);`
        : ''
    return `{ const c = from[${index}], t = to.columns[${index}];
      if (c.nulls !== undefined && c.nulls[row] === 1) to.setNull(${index}, at);
      else { const v = c.values[row]; t.values[at] = v; if (t.nulls !== undefined) t.nulls[at] = 0; ${exact} } }`
  })
  return `(L) => (from, row, to, at) => { ${parts.join('\n')} }`
}

export class KeyedRows {
  readonly rows: ColumnBuffer
  readonly #code: KeyedRowsCode
  #size = 0
  #slots: Int32Array
  #hashes = new Int32Array(INITIAL_ROWS)
  #isDelete = new Uint8Array(INITIAL_ROWS)

  constructor(code: KeyedRowsCode) {
    this.#code = code
    this.rows = new ColumnBuffer(code.type, INITIAL_ROWS)
    this.#slots = new Int32Array(INITIAL_ROWS * 2).fill(-1)
  }

  /** Keys with a change. */
  get size(): number {
    return this.#size
  }

  put(batch: RecordBatch): void {
    const { rowKinds, columns } = batch
    for (let row = 0; row < batch.rowCount; row++) {
      const kind = rowKinds === undefined ? RowKind.INSERT : rowKinds[row]!
      const at = this.#find(columns, row)
      this.#code.copy(columns, row, this.rows, at)
      this.#isDelete[at] = kind === RowKind.DELETE || kind === RowKind.UPDATE_BEFORE ? 1 : 0
    }
  }

  /** The row of this key, a new one where there is none. */
  #find(columns: readonly Column[], row: number): number {
    const hash = this.#code.hash(columns, row)
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let at = this.#slots[slot]!; at >= 0; at = this.#slots[(slot = (slot + 1) & mask)]!) {
      if (this.#hashes[at] === hash && this.#code.equal(this.rows.columns, at, columns, row)) return at
    }
    const at = this.#size++
    if (at === this.#hashes.length) this.#grow()
    this.rows.reserve(at + 1)
    this.#hashes[at] = hash
    this.#insert(at, hash)
    return at
  }

  #insert(at: number, hash: number): void {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask
    this.#slots[slot] = at
  }

  #grow(): void {
    const capacity = this.#hashes.length * 2
    const hashes = new Int32Array(capacity)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    const isDelete = new Uint8Array(capacity)
    isDelete.set(this.#isDelete)
    this.#isDelete = isDelete
    this.#slots = new Int32Array(capacity * 2).fill(-1)
    for (let at = 0; at < capacity / 2; at++) this.#insert(at, this.#hashes[at]!)
  }

  /** Rows whose last change was a deletion, or was none. */
  select(deletions: boolean): Int32Array {
    const wanted = deletions ? 1 : 0
    const selected = new Int32Array(this.#size)
    let count = 0
    for (let at = 0; at < this.#size; at++) if (this.#isDelete[at] === wanted) selected[count++] = at
    return selected.subarray(0, count)
  }

  clear(): void {
    this.#size = 0
    this.#slots.fill(-1)
    this.rows.reset()
  }
}
