// What a subtask is given from outside: time, randomness, operators, state, connectors, storage. Tests pass their own.
import type { ConnectorRuntime } from '../connectors/connector.ts'
import type { OperatorNode } from '../graph/stream-graph.ts'
import type { WatermarkStrategySpec } from '../operators/operator-spec.ts'
import type { Operator } from '../operators/operator.ts'
import type { KeyGroupRange } from '../state/key-groups.ts'
import type { BatchKeyHasher } from '../state/key-hash.ts'
import type { StateBackend } from '../state/state-backend.ts'
import type { Clock } from '../time/clock.ts'
import type { RowTimes } from '../time/row-watermarks.ts'
import type { SplitActivity } from '../time/split-watermarks.ts'
import type { LogicalType } from '../types/logical-type.ts'
import type { RecordBatch } from '../types/record-batch.ts'

/** Takes a source's batches split by split and makes their combined watermark. See engine/time/split-watermarks.ts. */
export interface SourceWatermarks {
  /** `watermark`: what its rows had given before a restore. */
  addSplit(splitId: string, watermark?: number): void
  /** The highest watermark the split's rows have given; undefined: none, or the split has ended. */
  highestWatermarkOf(splitId: string): number | undefined
  processBatch(splitId: string, batch: RecordBatch): void
  splitFinished(splitId: string): void
  /** Splits that have not ended. */
  splits(): readonly SplitActivity[]
  onPeriodicEmit(): void
  readonly nextEmitAt: number
  /** How far the row passed on last lay behind the clock at that time, ms; undefined: there was none. */
  readonly emitEventTimeLagMs: number | undefined
}

export interface SourceWatermarksOutput {
  emit(batch: RecordBatch): void
  emitWatermark(timestampMs: number): void
  emitStatus(idle: boolean): void
}

/** What the generated code of a source may ask for. */
export interface GeneratedCodeContext {
  readonly configuration: Readonly<Record<string, string>>
  readonly currentWatermark: () => number
  /** The user's timestamp function, where the source's watermark strategy has one. */
  readonly timestamps?: RowTimes | undefined
}

export type Calc = (batch: RecordBatch) => RecordBatch | undefined
/** The user functions of a job, by operator id. */
export type UserFunctions = (operatorId: string) => ((...values: never[]) => unknown) | undefined

export interface StateBackendContext {
  readonly keyGroups: KeyGroupRange
  readonly maxParallelism: number
  readonly subtaskIndex: number
  readonly parallelism: number
  /** The job's. */
  readonly configuration: Readonly<Record<string, string>>
}

export interface TaskEnvironment {
  readonly clock: Clock
  readonly random: () => number
  /** Lets sockets, timers and other subtasks of the thread have their turn. */
  readonly yieldToEventLoop: () => Promise<void>
  readonly print: (line: string, stream: 'stdout' | 'stderr') => void
  readonly loadConnector: (connector: string) => ConnectorRuntime | Promise<ConnectorRuntime>
  readonly createOperator: (node: OperatorNode, userFunctions: UserFunctions | undefined) => Operator
  readonly createStateBackend: (context: StateBackendContext) => StateBackend
  readonly createSourceWatermarks: (
    strategy: WatermarkStrategySpec,
    output: SourceWatermarksOutput,
    context: GeneratedCodeContext,
  ) => SourceWatermarks
  /** Turns the generated code of a source's calc into a function. */
  readonly loadCalc: (code: string, context: GeneratedCodeContext) => Calc
  readonly keyHasher: (types: readonly LogicalType[]) => BatchKeyHasher
}
