// What is known of a job when it is asked why nothing comes out: plain data, collected by engine/rest (running jobs),
// src/services (ended ones) and engine/testing (jobs under test). Times are ms since 1970, durations ms.
import type { ErrorData } from '../common/errors.ts'
import type { SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { WindowSpec } from '../windows/window-spec.ts'

export interface JobFacts {
  readonly jobId: string
  readonly name: string
  /** Flink's JobStatus; of a job that has ended also STOPPED, ABORTED, CRASHED. */
  readonly status: string
  readonly statusSince: number | undefined
  readonly startedAt: number
  readonly now: number
  /** Restarts so far. */
  readonly restarts: number
  /** In which event times are shown: the job's local zone where it has TIMESTAMP_LTZ times, else UTC. */
  readonly zone: string
  /** In topological order; empty where nothing was kept of an ended job's graph. */
  readonly vertices: readonly VertexFacts[]
  /** Of running subtasks that answered in time. */
  readonly subtasks: readonly SubtaskDiagnostics[]
  /** Newest first. */
  readonly failures: readonly FailureFacts[]
  readonly restart: RestartFacts
  readonly checkpoints: CheckpointFacts
}

export interface VertexFacts {
  readonly id: string
  /** As Flink prints it: `Source: rides[1] -> Calc[2]`. */
  readonly name: string
  readonly parallelism: number
  /** Ids of the vertices it reads from, each once. */
  readonly inputs: readonly string[]
  /** In the order of the chain. */
  readonly operators: readonly OperatorFacts[]
  /** Empty for a job that has ended. */
  readonly subtasks: readonly SubtaskFacts[]
  /** Sums over its subtasks in this attempt; rows that a sink was handed count as out. */
  readonly recordsIn: number
  readonly recordsOut: number
}

export interface OperatorFacts {
  readonly nodeId: string
  /** `Calc[2]` */
  readonly name: string
  /** Rows may end here: the condition as it is known to people. */
  readonly filter?: string | undefined
  /** Rows stay in it before they come out: windows, aggregates, sorting. */
  readonly keepsRows: boolean
  readonly source?: SourceFacts | undefined
  readonly sink?: SinkFacts | undefined
  readonly window?: WindowSpec | undefined
}

export interface SourceFacts {
  readonly tableName: string
  readonly connector: string
  readonly bounded: boolean
  /** Undefined: it makes no watermarks. */
  readonly watermarks: WatermarkFacts | undefined
  /** Where reading begins, under Flink's names (`latest-offset` …); undefined: not known. */
  readonly startup: string | undefined
  /** A job of the TypeScript API: what to do is said in its words. */
  readonly isTypeScript: boolean
  /** Next offset to read, by split id. */
  readonly positions: Readonly<Record<string, number>>
  /** Unread records some seconds ago and now, of all subtasks; undefined: nobody can tell. */
  readonly pending: PendingFacts | undefined
  /** Records that could not be parsed and were skipped. */
  readonly unparsable: number
}

export interface WatermarkFacts {
  /** 0: splits never become idle. */
  readonly idleTimeoutMs: number
  /** Watermark = event time - delay; undefined: an expression says it. */
  readonly delayMs: number | undefined
}

export interface PendingFacts {
  readonly before: number
  readonly beforeAt: number
  readonly now: number
}

export interface SinkFacts {
  readonly tableName: string
  readonly connector: string
  /** `table revenue.hourly`, `topic totals`: what it writes to, where that has another name than the SQL table. */
  readonly target?: string | undefined
}

export interface SubtaskFacts {
  readonly index: number
  /** Flink's ExecutionState. */
  readonly status: string
  readonly statusSince: number | undefined
  readonly taskManager: string | undefined
  readonly recordsIn: number
  readonly recordsOut: number
  readonly recordsInPerSecond: number
  readonly recordsOutPerSecond: number
  /** Shares of its time, 0 to 1, of the last half second. */
  readonly busy: number
  readonly backPressured: number
}

export interface FailureFacts {
  readonly at: number
  /** With its causes; the innermost is the first cause. */
  readonly error: ErrorData
  /** `restart in 1000 ms`, why there was none … */
  readonly consequence: string
  /** `Source: rides[1] (1/2)`; undefined: not of one subtask. */
  readonly subtask: string | undefined
}

export interface RestartFacts {
  readonly strategy: 'none' | 'fixed-delay' | 'exponential-delay'
  /** undefined: as often as need be. */
  readonly attemptsMax: number | undefined
  /** Failures that count against attemptsMax. */
  readonly failures: number
  /** While RESTARTING. */
  readonly nextAttemptAt: number | undefined
}

export interface CheckpointFacts {
  /** Undefined: no periodic checkpoints. */
  readonly intervalMs: number | undefined
  readonly timeoutMs: number
  readonly completed: number
  readonly failed: number
  readonly lastCompleted: { readonly id: number; readonly at: number; readonly durationMs: number } | undefined
  readonly lastFailed: { readonly id: number; readonly at: number; readonly reason: string } | undefined
  readonly inProgress:
    | {
        readonly id: number
        readonly since: number
        readonly subtasks: number
        readonly acknowledged: number
        /** Those that have not acknowledged, `<vertex id>/<subtask index>`. */
        readonly missing: readonly string[]
      }
    | undefined
  /** Where an ended job's next run goes on. */
  readonly nextRun?: string | undefined
}

/** What the user asks about. */
export interface Ask {
  /** Name, index or id of an operator or vertex. */
  readonly operator?: string | undefined
  /** A point inside a window or its start, local time of the job, ms. */
  readonly window?: number | undefined
  readonly record?: RecordFacts | undefined
}

/** One record of a topic, as it was found there and as the job's sources would take it. */
export interface RecordFacts {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** One for each source that reads the topic; empty: none does. */
  readonly sources: readonly RecordInSource[]
}

export interface RecordInSource {
  readonly nodeId: string
  readonly splitId: string
  /** What the topic holds: the first offset and the one behind the last; undefined: it could not be asked. */
  readonly range: { readonly from: number; readonly to: number } | undefined
  readonly outcome: RecordOutcome
}

export type RecordOutcome =
  /** The topic does not hold it, or holds it no longer; or Kafka could not be asked. */
  | { readonly kind: 'not-found'; readonly reason: string }
  | { readonly kind: 'unparsable'; readonly error: string }
  /** A tombstone, or without what the format needs. */
  | { readonly kind: 'no-row' }
  | { readonly kind: 'rows'; readonly rows: readonly RecordRow[] }

/** A row that the record gave, followed down the graph as far as it can be known. */
export interface RecordRow {
  /** Column names and values, for people. */
  readonly fields: Readonly<Record<string, string>>
  readonly eventTime: number | undefined
  /** What its split's watermark is behind it, by the watermark expression. */
  readonly watermark: number | undefined
  /** Where the condition that it does not pass stands. */
  readonly filteredBy: readonly string[]
  readonly windows: readonly RecordWindows[]
  /** Operators behind which nothing is known of it. */
  readonly unknownBehind: readonly string[]
}

export interface RecordWindows {
  readonly nodeId: string
  readonly name: string
  /** Of the row as the operator's windows see it: an instant where their zone shifts, else local. */
  readonly time: number
}
