// The shell of one job: carries out what job-state.ts and checkpoint-coordinator.ts decide, keeps the facts for people.
// Source: Flink's JobMaster.
import { FlinktsError, fromErrorData, toErrorData, type ErrorData } from '../common/errors.ts'
import { createExecutionGraph, subtaskKey, type ExecutionGraph } from '../graph/execution-graph.ts'
import { restoredStateOf } from '../checkpoint/create-manifest.ts'
import { checkIdentity, firstCause } from './decide-start.ts'
import { decideJob, statusOf, type JobCommand, type JobEvent, type JobFacts, type JobState } from './job-state.ts'
import { ExecutionRecord, ignoredRecordsNotice } from './execution-record.ts'
import { initialRestartState, parseRestartStrategy } from './restart-strategy.ts'
import { isTerminal, type JobStatus } from './job-status.ts'
import { JobCheckpoints } from './job-checkpoints.ts'
import { FailureHistory, type FailureRecord } from './failure-history.ts'
import { commitPositions } from './commit-positions.ts'
import { discoverSources } from './source-enumerators.ts'
import type { Secrets } from '../connectors/secret-slot.ts'
import { PendingTrend } from './pending-trend.ts'
import { planDeployment } from './plan-deployment.ts'
import { RepeatedRecords, repetitionNotice } from './repeated-records.ts'
import { restorePoint, type RestoreOptions, type RestorePoint } from './restore-point.ts'
import type { Json } from '../common/json.ts'
import type { TaskEnvironment } from '../task/task-environment.ts'
import type { SubtaskDescriptor, SubtaskEvent } from '../task/subtask-descriptor.ts'
import type { SubtaskMetrics } from '../task/subtask-metrics.ts'
import type { Timer } from '../time/clock.ts'
import type { AttemptId } from './messages/input.ts'
import type { SubtaskReport } from './messages/output.ts'
import type { StoppedWith, StopRequest } from './stop-request.ts'
import type { TaskManagerPool } from './task-manager-pool.ts'
import { parseDuration } from '../common/duration.ts'

export type { FailureRecord } from './failure-history.ts'

export interface JobMasterOptions extends RestoreOptions {
  readonly jobId: string
  /** The job over all its runs, told apart from every other one anywhere. */
  readonly scope: string
  readonly environment: TaskEnvironment
  /** How a next run finds the job; undefined: none will. */
  readonly key: string | undefined
  /** Folder of this run's checkpoints. */
  readonly checkpointFolder: string
  readonly pool: TaskManagerPool
  readonly secrets: Secrets
  /** Checkpoints of the run before: kept until this run has one of its own. */
  readonly formerCheckpointFolder: string | undefined
}

function keyOf({ vertex, subtaskIndex }: SubtaskDescriptor): string {
  return subtaskKey({ vertexId: vertex.id, subtaskIndex })
}

export class JobMaster {
  readonly options: JobMasterOptions
  readonly execution: ExecutionGraph
  readonly checkpoints: JobCheckpoints
  /** Resolves with the terminal status. */
  readonly terminated: Promise<JobStatus>
  readonly pendingTrend = new PendingTrend()
  readonly #records: ReadonlyMap<string, ExecutionRecord>
  readonly #timestamps = new Map<JobStatus, number>()
  readonly #failures = new FailureHistory()
  readonly #events: JobEvent[] = []
  readonly #statusListeners = new Set<(status: JobStatus) => void>()
  #terminate: (status: JobStatus) => void = () => undefined
  #state: JobState = { status: 'CREATED' }
  #facts: JobFacts
  #attemptAbort = new AbortController()
  #restartTimer: Timer | undefined
  #restartAt: number | undefined
  #cancellationTimer: Timer | undefined
  #failing: SubtaskReport | undefined
  /** Of sources and sinks, by operator id. */
  readonly #identities = new Map<string, Json>()
  #restoredFrom: RestorePoint | undefined
  readonly #repetition: RepeatedRecords
  #stopping: (StoppedWith & { readonly failed: () => void }) | undefined

  constructor(options: JobMasterOptions) {
    this.options = options
    const { graph, environment } = options
    this.execution = createExecutionGraph(graph)
    this.#repetition = new RepeatedRecords(graph)
    const now = environment.clock.now()
    this.#records = new Map(
      this.execution.subtasks.map((id) => [subtaskKey(id), new ExecutionRecord(id.vertexId, id.subtaskIndex, now)]),
    )
    this.#timestamps.set('CREATED', now)
    this.terminated = new Promise((resolve) => (this.#terminate = resolve))
    this.checkpoints = new JobCheckpoints({
      jobId: options.jobId,
      jobKey: options.key,
      graph,
      clock: environment.clock,
      storage: options.storage,
      folder: options.checkpointFolder,
      formerFolder: options.formerCheckpointFolder,
      identities: this.#identities,
      sendToSources: (barrier) => this.#send({ kind: 'trigger-checkpoint', barrier }),
      notifyComplete: (checkpointId) => this.#send({ kind: 'checkpoint-complete', checkpointId }),
      failJob: (error) => this.#dispatch({ kind: 'failed', error }),
    })
    const strategy = parseRestartStrategy(graph.configuration, this.checkpoints.options.intervalMs !== undefined)
    const strategyIsChosen = 'restart-strategy.type' in graph.configuration || 'restart-strategy' in graph.configuration
    this.#facts = { strategy, strategyIsChosen, restart: initialRestartState, attempt: 0, hasRun: false }
  }

  get jobId(): string {
    return this.options.jobId
  }
  get status(): JobStatus {
    return statusOf(this.#state)
  }
  get attempt(): number {
    return this.#facts.attempt
  }
  /** All subtasks of some attempt have run; until then nothing was read or written. */
  get hasRun(): boolean {
    return this.#facts.hasRun
  }
  get strategy(): JobFacts['strategy'] {
    return this.#facts.strategy
  }
  /** While RESTARTING: when the next attempt may begin, ms since 1970. */
  get restartAt(): number | undefined {
    return this.status === 'RESTARTING' ? this.#restartAt : undefined
  }
  /** Failures that count against the restart strategy's attempts. */
  get countedFailures(): number {
    return this.#facts.restart.failures
  }
  get records(): readonly ExecutionRecord[] {
    return [...this.#records.values()]
  }
  /** Newest first. */
  get failures(): readonly FailureRecord[] {
    return this.#failures.records
  }
  /** The savepoint the job was stopped with. */
  get stoppedWith(): StoppedWith | undefined {
    return this.status === 'FINISHED' || this.status === 'SUSPENDED' ? this.#stopping : undefined
  }

  /** Calls `listener` at every change; ends with the returned function. */
  onStatus(listener: (status: JobStatus) => void): () => void {
    this.#statusListeners.add(listener)
    return () => this.#statusListeners.delete(listener)
  }

  enteredAt(status: JobStatus): number | undefined {
    return this.#timestamps.get(status)
  }

  start(): void {
    this.#dispatch({ kind: 'start' })
  }

  cancel(): void {
    this.#dispatch({ kind: 'cancel' })
  }

  suspend(): void {
    this.#dispatch({ kind: 'suspend' })
  }

  /** Resolves with the location once it is complete. Throws CHECKPOINT_FAILED. */
  async savepoint(location: string): Promise<string> {
    await this.checkpoints.savepoint(location)
    return location
  }

  /**
   * Takes a savepoint behind which nothing is processed, then ends the job as FINISHED.
   * Throws CHECKPOINT_FAILED, also where the job fails on its way out and restarts.
   */
  async stopWithSavepoint({ location, drain, said }: StopRequest): Promise<string> {
    await this.checkpoints.savepoint(location, { stop: true, drain })
    const restarted = new Promise<never>((_, reject) => {
      const failed = (): void =>
        reject(
          new FlinktsError('CHECKPOINT_FAILED', `the job failed while it was stopping, behind savepoint ${location}`),
        )
      this.#stopping = { savepoint: location, drained: drain, failed }
    })
    this.options.say(said)
    this.#dispatch({ kind: 'savepoint-taken-to-stop' })
    await Promise.race([this.terminated, restarted])
    return location
  }

  /** A report of a subtask; those of former attempts are ignored. */
  receive(report: SubtaskReport, event: SubtaskEvent): void {
    if (report.attempt !== this.#facts.attempt) return
    const record = this.#records.get(subtaskKey(report))!
    const { clock } = this.options.environment
    if ('metrics' in event) record.report(event.metrics, clock.now())
    switch (event.kind) {
      case 'deployed':
        record.enter('INITIALIZING', clock.now())
        return this.#deployed(record, event.sinkIdentities)
      case 'running':
        // said before the cancellation arrived
        return record.status === 'CANCELING' ? undefined : record.enter('RUNNING', clock.now())
      case 'finished':
        record.enter('FINISHED', clock.now())
        this.#repetition.ended(record.vertexId, event.splits)
        this.checkpoints.subtaskFinished(record, event.splits)
        return this.#finished(record)
      case 'canceled':
        record.enter('CANCELED', clock.now())
        this.#repetition.ended(record.vertexId, event.splits)
        return this.#dispatch({ kind: 'subtask-canceled', subtask: record.key })
      case 'failed':
        record.enter('FAILED', clock.now())
        this.#repetition.ended(record.vertexId, event.splits)
        this.#failing = report
        this.#dispatch({ kind: 'subtask-failed', subtask: record.key, error: event.error })
        this.#failing = undefined
        return
      case 'snapshot':
        return this.checkpoints.acknowledged(event.snapshot)
      case 'snapshot-declined':
        return this.checkpoints.declined(event.checkpointId, event.error)
    }
  }

  /** Nothing is read before every subtask is deployed: rows never reach a database that the checkpoint does not know. */
  #deployed(record: ExecutionRecord, sinkIdentities: Readonly<Record<string, Json>>): void {
    try {
      for (const [operatorId, identity] of Object.entries(sinkIdentities)) this.#identify(operatorId, identity)
      this.#dispatch({ kind: 'subtask-deployed', subtask: record.key })
    } catch (error) {
      this.#dispatch({ kind: 'failed', error: toErrorData(error) })
    }
  }

  /** For the checkpoints to come. Throws CHECKPOINT_INCOMPATIBLE where the one this attempt goes on from knows another. */
  #identify(operatorId: string, identity: Json): void {
    if (this.#restoredFrom?.automatic === true) checkIdentity(this.#restoredFrom, operatorId, identity)
    this.#identities.set(operatorId, identity)
  }

  /** A checkpoint that everybody acknowledged is completed before the job may end: it is not lost for a few milliseconds. */
  #finished(record: ExecutionRecord): void {
    const { attempt } = this.#facts
    const finish = (): void => {
      if (attempt === this.#facts.attempt) this.#dispatch({ kind: 'subtask-finished', subtask: record.key })
    }
    if (this.checkpoints.isCompleting) void this.checkpoints.settled().then(finish)
    else finish()
  }

  receiveMetrics(metrics: AttemptId & SubtaskMetrics): void {
    if (metrics.attempt !== this.#facts.attempt) return
    const now = this.options.environment.clock.now()
    this.#records.get(subtaskKey(metrics))?.report(metrics, now)
    this.pendingTrend.add(metrics, now)
  }

  taskManagerLost(taskManager: string, error: ErrorData): void {
    const lost = this.records.filter((record) => record.taskManager === taskManager && !this.#hasEnded(record))
    for (const record of lost) {
      record.enter('FAILED', this.options.environment.clock.now())
      this.#repetition.lost(record.vertexId)
    }
    if (lost[0] !== undefined) {
      const { attempt, vertexId, subtaskIndex } = lost[0]
      this.#failing = { jobId: this.jobId, attempt, vertexId, subtaskIndex }
    }
    this.#dispatch({ kind: 'task-manager-lost', subtasks: lost.map(({ key }) => key), error })
    this.#failing = undefined
  }

  #hasEnded(record: ExecutionRecord): boolean {
    return record.status === 'FINISHED' || record.status === 'CANCELED' || record.status === 'FAILED'
  }

  /** Commands may raise events: those wait until the present one is done. */
  #dispatch(event: JobEvent): void {
    this.#events.push(event)
    if (this.#events.length > 1) return
    while (this.#events.length > 0) {
      const { clock, random } = this.options.environment
      const before = this.status
      const [state, facts, commands] = decideJob(this.#state, this.#facts, this.#events[0]!, {
        now: clock.now(),
        random,
      })
      this.#state = state
      this.#facts = facts
      if (this.status !== before) {
        this.#timestamps.set(this.status, clock.now())
        for (const listener of this.#statusListeners) listener(this.status)
      }
      for (const command of commands) this.#execute(command)
      this.#events.shift()
    }
  }

  #execute(command: JobCommand): void {
    const { clock } = this.options.environment
    switch (command.kind) {
      case 'deploy':
        this.pendingTrend.clear()
        void this.#deploy(command.attempt)
        return
      case 'start-subtasks':
        this.#send({ kind: 'start' })
        return this.checkpoints.running()
      case 'cancel-subtasks':
        return this.#cancelSubtasks()
      case 'stop-checkpoints':
        return this.checkpoints.stopped(command.reason)
      case 'schedule-restart':
        this.#stopping?.failed()
        this.#stopping = undefined
        this.#restartAt = clock.now() + command.delayMs
        this.#restartTimer = clock.setTimer(command.delayMs, () => this.#dispatch({ kind: 'restart-delay-over' }))
        return
      case 'record-failure':
        return this.#recordFailure(command)
      case 'ended':
        return this.#end()
    }
  }

  #send(
    message:
      | { kind: 'start' | 'cancel' }
      | { kind: 'checkpoint-complete'; checkpointId: number }
      | { kind: 'trigger-checkpoint'; barrier: Parameters<JobCheckpoints['options']['sendToSources']>[0] },
  ): void {
    const id: AttemptId = { jobId: this.jobId, attempt: this.#facts.attempt }
    const taskManagers = new Set(
      this.records.flatMap(({ taskManager }) => (taskManager === undefined ? [] : [taskManager])),
    )
    for (const taskManager of taskManagers) this.options.pool.send(taskManager, { ...message, ...id })
  }

  #cancelSubtasks(): void {
    const { clock } = this.options.environment
    this.#attemptAbort.abort()
    this.#restartTimer?.cancel()
    this.#send({ kind: 'cancel' })
    for (const record of this.records) if (!this.#hasEnded(record)) record.enter('CANCELING', clock.now())
    const timeoutMs = parseDuration(
      this.options.graph.configuration['task.cancellation.timeout'] ?? '180 s',
      'task.cancellation.timeout',
    )
    this.#cancellationTimer?.cancel()
    if (timeoutMs > 0) this.#cancellationTimer = clock.setTimer(timeoutMs, () => void this.#killStuck())
  }

  /** Code that does not return cannot be interrupted: its thread is ended. */
  async #killStuck(): Promise<void> {
    const stuck = new Set(this.records.filter((record) => !this.#hasEnded(record)).map((record) => record.taskManager))
    for (const taskManager of stuck) {
      if (taskManager === undefined) continue
      this.options.say(`a subtask on ${taskManager} does not end after its cancellation: ending the thread`)
      await this.options.pool.kill(taskManager).catch(() => undefined)
    }
  }

  /** What leads to a restart is said at once; what ends the job is its result. */
  #recordFailure({ error, reason: consequence, restarting }: Extract<JobCommand, { kind: 'record-failure' }>): void {
    if (restarting) this.options.say(`${firstCause(error).message}: ${consequence}`)
    const report = this.#failing
    const taskManager = report === undefined ? undefined : this.#records.get(subtaskKey(report))?.taskManager
    const failure = { error, at: this.options.environment.clock.now(), attempt: this.#facts.attempt, consequence }
    this.#failures.add(failure, report, taskManager)
  }

  #end(): void {
    const ignored = ignoredRecordsNotice(this.records)
    if (ignored !== undefined) this.options.say(ignored)
    this.#attemptAbort.abort()
    this.#restartTimer?.cancel()
    this.#cancellationTimer?.cancel()
    this.options.pool.release(this.jobId)
    void this.#commitPositions().finally(() => this.#terminate(this.status))
  }

  async #commitPositions(): Promise<void> {
    const { graph, environment, secrets, say } = this.options
    const isCheckpointed = this.checkpoints.options.intervalMs !== undefined || this.#stopping !== undefined
    if (this.status !== 'FINISHED' || !isCheckpointed) return
    await commitPositions({ graph, environment: { ...environment, secrets }, reading: this.#repetition, say })
  }

  async #deploy(attempt: number): Promise<void> {
    this.#cancellationTimer?.cancel()
    this.#attemptAbort = new AbortController()
    const { signal } = this.#attemptAbort
    try {
      const plan = await this.#prepare(attempt, signal)
      if (isTerminal(this.status) || signal.aborted || this.#facts.attempt !== attempt) return
      const lost = plan.find(({ taskManager }) => !this.options.pool.has(taskManager))
      if (lost !== undefined) {
        throw new FlinktsError('TASK_MANAGER_LOST', `${lost.taskManager} ended while the job was being deployed`)
      }
      this.#dispatch({
        kind: 'deploying',
        subtasks: plan.map(({ descriptor }) => keyOf(descriptor)),
      })
      const { clock } = this.options.environment
      for (const { taskManager, descriptor } of plan) {
        const record = this.#records.get(keyOf(descriptor))!
        record.newAttempt(attempt, clock.now())
        record.taskManager = taskManager
        record.enter('SCHEDULED', clock.now())
        record.enter('DEPLOYING', clock.now())
      }
      for (const taskManager of new Set(plan.map((subtask) => subtask.taskManager))) {
        const subtasks = plan
          .filter((subtask) => subtask.taskManager === taskManager)
          .map(({ descriptor }) => descriptor)
        this.options.pool.send(taskManager, { kind: 'deploy', subtasks, bundle: this.options.graph.bundle })
      }
    } catch (error) {
      if (!signal.aborted) this.#dispatch({ kind: 'failed', error: toErrorData(error) })
    } finally {
      // a job that ended while it waited for slots may have been given some after it had given all back
      if (isTerminal(this.status)) this.options.pool.release(this.jobId)
    }
  }

  async #prepare(attempt: number, signal: AbortSignal): Promise<ReturnType<typeof planDeployment>> {
    const { graph, environment, pool, jobId, allowNonRestoredState, secrets } = this.options
    pool.release(jobId)
    const slots = await pool.allocate(jobId, graph)
    const from = await restorePoint(this.options, this.checkpoints)
    const restored = from === undefined ? { state: {}, splits: {} } : restoredStateOf(from.manifest, from.location)
    this.#restoredFrom = from
    const identify = (operatorId: string, identity: Json): void => this.#identify(operatorId, identity)
    const known = { ...environment, secrets }
    const sources = await discoverSources(graph, known, signal, restored.splits, identify, this.#repetition)
    if (attempt === 0) for (const warning of sources.warnings) this.options.say(warning)
    const repetition = repetitionNotice({ graph, attempt, from, count: sources.repeated })
    if (repetition !== undefined) this.options.say(repetition)
    if (from !== undefined) this.checkpoints.restored(from.manifest, from.location)
    return planDeployment({
      jobId,
      jobScope: this.options.scope,
      attempt,
      graph,
      execution: this.execution,
      slots,
      firstChannel: pool.takeChannels(this.execution.channels.length),
      splits: sources.splits,
      restore: restored.state,
      secrets,
      allowNonRestoredState,
    })
  }

  /** The error that ended the job, as people should see it. */
  get failure(): FlinktsError | undefined {
    return this.#state.status === 'FAILED' ? fromErrorData(this.#state.cause) : undefined
  }
}
