// The input of a source subtask: polls the reader, applies the source's calc and makes watermarks per split.
import { toErrorData } from '../common/errors.ts'
import { createTimestampFunction } from '../operators/records/timestamp-function.ts'
import { knownWatermark, lowestFirst } from './lowest-first.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../types/stream-element.ts'
import type { ReaderOutput, ReaderStatus, SourceReader, Split } from '../connectors/connector.ts'
import type { SourceNode } from '../graph/stream-graph.ts'
import type { SourceDiagnostics, SplitDiagnostics } from '../metrics/diagnostics.ts'
import type { MetricGroup } from '../metrics/metric-group.ts'
import type { Timer } from '../time/clock.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { Mailbox } from './mailbox.ts'
import type { ChainTarget } from './operator-chain.ts'
import type { Calc, SourceWatermarks, TaskEnvironment, UserFunctions } from './task-environment.ts'

export class SourceInput implements ReaderOutput {
  readonly #node: SourceNode
  readonly #reader: SourceReader
  readonly #head: ChainTarget
  readonly #environment: TaskEnvironment
  readonly #mailbox: Mailbox
  readonly #calc: Calc | undefined
  readonly #watermarks: SourceWatermarks | undefined
  #idle = false
  #timer: Timer | undefined
  /** `table.exec.source.idle-timeout`; a subtask without splits is idle after it, too. */
  readonly #idleTimeoutMs: number
  /** The reader's promise that is being waited for; asked for again only after it settled. */
  #awaiting = false
  #failure: { readonly cause: unknown } | undefined
  readonly #metrics: MetricGroup
  /** Since when (ms since 1970) there has been nothing to read. */
  #idleSince: number | undefined
  recordsIn = 0
  watermark = MIN_WATERMARK

  constructor(
    node: SourceNode,
    reader: SourceReader,
    head: ChainTarget,
    mailbox: Mailbox,
    environment: TaskEnvironment,
    configuration: Readonly<Record<string, string>>,
    userFunctions: UserFunctions | undefined,
    metrics: MetricGroup,
  ) {
    this.#node = node
    this.#reader = reader
    this.#head = head
    this.#mailbox = mailbox
    this.#metrics = metrics
    this.#idleTimeoutMs = node.watermarks?.idleTimeoutMs ?? 0
    this.#environment = environment
    const context = {
      configuration,
      currentWatermark: () => this.watermark,
      timestamps:
        node.watermarks?.hasTimestampFunction === true
          ? createTimestampFunction(node.calc?.outputType ?? node.outputType, node.name, userFunctions?.(node.id))
          : undefined,
    }
    this.#calc = node.calc === undefined ? undefined : environment.loadCalc(node.calc.code, context)
    const output = {
      emit: (batch: RecordBatch) => head.processBatch(0, batch),
      emitWatermark: (timestampMs: number) => this.#emitWatermark(timestampMs),
      emitStatus: (idle: boolean) => this.#emitStatus(idle),
    }
    this.#watermarks =
      node.watermarks === undefined ? undefined : environment.createSourceWatermarks(node.watermarks, output, context)
  }

  /** Flink's names (FLIP-33); -1 is its way to say that there is none. */
  #registerMetrics(): void {
    const { clock } = this.#environment
    this.#metrics.gauge('sourceIdleTime', () => (this.#idleSince === undefined ? 0 : clock.now() - this.#idleSince))
    const watermarks = this.#watermarks
    if (watermarks === undefined) return
    this.#metrics.gauge('currentEmitEventTimeLag', () => watermarks.emitEventTimeLagMs ?? -1)
  }

  start(splits: readonly Split[]): void {
    this.#registerMetrics()

    for (const split of splits) this.#watermarks?.addSplit(split.id, split.watermark)
    if (splits.length > 0) this.#schedule()
    else if (this.#idleTimeoutMs > 0) {
      this.#timer = this.#environment.clock.setTimer(this.#idleTimeoutMs, () =>
        this.#mailbox.put(() => this.#emitStatus(true)),
      )
    }
  }

  /** Positions and event time of the splits: together they say how far the source has come. */
  snapshot(): readonly Split[] {
    return this.#reader.snapshot().map((split) => {
      const watermark = this.#watermarks?.highestWatermarkOf(split.id)
      return watermark === undefined ? split : { ...split, watermark }
    })
  }

  diagnostics(): SourceDiagnostics {
    const positions = this.#reader.positions?.() ?? []
    const trouble = this.#reader.trouble?.()
    const positionOf = new Map(positions.map((position) => [position.id, position]))
    const splits: SplitDiagnostics[] =
      this.#watermarks === undefined
        ? positions.map((position) => ({ ...position, watermark: undefined, lastActiveAt: undefined, isIdle: false }))
        : this.#watermarks.splits().map((split) => ({ ...positionOf.get(split.id), ...split }))
    return {
      nodeId: this.#node.id,
      name: this.#node.name,
      watermark: knownWatermark(this.watermark),
      isIdle: this.#idle,
      idleTimeoutMs: this.#idleTimeoutMs,
      splits: lowestFirst(splits),
      splitCount: splits.length,
      trouble: trouble === undefined ? undefined : toErrorData(trouble).message,
    }
  }

  get isIdle(): boolean {
    return this.#idle
  }

  poll(): ReaderStatus {
    if (this.#failure !== undefined) throw this.#failure.cause
    const status = this.#reader.poll(this)
    if (this.#watermarks !== undefined && this.#environment.clock.now() >= this.#watermarks.nextEmitAt) {
      this.#watermarks.onPeriodicEmit()
    }
    if (status === 'nothing-available') {
      this.#idleSince ??= this.#environment.clock.now()
      this.#awaitReader()
    } else this.#idleSince = undefined
    return status
  }

  /** Event time is over: every window fires. */
  endOfInput(): void {
    this.#emitWatermark(MAX_WATERMARK)
  }

  close(): void {
    this.#timer?.cancel()
  }

  emit(splitId: string, batch: RecordBatch): void {
    this.recordsIn += batch.rowCount
    const rows = this.#calc === undefined ? batch : this.#calc(batch)
    if (rows === undefined) return
    if (this.#watermarks === undefined) this.#head.processBatch(0, rows)
    else this.#watermarks.processBatch(splitId, rows)
  }

  splitFinished(splitId: string): void {
    this.#watermarks?.splitFinished(splitId)
  }

  #emitWatermark(timestampMs: number): void {
    this.#emitStatus(false)
    if (timestampMs <= this.watermark) return
    if (this.watermark === MIN_WATERMARK) {
      this.#metrics.gauge('watermarkLag', () => this.#environment.clock.now() - this.watermark)
    }
    this.watermark = timestampMs
    this.#head.processWatermark(timestampMs)
  }

  #emitStatus(idle: boolean): void {
    if (this.#idle === idle) return
    this.#idle = idle
    this.#head.processStatus(idle)
  }

  #awaitReader(): void {
    if (this.#awaiting) return
    this.#awaiting = true
    this.#reader.available().then(
      () => {
        this.#awaiting = false
        this.#mailbox.wake()
      },
      (cause: unknown) => {
        this.#failure = { cause }
        this.#mailbox.wake()
      },
    )
  }

  /** While no row comes, watermarks and idleness still follow the clock. */
  #schedule(): void {
    const watermarks = this.#watermarks
    if (watermarks === undefined || !Number.isFinite(watermarks.nextEmitAt)) return
    const { clock } = this.#environment
    this.#timer = clock.setTimer(Math.max(1, watermarks.nextEmitAt - clock.now()), () =>
      this.#mailbox.put(() => {
        if (clock.now() >= watermarks.nextEmitAt) watermarks.onPeriodicEmit()
        this.#schedule()
      }),
    )
  }
}
