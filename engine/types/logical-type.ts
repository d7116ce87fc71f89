// The types of SQL and of schemas, as plain serialisable data: Flink's org.apache.flink.table.types.logical.

/** Time attribute of a column, as in Flink: a rowtime has a watermark, a proctime is the clock. */
export type TimeAttribute = 'rowtime' | 'proctime'

interface TypeBase {
  readonly nullable: boolean
}
export interface SimpleType extends TypeBase {
  readonly kind:
    | 'BOOLEAN'
    | 'TINYINT'
    | 'SMALLINT'
    | 'INTEGER'
    | 'BIGINT'
    | 'FLOAT'
    | 'DOUBLE'
    | 'DATE'
    | 'INTERVAL_YEAR_MONTH'
    | 'INTERVAL_DAY_TIME'
    | 'NULL'
  /**
   * BIGINT of the TypeScript API that user functions see as `number` (`t.safeInteger`, `t.epochMillis`): a value beyond
   * 2^53 is an error there. Undefined: user functions see `bigint`. No meaning in SQL.
   */
  readonly safeInteger?: boolean | undefined
}
export interface DecimalType extends TypeBase {
  readonly kind: 'DECIMAL'
  readonly precision: number
  readonly scale: number
}
/** CHAR, VARCHAR, BINARY and VARBINARY; STRING and BYTES are VARCHAR and VARBINARY of MAX_LENGTH. */
export interface LengthType extends TypeBase {
  readonly kind: 'CHAR' | 'VARCHAR' | 'BINARY' | 'VARBINARY'
  readonly length: number
}
export interface TimeType extends TypeBase {
  readonly kind: 'TIME'
  readonly precision: number
}
export interface TimestampType extends TypeBase {
  readonly kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ'
  readonly precision: number
  readonly timeAttribute?: TimeAttribute | undefined
}
export interface ArrayType extends TypeBase {
  readonly kind: 'ARRAY' | 'MULTISET'
  readonly element: LogicalType
}
export interface MapType extends TypeBase {
  readonly kind: 'MAP'
  readonly key: LogicalType
  readonly value: LogicalType
}
export interface RowType extends TypeBase {
  readonly kind: 'ROW'
  readonly fields: readonly RowField[]
}
export interface RowField {
  readonly name: string
  readonly type: LogicalType
}
export type LogicalType =
  SimpleType | DecimalType | LengthType | TimeType | TimestampType | ArrayType | MapType | RowType
export type TypeKind = LogicalType['kind']

export const MAX_LENGTH = 2147483647
export const MAX_DECIMAL_PRECISION = 38

const simple =
  (kind: SimpleType['kind']) =>
  (nullable = true): SimpleType => ({ kind, nullable })

/** Constructors; all nullable unless told otherwise. */
export const types = {
  boolean: simple('BOOLEAN'),
  tinyint: simple('TINYINT'),
  smallint: simple('SMALLINT'),
  int: simple('INTEGER'),
  bigint: simple('BIGINT'),
  float: simple('FLOAT'),
  double: simple('DOUBLE'),
  date: simple('DATE'),
  intervalYearMonth: simple('INTERVAL_YEAR_MONTH'),
  intervalDayTime: simple('INTERVAL_DAY_TIME'),
  null: simple('NULL'),
  decimal: (precision: number, scale: number, nullable = true): DecimalType => ({
    kind: 'DECIMAL',
    precision,
    scale,
    nullable,
  }),
  char: (length: number, nullable = true): LengthType => ({ kind: 'CHAR', length, nullable }),
  varchar: (length: number, nullable = true): LengthType => ({ kind: 'VARCHAR', length, nullable }),
  string: (nullable = true): LengthType => ({ kind: 'VARCHAR', length: MAX_LENGTH, nullable }),
  binary: (length: number, nullable = true): LengthType => ({ kind: 'BINARY', length, nullable }),
  varbinary: (length: number, nullable = true): LengthType => ({ kind: 'VARBINARY', length, nullable }),
  bytes: (nullable = true): LengthType => ({ kind: 'VARBINARY', length: MAX_LENGTH, nullable }),
  time: (precision = 0, nullable = true): TimeType => ({ kind: 'TIME', precision, nullable }),
  timestamp: (precision = 6, nullable = true): TimestampType => ({ kind: 'TIMESTAMP', precision, nullable }),
  timestampLtz: (precision = 6, nullable = true): TimestampType => ({ kind: 'TIMESTAMP_LTZ', precision, nullable }),
  array: (element: LogicalType, nullable = true): ArrayType => ({ kind: 'ARRAY', element, nullable }),
  multiset: (element: LogicalType, nullable = true): ArrayType => ({ kind: 'MULTISET', element, nullable }),
  map: (key: LogicalType, value: LogicalType, nullable = true): MapType => ({ kind: 'MAP', key, value, nullable }),
  row: (fields: readonly RowField[], nullable = true): RowType => ({ kind: 'ROW', fields, nullable }),
}

export function withNullability<T extends LogicalType>(type: T, nullable: boolean): T {
  return type.nullable === nullable ? type : { ...type, nullable }
}

/** The type without its time attribute: what a rowtime becomes once it is an ordinary value. */
export function withoutTimeAttribute(type: LogicalType): LogicalType {
  if ((type.kind !== 'TIMESTAMP' && type.kind !== 'TIMESTAMP_LTZ') || type.timeAttribute === undefined) return type
  return { kind: type.kind, precision: type.precision, nullable: type.nullable }
}

function lengthTypeName(type: LengthType): string {
  if (type.length === MAX_LENGTH && type.kind === 'VARCHAR') return 'STRING'
  if (type.length === MAX_LENGTH && type.kind === 'VARBINARY') return 'BYTES'
  return `${type.kind}(${type.length})`
}

function typeName(type: LogicalType): string {
  switch (type.kind) {
    case 'INTEGER':
      return 'INT'
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return lengthTypeName(type)
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.precision})`
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL MONTH'
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL SECOND(3)'
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${typeToString(type.element)}>`
    case 'MAP':
      return `MAP<${typeToString(type.key)}, ${typeToString(type.value)}>`
    case 'ROW':
      return `ROW<${type.fields.map((field) => `\`${field.name}\` ${typeToString(field.type)}`).join(', ')}>`
    default:
      return type.kind
  }
}

/** The type in Flink's SQL notation, e.g. `TIMESTAMP(3) NOT NULL`. Time attributes are not shown. */
export function typeToString(type: LogicalType): string {
  return typeName(type) + (type.nullable ? '' : ' NOT NULL')
}

export function typesEqual(left: LogicalType, right: LogicalType): boolean {
  return typeToString(left) === typeToString(right)
}
