// The catalogue's functions on arrays, maps and JSON.
import { types, withNullability, type ArrayType, type LogicalType, type MapType } from '../../types/logical-type.ts'
import { commonType, isCharacter } from './common-type.ts'
import {
  anyOperand,
  arrayOperand,
  booleanOperand,
  define,
  firstType,
  intOperand,
  mapOperand,
  stringOperand,
  type CallOperands,
  type FunctionDefinition,
} from './function-definition.ts'

const { string, boolean, int } = { string: types.string(), boolean: types.boolean(), int: types.int() }

function elementOf(type: LogicalType): LogicalType {
  return (type as ArrayType).element
}

/** The element type where the further operands are elements too. */
function isElement({ types: operands }: CallOperands): boolean {
  return commonType([elementOf(operands[0]!), operands[1]!]) !== undefined
}

/** An array that also holds the second operand. */
function arrayWithElement({ types: operands }: CallOperands): LogicalType | undefined {
  const element = commonType([elementOf(operands[0]!), operands[1]!])
  return element === undefined ? undefined : types.array(element)
}

function maybe(condition: boolean, type: LogicalType): LogicalType | undefined {
  return condition ? type : undefined
}

function keyValueRow(map: MapType): LogicalType {
  return types.row([
    { name: 'key', type: map.key },
    { name: 'value', type: map.value },
  ])
}

function mapFromEntries({ types: operands }: CallOperands): LogicalType | undefined {
  const row = elementOf(operands[0]!)
  if (row.kind !== 'ROW' || row.fields.length !== 2) return undefined
  return types.map(row.fields[0]!.type, row.fields[1]!.type)
}

const collectionOperand = {
  ...anyOperand,
  label: '<COLLECTION>',
  accepts: (type: LogicalType) => ['ARRAY', 'MAP', 'MULTISET', 'NULL'].includes(type.kind),
}
const stringArrayOperand = {
  ...arrayOperand,
  accepts: (type: LogicalType) => type.kind === 'ARRAY' && isCharacter(type.element),
}

export const collectionCatalog: readonly FunctionDefinition[] = [
  define('CARDINALITY', [collectionOperand], int, 'cardinality'),
  define('ELEMENT', [arrayOperand], ({ types: [array] }) => elementOf(array!), 'element', { mayGiveNull: true }),
  define('ARRAY_CONTAINS', [arrayOperand, anyOperand], (call) => maybe(isElement(call), boolean), 'arrayContains', {
    nullable: 'first',
    takesNulls: true,
    mayGiveNull: true,
  }),
  define('ARRAY_POSITION', [arrayOperand, anyOperand], (call) => maybe(isElement(call), int), 'arrayPosition'),
  define('ARRAY_APPEND', [arrayOperand, anyOperand], arrayWithElement, 'arrayAppend', {
    nullable: 'first',
    takesNulls: true,
    mayGiveNull: true,
  }),
  define('ARRAY_PREPEND', [arrayOperand, anyOperand], arrayWithElement, 'arrayPrepend', {
    nullable: 'first',
    takesNulls: true,
    mayGiveNull: true,
  }),
  define('ARRAY_REMOVE', [arrayOperand, anyOperand], (call) => maybe(isElement(call), call.types[0]!), 'arrayRemove', {
    nullable: 'first',
    takesNulls: true,
    mayGiveNull: true,
  }),
  define('ARRAY_DISTINCT', [arrayOperand], firstType, 'arrayDistinct'),
  define('ARRAY_REVERSE', [arrayOperand], firstType, 'arrayReverse'),
  define('ARRAY_SORT', [arrayOperand, booleanOperand, booleanOperand], firstType, 'arraySort', {
    optional: 2,
    nullable: 'first',
    takesNulls: true,
    mayGiveNull: true,
  }),
  define('ARRAY_MAX', [arrayOperand], ({ types: [array] }) => elementOf(array!), 'arrayMax', { nullable: 'always' }),
  define('ARRAY_MIN', [arrayOperand], ({ types: [array] }) => elementOf(array!), 'arrayMin', { nullable: 'always' }),
  define('ARRAY_SLICE', [arrayOperand, intOperand, intOperand], firstType, 'arraySlice', { optional: 1 }),
  define('ARRAY_CONCAT', [arrayOperand], ({ types: all }) => commonType(all), 'arrayConcat', {
    isVariadic: true,
    unifies: true,
  }),
  define('ARRAY_UNION', [arrayOperand, arrayOperand], ({ types: all }) => commonType(all), 'arrayUnion', {
    unifies: true,
  }),
  define('ARRAY_INTERSECT', [arrayOperand, arrayOperand], ({ types: all }) => commonType(all), 'arrayIntersect', {
    unifies: true,
  }),
  define('ARRAY_EXCEPT', [arrayOperand, arrayOperand], ({ types: all }) => commonType(all), 'arrayExcept', {
    unifies: true,
  }),
  define('ARRAY_JOIN', [stringArrayOperand, stringOperand, stringOperand], string, 'arrayJoin', {
    optional: 1,
    takesNulls: true,
    mayGiveNull: true,
  }),
  define('MAP_KEYS', [mapOperand], ({ types: [map] }) => types.array((map as MapType).key), 'mapKeys'),
  define('MAP_VALUES', [mapOperand], ({ types: [map] }) => types.array((map as MapType).value), 'mapValues'),
  define('MAP_ENTRIES', [mapOperand], ({ types: [map] }) => types.array(keyValueRow(map as MapType)), 'mapEntries'),
  define('MAP_FROM_ENTRIES', [arrayOperand], mapFromEntries, 'mapFromEntries', { mayGiveNull: true }),
  define(
    'MAP_FROM_ARRAYS',
    [arrayOperand, arrayOperand],
    ({ types: [keys, values] }) => types.map(elementOf(keys!), elementOf(values!)),
    'mapFromArrays',
  ),
  define('MAP_UNION', [mapOperand], ({ types: all }) => commonType(all), 'mapUnion', {
    isVariadic: true,
    unifies: true,
  }),
  // constructors and access; the binder checks their operands itself
  define('ARRAY', [anyOperand], firstType, 'arrayOf', { isVariadic: true, nullable: 'never', takesNulls: true }),
  define('MULTISET', [anyOperand], firstType, 'multisetOf', { isVariadic: true, nullable: 'never', takesNulls: true }),
  define('MAP', [anyOperand], firstType, 'mapOf', { isVariadic: true, nullable: 'never', takesNulls: true }),
  define('ROW', [anyOperand], firstType, 'rowOf', { isVariadic: true, nullable: 'never', takesNulls: true }),
  define('ARRAY ITEM', [arrayOperand, anyOperand], ({ types: [array] }) => elementOf(array!), 'arrayItem', {
    nullable: 'always',
  }),
  define('MAP ITEM', [mapOperand, anyOperand], ({ types: [map] }) => (map as MapType).value, 'mapItem', {
    nullable: 'always',
  }),
  // JSON; behaviours are options of the call
  define('JSON_VALUE', [stringOperand, stringOperand, anyOperand, anyOperand], string, 'jsonValue', {
    optional: 2,
    nullable: 'always',
  }),
  define('JSON_QUERY', [stringOperand, stringOperand], string, 'jsonQuery', { nullable: 'always' }),
  define('JSON_EXISTS', [stringOperand, stringOperand], boolean, 'jsonExists', { mayGiveNull: true }),
  define('IS JSON', [stringOperand], boolean, 'isJson'),
  define('JSON_OBJECT', [anyOperand], string, 'jsonObject', { isVariadic: true, nullable: 'never', takesNulls: true }),
  define('JSON_ARRAY', [anyOperand], string, 'jsonArray', { isVariadic: true, nullable: 'never', takesNulls: true }),
  define('JSON_STRING', [anyOperand], string, 'jsonString'),
  define('JSON_QUOTE', [stringOperand], string, 'jsonQuote'),
  define('JSON_UNQUOTE', [stringOperand], string, 'jsonUnquote'),
  define('JSON', [stringOperand], string, 'json'),
]

/** Whether JSON functions can write the type. */
export function isJsonWritable(type: LogicalType): boolean {
  switch (type.kind) {
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_DAY_TIME':
    case 'INTERVAL_YEAR_MONTH':
      return false
    case 'ARRAY':
      return isJsonWritable(type.element)
    case 'MULTISET':
      return isCharacter(type.element)
    case 'MAP':
      return isCharacter(type.key) && isJsonWritable(type.value)
    case 'ROW':
      return type.fields.every((field) => isJsonWritable(withNullability(field.type, true)))
    default:
      return true
  }
}
