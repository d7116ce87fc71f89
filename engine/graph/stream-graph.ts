// The narrow waist: a job as plain, serialisable data. The TypeScript API and the SQL planner only produce stream
// graphs; the runtime, the plan printer and the deployment only consume them.
import type { RowType } from '../types/logical-type.ts'
import type { OperatorSpec, WatermarkStrategySpec } from '../operators/operator-spec.ts'
import type { SinkSpec, SourceSpec } from '../connectors/connector.ts'

/** How rows travel over an edge. `forward` keeps the subtask; the others may change it. */
export type Partitioning =
  | { readonly kind: 'forward' }
  | { readonly kind: 'rebalance' }
  | { readonly kind: 'broadcast' }
  /** Everything to subtask 0. */
  | { readonly kind: 'global' }
  /** By key group of the hash of these columns. */
  | { readonly kind: 'hash'; readonly keys: readonly number[] }

export interface StreamEdge {
  readonly from: string
  /** Side output tag; undefined is the main output. */
  readonly output?: string | undefined
  readonly partitioning: Partitioning
}

interface NodeBase {
  /**
   * Stable id (Flink's uid): given by the user, else derived from the structure; state is found by it. Unique in the
   * graph.
   */
  readonly id: string
  /** For people: `TumbleWindow(size=[1 h]) …`. */
  readonly name: string
  /** Undefined: the job's `parallelism.default`. */
  readonly parallelism?: number | undefined
  readonly outputType: RowType
}

export interface SourceNode extends NodeBase {
  readonly kind: 'source'
  readonly source: SourceSpec
  /**
   * Generated calc applied to each split's batches inside the source, before watermarks (computed columns); undefined:
   * none. See CalcSpec.code.
   */
  readonly calc?: { readonly code: string; readonly outputType: RowType; readonly description: string } | undefined
  /** Per-split watermarks over the columns after `calc`; undefined: no event time. */
  readonly watermarks?: WatermarkStrategySpec | undefined
}

export interface OperatorNode extends NodeBase {
  readonly kind: 'operator'
  readonly operator: OperatorSpec
  readonly inputs: readonly StreamEdge[]
}

export interface SinkNode extends NodeBase {
  readonly kind: 'sink'
  readonly sink: SinkSpec
  readonly inputs: readonly StreamEdge[]
}

/**
 * SQL inside a TypeScript job, planned by the host: the statement's text and the streams and functions it names. A
 * runtime never sees one.
 */
export interface UnplannedSqlNode extends NodeBase {
  readonly kind: 'unplanned-sql'
  /** One or more statements; a last SELECT gives the node's rows (`outputType`), otherwise it has none. */
  readonly sql: string
  readonly inputs: readonly (StreamEdge & { readonly tableName: string })[]
  /** Where the text stands in the user's source: `file:line:column`. */
  readonly source?: string | undefined
}

export type StreamNode = SourceNode | OperatorNode | SinkNode | UnplannedSqlNode

/** The one JavaScript file that holds a job's user functions; workers load it and find functions by operator id. */
export interface JobBundle {
  /**
   * CommonJS that needs no modules. Exports `userFunctions`, from operator id to function, and `signature`, a function
   * that gives what `signature` below must equal.
   */
  readonly code: string
  /** Of `code`: sources relative to the user's folder; those that are not the user's are in its `ignoreList`. */
  readonly sourceMap?: string | undefined
  /** What each node of the job is, by id, as the host built it: every worker's run of the code must give the same. */
  readonly signature?: Readonly<Record<string, string>> | undefined
}

export interface StreamGraph {
  readonly formatVersion: 1
  readonly jobName: string
  /** Settings under Flink's keys: parallelism, checkpointing, restart strategy, time zone … */
  readonly configuration: Readonly<Record<string, string>>
  /** In topological order. */
  readonly nodes: readonly StreamNode[]
  readonly bundle?: JobBundle | undefined
  /** Warnings of planning, shown once at start. */
  readonly warnings: readonly string[]
}
