// Built-in aggregates. They run over columns: no object is made for a record. Types follow Flink SQL's.
import { types, type LogicalType } from '../types/logical-type.ts'

declare const consumes: unique symbol
declare const resultType: unique symbol

/** An aggregate over records of type `T` (or any type with `T`'s fields); `R`: its result, see AggregateResults. */
export interface Aggregate<T, R> {
  readonly function: 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'
  readonly field: string | undefined
  readonly [consumes]?: (record: T) => void
  readonly [resultType]?: R
}

/** A result of the field's own type. */
export interface FieldValue<Name extends string> {
  readonly field: Name
}

type Numeric = number | bigint | null
type Comparable = Numeric | string | boolean

/** An aggregate whose result has the type of the field it reads. */
export type FieldAggregate<Name extends string, V> = Aggregate<Readonly<Record<Name, V>>, FieldValue<Name>>

/** The number of records. */
export function count(): Aggregate<unknown, number> {
  return { function: 'COUNT', field: undefined }
}

/** Integers wrap at their type's width, as in Flink; declare a wider field where sums may be large. NULLs do not count. */
export function sum<Name extends string>(field: Name): FieldAggregate<Name, Numeric> {
  return { function: 'SUM', field }
}

/** Integers give integers, as in Flink. NULLs do not count. */
export function avg<Name extends string>(field: Name): FieldAggregate<Name, Numeric> {
  return { function: 'AVG', field }
}

export function min<Name extends string>(field: Name): FieldAggregate<Name, Comparable> {
  return { function: 'MIN', field }
}

export function max<Name extends string>(field: Name): FieldAggregate<Name, Comparable> {
  return { function: 'MAX', field }
}

/** The SQL type of an aggregate's result. */
export function aggregateResultType(name: Aggregate<never, unknown>['function'], argument?: LogicalType): LogicalType {
  if (name === 'COUNT') return { kind: 'BIGINT', nullable: false, safeInteger: true }
  return argument ?? types.null()
}

/** The fields that a set of aggregates `A` adds to a record of type `T`. */
export type AggregateResults<T, A> = {
  -readonly [Name in keyof A]: A[Name] extends Aggregate<never, infer R>
    ? R extends FieldValue<infer Field>
      ? Field extends keyof T
        ? T[Field]
        : never
      : R
    : never
}
