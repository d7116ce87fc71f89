// The contract of connectors. A connector's folder holds `definition.ts` (plain data and pure checks: what the SQL front
// end and the TypeScript API see) and its runtime: enumerator and reader (source), writer (sink).
//
// Source: one enumerator per job on the JobManager finds splits and hands them out; one reader per subtask reads them.
// Positions live in the splits' states: they are what a checkpoint stores. Source: Flink's FLIP-27.
// Sink: one writer per subtask. A writer is either at-least-once (flushes before the barrier is acknowledged), or
// idempotent (upserts by key), or two-phase (prepareCommit + committer; not in this slice).
import type { Json } from '../common/json.ts'
import type { Clock } from '../time/clock.ts'
import type { MetricGroup } from '../metrics/metric-group.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { LogicalType, RowType } from '../types/logical-type.ts'
import type { Secrets } from './secret-slot.ts'

export type { Json }

// ---------------------------------------------------------------- definition side (pure data)

/** A column read from the record's envelope: METADATA FROM 'timestamp', 'offset', 'partition' … */
export interface MetadataColumn {
  readonly key: string
  readonly type: LogicalType
}

/** What a CREATE TABLE or the TypeScript API says of a table, given to a definition. */
export interface TableDescription {
  /** For messages: the SQL name or the variable's name. */
  readonly name: string
  /** Physical columns only. */
  readonly physicalType: RowType
  readonly metadata: readonly MetadataColumn[]
  /** Indexes into physicalType; undefined without PRIMARY KEY. */
  readonly primaryKey: readonly number[] | undefined
  /** WITH options under Flink's keys, placeholders resolved. */
  readonly options: Readonly<Record<string, string>>
  /** Session settings under Flink's keys. */
  readonly configuration: Readonly<Record<string, string>>
}

/** What a source of this table can produce, and the plain data its runtime starts from. */
export interface SourceSpec {
  readonly connector: string
  readonly tableName: string
  /** Columns the reader emits, after projection: physical columns first, then metadata columns. */
  readonly producedType: RowType
  /** For each physical column produced, its index in the table's physicalType. */
  readonly projection: readonly number[]
  readonly physicalType: RowType
  readonly metadata: readonly MetadataColumn[]
  readonly bounded: boolean
  /** Row kinds the source may emit; insert-only sources leave RecordBatch.rowKinds undefined. */
  readonly changelog: 'insert-only' | 'upsert' | 'all'
  /** Connector- and format-specific, validated. */
  readonly settings: Json
  /** Options accepted but without effect here (tuning of Java clients), listed once at start. */
  readonly ignoredOptions: readonly string[]
}

export interface SinkSpec {
  readonly connector: string
  readonly tableName: string
  readonly consumedType: RowType
  /** Row kinds the sink takes: planning an updating query into an insert-only sink is refused. */
  readonly changelog: 'insert-only' | 'upsert' | 'all'
  /** Primary key columns (indexes into consumedType) for upsert sinks. */
  readonly keyColumns: readonly number[]
  readonly settings: Json
  readonly ignoredOptions: readonly string[]
}

export interface ConnectorDefinition {
  /** Flink's factory identifier: `kafka`, `jdbc`, `print`, `blackhole`, `datagen`. */
  readonly identifier: string
  /** Checks the options and gives the unprojected source; throws OPTION_INVALID naming the option. Absent: no source. */
  createSource?(table: TableDescription): SourceSpec
  /** Keeps only these physical columns (ascending indexes) and metadata keys. Absent: the connector always reads all. */
  applyProjection?(source: SourceSpec, physicalColumns: readonly number[], metadataKeys: readonly string[]): SourceSpec
  createSink?(table: TableDescription): SinkSpec
  /** Metadata keys a table of this connector may read, with their types. */
  metadataKeys?(table: TableDescription): readonly MetadataColumn[]
}

// ---------------------------------------------------------------- runtime side

/** A part of a source that one reader reads, e.g. a topic partition with its next and stopping offset. */
export interface Split {
  /** Stable over checkpoints, e.g. `rides-0`. */
  readonly id: string
  /** Where reading goes on, as the reader snapshots it. */
  readonly state: Json
  /** The highest watermark its rows have given, ms; kept by the task, of no concern to connectors. Absent: none. */
  readonly watermark?: number | undefined
}

export interface RuntimeContext {
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: MetricGroup
  /** Aborted when the subtask or job is cancelled; every wait must end then. */
  readonly signal: AbortSignal
  readonly subtaskIndex: number
  /** The same for all attempts of a reader or writer, in all runs of its job, and nobody else's. Undefined: there are none. */
  readonly subtaskId?: string | undefined
  readonly parallelism: number
  readonly jobName: string
  readonly configuration: Readonly<Record<string, string>>
  /** What the secret slots of settings name (see secret-slot.ts). Never to be kept, logged or put into an error. */
  readonly secrets?: Secrets | undefined
  /** Where the print connector's lines go; the engine never writes to the console. */
  print(line: string, stream: 'stdout' | 'stderr'): void
}

/** Runs on the JobManager's thread, once per source and attempt. */
export interface SplitEnumerator {
  /**
   * Discovers the splits, or takes those of a checkpoint (`restored`, all former readers' splits together) and adds
   * what is new. Errors are the job's first cause (topic missing …). Called once, before any reader starts.
   */
  start(restored: readonly Split[] | undefined): Promise<readonly Split[]>
  /** Facts that a checkpoint records so that a restore can refuse another cluster or a re-created topic. */
  identity(): Promise<Json>
  /**
   * How many records at most lie between `from`, which reading goes on at, and where readers had come: `reached`, by split
   * id, the source's present end where it is not known. Absent: nobody can tell.
   */
  recordsBetween?(from: readonly Split[], reached: ReadonlyMap<string, Split>): Promise<number>
  /** The job has ended where its splits are, and all that came of them is in the sinks: commits them to the source's group. */
  commit?(splits: readonly Split[]): Promise<void>
  close(): Promise<void>
}

/** Deals splits to readers; the same for every parallelism-preserving restart. Default: round-robin in split order. */
export type ReaderStatus = 'more' | 'nothing-available' | 'end-of-input'

/** Where a reader puts its batches: each belongs to one split, so that watermarks are generated per split. */
export interface ReaderOutput {
  /** The batch obeys the ownership rule of RecordBatch. */
  emit(splitId: string, batch: RecordBatch): void
  /** The split is read to its end (bounded); it no longer holds back the watermark. */
  splitFinished(splitId: string): void
}

/** Where a reader stands in a split, for people. */
export interface SplitPosition {
  /** Of the split. */
  readonly id: string
  /** Next position to read: Kafka's offset, `byte 4096 of 10000` of a file. */
  readonly position: string
  /** Records known to lie behind it; undefined: nobody knows. */
  readonly pendingRecords?: number | undefined
}

export interface SourceReader {
  /** Called before the first `poll` with all splits of this reader, in the state to go on from; none: idle or ended. */
  start(splits: readonly Split[]): Promise<void>
  /**
   * Emits at most a few batches and returns. Must not block. After 'nothing-available' the task awaits `available()`.
   * What was emitted before a snapshot is covered by that snapshot.
   */
  poll(output: ReaderOutput): ReaderStatus
  /** Resolves when `poll` has something to do; rejects when reading failed for good. */
  available(): Promise<void>
  /** The splits with their present positions. Splits that ended are included, marked in their state. */
  snapshot(): readonly Split[]
  /** Of the splits that have not ended. Plain reads: called at any time between polls. Absent: there is nothing to tell. */
  positions?(): readonly SplitPosition[]
  /** What keeps it from reading at the moment, while that is borne; undefined: nothing. */
  trouble?(): unknown
  /** The checkpoint that included the snapshot is complete: commit offsets to the group, for monitoring only. */
  notifyCheckpointComplete?(splits: readonly Split[]): void
  close(): Promise<void>
}

export interface SinkWriter {
  /** Connects and compares the target with the schema: type and column mismatches fail here, before the first record. */
  open(): Promise<void>
  /**
   * After `open`: facts that a checkpoint records so that a restore can refuse another database or a re-created table.
   * Absent: the target has none.
   */
  identity?(): Json
  /** Encodes the rows at once (the batch is the caller's again on return). Must not block. */
  write(batch: RecordBatch): void
  /** False while the writer's buffers are full: the task stops taking input and awaits `available()`. */
  isAvailable(): boolean
  /** Resolves when writing may go on; rejects with the first cause when writing failed. */
  available(): Promise<void>
  /** For how long (ms) the target has owed an answer to rows it was sent; undefined: it owes none. Absent: nobody knows. */
  owedForMs?(): number | undefined
  /** Whether rows that were written wait for company before they are sent, or for the target's answer. Absent: as `owedForMs`. */
  holdsRows?(): boolean
  /** Everything written so far is durable in the target when this resolves. Called before a barrier is acknowledged and at the end. */
  flush(): Promise<void>
  /** Called on every path; after a failure it must not wait for the target. */
  close(): Promise<void>
}

/** What each connector's runtime offers; loaded lazily by `connectors/runtime.ts` in workers and on the JobManager. */
export interface ConnectorRuntime {
  createEnumerator?(spec: SourceSpec, context: RuntimeContext): SplitEnumerator
  createReader?(spec: SourceSpec, context: RuntimeContext): SourceReader
  createWriter?(spec: SinkSpec, context: RuntimeContext): SinkWriter
}
