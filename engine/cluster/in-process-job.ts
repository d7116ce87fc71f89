// A whole job in the caller's thread: no workers, no checkpoints, no restarts.
import { FlinktsError, fromErrorData } from '../common/errors.ts'
import { createExecutionGraph } from '../graph/execution-graph.ts'
import { discoverSources } from './source-enumerators.ts'
import { planDeployment } from './plan-deployment.ts'
import { TaskManager } from './task-manager.ts'
import { unmeasuredThread } from './thread-figures.ts'
import type { StateStorage } from '../checkpoint/checkpoint-storage.ts'
import type { ErrorData } from '../common/errors.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import type { DiagnosticsRequest, SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { SubtaskEvent } from '../task/subtask-descriptor.ts'
import type { SubtaskMetrics } from '../task/subtask-metrics.ts'
import type { TaskEnvironment, UserFunctions } from '../task/task-environment.ts'
import type { AttemptId } from './messages/input.ts'
import type { TaskManagerOutput } from './messages/output.ts'

export interface JobResult {
  readonly state: 'FINISHED' | 'CANCELED'
  readonly durationMs: number
  /** Rows read by sources. */
  readonly recordsIn: number
  /** Rows handed to sinks. */
  readonly recordsOut: number
  readonly lateRecordsDropped: number
  readonly subtasks: readonly SubtaskMetrics[]
}

export interface InProcessJob {
  /** Rejects with the FlinktsError that is the first cause. */
  readonly result: Promise<JobResult>
  cancel(): Promise<void>
  metrics(): readonly SubtaskMetrics[]
  /** What its running subtasks say to who asks why nothing comes out. */
  diagnose(request?: DiagnosticsRequest): readonly SubtaskDiagnostics[]
}

const ATTEMPT: AttemptId = { jobId: 'in-process', attempt: 0 }

const noStorage: StateStorage = {
  writeState: () => Promise.reject(new FlinktsError('INTERNAL', 'a job in process takes no checkpoints')),
  readState: () => Promise.reject(new FlinktsError('INTERNAL', 'a job in process restores nothing')),
}

export class InProcessRun implements InProcessJob {
  readonly result: Promise<JobResult>
  readonly #graph: JobGraph
  readonly #environment: TaskEnvironment
  readonly #taskManager: TaskManager
  readonly #abort = new AbortController()
  readonly #last = new Map<string, SubtaskMetrics>()
  #settle: { resolve: (state: JobResult['state']) => void; reject: (error: unknown) => void } | undefined
  #deployed = 0
  #ended = 0
  #total = 0
  #canceled = false
  #firstCause: ErrorData | undefined

  constructor(graph: JobGraph, environment: TaskEnvironment, userFunctions: UserFunctions | undefined) {
    this.#graph = graph
    this.#environment = environment
    this.#taskManager = new TaskManager({
      id: 'in-process',
      environment,
      storage: noStorage,
      send: (message) => this.#receive(message),
      thread: () => unmeasuredThread,
      userFunctions,
    })
    this.result = this.#run()
  }

  async cancel(): Promise<void> {
    this.#canceled = true
    this.#abort.abort()
    this.#taskManager.handle({ kind: 'cancel', ...ATTEMPT })
    await this.result.catch(() => undefined)
  }

  metrics(): readonly SubtaskMetrics[] {
    this.#taskManager.handle({ kind: 'report-metrics', request: 0 })
    return [...this.#last.values()]
  }

  diagnose(request: DiagnosticsRequest = {}): readonly SubtaskDiagnostics[] {
    return this.#taskManager.diagnose(ATTEMPT, request)
  }

  async #run(): Promise<JobResult> {
    const { clock } = this.#environment
    const startedAt = clock.monotonicMs()
    const execution = createExecutionGraph(this.#graph)
    const sources = await discoverSources(this.#graph, this.#environment, this.#abort.signal, {}, () => undefined)
    const subtasks = planDeployment({
      ...ATTEMPT,
      jobScope: undefined,
      graph: this.#graph,
      execution,
      slots: execution.subtasks.map(() => this.#taskManager.id),
      firstChannel: 0,
      splits: sources.splits,
      restore: {},
      allowNonRestoredState: false,
    })
    this.#total = subtasks.length
    const ended = new Promise<JobResult['state']>((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#taskManager.handle({
      kind: 'deploy',
      subtasks: subtasks.map(({ descriptor }) => descriptor),
      bundle: this.#graph.bundle,
    })
    if (this.#canceled) this.#taskManager.handle({ kind: 'cancel', ...ATTEMPT })
    const state = await ended
    return this.#resultOf(state, clock.monotonicMs() - startedAt)
  }

  #receive(message: TaskManagerOutput): void {
    if (message.kind === 'metrics') {
      for (const metrics of message.metrics.subtasks) this.#keep(metrics)
    } else if (message.kind === 'subtask') this.#onEvent(message.event)
    else if (message.kind === 'print') {
      for (const { line, stream } of message.lines) this.#environment.print(line, stream)
    }
  }

  #keep(metrics: SubtaskMetrics): void {
    this.#last.set(`${metrics.vertexId}/${metrics.subtaskIndex}`, metrics)
  }

  #onEvent(event: SubtaskEvent): void {
    if (event.kind === 'deployed') {
      if (++this.#deployed === this.#total) this.#taskManager.handle({ kind: 'start', ...ATTEMPT })
    } else if (event.kind === 'failed') {
      this.#firstCause ??= event.error
      this.#taskManager.handle({ kind: 'cancel', ...ATTEMPT })
    }
    if (event.kind !== 'finished' && event.kind !== 'failed' && event.kind !== 'canceled') return
    this.#keep(event.metrics)
    if (++this.#ended < this.#total) return
    if (this.#firstCause !== undefined) this.#settle!.reject(fromErrorData(this.#firstCause))
    else this.#settle!.resolve(this.#canceled ? 'CANCELED' : 'FINISHED')
  }

  #resultOf(state: JobResult['state'], durationMs: number): JobResult {
    const subtasks = [...this.#last.values()]
    const sources = new Set(this.#graph.vertices.flatMap(({ id, inputs }) => (inputs.length === 0 ? [id] : [])))
    const sum = (read: (metrics: SubtaskMetrics) => number): number =>
      subtasks.reduce((total, metrics) => total + read(metrics), 0)
    return {
      state,
      durationMs,
      recordsIn: sum((metrics) => (sources.has(metrics.vertexId) ? metrics.numRecordsIn : 0)),
      recordsOut: sum((metrics) => metrics.numRecordsSend),
      lateRecordsDropped: sum((metrics) => metrics.numLateRecordsDropped),
      subtasks,
    }
  }
}
