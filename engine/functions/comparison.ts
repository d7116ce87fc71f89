// Order and equality of cells by type: Flink's generated comparators and equalisers.
import type { LogicalType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { compareInt64, type Int64 } from './int64.ts'
import { compareTimestamps, type Timestamp } from './timestamp.ts'

export type CellComparator = (left: Cell, right: Cell) => number

/** Java's Double.compare, which Flink sorts by: NaN is the largest, and equal to itself. */
export function compareDoubles(left: number, right: number): number {
  if (left < right) return -1
  if (left > right) return 1
  if (left === right) return 0
  return left !== left ? (right !== right ? 0 : 1) : -1
}

/** By Unicode code point, which is the order of UTF-8 bytes; JavaScript's `<` is by UTF-16 unit. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const first = left.charCodeAt(index)
    const second = right.charCodeAt(index)
    if (first === second) continue
    const firstIsSurrogate = first >= 0xd800 && first <= 0xdfff
    const secondIsSurrogate = second >= 0xd800 && second <= 0xdfff
    if (firstIsSurrogate !== secondIsSurrogate) return firstIsSurrogate ? 1 : -1
    return first - second
  }
  return left.length - right.length
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const difference = left[index]! - right[index]!
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** NULL is the smallest value: Flink's default order. */
function nullsFirst(compare: CellComparator): CellComparator {
  return (left, right) => {
    if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1
    return compare(left, right)
  }
}

function compareLists(comparators: (index: number) => CellComparator): CellComparator {
  return (left, right) => {
    const first = left as readonly Cell[]
    const second = right as readonly Cell[]
    const length = Math.min(first.length, second.length)
    for (let index = 0; index < length; index++) {
      const order = comparators(index)(first[index]!, second[index]!)
      if (order !== 0) return order
    }
    return first.length - second.length
  }
}

function compareNonNull(type: LogicalType): CellComparator {
  switch (type.kind) {
    case 'BOOLEAN':
      return (left, right) => Number(left) - Number(right)
    case 'BIGINT':
    case 'DECIMAL':
      return (left, right) => compareInt64(left as Int64, right as Int64)
    case 'FLOAT':
    case 'DOUBLE':
      return (left, right) => compareDoubles(left as number, right as number)
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return (left, right) => compareTimestamps(left as Timestamp, right as Timestamp)
    case 'CHAR':
    case 'VARCHAR':
      return (left, right) => compareStrings(left as string, right as string)
    case 'BINARY':
    case 'VARBINARY':
      return (left, right) => compareBytes(left as Uint8Array, right as Uint8Array)
    case 'ARRAY': {
      const element = compareCells(type.element)
      return compareLists(() => element)
    }
    case 'ROW': {
      const fields = type.fields.map((field) => compareCells(field.type))
      return compareLists((index) => fields[index]!)
    }
    case 'MAP':
      return compareMaps(type.key, type.value)
    case 'MULTISET':
      return compareMaps(type.element, { kind: 'INTEGER', nullable: false })
    default:
      return (left, right) => (left as number) - (right as number)
  }
}

/** Maps have no order; equal ones give 0, so that equality works. */
function compareMaps(key: LogicalType, value: LogicalType): CellComparator {
  const sameKey = compareCells(key)
  const sameValue = compareCells(value)
  return (left, right) => {
    const first = left as ReadonlyMap<Cell, Cell>
    const second = right as ReadonlyMap<Cell, Cell>
    if (first.size !== second.size) return first.size - second.size
    for (const [entryKey, entryValue] of first) {
      const other = [...second].find(([otherKey]) => sameKey(entryKey, otherKey) === 0)
      if (other === undefined || sameValue(entryValue, other[1]) !== 0) return 1
    }
    return 0
  }
}

/** Three-way comparison of two cells of a type; NULL is smaller than everything and equal to itself. */
export function compareCells(type: LogicalType): CellComparator {
  return nullsFirst(compareNonNull(type))
}

export function equalsCells(type: LogicalType): (left: Cell, right: Cell) => boolean {
  const compare = compareCells(type)
  return (left, right) => compare(left, right) === 0
}
