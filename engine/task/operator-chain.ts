// The chained operators of one subtask: batches and watermarks pass by direct calls. Source: Flink's OperatorChain.
import type { DiagnosticsRequest, OperatorDiagnostics, SinkDiagnostics } from '../metrics/diagnostics.ts'
import type { MetricRegistry } from '../metrics/metric-group.ts'
import { MIN_WATERMARK } from '../types/stream-element.ts'
import type { SinkWriter } from '../connectors/connector.ts'
import type { ExchangeWriter } from '../exchange/exchange-writer.ts'
import type { ChainedNode, ExecutableNode, JobVertex } from '../graph/job-graph.ts'
import type { Operator, OperatorContext, Output } from '../operators/operator.ts'
import type { StateBackend } from '../state/state-backend.ts'
import type { Clock, Timer } from '../time/clock.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { CheckpointBarrier } from '../types/stream-element.ts'
import type { Mailbox } from './mailbox.ts'

/** What an output feeds: the next operator, a sink, an exchange. */
export interface ChainTarget {
  processBatch(input: number, batch: RecordBatch): void
  processWatermark(timestampMs: number): void
  processStatus(idle: boolean): void
}

class ExchangeTarget implements ChainTarget {
  readonly writer: ExchangeWriter
  constructor(writer: ExchangeWriter) {
    this.writer = writer
  }
  processBatch(_input: number, batch: RecordBatch): void {
    this.writer.write(batch)
  }
  processWatermark(timestamp: number): void {
    this.writer.broadcast({ kind: 'watermark', timestamp })
  }
  processStatus(idle: boolean): void {
    this.writer.broadcast({ kind: 'watermark-status', idle })
  }
}

class SinkTarget implements ChainTarget {
  readonly writer: SinkWriter
  recordsSent = 0
  watermark = MIN_WATERMARK
  #flushing = 0
  constructor(writer: SinkWriter) {
    this.writer = writer
  }

  get isFlushing(): boolean {
    return this.#flushing > 0
  }

  async flush(): Promise<void> {
    this.#flushing++
    await this.writer.flush()
    this.#flushing--
  }

  processBatch(_input: number, batch: RecordBatch): void {
    this.recordsSent += batch.rowCount
    this.writer.write(batch)
  }
  processWatermark(timestampMs: number): void {
    this.watermark = timestampMs
  }
  processStatus(): void {}
}

/** An output of an operator with everything it feeds. */
class FanOut implements Output {
  readonly #targets: ChainTarget[] = []
  watermark = MIN_WATERMARK

  add(target: ChainTarget): void {
    this.#targets.push(target)
  }

  emit(batch: RecordBatch): void {
    if (batch.rowCount === 0) return
    for (const target of this.#targets) target.processBatch(0, batch)
  }

  emitWatermark(timestampMs: number): void {
    if (timestampMs <= this.watermark) return
    this.watermark = timestampMs
    for (const target of this.#targets) target.processWatermark(timestampMs)
  }

  status(idle: boolean): void {
    for (const target of this.#targets) target.processStatus(idle)
  }
}

/** The outputs of one chained node: the main one and side outputs, which carry the same watermarks. */
class NodeOutputs {
  readonly main = new FanOut()
  readonly sides = new Map<string, FanOut>()
  readonly output: Output & { emitWatermarkStatus(idle: boolean): void } = {
    emit: (batch) => this.main.emit(batch),
    emitWatermark: (timestampMs) => this.emitWatermark(timestampMs),
    emitWatermarkStatus: (idle) => this.status(idle),
  }

  emitWatermark(timestampMs: number): void {
    this.main.emitWatermark(timestampMs)
    for (const side of this.sides.values()) side.emitWatermark(timestampMs)
  }

  status(idle: boolean): void {
    this.main.status(idle)
    for (const side of this.sides.values()) side.status(idle)
  }

  add(tag: string | undefined, target: ChainTarget): void {
    let fanOut = tag === undefined ? this.main : this.sides.get(tag)
    if (fanOut === undefined) this.sides.set(tag!, (fanOut = new FanOut()))
    fanOut.add(target)
  }
}

class OperatorTarget implements ChainTarget {
  readonly operator: Operator
  readonly outputs: NodeOutputs
  watermark = MIN_WATERMARK

  constructor(operator: Operator, outputs: NodeOutputs) {
    this.operator = operator
    this.outputs = outputs
  }
  processBatch(input: number, batch: RecordBatch): void {
    this.operator.processBatch(input, batch)
  }
  processWatermark(timestampMs: number): void {
    this.watermark = timestampMs
    if (this.operator.processWatermark === undefined) this.outputs.emitWatermark(timestampMs)
    else this.operator.processWatermark(timestampMs)
  }
  processStatus(idle: boolean): void {
    this.outputs.status(idle)
  }
}

/** Under Flink's names; -Infinity: none yet. */
function watermarksOf(node: OperatorTarget | SinkTarget | NodeOutputs): Record<string, number> {
  if (node instanceof SinkTarget) return { currentInputWatermark: node.watermark }
  if (node instanceof NodeOutputs) return { currentOutputWatermark: node.main.watermark }
  return { currentInputWatermark: node.watermark, currentOutputWatermark: node.outputs.main.watermark }
}

export interface ChainParts {
  readonly vertex: JobVertex
  readonly subtaskIndex: number
  readonly configuration: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly mailbox: Mailbox
  /** By position in the chain; undefined where the node is not of that kind. */
  readonly operators: readonly (Operator | undefined)[]
  readonly backends: readonly (StateBackend | undefined)[]
  readonly sinks: readonly (SinkWriter | undefined)[]
  readonly metrics: readonly MetricRegistry[]
  /** By edge index of the job graph. */
  readonly exchanges: ReadonlyMap<number, ExchangeWriter>
}

export class OperatorChain {
  readonly #parts: ChainParts
  readonly #nodes: readonly (OperatorTarget | SinkTarget | NodeOutputs)[]
  readonly #exchanges: readonly ExchangeWriter[]
  readonly #sinks: readonly SinkTarget[]
  readonly #timers = new Set<Timer>()
  #isStopped = false
  #opened = 0

  constructor(parts: ChainParts) {
    this.#parts = parts
    this.#exchanges = [...parts.exchanges.values()]
    const nodes: (OperatorTarget | SinkTarget | NodeOutputs)[] = []
    for (let at = parts.vertex.chain.length - 1; at >= 0; at--) nodes[at] = this.#createNode(at, nodes)
    this.#nodes = nodes
    this.#sinks = nodes.filter((node) => node instanceof SinkTarget)
  }

  #createNode(at: number, nodes: readonly unknown[]): OperatorTarget | SinkTarget | NodeOutputs {
    const sink = this.#parts.sinks[at]
    if (sink !== undefined) return new SinkTarget(sink)
    const outputs = new NodeOutputs()
    for (const output of this.#parts.vertex.chain[at]!.outputs) {
      const target =
        output.kind === 'chained'
          ? (nodes[output.target] as ChainTarget)
          : new ExchangeTarget(this.#parts.exchanges.get(output.edge)!)
      outputs.add(output.output, target)
    }
    const operator = this.#parts.operators[at]
    return operator === undefined ? outputs : new OperatorTarget(operator, outputs)
  }

  /** What the source's rows or the input gate's elements go to. */
  get head(): ChainTarget {
    const first = this.#nodes[0]!
    if (!(first instanceof NodeOutputs)) return first
    return {
      processBatch: (_input, batch) => first.main.emit(batch),
      processWatermark: (timestampMs) => first.emitWatermark(timestampMs),
      processStatus: (idle) => first.status(idle),
    }
  }

  /** Operators first to last, after their state has been restored. */
  open(): void {
    for (let at = 0; at < this.#nodes.length; at++) {
      const node = this.#nodes[at]!
      this.#opened = at + 1
      if (node instanceof OperatorTarget) node.operator.open?.(this.#context(at, node))
    }
  }

  #context(at: number, node: OperatorTarget): OperatorContext {
    const { vertex, subtaskIndex, configuration, clock, metrics, backends } = this.#parts
    return {
      output: node.outputs.output,
      sideOutput: (tag) => node.outputs.sides.get(tag),
      state: backends[at]!,
      clock,
      metrics: metrics[at]!,
      subtaskIndex,
      parallelism: vertex.parallelism,
      maxParallelism: vertex.maxParallelism,
      configuration,
      currentWatermark: () => node.watermark,
      registerProcessingTimer: (timestampMs) => this.#registerTimer(node.operator, timestampMs),
    }
  }

  #registerTimer(operator: Operator, timestampMs: number): void {
    const { clock, mailbox } = this.#parts
    const timer = clock.setTimer(Math.max(0, timestampMs - clock.now()), () => {
      this.#timers.delete(timer)
      mailbox.put(() => {
        if (!this.#isStopped) operator.onProcessingTime?.(timestampMs)
      })
    })
    this.#timers.add(timer)
  }

  /** What fires from now on would be in no snapshot, and fire again after a restore. */
  #stopTimers(): void {
    this.#isStopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** All exchanges have credits and all sinks take rows. */
  isAvailable(): boolean {
    for (const exchange of this.#exchanges) if (!exchange.isAvailable()) return false
    for (const sink of this.#sinks) if (!sink.writer.isAvailable()) return false
    return true
  }

  /** The sinks that are full now. */
  fullSinks(): SinkWriter[] {
    return this.#sinks.flatMap((sink) => (sink.writer.isAvailable() ? [] : [sink.writer]))
  }

  flushExchanges(): void {
    for (const exchange of this.#exchanges) exchange.flush()
  }

  /** Lets operators hand on what they hold back, then sends the barrier behind it. */
  passBarrier(barrier: CheckpointBarrier): void {
    for (const node of this.#nodes) if (node instanceof OperatorTarget) node.operator.prepareSnapshot?.()
    if (barrier.stop) this.#stopTimers()
    for (const exchange of this.#exchanges) exchange.broadcast(barrier)
  }

  endOfInput(): void {
    for (const node of this.#nodes) if (node instanceof OperatorTarget) node.operator.endOfInput?.()
  }

  endOutputs(): void {
    for (const exchange of this.#exchanges) exchange.broadcast({ kind: 'end-of-input' })
  }

  /** Everything sent has left for the receivers. */
  get drained(): boolean {
    return this.#exchanges.every((exchange) => exchange.drained)
  }

  async flushSinks(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.flush()))
  }

  /** Which sink is full (`atEnd`: has not flushed yet), else which edge lacks credits; undefined: neither. */
  blockedBy(atEnd: boolean): { readonly sink: ExecutableNode } | { readonly edge: number } | undefined {
    for (const [at, { node }] of this.#parts.vertex.chain.entries()) {
      const target = this.#nodes[at]
      if (!(target instanceof SinkTarget)) continue
      if (atEnd ? target.isFlushing : !target.writer.isAvailable()) return { sink: node }
    }
    for (const [edge, exchange] of this.#parts.exchanges) {
      if (atEnd ? !exchange.drained : !exchange.isAvailable()) return { edge }
    }
    return undefined
  }

  owingSinks(): SinkDiagnostics[] {
    return this.#parts.vertex.chain.flatMap(({ node }, at) => {
      const target = this.#nodes[at]
      const owedForMs = target instanceof SinkTarget ? target.writer.owedForMs?.() : undefined
      return owedForMs === undefined ? [] : [{ nodeId: node.id, name: node.name, owedForMs }]
    })
  }

  get hasUnwrittenRows(): boolean {
    return this.#nodes.some((target) => target instanceof SinkTarget && target.writer.holdsRows?.() === true)
  }

  diagnostics(request: DiagnosticsRequest): OperatorDiagnostics[] {
    return this.#parts.vertex.chain.flatMap(({ node }, at) => {
      const findings = this.#parts.operators[at]?.diagnostics?.(request)
      return findings === undefined ? [] : [{ nodeId: node.id, name: node.name, ...findings }]
    })
  }

  get recordsOut(): number {
    return this.#exchanges.reduce((sum, exchange) => sum + exchange.recordsOut, 0)
  }

  get bytesOut(): number {
    return this.#exchanges.reduce((sum, exchange) => sum + exchange.bytesOut, 0)
  }

  get recordsSent(): number {
    return this.#sinks.reduce((sum, sink) => sum + sink.recordsSent, 0)
  }

  operatorMetrics(): Record<string, number> {
    const values: Record<string, number> = {}
    this.#parts.vertex.chain.forEach(({ node }: ChainedNode, at) => {
      const metrics = { ...this.#parts.metrics[at]!.snapshot(), ...watermarksOf(this.#nodes[at]!) }
      for (const [name, value] of Object.entries(metrics)) values[`${node.name}.${name}`] = value
    })
    return values
  }

  /** Also after failures: gives every operator that was opened its `close`, and throws the first error of them. */
  close(): void {
    this.#stopTimers()
    const errors: unknown[] = []
    for (const node of this.#nodes.slice(0, this.#opened).reverse()) {
      if (!(node instanceof OperatorTarget)) continue
      try {
        node.operator.close?.()
      } catch (error) {
        errors.push(error)
      }
    }
    for (const backend of this.#parts.backends) backend?.close()
    if (errors.length > 0) throw errors[0]
  }
}
