// Built-in aggregates. They run over columns: no object is made for a record. Types follow Flink SQL's.
import { types, withNullability, type LogicalType } from '../types/logical-type.ts'

declare const consumes: unique symbol
declare const resultType: unique symbol

/** An aggregate over records of type `T` (or any type with `T`'s fields) with results of type `R`. */
export interface Aggregate<T, R> {
  readonly function: 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'
  readonly field: string | undefined
  /** The SQL type of the result for the field's type. */
  readonly typeOf: (argument: LogicalType | undefined) => LogicalType
  readonly [consumes]?: (record: T) => void
  readonly [resultType]?: R
}

const sameType = (argument: LogicalType | undefined): LogicalType => withNullability(argument ?? types.null(), false)

/** The number of records. */
export function count(): Aggregate<unknown, number> {
  return { function: 'COUNT', field: undefined, typeOf: () => ({ kind: 'BIGINT', nullable: false, safeInteger: true }) }
}

/** Integers wrap at their type's width, as in Flink; declare a wider field where sums may be large. */
export function sum<Name extends string>(field: Name): Aggregate<Readonly<Record<Name, number>>, number> {
  return { function: 'SUM', field, typeOf: sameType }
}

/** Integers give integers, as in Flink. */
export function avg<Name extends string>(field: Name): Aggregate<Readonly<Record<Name, number>>, number> {
  return { function: 'AVG', field, typeOf: sameType }
}

export function min<Name extends string>(field: Name): Aggregate<Readonly<Record<Name, number>>, number> {
  return { function: 'MIN', field, typeOf: sameType }
}

export function max<Name extends string>(field: Name): Aggregate<Readonly<Record<Name, number>>, number> {
  return { function: 'MAX', field, typeOf: sameType }
}

/** The fields that a set of aggregates adds to a record. */
export type AggregateResults<A> = {
  -readonly [Name in keyof A]: A[Name] extends Aggregate<never, infer R> ? R : never
}
