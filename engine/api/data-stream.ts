// The streams of the TypeScript API. They produce graph nodes and run nothing. Source: Flink's DataStream API.
import type { Partitioning } from '../graph/stream-graph.ts'
import type { Aggregate, AggregateResults } from './aggregates.ts'
import type { Sink } from './connectors.ts'
import type {
  NoSideOutputs,
  NoState,
  ProcessDefinition,
  SideOutputs,
  SideRecord,
  StateDeclarations,
} from './process.ts'
import type { Schema } from './schema.ts'
import type { Duration } from './time.ts'
import type { WatermarkStrategy } from './watermarks.ts'
import type { WindowAssigner } from './windows.ts'

/** Names for people and for state. */
export interface OperatorOptions {
  /** Shown in plans and on screens. */
  readonly name?: string
  /** Stable id of the operator's state; without one it follows from the job's structure. */
  readonly uid?: string
}

/** ms since 1970 */
export interface WindowBounds {
  window_start: number
  window_end: number
}

/** Written out, so that editors show fields instead of how they came about. */
export type Flat<T> = { [Name in keyof T]: T[Name] }

/** Fields that hold times in ms since 1970. */
export type TimeField<T> = { [Name in keyof T & string]: T[Name] extends number ? Name : never }[keyof T & string]

/**
 * A stream of records of type `T`. User functions are synchronous and deterministic: no Node built-ins, timers, `fetch`
 * or mutable module state, for they may run in several threads and be run again after a restore.
 */
export interface DataStream<T> {
  /** Where the stream comes from in the graph, and its schema; for the API's own use and for SQL. */
  readonly node: StreamHandle<T>
  /**
   * Gives each record its event time, ms since 1970: a field's name or a function of the record. Right behind a source
   * watermarks are made per split (a topic's partition), as with Flink's `fromSource(source, strategy)`.
   */
  withWatermarks(
    strategy: WatermarkStrategy,
    timestamp: TimeField<T> | ((record: T) => number),
    options?: OperatorOptions,
  ): DataStream<T>
  filter(predicate: (record: T) => boolean, options?: OperatorOptions): DataStream<T>
  map<S>(output: Schema<S>, mapper: (record: T) => NoInfer<S>, options?: OperatorOptions): DataStream<S>
  /** Any number of records for one: an array or another iterable. */
  flatMap<S>(output: Schema<S>, mapper: (record: T) => Iterable<NoInfer<S>>, options?: OperatorOptions): DataStream<S>
  /** Keeps these fields, in this order; runs over columns. */
  select<Name extends keyof T & string>(...fields: readonly Name[]): DataStream<Flat<Pick<T, Name>>>
  /** Both streams' records, as they come. */
  union(...others: readonly DataStream<T>[]): DataStream<T>
  /** Partitions by the values of these fields. */
  keyBy<Key extends keyof T & string>(...fields: readonly [Key, ...Key[]]): KeyedStream<T, Key>
  sinkTo(sink: Sink<T>, options?: OperatorOptions): void
}

export interface KeyedStream<T, Key extends keyof T & string> {
  /** Windows of event time; the stream needs watermarks. */
  window(assigner: WindowAssigner): WindowedStream<T, Key>
  /**
   * A function of each record, with state of the record's key, timers and side outputs. See ProcessDefinition.
   *
   * ```ts
   * const alerts = readings.keyBy('sensor').process({
   *   output: Alert,
   *   sideOutputs: { late: Reading },
   *   state: { previous: valueState(t.double()) },
   *   onRecord(reading, { state, time, timers, emit, sideOutput }) {
   *     if (time.eventTime <= time.watermark) return sideOutput('late', reading)
   *     const previous = state.previous.value()
   *     if (previous !== undefined && reading.value > 2 * previous) emit({ sensor: reading.sensor, what: 'jump' })
   *     state.previous.update(reading.value)
   *     timers.eventTime.register(time.eventTime + minutes(5))
   *   },
   *   onTimer(_at, { key, state }) {
   *     state.previous.clear()
   *   },
   * })
   * alerts.sinkTo(…)
   * alerts.sideOutput('late').sinkTo(…)
   * ```
   */
  process<Out, Sides extends SideOutputs = NoSideOutputs, State extends StateDeclarations = NoState>(
    definition: ProcessDefinition<T, Flat<Pick<T, Key>>, Out, Sides, State>,
    options?: OperatorOptions,
  ): ProcessedStream<Out, Sides>
}

/** What `process` emits, and its side outputs. */
export interface ProcessedStream<T, Sides extends SideOutputs> extends DataStream<T> {
  /** The records that went to `sideOutput(tag, …)`, with the same event times and watermarks. */
  sideOutput<Tag extends keyof Sides & string>(tag: Tag): DataStream<SideRecord<Sides, Tag>>
}

export interface WindowedStream<T, Key extends keyof T & string> {
  /**
   * Keeps windows for records that come up to this much after the watermark passed the window's end; each such record
   * makes its window's result come again, updated. Not for session windows yet.
   */
  allowedLateness(lateness: Duration): WindowedStream<T, Key>
  /** One record per key and window: key, results, window_start, window_end. Runs over columns. */
  aggregate<A extends Readonly<Record<string, Aggregate<T, unknown>>>>(
    aggregates: A,
    options?: OperatorOptions,
  ): DataStream<Flat<Pick<T, Key> & AggregateResults<T, A> & WindowBounds>>
  /** Folds the records of a key and window into one of the same type. */
  reduce(reducer: (accumulated: T, record: T) => T, options?: OperatorOptions): DataStream<T>
}

export interface StreamHandle<T = unknown> {
  readonly nodeId: string
  /** A side output's tag; undefined: the main output. */
  readonly output?: string | undefined
  readonly schema: Schema<T>
  readonly partitioning: Partitioning
  readonly hasEventTime: boolean
}
