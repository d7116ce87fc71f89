// The TaskManagers of a session: starts them, joins them, counts their slots, replaces the ones that die.
import { FlinktsError, fromErrorData, toErrorData, type ErrorData } from '../common/errors.ts'
import { assignSlots, type FreeSlots } from './assign-slots.ts'
import { JobLog } from './job-log.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import type { Clock, Timer } from '../time/clock.ts'
import type { DiagnosticsRequest, SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { AttemptId, TaskManagerInput } from './messages/input.ts'
import type { TaskManagerMetrics, TaskManagerOutput } from './messages/output.ts'

export interface TaskManagerGateway {
  readonly id: string
  send(message: TaskManagerInput): void
  /** Ends it without asking; its `exited` follows. */
  terminate(): Promise<void>
}

export interface TaskManagerListener {
  received(message: TaskManagerOutput): void
  /** Exactly once, whatever the reason. */
  exited(error: ErrorData): void
}

/** How TaskManagers come into being: as worker threads, or in the caller's thread. */
export interface TaskManagerLauncher {
  /** Resolves when it is ready to deploy. */
  launch(id: string, listener: TaskManagerListener): Promise<TaskManagerGateway>
  /** Joins two of them, so that pages pass directly. */
  connect(left: TaskManagerGateway, right: TaskManagerGateway): void
}

export interface PoolListener {
  received(taskManager: string, message: TaskManagerOutput): void
  lost(taskManager: string, error: ErrorData): void
}

export interface TaskManagerView {
  readonly id: string
  readonly slots: number
  readonly freeSlots: number
  /** The job of each slot that is taken. */
  readonly allocatedTo: readonly string[]
  readonly startedAt: number
  readonly metrics: TaskManagerMetrics | undefined
  /** When it reported them, ms since 1970; before the first report when it started. */
  readonly heardAt: number
  /** What became of its subtasks. */
  readonly log: JobLog
  /** What `print` sinks wrote on it: many lines, which must not push those of the log out. */
  readonly printed: JobLog
}

interface Member {
  readonly gateway: TaskManagerGateway
  readonly startedAt: number
  metrics: TaskManagerMetrics | undefined
  heardAt: number
  readonly log: JobLog
  readonly printed: JobLog
}

/** A diagnosis under way: which TaskManagers have not answered yet. */
interface Question {
  readonly waiting: Set<string>
  readonly answers: SubtaskDiagnostics[]
  readonly answered: () => void
  readonly failed: (error: FlinktsError) => void
}

/** A TaskManager that has not answered by then is left out of a diagnosis. */
const DIAGNOSIS_LIMIT_MS = 2_000
/** A TaskManager that dies while it starts is tried again this often, then the pool stays smaller. */
const LAUNCH_ATTEMPTS_MAX = 3

export class TaskManagerPool {
  readonly #launcher: TaskManagerLauncher
  readonly #slots: number
  readonly #clock: Clock
  readonly #listener: PoolListener
  readonly #members = new Map<string, Member>()
  readonly #allocations = new Map<string, readonly string[]>()
  readonly #questions = new Map<number, Question>()
  #asked = 0
  readonly #launching = new Set<Promise<void>>()
  #launched = 0
  #channels = 0
  #closed = false

  constructor(launcher: TaskManagerLauncher, slotsPerTaskManager: number, clock: Clock, listener: PoolListener) {
    this.#launcher = launcher
    this.#slots = slotsPerTaskManager
    this.#clock = clock
    this.#listener = listener
  }

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#launch()))
  }

  get taskManagers(): TaskManagerView[] {
    const free = new Map(this.#free().map((offer) => [offer.taskManager, offer.free]))
    return [...this.#members].map(([id, { startedAt, metrics, heardAt, log, printed }]) => ({
      id,
      slots: this.#slots,
      freeSlots: free.get(id)!,
      allocatedTo: [...this.#allocations].flatMap(([jobId, slots]) =>
        slots.flatMap((slot) => (slot === id ? [jobId] : [])),
      ),
      startedAt,
      metrics,
      heardAt,
      log,
      printed,
    }))
  }

  /** Waits for TaskManagers that are starting, then takes the slots. Throws SLOTS_NOT_ENOUGH. */
  async allocate(jobId: string, graph: JobGraph): Promise<readonly string[]> {
    await Promise.all(this.#launching)
    const slots = assignSlots(graph, this.#free())
    this.#allocations.set(jobId, slots)
    return slots
  }

  release(jobId: string): void {
    this.#allocations.delete(jobId)
  }

  /** Numbers for the channels of an attempt, never given out twice. */
  takeChannels(count: number): number {
    const first = this.#channels
    this.#channels += count
    return first
  }

  /** Undefined: it is gone. */
  logsOf(taskManager: string): Pick<TaskManagerView, 'log' | 'printed'> | undefined {
    return this.#members.get(taskManager)
  }

  has(taskManager: string): boolean {
    return this.#members.has(taskManager)
  }

  /** Messages to a TaskManager that is gone are dropped: `lost` has told or will tell. */
  send(taskManager: string, message: TaskManagerInput): void {
    this.#members.get(taskManager)?.gateway.send(message)
  }

  broadcast(message: TaskManagerInput): void {
    for (const { gateway } of this.#members.values()) gateway.send(message)
  }

  /**
   * What the attempt's subtasks say of themselves, in no order. Those of a TaskManager that dies or does not answer within
   * 2 s are missing. Throws what one of them threw while it looked.
   */
  async diagnose(attempt: AttemptId, ask: DiagnosticsRequest): Promise<SubtaskDiagnostics[]> {
    const request = ++this.#asked
    const waiting = new Set((this.#allocations.get(attempt.jobId) ?? []).filter((id) => this.#members.has(id)))
    const answers: SubtaskDiagnostics[] = []
    const { jobId, attempt: number } = attempt
    let limit: Timer | undefined
    try {
      await new Promise<void>((answered, failed) => {
        if (waiting.size === 0) return answered()
        limit = this.#clock.setTimer(DIAGNOSIS_LIMIT_MS, answered)
        this.#questions.set(request, { waiting, answers, answered, failed })
        for (const id of waiting) this.send(id, { kind: 'diagnose', request, ask, jobId, attempt: number })
      })
    } finally {
      limit?.cancel()
      this.#questions.delete(request)
    }
    return answers
  }

  #answer(request: number, id: string, subtasks: readonly SubtaskDiagnostics[], error?: ErrorData): void {
    const question = this.#questions.get(request)
    if (question?.waiting.delete(id) !== true) return
    if (error !== undefined) return question.failed(fromErrorData(error))
    question.answers.push(...subtasks)
    if (question.waiting.size === 0) question.answered()
  }

  /** Throws OPTION_INVALID where there is none of that name. */
  async kill(taskManager: string): Promise<void> {
    const member = this.#members.get(taskManager)
    if (member === undefined) {
      throw new FlinktsError('OPTION_INVALID', `there is no TaskManager '${taskManager}'`, {
        fix: `Choose one of ${[...this.#members.keys()].join(', ')}.`,
      })
    }
    await member.gateway.terminate()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#launching)
    await Promise.all([...this.#members.values()].map(({ gateway }) => gateway.terminate()))
  }

  #free(): FreeSlots[] {
    return [...this.#members.keys()].map((taskManager) => {
      let taken = 0
      for (const slots of this.#allocations.values()) taken += slots.filter((slot) => slot === taskManager).length
      return { taskManager, free: Math.max(0, this.#slots - taken) }
    })
  }

  #launch(): Promise<void> {
    const launching = this.#launchWithRetries().finally(() => this.#launching.delete(launching))
    this.#launching.add(launching)
    return launching
  }

  async #launchWithRetries(): Promise<void> {
    for (let attempt = 1; !this.#closed; attempt++) {
      try {
        return await this.#launchOne()
      } catch (error) {
        if (attempt === LAUNCH_ATTEMPTS_MAX) throw error
      }
    }
  }

  async #launchOne(): Promise<void> {
    const id = `taskmanager-${++this.#launched}`
    const gateway = await this.#launcher.launch(id, {
      received: (message) => this.#received(id, message),
      exited: (error) => this.#exited(id, error),
    })
    for (const other of this.#members.values()) this.#launcher.connect(gateway, other.gateway)
    const now = this.#clock.now()
    this.#members.set(id, {
      gateway,
      startedAt: now,
      metrics: undefined,
      heardAt: now,
      log: new JobLog(this.#clock),
      printed: new JobLog(this.#clock),
    })
  }

  #received(id: string, message: TaskManagerOutput): void {
    if (message.kind === 'diagnostics') return this.#answer(message.request, id, message.subtasks, message.error)
    const member = this.#members.get(id)
    if (message.kind === 'metrics' && member !== undefined) {
      member.metrics = message.metrics
      member.heardAt = this.#clock.now()
    }
    this.#listener.received(id, message)
  }

  #exited(id: string, error: ErrorData): void {
    if (!this.#members.delete(id)) return
    for (const request of this.#questions.keys()) this.#answer(request, id, [])
    this.broadcast({ kind: 'disconnect', peer: id })
    if (this.#closed) return
    // a pool that cannot replace what it lost says so at the next allocation, by the slots that are missing
    this.#launch().catch((cause: unknown) => this.#listener.lost(id, toErrorData(cause)))
    this.#listener.lost(id, error)
  }
}
