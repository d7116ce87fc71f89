// Generated look-ups of keys in an open-addressing table, one function per combination of key types: no call and no
// branch on types per row.
import { loadGenerated } from '../../common/load-generated.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import { columnStorage, type Cell, type Column, type PreciseTimestamp } from '../../types/record-batch.ts'
import { declareKeyInputs, hashKeyCode, keyHashSupport, loadKey } from '../key-hash.ts'

/** What a look-up needs of a table; see hash-rows.ts. */
export interface LookupTable {
  readonly slots: Int32Array
  readonly mask: number
  readonly hashes: Int32Array
  readonly keyColumns: readonly Column[]
  add(hash: number, slot: number): number
}

/**
 * Finds rows `from` ≤ row < `to` of `keys` and writes their row ids to `rowIds[row - base]`; keys without a row get one
 * where `insert`, else -1. `hashes`: the rows' hashes where already known.
 */
export type KeyLookup = (
  rows: LookupTable,
  keys: readonly Column[],
  from: number,
  to: number,
  rowIds: Int32Array,
  base: number,
  hashes: Int32Array | undefined,
  insert: boolean,
) => void

function equalExact(
  left: bigint | PreciseTimestamp | undefined,
  right: bigint | PreciseTimestamp | undefined,
): boolean {
  if (typeof left === 'bigint' || typeof right === 'bigint') return left === right
  return left !== undefined && right !== undefined && left.millis === right.millis && left.nanos === right.nanos
}

/** Equality of cells by value: NaN equals NaN, -0 differs from 0. */
export function equalCells(left: Cell, right: Cell): boolean {
  if (Object.is(left, right)) return true
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false
  if (left instanceof Uint8Array || right instanceof Uint8Array) {
    return left instanceof Uint8Array && right instanceof Uint8Array && equalBytes(left, right)
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    const first = left as readonly Cell[]
    const second = right as readonly Cell[]
    return first.length === second.length && first.every((item, index) => equalCells(item, second[index]!))
  }
  if (left instanceof Map) return right instanceof Map && equalMaps(left, right)
  return equalExact(left as PreciseTimestamp, right as PreciseTimestamp)
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

function equalMaps(left: ReadonlyMap<Cell, Cell>, right: ReadonlyMap<Cell, Cell>): boolean {
  if (left.size !== right.size) return false
  for (const [key, value] of left) {
    let other = right.get(key)
    if (other === undefined && typeof key === 'object')
      other = [...right].find(([candidate]) => equalCells(candidate, key))?.[1]
    if (other === undefined || !equalCells(value, other)) return false
  }
  return true
}

function componentEquals(type: LogicalType, index: number): string {
  const stored = `k${index}[id]`
  const value = `a${index}`
  const sameNull = `(m${index} === undefined ? u${index} === 0 : m${index}[id] === u${index})`
  switch (columnStorage(type)) {
    case 'uint8':
    case 'int32':
      return `${stored} === ${value} && ${sameNull}`
    case 'float32':
      return doubleEquals(index)
    case 'float64':
      if (type.kind === 'DOUBLE') return doubleEquals(index)
      return `(${stored} === ${value} ? ${sameNull} : ${value} !== ${value} && ${stored} !== ${stored} && equalExact(y${index}[id], x${index}[r]))`
    case 'object':
      if (type.kind === 'CHAR' || type.kind === 'VARCHAR') return `${stored} === ${value}`
      return `equalCells(${stored}, ${value})`
  }
}

function doubleEquals(index: number): string {
  const stored = `k${index}[id]`
  const value = `a${index}`
  return `(${stored} === ${value} ? (${value} !== 0 || 1 / ${value} === 1 / ${stored}) && (m${index} === undefined ? u${index} === 0 : m${index}[id] === u${index})
    : ${value} !== ${value} && ${stored} !== ${stored})`
}

function storeComponent(type: LogicalType, index: number): string {
  const exact =
    columnStorage(type) === 'float64' && type.kind !== 'DOUBLE'
      ? `if (a${index} !== a${index}) { if (y${index} === undefined) y${index} = c${index}.exact = []; y${index}[id] = x${index}[r]; }`
      : ''
  return `k${index}[id] = a${index}; ${exact}
    if (u${index} === 1) { if (m${index} === undefined) m${index} = c${index}.nulls = new Uint8Array(k${index}.length); m${index}[id] = 1; }`
}

function lookupCode(types: readonly LogicalType[]): string {
  const each = (code: (type: LogicalType, index: number) => string): string => types.map(code).join('\n')
  const equal = types.map(componentEquals).join(' && ') || 'true'
  return `({ float64, words, hashString, hashExact, hashCell, equalExact, equalCells }) =>
  function lookup(rows, keys, from, to, rowIds, base, hashes, insert) {
    ${declareKeyInputs(types)}
    let slots = rows.slots, mask = rows.mask, stored = rows.hashes;
    ${each((_, i) => `let c${i} = rows.keyColumns[${i}], k${i} = c${i}.values, m${i} = c${i}.nulls, y${i} = c${i}.exact;`)}
    for (let r = from; r < to; r++) {
      ${loadKey(types)}
      let h;
      if (hashes !== undefined) h = hashes[r]; else { ${hashKeyCode(types)} }
      let slot = h & mask, id = slots[slot] - 1;
      while (id >= 0 && !(${types.some((type) => columnStorage(type) === 'object') ? 'stored[id] === h && ' : ''}${equal})) {
        slot = (slot + 1) & mask; id = slots[slot] - 1;
      }
      if (id < 0 && insert) {
        id = rows.add(h, slot);
        slots = rows.slots; mask = rows.mask; stored = rows.hashes;
        ${each((_, i) => `k${i} = c${i}.values; m${i} = c${i}.nulls; y${i} = c${i}.exact;`)}
        ${each(storeComponent)}
      }
      rowIds[r - base] = id;
    }
  }`
}

export function createKeyLookup(types: readonly LogicalType[]): KeyLookup {
  type Factory = (
    support: typeof keyHashSupport & { equalExact: typeof equalExact; equalCells: typeof equalCells },
  ) => KeyLookup
  return loadGenerated<Factory>(lookupCode(types))({ ...keyHashSupport, equalExact, equalCells })
}
