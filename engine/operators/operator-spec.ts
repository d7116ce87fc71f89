// Every operator as plain data: what the graph carries and a worker turns into an Operator (see create-operator.ts).
import type { RowType } from '../types/logical-type.ts'
import type { WindowSpec } from '../windows/window-spec.ts'

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

/** How a split's watermark follows from its rows. Source: Flink's BoundedOutOfOrdernessWatermarks and push-down. */
export interface WatermarkStrategySpec {
  /** The rowtime column of the batch the strategy sees. NULL there fails the job, as in Flink. */
  readonly rowtimeColumn: number
  /**
   * Watermark of a row = rowtime − delayMs where `expression` is absent (the fast path); otherwise generated code
   * `(functions, context) => (batch) => Float64Array` gives the watermark of each row in ms.
   */
  readonly delayMs: number
  readonly expression?: string | undefined
  /** `scan.watermark.emit.strategy`; on-periodic emits every `intervalMs` (`pipeline.auto-watermark-interval`, 200). */
  readonly emit: 'on-periodic' | 'on-event'
  readonly intervalMs: number
  /** `table.exec.source.idle-timeout` / `scan.watermark.idle-timeout`; 0 = never idle. */
  readonly idleTimeoutMs: number
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
}

/** A user function of the TypeScript API, found by operator id in the job's bundle. */
export interface UserFunctionSpec {
  readonly type: 'map' | 'filter' | 'flat-map'
  readonly inputType: RowType
  readonly outputType: RowType
  /** Where the function stands in the user's source, for error messages. */
  readonly source?: string | undefined
}

/** Windowed `reduce` of the TypeScript API: one record per key and window. */
export interface WindowReduceSpec {
  readonly type: 'window-reduce'
  readonly inputType: RowType
  readonly outputType: RowType
  readonly window: WindowSpec
  readonly keys: readonly number[]
  readonly properties: readonly WindowProperty[]
}

export type OperatorSpec =
  | CalcSpec
  | WatermarkAssignerSpec
  | WindowAggregateSpec
  | WindowTableFunctionSpec
  | GroupAggregateSpec
  | UnionSpec
  | SinkConstraintSpec
  | UserFunctionSpec
  | WindowReduceSpec
