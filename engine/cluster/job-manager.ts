// The JobManager of a session: takes jobs in, keeps them, ends them; owns the TaskManagers. Source: Flink's Dispatcher.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { FlinktsError, type ErrorData } from '../common/errors.ts'
import { createJobGraph } from '../graph/create-job-graph.ts'
import { parseCheckpointOptions } from '../checkpoint/checkpoint-options.ts'
import { decideStart, type JobEnding, type StartDecision, type StartFlags } from './decide-start.ts'
import { JobLog } from './job-log.ts'
import { JobMaster } from './job-master.ts'
import { JobResults } from './job-results.ts'
import { JobStore, type JobRecord } from './job-store.ts'
import { TaskManagerPool, type TaskManagerLauncher, type TaskManagerView } from './task-manager-pool.ts'
import type { CheckpointStorage, StoredCheckpoint } from '../checkpoint/checkpoint-storage.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'
import type { TaskEnvironment } from '../task/task-environment.ts'
import type { Timer } from '../time/clock.ts'
import type { JobStatus } from './job-status.ts'
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
}

export interface SubmitOptions extends StartFlags {
  /** `pipeline.name`, else the job's path: how a next run finds this one. Default: the graph's job name, numbered where
   * a job of that name runs already. */
  readonly key?: string | undefined
  readonly allowNonRestoredState?: boolean | undefined
}

/** A job of the session, ended ones included. */
export interface ManagedJob {
  readonly master: JobMaster
  readonly record: JobRecord
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

interface JobEntry {
  master: JobMaster
  record: JobRecord
  configuration: Readonly<Record<string, string>>
  log: JobLog
  results: JobResults
  settled: Promise<JobStatus>
}

export class JobManager {
  readonly options: JobManagerOptions
  readonly #pool: TaskManagerPool
  readonly #store: JobStore
  readonly #jobs = new Map<string, JobEntry>()
  /** Names of jobs that are being taken in. */
  readonly #starting = new Set<string>()
  #metricsTimer: Timer | undefined
  #requests = 0
  #suspending = false

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
    const jobGraph = createJobGraph(graph)
    const key = options.key ?? this.#freeKey(graph.jobName)
    this.#checkNotRunning(key)
    this.#starting.add(key)
    try {
      // the run before may have ended a moment ago: its record and its checkpoints must stand still
      await Promise.all(this.jobs.filter(({ record }) => record.key === key).map(({ settled }) => settled))
      return await this.#submit(jobGraph, key, options)
    } finally {
      this.#starting.delete(key)
    }
  }

  async #submit(graph: JobGraph, key: string, options: SubmitOptions): Promise<ManagedJob> {
    const { environment, storage } = this.options
    const { clock } = environment
    const checkpointing = parseCheckpointOptions(graph.configuration)
    const before = await this.#store.read(key)
    const stored = await this.#storedCheckpoints(before)
    const decision = decide(before, stored.checkpoints, graph, options)
    const jobId = randomUUID().replaceAll('-', '')
    const record: JobRecord = {
      formatVersion: 1,
      key,
      jobName: graph.jobName,
      jobId,
      startedAt: clock.now(),
      ending: { kind: 'running' },
      checkpointFolder: this.#store.checkpointFolderOf(key, jobId, checkpointing.directory),
      restoredFrom: decision.kind === 'restore' ? decision.location : undefined,
      formerFolder: stored.folder,
    }
    const log = new JobLog(clock)
    const say = (line: string): void => log.add('notice', line)
    for (const line of [...graph.warnings, ...decision.say]) say(line)
    const master = new JobMaster({
      jobId,
      scope: `${hostname()}:${this.#store.folderOf(key)}`,
      graph,
      environment: { ...environment, print: (line, stream) => log.add(stream, line) },
      storage,
      checkpointFolder: record.checkpointFolder,
      pool: this.#pool,
      restore: decision.kind === 'restore' ? decision : undefined,
      allowNonRestoredState: options.allowNonRestoredState ?? false,
      formerCheckpointFolder: stored.folder,
      say,
    })
    await this.#store.write(record)
    const settled = master.terminated.then((status) => this.#settle(jobId, status))
    const entry: JobEntry = {
      master,
      record,
      configuration: graph.configuration,
      log,
      results: new JobResults(),
      settled,
    }
    this.#jobs.set(jobId, entry)
    this.#forgetOldJobs()
    master.start()
    return entry
  }

  #isRunning(key: string): boolean {
    return (
      this.#starting.has(key) || this.jobs.some(({ master, record }) => record.key === key && !ended(master.status))
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
      fix: 'Cancel or stop it first, or give this one another name with pipeline.name.',
    })
  }

  /** Of the last run; while it had none, those from the one on that it was restored from. Newest first. */
  async #storedCheckpoints(before: JobRecord | undefined): Promise<StoredCheckpoints> {
    if (before === undefined) return { folder: undefined, checkpoints: [] }
    const { storage } = this.options
    await storage.removeUnfinished(before.checkpointFolder)
    const own = await storage.list(before.checkpointFolder)
    if (own.length > 0 || before.formerFolder === undefined)
      return { folder: before.checkpointFolder, checkpoints: own }
    const former = await storage.list(before.formerFolder)
    const from = former.findIndex(({ location }) => location === before.restoredFrom)
    return { folder: before.formerFolder, checkpoints: from < 0 ? [] : former.slice(from) }
  }

  cancel(jobId: string): void {
    this.#entry(jobId).master.cancel()
  }

  /** The client of an attached job died: as after a crash, the next run resumes from the last checkpoint. */
  abort(jobId: string): void {
    this.#entry(jobId).master.suspend()
  }

  /** Resolves with the savepoint's location when the job has ended. Throws CHECKPOINT_FAILED. */
  async stop(jobId: string, directory?: string): Promise<string> {
    const { master } = this.#entry(jobId)
    const location = await master.stopWithSavepoint(this.#savepointLocation(jobId, directory))
    await this.#entry(jobId).settled
    return location
  }

  /** Throws CHECKPOINT_FAILED. */
  savepoint(jobId: string, directory?: string): Promise<string> {
    return this.#entry(jobId).master.savepoint(this.#savepointLocation(jobId, directory))
  }

  killTaskManager(id: string): Promise<void> {
    return this.#pool.kill(id)
  }

  /** Running jobs are suspended: a next session takes them up again. */
  async close(): Promise<void> {
    this.#suspending = true
    this.#metricsTimer?.cancel()
    const running = [...this.#jobs.values()].filter(({ master }) => !ended(master.status))
    for (const { master } of running) master.suspend()
    await Promise.all(running.map(({ settled }) => settled))
    await this.#pool.close()
  }

  #entry(jobId: string): JobEntry {
    return this.job(jobId)
  }

  #savepointLocation(jobId: string, directory: string | undefined): string {
    const { record, master } = this.#entry(jobId)
    const configured = directory ?? master.checkpoints.options.savepointDirectory
    return this.#store.savepointLocation(record.key, jobId, configured, randomUUID().slice(0, 12).replace('-', ''))
  }

  async #settle(jobId: string, status: JobStatus): Promise<JobStatus> {
    const entry = this.#jobs.get(jobId)!
    await entry.master.checkpoints.settled()
    entry.record = { ...entry.record, ending: this.#endingOf(entry.master, status) }
    await this.#store.write(entry.record)
    // a job that read its input to the end begins afresh: nothing will ever ask for its checkpoints
    if (entry.record.ending.kind === 'finished') await this.options.storage.discardAll(entry.record.checkpointFolder)
    return status
  }

  #endingOf(master: JobMaster, status: JobStatus): JobEnding {
    switch (status) {
      case 'FAILED':
        return { kind: 'failed', cause: master.failures[0]!.error }
      case 'CANCELED':
        return { kind: 'canceled' }
      case 'FINISHED': {
        const savepoint = master.stoppedWith
        return savepoint === undefined ? { kind: 'finished' } : { kind: 'stopped', savepoint }
      }
      default:
        return this.#suspending ? { kind: 'running' } : { kind: 'aborted' }
    }
  }

  #received(taskManager: string, message: TaskManagerOutput): void {
    if (message.kind === 'subtask') this.#jobs.get(message.jobId)?.master.receive(message, message.event)
    else if (message.kind === 'metrics') {
      for (const metrics of message.metrics.subtasks) this.#jobs.get(metrics.jobId)?.master.receiveMetrics(metrics)
    } else if (message.kind === 'rows') {
      const { jobId, sink, rows } = message
      const taken = (): void => this.#pool.send(taskManager, { kind: 'rows-taken', sink, count: rows.length })
      this.#jobs.get(jobId)?.results.add({ rows, taken })
    } else if (message.kind === 'print') {
      const log = this.#jobs.get(message.jobId)?.log
      for (const { line, stream } of message.lines) log?.add(stream, line)
    }
  }

  #lost(taskManager: string, error: ErrorData): void {
    for (const { master } of this.#jobs.values()) if (!ended(master.status)) master.taskManagerLost(taskManager, error)
  }

  #pollMetrics(): void {
    this.#metricsTimer = this.options.environment.clock.setTimer(METRICS_INTERVAL_MS, () => {
      this.#pool.broadcast({ kind: 'report-metrics', request: ++this.#requests })
      this.#pollMetrics()
    })
  }

  #forgetOldJobs(): void {
    const old = [...this.#jobs].filter(([, { master }]) => ended(master.status)).map(([jobId]) => jobId)
    for (const jobId of old.slice(0, -ENDED_JOBS_KEPT_MAX)) this.#jobs.delete(jobId)
  }
}

interface StoredCheckpoints {
  readonly folder: string | undefined
  readonly checkpoints: readonly StoredCheckpoint[]
}

function decide(
  before: JobRecord | undefined,
  stored: readonly StoredCheckpoint[],
  graph: JobGraph,
  flags: StartFlags,
): StartDecision {
  const usable = stored.find((checkpoint) => checkpoint.kind === 'complete')
  const newerThanUsable = usable === undefined ? stored : stored.slice(0, stored.indexOf(usable))
  const appendSinks = graph.vertices.flatMap(({ chain }) =>
    chain.flatMap(({ node }) =>
      node.kind === 'sink' && node.sink.changelog === 'insert-only' ? [node.sink.tableName] : [],
    ),
  )
  return decideStart(
    {
      ending: before?.ending,
      checkpoint: usable?.location ?? (stored.length === 0 ? before?.restoredFrom : undefined),
      corrupt: newerThanUsable.flatMap((checkpoint) => (checkpoint.kind === 'corrupt' ? [checkpoint.reason] : [])),
      appendSinks,
      checkpointing: parseCheckpointOptions(graph.configuration).intervalMs !== undefined,
    },
    flags,
  )
}

function ended(status: JobStatus): boolean {
  return status === 'FINISHED' || status === 'FAILED' || status === 'CANCELED' || status === 'SUSPENDED'
}
