// The contract of an aggregate function. A definition names the accumulators it needs and says how its result follows
// from them; aggregate-code.ts joins all accumulators of an operator into one generated loop. Equal accumulators of one
// scope (arguments, FILTER, DISTINCT) are shared: COUNT(x), SUM(x) and AVG(x) count x once.
//
// Code pieces are JavaScript text. In them `id` is the row id in the accumulators' table; merging reads the row `s` of
// the table that is merged in. Columns start as 0 or null.
import type { LogicalType } from '../../types/logical-type.ts'
import type { StateColumnStorage } from '../../state/state-backend.ts'

/** An argument's value in generated code, never NULL unless the accumulator takes NULLs. */
export interface Operand {
  readonly type: LogicalType
  /** Number-like types: a number, NaN where the exact value must be asked for. Object types: the cell. */
  readonly value: string
  /** The canonical cell. */
  readonly cell: string
}

export interface Accumulator {
  /** Says what it computes; accumulators with the same purpose in one scope are one. */
  readonly purpose: string
  readonly storages: readonly StateColumnStorage[]
  accumulate(columns: readonly string[], operands: readonly Operand[]): string
  /** Undefined: cannot take back rows. */
  readonly retract?: ((columns: readonly string[], operands: readonly Operand[]) => string) | undefined
  merge(columns: readonly string[], merged: readonly string[]): string
  /** Column (index into storages) holding arrival numbers, which must go on above the highest after a restore. */
  readonly orderColumn?: number | undefined
  /** The result depends on the order of merging: the earlier part comes first. */
  readonly ordered?: boolean | undefined
  /** Its cells are objects changed in place (see KeyedTable.version). */
  readonly mutable?: boolean | undefined
  /**
   * The SQL types of its cell columns (by index into storages), where a local phase may send them to a global one.
   * Absent: accumulators with cells or arrival numbers stay where they are.
   */
  readonly cellTypes?: Readonly<Record<number, LogicalType>> | undefined
  /** Rows whose argument is NULL are accumulated too. */
  readonly takesNulls?: boolean | undefined
}

/** How the result is read. `exact`: a number, or NaN and the exact value beside it. */
export type AggregateResult =
  | { readonly form: 'number'; readonly isNull?: string | undefined; readonly value: string }
  | { readonly form: 'exact'; readonly isNull?: string | undefined; readonly value: string; readonly exact: string }
  | { readonly form: 'cell'; readonly value: string }

export interface AggregateScope {
  readonly argumentTypes: readonly LogicalType[]
  readonly resultType: LogicalType
  /** The input takes rows back. */
  readonly retracting: boolean
  /** Rows may exist in which no non-NULL argument was accumulated, so the result can be NULL. */
  readonly mayBeEmpty: boolean
  /** Declares an accumulator and gives its columns, indexed by row id, e.g. `a3`. */
  accumulator(accumulator: Accumulator): readonly string[]
  /** A value generated code can refer to by the name returned. */
  constant(value: unknown): string
}

export interface AggregateDefinition {
  /** A sentence why the call cannot be computed, undefined where it can. */
  refuse?(argumentTypes: readonly LogicalType[], resultType: LogicalType): string | undefined
  readonly arguments: { readonly min: number; readonly max: number }
  define(scope: AggregateScope): AggregateResult
}
