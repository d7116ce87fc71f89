// Schemas as values: the TypeScript type and the SQL type of a record follow from the same declaration.
import { types, withNullability, type LogicalType, type RowType } from '../types/logical-type.ts'
import type { PreciseTimestamp } from '../types/record-batch.ts'

declare const valueType: unique symbol

/** A field's type: its SQL type at run time, its TypeScript type (`T`) at compile time. */
export interface FieldType<T> {
  readonly logicalType: LogicalType
  readonly [valueType]?: T
}

/** The record type of a schema's fields. */
export type RecordOf<F extends Readonly<Record<string, FieldType<unknown>>>> = {
  -readonly [Name in keyof F]: F[Name] extends FieldType<infer T> ? T : never
}

/** The shape of records of type `T`. */
export interface Schema<T> {
  readonly rowType: RowType
  readonly [valueType]?: T
}

/** The record type that a schema describes: `type Ride = Infer<typeof Ride>`. */
export type Infer<S extends Schema<unknown>> = S extends Schema<infer T> ? T : never

const field = <T>(logicalType: LogicalType): FieldType<T> => ({ logicalType })

/** Field types; none takes NULL unless wrapped in `t.nullable`. Source: Flink's DataTypes. */
export const t = {
  boolean: (): FieldType<boolean> => field(types.boolean(false)),
  tinyint: (): FieldType<number> => field(types.tinyint(false)),
  smallint: (): FieldType<number> => field(types.smallint(false)),
  int: (): FieldType<number> => field(types.int(false)),
  /** BIGINT over all 64 bits. */
  bigint: (): FieldType<bigint> => field(types.bigint(false)),
  /** BIGINT whose values lie within ±2^53; one beyond fails the job, naming the field. */
  safeInteger: (): FieldType<number> => field({ kind: 'BIGINT', nullable: false, safeInteger: true }),
  /** BIGINT holding milliseconds since 1970, as producers often write times. */
  epochMillis: (): FieldType<number> => field({ kind: 'BIGINT', nullable: false, safeInteger: true }),
  float: (): FieldType<number> => field(types.float(false)),
  double: (): FieldType<number> => field(types.double(false)),
  /** Exact; values are decimal strings (`'12.50'`). */
  decimal: (precision: number, scale: number): FieldType<string> => field(types.decimal(precision, scale, false)),
  string: (): FieldType<string> => field(types.string(false)),
  bytes: (): FieldType<Uint8Array> => field(types.bytes(false)),
  /** Days since 1970. */
  date: (): FieldType<number> => field(types.date(false)),
  /** Milliseconds of the day. */
  time: (): FieldType<number> => field(types.time(0, false)),
  /** Wall-clock time to the millisecond, as milliseconds since 1970. */
  timestamp: (): FieldType<number> => field(types.timestamp(3, false)),
  /** An instant to the millisecond, as milliseconds since 1970. */
  timestampLtz: (): FieldType<number> => field(types.timestampLtz(3, false)),
  /** Wall-clock time to the nanosecond. */
  preciseTimestamp: (precision: number): FieldType<PreciseTimestamp> => field(types.timestamp(precision, false)),
  array: <T>(element: FieldType<T>): FieldType<readonly T[]> => field(types.array(element.logicalType, false)),
  map: <K, V>(key: FieldType<K>, value: FieldType<V>): FieldType<ReadonlyMap<K, V>> =>
    field(types.map(key.logicalType, value.logicalType, false)),
  row: <F extends Readonly<Record<string, FieldType<unknown>>>>(fields: F): FieldType<RecordOf<F>> =>
    field(types.row(rowFields(fields), false)),
  /** The same type with NULL. */
  nullable: <T>(type: FieldType<T>): FieldType<T | null> => field(withNullability(type.logicalType, true)),
}

function rowFields(fields: Readonly<Record<string, FieldType<unknown>>>): RowType['fields'] {
  return Object.entries(fields).map(([name, type]) => ({ name, type: type.logicalType }))
}

/** Declares the fields of a record, in order. */
export function schema<F extends Readonly<Record<string, FieldType<unknown>>>>(fields: F): Schema<RecordOf<F>> {
  return { rowType: types.row(rowFields(fields), false) }
}
