// The environment of subtasks outside of tests: the machine's clock, the engine's operators, state and connectors.
import { localTimeZone } from '../common/local-time-zone.ts'
import { parseCheckpointOptions } from '../checkpoint/checkpoint-options.ts'
import { loadGenerated } from '../common/load-generated.ts'
import { loadConnectorRuntime } from '../connectors/runtime.ts'
import { runtimeFunctions } from '../functions/runtime-functions.ts'
import { createOperator } from '../operators/create-operator.ts'
import { createStateBackend } from '../state/create-state-backend.ts'
import { createBatchKeyHasher } from '../state/key-hash.ts'
import { systemClock, type Clock } from '../time/clock.ts'
import { SplitWatermarks } from '../time/split-watermarks.ts'
import type { CalcFactory, FunctionContext } from '../functions/function-context.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { GeneratedCodeContext, TaskEnvironment } from './task-environment.ts'

type RowFunctionFactory = (functions: object, context: FunctionContext) => (batch: RecordBatch) => Float64Array

export interface EnvironmentOptions {
  readonly clock?: Clock | undefined
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
  readonly print?: TaskEnvironment['print'] | undefined
}

/** A fixed sequence (mulberry32): a run can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export function createDefaultEnvironment(options: EnvironmentOptions = {}): TaskEnvironment {
  const clock = options.clock ?? systemClock
  const random = options.random ?? seededRandom(clock.now() | 0)
  const functionContext = ({ configuration, currentWatermark }: GeneratedCodeContext): FunctionContext => ({
    sessionTimeZone: localTimeZone(configuration),
    clock,
    random,
    currentWatermark,
  })
  return {
    clock,
    random,
    yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    print: options.print ?? (() => undefined),
    loadConnector: loadConnectorRuntime,
    createOperator: ({ id, name, operator }, userFunctions) =>
      createOperator(operator, { name, random, userFunction: userFunctions?.(id) }),
    createStateBackend: ({ configuration, ...subtask }) =>
      createStateBackend({
        ...subtask,
        type: configuration['state.backend.type'],
        reserveSnapshotMemory: parseCheckpointOptions(configuration).intervalMs !== undefined,
      }),
    createSourceWatermarks(strategy, output, context) {
      const evaluate =
        strategy.expression === undefined
          ? undefined
          : loadGenerated<RowFunctionFactory>(strategy.expression)(runtimeFunctions, functionContext(context))
      return new SplitWatermarks(strategy, output, clock, evaluate, context.timestamps)
    },
    loadCalc: (code, context) => loadGenerated<CalcFactory>(code)(runtimeFunctions, functionContext(context)),
    keyHasher: createBatchKeyHasher,
  }
}
