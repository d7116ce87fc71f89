// The JobManager of a session: takes jobs in, keeps them, ends them; owns the TaskManagers. Source: Flink's Dispatcher.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { FlinktsError, type ErrorData } from '../common/errors.ts'
import { createJobGraph } from '../graph/create-job-graph.ts'
import { parseCheckpointOptions } from '../checkpoint/checkpoint-options.ts'
import { neverRan, type JobEnding, type StartDecision, type StartFlags } from './decide-start.ts'
import { secretsFor, separateSecrets } from './job-secrets.ts'
import { JobLog, type JobMessage } from './job-log.ts'
import { JobMaster } from './job-master.ts'
import { outcomeOf } from './job-outcome.ts'
import { JobResults } from './job-results.ts'
import { JobStore, pathOf, type JobRecord, type RefusedStart, type StoredGraph } from './job-store.ts'
import { decideNextStart, storedCheckpoints, type StoredCheckpoints } from './next-start.ts'
import { subtaskLogLine } from './subtask-log-line.ts'
import { ThreadMeter, type ThreadFigures } from './thread-figures.ts'
import { isTerminal, type JobStatus } from './job-status.ts'
import { TaskManagerPool, type TaskManagerLauncher, type TaskManagerView } from './task-manager-pool.ts'
import type { CheckpointStorage } from '../checkpoint/checkpoint-storage.ts'
import type { Json } from '../common/json.ts'
import type { Secrets } from '../connectors/secret-slot.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'
import type { TaskEnvironment } from '../task/task-environment.ts'
import type { DiagnosticsRequest, SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { Timer } from '../time/clock.ts'
import type { TaskManagerOutput } from './messages/output.ts'

export interface JobManagerOptions {
  /** `.flinkts` of the project, or a temporary folder outside of one. */
  readonly directory: string
  /** For what runs on the JobManager's thread: enumerators, timers. */
  readonly environment: TaskEnvironment
  readonly launcher: TaskManagerLauncher
  readonly storage: CheckpointStorage
  /** Default: files in `directory`. */
  readonly jobStore?: JobStore | undefined
  readonly taskManagers: number
  readonly slotsPerTaskManager: number
  /** The value of a secret whose name begins with `project:`. Throws where there is none. Default: there are none. */
  readonly projectSecret?: ((name: string) => Json) | undefined
  /** Hears every line of every job that keeps state, from its first on. */
  readonly onJobMessage?: ((key: string, message: JobMessage) => void) | undefined
}

export interface SubmitOptions extends StartFlags {
  /** `pipeline.name`, else the job's path: how a next run finds this one. Default: the graph's job name, numbered where
   * a job of that name runs already. */
  readonly key?: string | undefined
  readonly allowNonRestoredState?: boolean | undefined
  /** Nobody will look for the job again: it begins without state, unless `restore` names some, and leaves none. */
  readonly transient?: boolean | undefined
  /** What the client needs to submit the graph again; kept beside it. */
  readonly origin?: Json | undefined
}

export interface StopJobOptions {
  /** Folder that the savepoint is put into. Default: the job's own. */
  readonly directory?: string | undefined
  readonly by?: string | undefined
  /** All windows fire first: the job is over for good, its next run begins afresh. Default: false. Source: FLIP-34. */
  readonly drain?: boolean | undefined
}

/** A job of the session, ended ones included. */
export interface ManagedJob {
  readonly master: JobMaster
  readonly record: JobRecord
  readonly transient: boolean
  readonly configuration: Readonly<Record<string, string>>
  /** How it started, warnings, what `print` sinks wrote. */
  readonly log: JobLog
  /** Rows of `collect` sinks. */
  readonly results: JobResults
  /** Resolves when the ending is on disk. */
  readonly settled: Promise<JobStatus>
}

const METRICS_INTERVAL_MS = 500
const ENDED_JOBS_KEPT_MAX = 50

interface Submission {
  readonly graph: JobGraph
  /** What `graph` was made of, without secrets. */
  readonly source: StreamGraph
  readonly secrets: Secrets
  /** Of the submission before. */
  readonly former: Secrets | undefined
  readonly key: string
}

/** What the store and the secrets held before a submission. */
interface Before {
  readonly record: JobRecord
  readonly graph: StoredGraph | undefined
  readonly secrets: Secrets | undefined
}

interface JobEntry {
  master: JobMaster
  record: JobRecord
  readonly transient: boolean
  configuration: Readonly<Record<string, string>>
  log: JobLog
  results: JobResults
  settled: Promise<JobStatus>
  /** Of the run before; undefined where there was none, or none that ran. */
  readonly before: Before | undefined
}

function stoppedEnding({ stoppedWith }: JobMaster): JobEnding | undefined {
  if (stoppedWith === undefined) return undefined
  const { savepoint, drained } = stoppedWith
  return { kind: 'stopped', savepoint, ...(drained ? { drained } : {}) }
}

export class JobManager {
  readonly options: JobManagerOptions
  readonly #pool: TaskManagerPool
  readonly #store: JobStore
  readonly #jobs = new Map<string, JobEntry>()
  /** Names of jobs that are being taken in. */
  readonly #starting = new Set<string>()
  /** Of the last submission of each job, for one that is submitted again from what the store kept. */
  readonly #secrets = new Map<string, Secrets>()
  readonly #meter = new ThreadMeter()
  #threadFigures = this.#meter.read()
  #metricsTimer: Timer | undefined
  #requests = 0
  /** By whom; undefined: the session goes on. */
  #suspending: { readonly by: string | undefined } | undefined

  constructor(options: JobManagerOptions) {
    this.options = options
    this.#store = options.jobStore ?? new JobStore(options.directory)
    this.#pool = new TaskManagerPool(options.launcher, options.slotsPerTaskManager, options.environment.clock, {
      received: (taskManager, message) => this.#received(taskManager, message),
      lost: (taskManager, error) => this.#lost(taskManager, error),
    })
  }

  async start(): Promise<void> {
    await this.#pool.start(this.options.taskManagers)
    this.#pollMetrics()
  }

  get jobs(): readonly ManagedJob[] {
    return [...this.#jobs.values()]
  }

  /** Of the JobManager's own thread, read as often as those of the TaskManagers. */
  get threadFigures(): ThreadFigures {
    return this.#threadFigures
  }

  get taskManagers(): readonly TaskManagerView[] {
    return this.#pool.taskManagers
  }

  /** Throws JOB_NOT_FOUND. */
  job(jobId: string): ManagedJob {
    const job = this.#jobs.get(jobId)
    if (job === undefined) throw new FlinktsError('JOB_NOT_FOUND', `Job ${jobId} not found`)
    return job
  }

  /** Decides by the restart rule how the job begins, then starts it. Throws what is wrong with graph or options. */
  async submit(graph: StreamGraph, options: SubmitOptions = {}): Promise<ManagedJob> {
    const separated = separateSecrets(graph)
    const jobGraph = createJobGraph(separated.graph)
    const key = options.key ?? this.#freeKey(graph.jobName)
    this.#checkNotRunning(key)
    this.#starting.add(key)
    try {
      // the run before may have ended a moment ago: its record and its checkpoints must stand still
      await Promise.all(this.jobs.filter(({ record }) => record.key === key).map(({ settled }) => settled))
      const former = this.#secrets.get(key)
      const secrets = secretsFor(separated, former, this.options.projectSecret)
      if (options.transient !== true) this.#secrets.set(key, secrets)
      return await this.#submit({ graph: jobGraph, source: separated.graph, secrets, former, key }, options)
    } finally {
      this.#starting.delete(key)
    }
  }

  async #submit({ graph, source, secrets, former, key }: Submission, options: SubmitOptions): Promise<ManagedJob> {
    const { environment, storage } = this.options
    const { clock } = environment
    const transient = options.transient === true
    const before = transient ? undefined : await this.#store.read(key)
    if (before !== undefined) await storage.removeUnfinished(before.checkpointFolder)
    const stored = await storedCheckpoints(storage, before)
    const decision = decideNextStart(before, stored.checkpoints, source, options)
    const record = this.#newRecord(graph, key, decision, stored, transient)
    const { jobId } = record
    const log = new JobLog(clock)
    if (!transient) log.listen((message) => this.options.onJobMessage?.(key, message))
    const say = (line: string): void => log.add('notice', line)
    for (const line of [...graph.warnings, ...decision.say]) say(line)
    const master = new JobMaster({
      jobId,
      scope: `${hostname()}:${this.#store.folderOf(key)}`,
      key: transient ? undefined : key,
      graph,
      secrets,
      environment: { ...environment, print: (line, stream) => log.add(stream, line) },
      storage,
      checkpointFolder: record.checkpointFolder,
      pool: this.#pool,
      restore: decision.kind === 'restore' ? decision : undefined,
      allowNonRestoredState: options.allowNonRestoredState ?? false,
      formerCheckpointFolder: stored.folder,
      say,
    })
    const graphBefore = before === undefined ? undefined : await this.#store.readGraph(key)
    if (!transient) {
      await this.#store.writeGraph({ formatVersion: 1, key, jobId, graph: source, origin: options.origin ?? null })
      await this.#store.write(record)
    }
    const settled = master.terminated.then((status) => this.#settle(jobId, status))
    const entry: JobEntry = {
      master,
      record,
      transient,
      configuration: graph.configuration,
      log,
      results: new JobResults(),
      settled,
      before:
        before === undefined || neverRan(before.ending)
          ? undefined
          : { record: before, graph: graphBefore, secrets: former },
    }
    this.#jobs.set(jobId, entry)
    this.#forgetOldJobs()
    master.start()
    return entry
  }

  #newRecord(
    graph: JobGraph,
    key: string,
    decision: StartDecision,
    stored: StoredCheckpoints,
    transient: boolean,
  ): JobRecord {
    const jobId = randomUUID().replaceAll('-', '')
    const { directory } = parseCheckpointOptions(graph.configuration)
    return {
      formatVersion: 1,
      key,
      jobName: graph.jobName,
      jobId,
      startedAt: this.options.environment.clock.now(),
      ending: { kind: 'running' },
      checkpointFolder: transient
        ? join(this.#store.transientFolderOf(jobId), 'checkpoints')
        : this.#store.checkpointFolderOf(key, jobId, directory),
      restoredFrom: decision.kind === 'restore' ? decision.location : undefined,
      formerFolder: stored.folder,
    }
  }

  #isRunning(key: string): boolean {
    return (
      this.#starting.has(key) ||
      this.jobs.some(({ master, record }) => record.key === key && !isTerminal(master.status))
    )
  }

  /** Jobs that nobody means to find again may have the same name. */
  #freeKey(name: string): string {
    for (let number = 1; ; number++) {
      const key = number === 1 ? name : `${name} (${number})`
      if (!this.#isRunning(key)) return key
    }
  }

  #checkNotRunning(key: string): void {
    if (!this.#isRunning(key)) return
    throw new FlinktsError('OPTION_INVALID', `job '${key}' is already running in this session`, {
      fix: `Follow it with \`flinkts attach ${key}\`, end it with \`flinkts jobs stop ${key}\`, or give this one another name with pipeline.name.`,
    })
  }

  cancel(jobId: string): void {
    this.#entry(jobId).master.cancel()
  }

  /** The client of an attached job died: as after a crash, the next run resumes from the last checkpoint. */
  abort(jobId: string): void {
    this.#entry(jobId).master.suspend()
  }

  /** Resolves with the savepoint's location when the job has ended. `by`: who asked, for whoever follows the job.
   * Throws CHECKPOINT_FAILED. */
  async stop(jobId: string, { directory, by, drain = false }: StopJobOptions = {}): Promise<string> {
    const { master, transient } = this.#entry(jobId)
    const location = this.#savepointLocation(jobId, directory)
    const how = drain ? 'drained and stopped' : 'stopped'
    const stopped = by === undefined ? how : `${how} by ${by}`
    const nextRun = drain ? 'all windows have fired, the next run begins afresh' : 'the next run goes on from it'
    const lasts = !transient || directory !== undefined
    const said = lasts
      ? `${stopped} with savepoint ${location}; ${nextRun}`
      : `${stopped}; outside of a project no state is kept`
    await master.stopWithSavepoint({ location, drain, said })
    await this.#entry(jobId).settled
    await this.#recordSavepoint(jobId, location)
    return location
  }

  /** Throws CHECKPOINT_FAILED. */
  async savepoint(jobId: string, directory?: string): Promise<string> {
    const location = this.#savepointLocation(jobId, directory)
    await this.#entry(jobId).master.savepoint(location)
    await this.#recordSavepoint(jobId, location)
    return location
  }

  /** Resolves with its id when it is complete. Throws CHECKPOINT_FAILED. */
  checkpoint(jobId: string): Promise<number> {
    return this.#entry(jobId).master.checkpoints.checkpoint()
  }

  /**
   * Removes a savepoint, by path or `file:` URL; its files are gone when it resolves, what else is in its folder stays.
   * Throws OPTION_INVALID for what is no savepoint, CHECKPOINT_CORRUPT.
   */
  async disposeSavepoint(path: string): Promise<void> {
    const location = pathOf(path)
    const stored = await this.options.storage.read(location)
    if (stored.kind === 'corrupt') throw new FlinktsError('CHECKPOINT_CORRUPT', stored.reason)
    if (stored.manifest.type !== 'savepoint') {
      throw new FlinktsError('OPTION_INVALID', `${location} is a checkpoint: it belongs to its job`)
    }
    await this.options.storage.dispose(location)
  }

  /** So that it is listed wherever it was put. The savepoint stands, whether or not this succeeds. */
  async #recordSavepoint(jobId: string, location: string): Promise<void> {
    const { record, transient, log } = this.#entry(jobId)
    if (transient) return
    const at = this.options.environment.clock.now()
    await this.#store
      .recordSavepoint(record.key, { location, jobId, at })
      .catch((error: Error) => log.add('notice', `the savepoint ${location} will not be listed: ${error.message}`))
  }

  /**
   * What the job's running subtasks say to who asks why nothing comes out, vertices in topological order. Subtasks of a
   * TaskManager that does not answer within 2 s are left out, and all where the job began anew meanwhile. Throws
   * JOB_NOT_FOUND.
   */
  async diagnose(jobId: string, request: DiagnosticsRequest = {}): Promise<readonly SubtaskDiagnostics[]> {
    const { master } = this.#entry(jobId)
    const order = new Map(master.options.graph.vertices.map(({ id }, index) => [id, index]))
    const { attempt } = master
    const answers = await this.#pool.diagnose({ jobId, attempt }, request)
    if (master.attempt !== attempt) return []
    return answers.sort(
      (one, other) => order.get(one.vertexId)! - order.get(other.vertexId)! || one.subtaskIndex - other.subtaskIndex,
    )
  }

  killTaskManager(id: string): Promise<void> {
    return this.#pool.kill(id)
  }

  /** Running jobs are suspended: a next session takes them up again. `by`: who ends the session, for who asks later. */
  async close(by?: string): Promise<void> {
    this.#suspending ??= { by }
    this.#metricsTimer?.cancel()
    const running = [...this.#jobs.values()].filter(({ master }) => !isTerminal(master.status))
    for (const { master } of running) master.suspend()
    // also of those that ended just now: how they did is being written down
    await Promise.all([...this.#jobs.values()].map(({ settled }) => settled))
    await this.#pool.close()
    this.#meter.close()
  }

  #entry(jobId: string): ManagedJob {
    return this.job(jobId)
  }

  #savepointLocation(jobId: string, directory: string | undefined): string {
    const { record, master, transient } = this.#entry(jobId)
    const ofJob = transient ? this.#store.transientFolderOf(jobId) : master.checkpoints.options.savepointDirectory
    const configured = directory ?? ofJob
    return this.#store.savepointLocation(record.key, jobId, configured, randomUUID().slice(0, 12).replace('-', ''))
  }

  async #settle(jobId: string, status: JobStatus): Promise<JobStatus> {
    const entry = this.#jobs.get(jobId)!
    await entry.master.checkpoints.settled()
    const now = this.options.environment.clock.now()
    const ending = this.#endingOf(entry.master, status)
    entry.record = { ...entry.record, ending, endedAt: now, outcome: outcomeOf(entry, now) }
    if (entry.transient) await this.#store.clearTransient(jobId)
    else await this.#remember(entry)
    return status
  }

  /** A start that failed before anything ran changes nothing of how the run before it ended, nor of what it ran. */
  async #forgetStart({ key, secrets, graph, record }: { key: string } & Before, refused: RefusedStart): Promise<void> {
    if (secrets === undefined) this.#secrets.delete(key)
    else this.#secrets.set(key, secrets)
    if (graph !== undefined) await this.#store.writeGraph(graph)
    await this.#store.write({ ...record, refusedStart: refused })
  }

  /** Where the ending cannot be written, the next run takes the job for crashed: it goes on from the last checkpoint. */
  async #remember({ record, log, before }: JobEntry): Promise<void> {
    const { key, jobId, ending, startedAt } = record
    try {
      if (before !== undefined && neverRan(ending))
        return await this.#forgetStart({ key, ...before }, { jobId, at: startedAt, cause: ending.cause })
      await this.#store.write(record)
      // a job that read its input to the end begins afresh: nothing will ever ask for its checkpoints
      if (record.ending.kind === 'finished') await this.options.storage.discardAll(record.checkpointFolder)
    } catch (error) {
      log.add('notice', `how the job ended could not be written down: ${(error as Error).message}`)
    }
  }

  #endingOf(master: JobMaster, status: JobStatus): JobEnding {
    switch (status) {
      case 'FAILED':
        return { kind: 'failed', cause: master.failures[0]!.error, hasRun: master.hasRun }
      case 'CANCELED':
        return { kind: 'canceled' }
      case 'FINISHED':
        return stoppedEnding(master) ?? { kind: 'finished' }
      default:
        // aborted behind the savepoint: nothing was processed since
        return stoppedEnding(master) ?? this.#suspendedEnding()
    }
  }

  #suspendedEnding(): JobEnding {
    if (this.#suspending === undefined) return { kind: 'aborted' }
    const { by } = this.#suspending
    return { kind: 'suspended', ...(by === undefined ? {} : { by }) }
  }

  #received(taskManager: string, message: TaskManagerOutput): void {
    if (message.kind === 'subtask') {
      const job = this.#jobs.get(message.jobId)
      if (job === undefined) return
      const line = subtaskLogLine(job.master.options.graph, message)
      if (line !== undefined) this.#pool.logsOf(taskManager)?.log.add('notice', line)
      job.master.receive(message, message.event)
    } else if (message.kind === 'metrics') {
      for (const metrics of message.metrics.subtasks) this.#jobs.get(metrics.jobId)?.master.receiveMetrics(metrics)
    } else if (message.kind === 'rows') {
      const { jobId, sink, rows } = message
      const taken = (): void => this.#pool.send(taskManager, { kind: 'rows-taken', sink, count: rows.length })
      this.#jobs.get(jobId)?.results.add({ rows, taken })
    } else if (message.kind === 'print') {
      const log = this.#jobs.get(message.jobId)?.log
      const ofTaskManager = this.#pool.logsOf(taskManager)?.printed
      for (const { line, stream } of message.lines) {
        log?.add(stream, line)
        ofTaskManager?.add(stream, line)
      }
    }
  }

  #lost(taskManager: string, error: ErrorData): void {
    for (const { master } of this.#jobs.values())
      if (!isTerminal(master.status)) master.taskManagerLost(taskManager, error)
  }

  #pollMetrics(): void {
    this.#metricsTimer = this.options.environment.clock.setTimer(METRICS_INTERVAL_MS, () => {
      this.#pool.broadcast({ kind: 'report-metrics', request: ++this.#requests })
      this.#threadFigures = this.#meter.read()
      this.#pollMetrics()
    })
  }

  #forgetOldJobs(): void {
    const old = [...this.#jobs].filter(([, { master }]) => isTerminal(master.status)).map(([jobId]) => jobId)
    for (const jobId of old.slice(0, -ENDED_JOBS_KEPT_MAX)) this.#jobs.delete(jobId)
  }
}
