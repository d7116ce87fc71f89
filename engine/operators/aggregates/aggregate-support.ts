// What generated aggregate code calls off its fast path.
import { compareStrings } from '../../functions/comparison.ts'
import { toExact, type Int64 } from '../../functions/int64.ts'
import type { Cell, Column, PreciseTimestamp } from '../../types/record-batch.ts'

/** Objects in cells may be changed in place only by the owner; see `own`. */
type Owned<T> = T & { owner?: number }

/**
 * Counts up whenever objects in cells may have been handed out (to a snapshot, to a consumer): objects made before are
 * copied before they change.
 */
export interface Ownership {
  current: number
}

function setExact(numbers: Float64Array, exacts: unknown[], id: number, value: bigint): void {
  const cell = toExact(value)
  numbers[id] = typeof cell === 'number' ? cell : NaN
  exacts[id] = typeof cell === 'number' ? null : cell
}

/** sums[id] += value × sign, wrapping around at 64 bits where asked to; sums beyond 2^53 lie in `exacts`. */
function addExact(sums: Float64Array, exacts: unknown[], id: number, value: Int64, sign: bigint, wraps: boolean): void {
  const sum = BigInt((exacts[id] as bigint | null) ?? sums[id]!) + sign * BigInt(value)
  setExact(sums, exacts, id, wraps ? BigInt.asIntN(64, sum) : sum)
}

function ownedMap(cells: unknown[], id: number, ownership: Ownership): Map<Cell, number> {
  const present = cells[id] as Owned<Map<Cell, number>> | null
  if (present !== null && present.owner === ownership.current) return present
  const map: Owned<Map<Cell, number>> = new Map(present)
  map.owner = ownership.current
  cells[id] = map
  return map
}

function ownedList(cells: unknown[], id: number, ownership: Ownership): Cell[] {
  const present = cells[id] as Owned<Cell[]> | null
  if (present !== null && present.owner === ownership.current) return present
  const list: Owned<Cell[]> = present === null ? [] : present.slice()
  list.owner = ownership.current
  cells[id] = list
  return list
}

/** Adds `count` to a key's count; true where the key became present. A count of 0 is no entry, a negative one is kept. */
function addCount(map: Map<Cell, number>, key: Cell, count: number): boolean {
  const before = map.get(key) ?? 0
  if (before + count === 0) map.delete(key)
  else map.set(key, before + count)
  return before <= 0 && before + count > 0
}

/** Takes one off a key's count; true where the key is no longer present. */
function removeCount(map: Map<Cell, number>, key: Cell): boolean {
  const before = map.get(key) ?? 0
  if (before === 1) map.delete(key)
  else map.set(key, before - 1)
  return before === 1
}

/** The smallest (sign −1) or largest (sign 1) key with a positive count, null if none. */
function extremeKey(map: ReadonlyMap<Cell, number>, compare: (left: Cell, right: Cell) => number, sign: number): Cell {
  let extreme: Cell = null
  for (const [key, count] of map) {
    if (count > 0 && (extreme === null || compare(key, extreme) * sign > 0)) extreme = key
  }
  return extreme
}

function removeFirst(list: Cell[], value: Cell, equals: (left: Cell, right: Cell) => boolean): void {
  const index = list.findIndex((item) => equals(item, value))
  if (index >= 0) list.splice(index, 1)
}

/** Writes NULL into an output column. */
function setNull(column: Column, row: number): void {
  column.nulls ??= new Uint8Array(column.values.length)
  column.nulls[row] = 1
  if (Array.isArray(column.values)) column.values[row] = null
}

/** Writes a value that a double cannot hold exactly. */
function setExactCell(column: Column, row: number, value: bigint | PreciseTimestamp): void {
  column.exact ??= []
  column.exact[row] = value
  column.values[row] = NaN
}

/** Writes a canonical cell that may be NULL into an output column. */
function setCellOf(column: Column, row: number, cell: Cell): void {
  if (cell === null) setNull(column, row)
  else if (Array.isArray(column.values)) column.values[row] = cell
  else if (typeof cell === 'number') column.values[row] = cell
  else if (typeof cell === 'boolean') column.values[row] = cell ? 1 : 0
  else setExactCell(column, row, cell as bigint | PreciseTimestamp)
}

function sameExact(left: unknown, right: unknown): boolean {
  if (left === right) return true
  const first = left as PreciseTimestamp | null
  const second = right as PreciseTimestamp | null
  if (first === null || second === null || typeof first !== 'object' || typeof second !== 'object') return false
  return first.millis === second.millis && first.nanos === second.nanos
}

export const aggregateSupport = {
  addExact,
  setExact,
  ownedMap,
  ownedList,
  addCount,
  removeCount,
  extremeKey,
  removeFirst,
  setNull,
  setExactCell,
  setCellOf,
  sameExact,
  compareStrings,
}
