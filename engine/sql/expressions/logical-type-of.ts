// Data types as written to logical types.
import {
  MAX_DECIMAL_PRECISION,
  MAX_LENGTH,
  types,
  withNullability,
  type LogicalType,
} from '../../types/logical-type.ts'
import type { DataTypeNode, SimpleDataType } from '../ast/data-type.ts'
import { invalidExpression, unsupportedExpression, type ExpressionOptions } from './scope.ts'

/** Nullable unless NOT NULL is written. @throws SQL_VALIDATION, SQL_UNSUPPORTED */
export function logicalTypeOf(node: DataTypeNode, options: ExpressionOptions): LogicalType {
  const type = nullableTypeOf(node, options)
  return node.nullable === false ? withNullability(type, false) : type
}

function nullableTypeOf(node: DataTypeNode, options: ExpressionOptions): LogicalType {
  switch (node.kind) {
    case 'SimpleDataType':
      return simpleTypeOf(node, options)
    case 'CollectionDataType': {
      const element = logicalTypeOf(node.element, options)
      return node.name === 'ARRAY' ? types.array(element) : types.multiset(element)
    }
    case 'MapDataType':
      return types.map(logicalTypeOf(node.key, options), logicalTypeOf(node.value, options))
    case 'RowDataType':
      return types.row(
        node.fields.map((field) => ({ name: field.name.name, type: logicalTypeOf(field.type, options) })),
      )
    case 'IntervalDataType':
      return ['YEAR', 'MONTH', 'QUARTER'].includes(node.qualifier.from)
        ? types.intervalYearMonth()
        : types.intervalDayTime()
    case 'RawDataType':
      throw unsupportedExpression(options, node, 'The type RAW', 'Use BYTES.')
    case 'NamedDataType': {
      const name = node.name.parts.map((part) => part.name).join('.')
      throw invalidExpression(
        options,
        node,
        `Unknown identifier '${name}'`,
        'Use a built-in type, e.g. STRING, INT, DECIMAL(10, 2).',
      )
    }
  }
}

function simpleTypeOf(node: SimpleDataType, options: ExpressionOptions): LogicalType {
  const [first, second] = node.parameters
  const checked = (value: number | undefined, standard: number, min: number, max: number, what: string): number => {
    const chosen = value ?? standard
    if (chosen < min || chosen > max) {
      throw invalidExpression(options, node, `${node.name} ${what} must be between ${min} and ${max} (both inclusive).`)
    }
    return chosen
  }
  const length = (standard: number): number => checked(first, standard, 1, 2147483647, 'length')
  const precision = (standard: number): number => checked(first, standard, 0, 9, 'precision')
  switch (node.name) {
    case 'BOOLEAN':
      return types.boolean()
    case 'TINYINT':
      return types.tinyint()
    case 'SMALLINT':
      return types.smallint()
    case 'INT':
      return types.int()
    case 'BIGINT':
      return types.bigint()
    case 'FLOAT':
      return types.float()
    case 'DOUBLE':
      return types.double()
    case 'DECIMAL': {
      const digits = checked(first, 10, 1, MAX_DECIMAL_PRECISION, 'precision')
      return types.decimal(digits, checked(second, 0, 0, digits, 'scale'))
    }
    case 'CHAR':
      return types.char(length(1))
    case 'VARCHAR':
      return types.varchar(length(MAX_LENGTH)) // Flink: VARCHAR alone is STRING
    case 'STRING':
      return types.string()
    case 'BINARY':
      return types.binary(length(1))
    case 'VARBINARY':
      return types.varbinary(length(MAX_LENGTH))
    case 'BYTES':
      return types.bytes()
    case 'DATE':
      return types.date()
    case 'TIME':
      precision(0)
      return types.time(0) // Flink: any TIME(p) is TIME(0)
    case 'TIMESTAMP':
      return types.timestamp(precision(6))
    case 'TIMESTAMP_LTZ':
      return types.timestampLtz(precision(6))
    case 'NULL':
      return types.null()
    case 'TIMESTAMP_TZ':
      throw unsupportedExpression(options, node, 'The type TIMESTAMP WITH TIME ZONE', 'Use TIMESTAMP_LTZ.')
  }
}
