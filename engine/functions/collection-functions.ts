// ARRAY, MAP, MULTISET and ROW values. Elements are compared by their SQL type, NULL being equal to NULL.
import type { LogicalType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { compareCells, equalsCells } from './comparison.ts'
import { fail } from './evaluation-error.ts'
import type { CallInfo, ScalarFunction, ScalarFunctions } from './function-context.ts'
import type { Int64 } from './int64.ts'

type List = readonly Cell[]
type Dictionary = ReadonlyMap<Cell, Cell>

function elementType(type: LogicalType): LogicalType {
  return type.kind === 'ARRAY' || type.kind === 'MULTISET' ? type.element : type
}

/** What Flink's generated code leaves where a NOT NULL element is not there: -1, FALSE or the empty string. */
export function defaultOf(type: LogicalType): Cell {
  switch (type.kind) {
    case 'BOOLEAN':
      return false
    case 'CHAR':
    case 'VARCHAR':
      return ''
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return -1
    default:
      return null
  }
}

function arrayItem({ operandTypes }: CallInfo): (list: List, index: Int64) => Cell {
  const element = elementType(operandTypes[0]!)
  const missing = element.nullable ? null : defaultOf(element)
  return (list, index) => list[Number(index) - 1] ?? (index >= 1 && index <= list.length ? null : missing)
}

function isPrimitiveKey(type: LogicalType): boolean {
  return !['TIMESTAMP', 'TIMESTAMP_LTZ', 'BINARY', 'VARBINARY', 'ARRAY', 'ROW', 'MAP', 'MULTISET'].includes(type.kind)
}

function mapItem({ operandTypes }: CallInfo): (map: Dictionary, key: Cell) => Cell {
  const type = operandTypes[0] as LogicalType & { key: LogicalType; value: LogicalType }
  const missing = type.value.nullable ? null : defaultOf(type.value)
  if (isPrimitiveKey(type.key)) return (map, key) => map.get(key) ?? (map.has(key) ? null : missing)
  const same = equalsCells(type.key)
  return (map, key) => {
    for (const [entryKey, value] of map) if (same(entryKey, key)) return value
    return missing
  }
}

function mapOf(type: LogicalType, entries: Iterable<readonly [Cell, Cell]>): Dictionary {
  const { key } = type as LogicalType & { key: LogicalType }
  const result = new Map<Cell, Cell>()
  const same = isPrimitiveKey(key) ? undefined : equalsCells(key)
  for (const [entryKey, value] of entries) {
    const known =
      same === undefined ? entryKey : ([...result.keys()].find((other) => same(other, entryKey)) ?? entryKey)
    result.set(known, value)
  }
  return result
}

function pairs(operands: readonly Cell[]): [Cell, Cell][] {
  const result: [Cell, Cell][] = []
  for (let index = 0; index < operands.length; index += 2) result.push([operands[index]!, operands[index + 1]!])
  return result
}

/** A function on lists that needs to know when two elements are the same. */
function withEquality(
  make: (same: (left: Cell, right: Cell) => boolean) => (...operands: never[]) => Cell,
): ScalarFunction {
  return ({ operandTypes }) => make(equalsCells(elementType(operandTypes[0]!)))
}

function distinct(list: List, same: (left: Cell, right: Cell) => boolean): Cell[] {
  const result: Cell[] = []
  for (const element of list) if (!result.some((other) => same(other, element))) result.push(element)
  return result
}

function sort({
  operandTypes,
}: CallInfo): (list: List | null, ascending?: boolean | null, nullsFirst?: boolean | null) => Cell {
  const compare = compareCells(elementType(operandTypes[0]!))
  return (list, ascending = true, nullsFirst = ascending) => {
    if (list === null || ascending === null || nullsFirst === null) return null
    const direction = ascending ? 1 : -1
    return [...list].sort((left, right) => {
      if (left === null || right === null) return left === right ? 0 : (left === null) === nullsFirst ? -1 : 1
      return direction * compare(left, right)
    })
  }
}

function extreme(wanted: 1 | -1): ScalarFunction {
  return ({ operandTypes }) => {
    const compare = compareCells(elementType(operandTypes[0]!))
    return (list: List) => {
      const present = list.filter((element) => element !== null)
      if (present.length === 0) return null
      return present.reduce((best, element) => (compare(element, best) * wanted > 0 ? element : best))
    }
  }
}

function slice(list: List, start: number, end: number): List {
  const position = (index: number): number => (index < 0 ? list.length + index : index === 0 ? 0 : index - 1)
  if (list.length === 0) return list
  const from = Math.max(0, position(start))
  const to = Math.min(list.length - 1, position(end))
  return from > to ? [] : list.slice(from, to + 1)
}

export const collectionFunctions: ScalarFunctions = {
  arrayOf:
    () =>
    (...elements: Cell[]) =>
      elements,
  rowOf:
    () =>
    (...fields: Cell[]) =>
      fields,
  mapOf:
    ({ resultType }) =>
    (...operands: Cell[]) =>
      mapOf(resultType, pairs(operands)),
  multisetOf: ({ resultType }) => {
    const same = equalsCells(elementType(resultType))
    return (...elements: Cell[]) => {
      const result = new Map<Cell, Cell>()
      for (const element of elements) {
        const known = [...result.keys()].find((other) => same(other, element)) ?? element
        result.set(known, ((result.get(known) as number | undefined) ?? 0) + 1)
      }
      return result
    }
  },
  arrayItem,
  mapItem,
  cardinality: ({ operandTypes }) =>
    operandTypes[0]!.kind === 'MULTISET'
      ? (multiset: Dictionary) => [...multiset.values()].reduce<number>((sum, count) => sum + (count as number), 0)
      : (collection: List | Dictionary) => ('size' in collection ? collection.size : collection.length),
  element: () => (list: List) => {
    if (list.length > 1) fail('Array has more than one element.')
    return list[0] ?? null
  },
  arrayContains: withEquality(
    (same) => (list: List, wanted: Cell) => (list === null ? null : list.some((element) => same(element, wanted))),
  ),
  arrayPosition: withEquality(
    (same) => (list: List | null, wanted: Cell) =>
      list === null || wanted === null ? null : list.findIndex((element) => same(element, wanted)) + 1,
  ),
  arrayAppend: () => (list: List | null, element: Cell) => (list === null ? null : [...list, element]),
  arrayPrepend: () => (list: List | null, element: Cell) => (list === null ? null : [element, ...list]),
  arrayRemove: withEquality(
    (same) => (list: List | null, wanted: Cell) =>
      list === null ? null : list.filter((element) => !same(element, wanted)),
  ),
  arrayDistinct: withEquality((same) => (list: List) => distinct(list, same)),
  arrayReverse: () => (list: List) => [...list].reverse(),
  arrayConcat:
    () =>
    (...lists: List[]) =>
      lists.flatMap((list) => list),
  arrayUnion: withEquality((same) => (left: List, right: List) => distinct([...left, ...right], same)),
  arrayIntersect: withEquality(
    (same) => (left: List, right: List) =>
      distinct(left, same).filter((element) => right.some((other) => same(element, other))),
  ),
  arrayExcept: withEquality((same) => (left: List, right: List) => {
    const remaining = [...right]
    return left.filter((element) => {
      const found = remaining.findIndex((other) => same(element, other))
      if (found >= 0) remaining.splice(found, 1)
      return found < 0
    })
  }),
  arraySort: sort,
  arrayMax: extreme(1),
  arrayMin: extreme(-1),
  arraySlice: () => (list: List, start: number, end?: number) => slice(list, start, end ?? list.length),
  arrayJoin: () => (list: readonly (string | null)[] | null, separator: string | null, ifNull?: string | null) => {
    if (list === null || separator === null || ifNull === null) return null
    const texts = list.map((element) => element ?? ifNull ?? null)
    return texts.filter((text) => text !== null).join(separator)
  },
  mapKeys: () => (map: Dictionary) => [...map.keys()],
  mapValues: () => (map: Dictionary) => [...map.values()],
  mapEntries: () => (map: Dictionary) => [...map].map((entry): Cell => entry),
  mapFromEntries:
    ({ resultType }) =>
    (entries: List) => {
      if (entries.some((entry) => entry === null)) return null
      return mapOf(resultType, entries as [Cell, Cell][])
    },
  mapFromArrays:
    ({ resultType }) =>
    (keys: List, values: List) => {
      if (keys.length !== values.length) {
        fail(
          `Invalid function MAP_FROM_ARRAYS call: The length of the keys array ${keys.length} is not equal to the length of the values array ${values.length}`,
        )
      }
      return mapOf(
        resultType,
        keys.map((key, index) => [key, values[index]!] as const),
      )
    },
  mapUnion:
    ({ resultType }) =>
    (...maps: Dictionary[]) =>
      mapOf(
        resultType,
        maps.flatMap((map) => [...map]),
      ),
}
