// Every operator as plain data: what the graph carries and a worker turns into an Operator (see create-operator.ts).
import type { LogicalType, RowType } from '../types/logical-type.ts'
import type { WatermarkStrategySpec } from '../time/watermark-strategy.ts'
import type { WindowSpec } from '../windows/window-spec.ts'

export type { WatermarkStrategySpec } from '../time/watermark-strategy.ts'

/** Generated JavaScript over columns: projection, filter, computed columns. See engine/sql/expressions. */
export interface CalcSpec {
  readonly type: 'calc'
  readonly inputType: RowType
  readonly outputType: RowType
  /** Source text of a factory `(functions, context) => (batch) => RecordBatch | undefined`. */
  readonly code: string
  /** What the code computes, for EXPLAIN and error messages. */
  readonly description: string
}

/** Emits watermarks from a rowtime column where the source could not (watermark push-down refused). */
export interface WatermarkAssignerSpec {
  readonly type: 'watermark-assigner'
  readonly inputType: RowType
  readonly strategy: WatermarkStrategySpec
}

export interface AggregateCallSpec {
  /** Flink's function name in upper case: COUNT, SUM, AVG, MIN, MAX, FIRST_VALUE … */
  readonly function: string
  /** Input columns; empty for COUNT(*). */
  readonly arguments: readonly number[]
  /** BOOLEAN column of FILTER (WHERE …). */
  readonly filter?: number | undefined
  readonly distinct: boolean
  /** Result field; its type is decided by the planner (Flink's rules). */
  readonly name: string
  readonly resultType: RowType['fields'][number]['type']
}

/**
 * Window aggregation over a window table-valued function. Output columns: keys, aggregate results, then the window
 * properties asked for, in that order.
 */
export interface WindowAggregateSpec {
  readonly type: 'window-aggregate'
  readonly inputType: RowType
  readonly outputType: RowType
  readonly window: WindowSpec
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCallSpec[]
  readonly properties: readonly WindowProperty[]
  /** `local` pre-aggregates per slice before the exchange, `global` merges; `single` does both in one. */
  readonly phase: 'single' | 'local' | 'global'
  /** Input carries retractions. */
  readonly inputChangelog: boolean
  /** For `global`: the input of the local phase, which the aggregates' argument indexes refer to. See globalSpec. */
  readonly localInputType?: RowType | undefined
}
export type WindowProperty = 'window_start' | 'window_end' | 'window_time'

/** Assigns windows without aggregating: each row once per window, window_start, window_end, window_time appended. */
export interface WindowTableFunctionSpec {
  readonly type: 'window-table-function'
  readonly inputType: RowType
  readonly outputType: RowType
  readonly window: WindowSpec
}

/** Updating GROUP BY (Flink's GroupAggregate). Output columns: keys, then aggregate results. */
export interface GroupAggregateSpec {
  readonly type: 'group-aggregate'
  readonly inputType: RowType
  readonly outputType: RowType
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCallSpec[]
  readonly inputChangelog: boolean
  /** Emit -U before each +U (false where the sink upserts by key and needs none). */
  readonly generateUpdateBefore: boolean
  /** `table.exec.state.ttl` in ms; 0 = never. With a TTL unchanged results are emitted too, as in Flink. */
  readonly stateTtlMs: number
  /**
   * Emit each key's change once per batch instead of once per row. Only where nobody can see the difference: the
   * consumer is an upsert sink that reduces by key anyway, and `generateUpdateBefore` is false.
   */
  readonly emitPerBatch: boolean
}

export interface SortKeySpec {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/**
 * Batch mode: everything at the end of the input, sorted (stable; no keys: in the order of arrival), without the first
 * `offset` rows, at most `limit`. `changelogKey`: the input is a changelog with this upsert key, of which only the final
 * rows count; undefined: inserts only.
 */
export interface BoundedSortSpec {
  readonly type: 'bounded-sort'
  readonly inputType: RowType
  readonly orderBy: readonly SortKeySpec[]
  readonly offset: number
  readonly limit: number | undefined
  readonly changelogKey: readonly number[] | undefined
  /** What a global aggregation gives over no rows. */
  readonly rowWhenEmpty?: readonly (number | null)[] | undefined
}

/** The first rows that arrive, inserts only; runs with parallelism 1. */
export interface LimitSpec {
  readonly type: 'limit'
  readonly inputType: RowType
  readonly offset: number
  readonly limit: number
}

/** Rows of several inputs, in arrival order (UNION ALL). */
export interface UnionSpec {
  readonly type: 'union'
  readonly outputType: RowType
}

/**
 * In front of a sink: columns declared NOT NULL that are NULL (`table.exec.sink.not-null-enforcer` error | drop), by
 * column index, and row kinds the sink does not take.
 */
export interface SinkConstraintSpec {
  readonly type: 'sink-constraint'
  readonly inputType: RowType
  readonly notNullColumns: readonly number[]
  readonly onNull: 'error' | 'drop'
  readonly tableName: string
  /** Behind a source instead, for fields that a schema of the TypeScript API declares not nullable. */
  readonly ofSource?: boolean | undefined
}

/** A user function of the TypeScript API, found by operator id in the job's bundle. */
export interface UserFunctionSpec {
  readonly type: 'map' | 'filter' | 'flat-map'
  readonly inputType: RowType
  readonly outputType: RowType
  /** Where the function stands in the user's source, for error messages. */
  readonly source?: string | undefined
}

/**
 * Windowed `reduce` of the TypeScript API: one record per key and window, `(left, right) => record`. Output columns: the
 * record's, then the window properties asked for.
 */
export interface WindowReduceSpec {
  readonly type: 'window-reduce'
  readonly inputType: RowType
  readonly outputType: RowType
  readonly window: WindowSpec
  readonly keys: readonly number[]
  /** The window columns that follow the record's in outputType. */
  readonly properties: readonly WindowProperty[]
  /** Where the function stands in the user's source, for error messages. */
  readonly source?: string | undefined
}

export type ProcessStateSpec =
  | { readonly kind: 'value'; readonly name: string; readonly valueType: LogicalType }
  | { readonly kind: 'map'; readonly name: string; readonly keyType: LogicalType; readonly valueType: LogicalType }

/**
 * Keyed `process` of the TypeScript API: a function of each record, with declared state, timers and side outputs. The
 * bundle's function of its id takes nothing and gives `onRecord` and `onTimer`.
 */
export interface ProcessSpec {
  readonly type: 'process'
  readonly inputType: RowType
  readonly outputType: RowType
  readonly keys: readonly number[]
  /** What side outputs carry, by tag. */
  readonly sideOutputs: Readonly<Record<string, RowType>>
  readonly state: readonly ProcessStateSpec[]
  /** Its records have event times. */
  readonly hasEventTime: boolean
  /** There is an `onTimer`. */
  readonly hasTimers: boolean
  /** Where the functions stand in the user's source, for error messages. */
  readonly source?: string | undefined
}

export type OperatorSpec =
  | CalcSpec
  | WatermarkAssignerSpec
  | WindowAggregateSpec
  | WindowTableFunctionSpec
  | GroupAggregateSpec
  | BoundedSortSpec
  | LimitSpec
  | UnionSpec
  | SinkConstraintSpec
  | UserFunctionSpec
  | WindowReduceSpec
  | ProcessSpec
