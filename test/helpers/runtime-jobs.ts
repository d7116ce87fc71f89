// Small real jobs for tests of the runtime: in-memory source → operators written by hand → in-memory sink.
import { createBatchKeyHasher } from '../../engine/state/key-hash.ts'
import { createStateBackend } from '../../engine/state/create-state-backend.ts'
import { MemoryConnector } from '../../engine/testing/memory-connector.ts'
import { SplitWatermarks } from '../../engine/time/split-watermarks.ts'
import { systemClock, type Clock } from '../../engine/time/clock.ts'
import { types } from '../../engine/types/logical-type.ts'
import { batchFromRows, type Cell, type RecordBatch } from '../../engine/types/record-batch.ts'
import type { ConnectorRuntime, RuntimeContext, SinkSpec, SinkWriter } from '../../engine/connectors/connector.ts'
import type { OperatorNode, Partitioning, SinkNode, SourceNode, StreamGraph } from '../../engine/graph/stream-graph.ts'
import type { Operator, OperatorContext } from '../../engine/operators/operator.ts'
import type { KeyedTable, KeyedTableDeclaration } from '../../engine/state/state-backend.ts'
import type { TaskEnvironment } from '../../engine/task/task-environment.ts'

export const eventType = types.row([
  { name: 'k', type: types.int() },
  { name: 'v', type: types.double() },
  { name: 'ts', type: types.timestamp(3) },
])
export const sumType = types.row([
  { name: 'k', type: types.int() },
  { name: 'window_end', type: types.timestamp(3) },
  { name: 'sum', type: types.double() },
])

const WINDOW_MS = 1000

/** SUM(v) per k and tumbling window of a second, fired by the watermark. */
export class WindowSum implements Operator {
  readonly #declaration: KeyedTableDeclaration = {
    kind: 'keyed-table',
    name: 'sums',
    key: [types.int()],
    values: [{ name: 'sum', storage: 'float64' }],
  }
  readonly state = [this.#declaration]
  #context: OperatorContext | undefined
  #table: KeyedTable | undefined

  open(context: OperatorContext): void {
    this.#context = context
    this.#table = context.state.keyedTable(this.#declaration)
  }

  processBatch(_input: number, batch: RecordBatch): void {
    const [keys, values, times] = batch.columns
    for (let row = 0; row < batch.rowCount; row++) {
      const end = (Math.floor((times!.values[row] as number) / WINDOW_MS) + 1) * WINDOW_MS
      if (end - 1 <= this.#context!.currentWatermark()) {
        this.#context!.metrics.counter('numLateRecordsDropped').count++
        continue
      }
      const rows = this.#table!.rows(end)
      const id = rows.rowFor([keys!], row)
      ;(rows.valueColumns[0] as Float64Array)[id]! += values!.values[row] as number
    }
  }

  processWatermark(timestampMs: number): void {
    for (const end of this.#table!.namespaces()) {
      if (end - 1 > timestampMs) break
      const rows = this.#table!.rows(end)
      const result = [...rows.rowIds()].map((id): Cell[] => [
        rows.keyColumns[0]!.values[id] as number,
        end,
        (rows.valueColumns[0] as Float64Array)[id]!,
      ])
      this.#table!.drop(end)
      this.#context!.output.emit(batchFromRows(sumType, result))
    }
    this.#context!.output.emitWatermark(timestampMs)
  }
}

/** The connector, but for some of its parts. */
export function connectorWith(connector: MemoryConnector, others: ConnectorRuntime): ConnectorRuntime {
  return {
    createEnumerator: (spec) => connector.createEnumerator(spec),
    createReader: (spec, context) => connector.createReader(spec, context),
    createWriter: (spec, context) => connector.createWriter(spec, context),
    ...others,
  }
}

interface HeldWriters {
  readonly createWriter: (spec: SinkSpec, context: RuntimeContext) => SinkWriter
  readonly isHeld: () => boolean
  readonly letGo: () => void
}

/** The connector's `createWriter`, but that its writers come to no end of `call` before `letGo`. */
export function heldWriters(connector: MemoryConnector, call: 'open' | 'close'): HeldWriters {
  const createWriter = connector.createWriter.bind(connector)
  let isHeld = false
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  return {
    createWriter(spec, context) {
      const writer = createWriter(spec, context)
      writer[call] = () => {
        isHeld = true
        return held
      }
      return writer
    },
    isHeld: () => isHeld,
    letGo: () => letGo(),
  }
}

/** Passes rows on; optionally does something first. */
export class PassThrough implements Operator {
  readonly #before: (batch: RecordBatch) => void
  #context: OperatorContext | undefined

  constructor(before: (batch: RecordBatch) => void = () => undefined) {
    this.#before = before
  }
  open(context: OperatorContext): void {
    this.#context = context
  }
  processBatch(_input: number, batch: RecordBatch): void {
    this.#before(batch)
    this.#context!.output.emit(batch)
  }
}

export interface TestEnvironment extends TaskEnvironment {
  readonly connector: MemoryConnector
}

/** Operators are found by the node's name. */
export function testEnvironment(
  operators: Record<string, () => Operator>,
  clock: Clock = systemClock,
): TestEnvironment {
  const connector = new MemoryConnector()
  return {
    connector,
    clock,
    random: () => 0.5,
    yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    print: () => undefined,
    loadConnector: connector.load,
    createOperator: ({ name }) => operators[name]!(),
    createStateBackend: ({ configuration: _configuration, ...subtask }) => createStateBackend(subtask),
    createSourceWatermarks: (strategy, output) => new SplitWatermarks(strategy, output, clock),
    loadCalc: () => (batch) => batch,
    keyHasher: createBatchKeyHasher,
  }
}

export function memorySource(
  environment: TestEnvironment,
  id: string,
  splits: Cell[][][],
  options: {
    bounded?: boolean
    rowsPerBatch?: number
    paced?: boolean
    idleTimeoutMs?: number
    parallelism?: number
    delayMs?: number
    onEvent?: boolean
  } = {},
): SourceNode {
  return {
    kind: 'source',
    id,
    name: id,
    outputType: eventType,
    parallelism: options.parallelism,
    source: environment.connector.sourceSpec(id, eventType, splits, options),
    watermarks: {
      rowtimeColumn: 2,
      delayMs: options.delayMs ?? 0,
      emit: options.onEvent === false ? 'on-periodic' : 'on-event',
      intervalMs: 200,
      idleTimeoutMs: options.idleTimeoutMs ?? 0,
    },
  }
}

export function operatorNode(
  id: string,
  from: string[],
  partitioning: Partitioning,
  outputType = eventType,
): OperatorNode {
  return {
    kind: 'operator',
    id,
    name: id,
    outputType,
    inputs: from.map((input) => ({ from: input, partitioning })),
    operator: { type: 'union', outputType },
  }
}

export function memorySink(
  environment: TestEnvironment,
  id: string,
  from: string,
  type = eventType,
  rowsUntilFull?: number,
  partitioning: Partitioning = { kind: 'forward' },
): SinkNode {
  return {
    kind: 'sink',
    id,
    name: id,
    outputType: type,
    inputs: [{ from, partitioning }],
    sink: environment.connector.sinkSpec(id, type, rowsUntilFull),
  }
}

export function streamGraph(nodes: StreamGraph['nodes'], configuration: Record<string, string> = {}): StreamGraph {
  return { formatVersion: 1, jobName: 'test-job', configuration, nodes, warnings: [] }
}

/** Rows (k, v, ts) of `count` events, 10 ms apart, keys 0 … keys − 1. */
export function events(count: number, keys: number, offset = 0): Cell[][] {
  return Array.from({ length: count }, (_, index) => [(index + offset) % keys, 1, index * 10])
}

/** What WindowSum must give for these events: `k@window_end` → sum. */
export function expectedSums(splits: Cell[][][]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [key, value, time] of splits.flat()) {
    const end = (Math.floor((time as number) / WINDOW_MS) + 1) * WINDOW_MS
    sums[`${Number(key)}@${end}`] = (sums[`${Number(key)}@${end}`] ?? 0) + (value as number)
  }
  return sums
}
