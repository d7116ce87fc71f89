// One subtask: its loop, its checkpoints, its end. Everything runs on the thread's event loop; between two elements it
// looks at mail (barriers, timers, cancellation), then at its outputs (credits, sinks), then takes input.
// Source: Flink's StreamTask.
import { toErrorData } from '../common/errors.ts'
import { ActivityTimes, type SubtaskMetrics } from './subtask-metrics.ts'
import { createSubtaskParts, openSubtaskParts, type SubtaskHost, type SubtaskParts } from './subtask-parts.ts'
import { diagnoseSubtask } from './diagnose-subtask.ts'
import { Mailbox } from './mailbox.ts'
import type { StateSection } from '../checkpoint/checkpoint-storage.ts'
import type { SinkWriter, Split } from '../connectors/connector.ts'
import type { DiagnosticsRequest, SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { CheckpointBarrier } from '../types/stream-element.ts'
import type { SubtaskDescriptor, SubtaskEvent } from './subtask-descriptor.ts'

/** Between two turns of the event loop a subtask works at most this long, or this many polls. */
const SLICE_MS = 2
const SLICE_POLLS_MAX = 256
/** While input never pauses, partly filled pages leave at least this often. Role of execution.buffer-timeout. */
const BUFFER_TIMEOUT_MS = 5

export class Subtask {
  readonly descriptor: SubtaskDescriptor
  readonly #host: SubtaskHost
  readonly #report: (event: SubtaskEvent) => void
  readonly #mailbox = new Mailbox()
  readonly #abort = new AbortController()
  readonly #times: ActivityTimes
  readonly #started: Promise<void>
  #start: () => void = () => undefined
  #parts: SubtaskParts | undefined
  /** It can tell of itself: from when all of it is open until it ends, however that may be. */
  #isOpen = false
  #state: 'working' | 'ended' | 'suspended' | 'canceled' = 'working'
  #failure: { readonly cause: unknown } | undefined
  #splitsByCheckpoint = new Map<number, readonly Split[]>()
  #alignmentStartedAt: number | undefined
  readonly #snapshots = new Set<Promise<void>>()
  /** Since when (monotonic) its outputs have taken nothing. */
  #blockedSince: number | undefined
  #atEnd = false
  readonly #awaitedSinks = new Set<SinkWriter>()

  constructor(descriptor: SubtaskDescriptor, host: SubtaskHost, report: (event: SubtaskEvent) => void) {
    this.descriptor = descriptor
    this.#host = host
    this.#report = report
    this.#times = new ActivityTimes(host.environment.clock)
    this.#started = new Promise((resolve) => (this.#start = resolve))
  }

  /**
   * Builds, restores and opens everything, reports `deployed`, waits for `start`, works until the end of input, a
   * failure or `cancel`. Reports exactly one of finished, failed, canceled as its last event. Never rejects.
   */
  async run(): Promise<void> {
    let last: SubtaskEvent
    try {
      last = await this.#work()
    } catch (error) {
      last = this.#lastOf(error)
    }
    this.#isOpen = false
    try {
      await this.#close()
    } catch (error) {
      if (last.kind === 'finished') last = this.#lastOf(error)
    }
    this.#report(last)
  }

  #lastOf(error: unknown): SubtaskEvent {
    const metrics = this.metrics()
    const splits = this.#parts?.source?.snapshot() ?? []
    return this.#state === 'canceled'
      ? { kind: 'canceled', splits, metrics }
      : { kind: 'failed', error: toErrorData(error), splits, metrics }
  }

  /** All subtasks of the job are deployed: take input. */
  start(): void {
    this.#start()
  }

  cancel(): void {
    this.#state = 'canceled'
    this.#abort.abort()
    this.#start()
    this.#mailbox.wake()
  }

  /** Only for subtasks that begin with a source: everybody else learns of a checkpoint by the barriers. */
  triggerCheckpoint(barrier: CheckpointBarrier): void {
    this.#mailbox.put(() => this.#checkpoint(barrier))
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.#mailbox.put(() => {
      const splits = this.#splitsByCheckpoint.get(checkpointId)
      for (const id of this.#splitsByCheckpoint.keys()) if (id <= checkpointId) this.#splitsByCheckpoint.delete(id)
      if (splits !== undefined) this.#parts?.reader?.notifyCheckpointComplete?.(splits)
    })
  }

  metrics(): SubtaskMetrics {
    const parts = this.#parts
    const operators = parts?.chain.operatorMetrics() ?? {}
    let late = 0
    for (const [name, value] of Object.entries(operators)) if (name.endsWith('.numLateRecordsDropped')) late += value
    return {
      vertexId: this.descriptor.vertex.id,
      vertexName: this.descriptor.vertex.name,
      subtaskIndex: this.descriptor.subtaskIndex,
      numRecordsIn: parts?.recordsIn() ?? 0,
      numRecordsOut: parts?.chain.recordsOut ?? 0,
      numBytesIn: parts?.gate?.bytesIn ?? 0,
      numBytesOut: parts?.chain.bytesOut ?? 0,
      numRecordsSend: parts?.chain.recordsSent ?? 0,
      numLateRecordsDropped: late,
      accumulateBusyTimeMs: this.#times.total('busy'),
      accumulateIdleTimeMs: this.#times.total('idle'),
      accumulateBackPressuredTimeMs: this.#times.total('backpressured'),
      currentInputWatermark: parts?.watermark() ?? -Infinity,
      activity: this.#times.activity,
      operators,
    }
  }

  /** Undefined while it is being built, and once it has failed: its source stands behind rows that came to nothing. */
  diagnose(request: DiagnosticsRequest): SubtaskDiagnostics | undefined {
    if (this.#parts === undefined || !this.#isOpen || this.#failure !== undefined) return undefined
    const { clock } = this.#host.environment
    const wait =
      this.#blockedSince === undefined
        ? undefined
        : { sinceMs: clock.monotonicMs() - this.#blockedSince, atEnd: this.#atEnd }
    return diagnoseSubtask(this.descriptor, this.#parts, wait, request)
  }

  async #work(): Promise<SubtaskEvent> {
    const parts = await createSubtaskParts(this.descriptor, this.#host, {
      mailbox: this.#mailbox,
      signal: this.#abort.signal,
      onBarrier: (barrier) => this.#checkpoint(barrier),
      onEndOfInput: () => this.#endOfInput(),
    })
    this.#parts = parts
    await openSubtaskParts(parts, this.descriptor)
    this.#isOpen = true
    this.#throwIfOver()
    this.#report({ kind: 'deployed', sinkIdentities: parts.sinkIdentities() })
    await this.#started
    this.#throwIfOver()
    parts.start()
    this.#report({ kind: 'running' })
    await this.#loop(parts)
    await this.#finish(parts)
    return { kind: 'finished', splits: parts.source?.snapshot() ?? [], metrics: this.metrics() }
  }

  /** Everything written is durable, everything sent has left, every snapshot under way is reported. */
  async #finish(parts: SubtaskParts): Promise<void> {
    this.#atEnd = true
    this.#blockedSince = this.#host.environment.clock.monotonicMs()
    const flushed = parts.chain.flushSinks()
    await this.#until(flushed)
    while (!parts.chain.drained) {
      this.#mailbox.clearSignal()
      this.#mailbox.runMails() // mail left lying would make every wait return at once
      this.#throwIfOver()
      await this.#wait('backpressured')
    }
    await this.#until(Promise.all(this.#snapshots).then(() => undefined))
  }

  #throwIfOver(): void {
    if (this.#failure !== undefined) throw this.#failure.cause
    if (this.#state === 'canceled') throw new Error('canceled')
  }

  async #loop(parts: SubtaskParts): Promise<void> {
    const { clock, yieldToEventLoop } = this.#host.environment
    this.#times.switchTo('busy')
    let sliceEnd = clock.monotonicMs() + SLICE_MS
    let flushAt = sliceEnd
    let polls = 0
    while (this.#state !== 'ended') {
      this.#mailbox.clearSignal()
      if (this.#mailbox.hasMail) this.#mailbox.runMails()
      this.#throwIfOver()
      if (this.#state === 'suspended') await this.#wait('idle')
      else if (!parts.chain.isAvailable()) {
        await this.#waitForOutputs(parts)
      } else if (!parts.poll()) {
        parts.chain.flushExchanges()
        this.#watchAlignment(parts)
        await this.#wait('idle')
      } else if (++polls < SLICE_POLLS_MAX && clock.monotonicMs() < sliceEnd) continue
      else {
        if (clock.monotonicMs() >= flushAt) {
          parts.chain.flushExchanges()
          flushAt = clock.monotonicMs() + BUFFER_TIMEOUT_MS
        }
        await yieldToEventLoop()
      }
      polls = 0
      sliceEnd = clock.monotonicMs() + SLICE_MS
    }
  }

  async #waitForOutputs(parts: SubtaskParts): Promise<void> {
    this.#blockedSince ??= this.#host.environment.clock.monotonicMs()
    this.#awaitSinks(parts)
    await this.#wait('backpressured')
    if (parts.chain.isAvailable()) this.#blockedSince = undefined
  }

  async #wait(activity: 'idle' | 'backpressured'): Promise<void> {
    this.#times.switchTo(activity)
    await this.#mailbox.wait()
    this.#times.switchTo('busy')
  }

  /** Waits for a promise, but not longer than the subtask lives; mail is still handled. */
  async #until(promise: Promise<void>): Promise<void> {
    let settled = false
    promise.then(
      () => {
        settled = true
        this.#mailbox.wake()
      },
      (cause: unknown) => this.#fail(cause),
    )
    while (!settled) {
      this.#mailbox.clearSignal()
      this.#mailbox.runMails()
      this.#throwIfOver()
      await this.#wait('backpressured')
    }
  }

  #awaitSinks(parts: SubtaskParts): void {
    for (const sink of parts.chain.fullSinks()) {
      if (this.#awaitedSinks.has(sink)) continue
      this.#awaitedSinks.add(sink)
      sink.available().then(
        () => {
          this.#awaitedSinks.delete(sink)
          this.#mailbox.wake()
        },
        (cause: unknown) => this.#fail(cause),
      )
    }
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause }
    this.#mailbox.wake()
  }

  #endOfInput(): void {
    this.#parts!.endOfInput()
    this.#state = 'ended'
  }

  #watchAlignment(parts: SubtaskParts): void {
    if (parts.gate?.aligning === true) this.#alignmentStartedAt ??= this.#host.environment.clock.monotonicMs()
  }

  /** The synchronous part: from here on the snapshot is fixed, and processing goes on. */
  #checkpoint(barrier: CheckpointBarrier): void {
    if (this.#state !== 'working') return
    const { clock } = this.#host.environment
    const parts = this.#parts!
    const startedAt = clock.monotonicMs()
    const alignmentDurationMs = this.#alignmentStartedAt === undefined ? 0 : startedAt - this.#alignmentStartedAt
    this.#alignmentStartedAt = undefined
    if (barrier.drain) parts.endEventTime()
    const splits = parts.source?.snapshot() ?? []
    this.#splitsByCheckpoint.set(barrier.checkpointId, splits)
    parts.chain.passBarrier(barrier)
    const sections = parts.snapshotState()
    const flushed = parts.chain.flushSinks()
    if (barrier.stop) this.#state = 'suspended'
    const times = {
      alignmentDurationMs,
      startDelayMs: Math.max(0, clock.now() - barrier.triggeredAt),
      syncDurationMs: clock.monotonicMs() - startedAt,
    }
    const completed = this.#completeCheckpoint(barrier, splits, sections, flushed, times)
    this.#snapshots.add(completed)
    void completed.then(() => this.#snapshots.delete(completed))
  }

  async #completeCheckpoint(
    barrier: CheckpointBarrier,
    splits: readonly Split[],
    sections: readonly StateSection[],
    flushed: Promise<void>,
    times: { alignmentDurationMs: number; startDelayMs: number; syncDurationMs: number },
  ): Promise<void> {
    const { clock } = this.#host.environment
    const { vertex, subtaskIndex } = this.descriptor
    const { checkpointId } = barrier
    const startedAt = clock.monotonicMs()
    const file = `${vertex.id}-${subtaskIndex}.state`
    // a sink that cannot flush is broken: that fails the subtask, not only the checkpoint
    const sinks = flushed.then(
      () => true,
      (cause: unknown) => {
        this.#fail(cause)
        return false
      },
    )
    try {
      const written = sections.length === 0 ? {} : await this.#host.storage.writeState(barrier.location, file, sections)
      if (!(await sinks)) return
      const stateSizeBytes = Object.values(written).reduce((sum, handle) => sum + handle.length, 0)
      const asyncDurationMs = clock.monotonicMs() - startedAt
      this.#report({
        kind: 'snapshot',
        snapshot: {
          checkpointId,
          vertexId: vertex.id,
          subtaskIndex,
          state: written,
          splits,
          stateSizeBytes,
          asyncDurationMs,
          ...times,
        },
      })
    } catch (error) {
      this.#report({ kind: 'snapshot-declined', checkpointId, error: toErrorData(error) })
    }
  }

  async #close(): Promise<void> {
    this.#abort.abort()
    this.#host.closeChannels(this.descriptor)
    await this.#parts?.close()
  }
}
