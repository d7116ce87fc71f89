// The shell of a job's checkpoint coordinator: timers, files, messages.
import { FlinktsError, fromErrorData, toErrorData, type ErrorData } from '../common/errors.ts'
import {
  coordinate,
  initialCoordinator,
  type CoordinatorCommand,
  type CoordinatorEvent,
  type CoordinatorState,
  type PendingCheckpoint,
} from '../checkpoint/checkpoint-coordinator.ts'
import { parseCheckpointOptions, type CheckpointOptions } from '../checkpoint/checkpoint-options.ts'
import { CheckpointStatistics } from '../checkpoint/checkpoint-statistics.ts'
import { createManifest, type OperatorFacts } from '../checkpoint/create-manifest.ts'
import type { CheckpointManifest, ManifestSplit } from '../checkpoint/checkpoint-manifest.ts'
import type { CheckpointStorage } from '../checkpoint/checkpoint-storage.ts'
import type { SubtaskSnapshot } from '../checkpoint/subtask-snapshot.ts'
import type { Json } from '../common/json.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import type { Clock, Timer } from '../time/clock.ts'
import type { CheckpointBarrier } from '../types/stream-element.ts'

export interface JobCheckpointsOptions {
  readonly jobId: string
  /** How a next run finds the job. */
  readonly jobKey: string | undefined
  readonly graph: JobGraph
  readonly clock: Clock
  readonly storage: CheckpointStorage
  readonly folder: string
  /** Discarded with the first checkpoint of this run. */
  readonly formerFolder: string | undefined
  /** By operator id of the sources. */
  readonly identities: ReadonlyMap<string, Json>
  readonly sendToSources: (barrier: CheckpointBarrier) => void
  readonly notifyComplete: (checkpointId: number) => void
  readonly failJob: (error: ErrorData) => void
}

interface WaitingRequest {
  readonly resolve: (checkpointId: number) => void
  readonly reject: (error: unknown) => void
}

export class JobCheckpoints {
  readonly options: JobCheckpointsOptions & CheckpointOptions
  readonly statistics = new CheckpointStatistics()
  /** Of those who wait for a checkpoint or a savepoint, by request. */
  readonly #waiting = new Map<string, WaitingRequest>()
  readonly #events: CoordinatorEvent[] = []
  #state: CoordinatorState
  /** By location: a manifest that is being written is not discarded at the same time. */
  readonly #storageWork = new Map<string, Promise<void>>()
  #timer: Timer | undefined
  #requests = 0

  /** Throws OPTION_INVALID. */
  constructor(options: JobCheckpointsOptions) {
    const parsed = parseCheckpointOptions(options.graph.configuration)
    this.options = { ...options, ...parsed }
    this.#state = initialCoordinator(parsed, 1, [])
  }

  running(): void {
    const subtasks = this.options.graph.vertices.flatMap(({ id, parallelism, inputs }) =>
      Array.from({ length: parallelism }, (_, subtaskIndex) => ({
        vertexId: id,
        subtaskIndex,
        isSource: inputs.length === 0,
      })),
    )
    this.#dispatch({ kind: 'running', subtasks, now: this.options.clock.now() })
  }

  stopped(reason: string): void {
    this.#timer?.cancel()
    this.#dispatch({ kind: 'stopped', reason, now: this.options.clock.now() })
  }

  acknowledged(snapshot: SubtaskSnapshot): void {
    const now = this.options.clock.now()
    this.statistics.acknowledged(snapshot, now)
    this.#dispatch({ kind: 'acknowledged', snapshot, now })
  }

  declined(checkpointId: number, error: ErrorData): void {
    this.#dispatch({ kind: 'declined', checkpointId, error, now: this.options.clock.now() })
  }

  subtaskFinished(subtask: { vertexId: string; subtaskIndex: number }, splits: readonly ManifestSplit[]): void {
    const { vertexId, subtaskIndex } = subtask
    this.#dispatch({ kind: 'finished', vertexId, subtaskIndex, splits, now: this.options.clock.now() })
  }

  /** `stop`, `drain`: see CheckpointBarrier. Throws CHECKPOINT_FAILED. */
  async savepoint(location: string, { stop = false, drain = false } = {}): Promise<void> {
    const { request, done } = this.#newRequest()
    this.#dispatch({ kind: 'savepoint', savepoint: { request, location, stop, drain }, now: this.options.clock.now() })
    await done
  }

  /** Takes one now; resolves with its id when it is complete. Throws CHECKPOINT_FAILED. */
  checkpoint(): Promise<number> {
    const { request, done } = this.#newRequest()
    this.#dispatch({ kind: 'checkpoint', request, now: this.options.clock.now() })
    return done
  }

  #newRequest(): { request: string; done: Promise<number> } {
    const request = String(++this.#requests)
    return { request, done: new Promise((resolve, reject) => this.#waiting.set(request, { resolve, reject })) }
  }

  #answer(request: string, answer: (waiting: WaitingRequest) => void): void {
    const waiting = this.#waiting.get(request)
    this.#waiting.delete(request)
    if (waiting !== undefined) answer(waiting)
  }

  restored(manifest: CheckpointManifest, location: string): void {
    const restoredAt = this.options.clock.now()
    const isSavepoint = manifest.type === 'savepoint'
    this.statistics.restoredFrom({ id: manifest.checkpointId, location, restoredAt, isSavepoint })
    // ids go on where the former run was, so that a checkpoint's id says its age
    const nextCheckpointId = Math.max(this.#state.nextCheckpointId, manifest.checkpointId + 1)
    this.#state = { ...this.#state, nextCheckpointId }
  }

  /** The newest completed checkpoint of this run that can be read; `skipped` hears why others cannot. */
  async latestUsable(
    skipped: (reason: string) => void,
  ): Promise<{ manifest: CheckpointManifest; location: string } | undefined> {
    const own = [...this.#state.completed].reverse()
    let lastReason: string | undefined
    for (const { location } of own) {
      const stored = await this.options.storage.read(location)
      if (stored.kind === 'complete') return { manifest: stored.manifest, location }
      lastReason = stored.reason
      skipped(stored.reason)
    }
    if (lastReason === undefined) return undefined
    throw new FlinktsError('CHECKPOINT_CORRUPT', `no retained checkpoint can be read: ${lastReason}`, {
      fix: 'Begin anew with --fresh.',
    })
  }

  #dispatch(event: CoordinatorEvent): void {
    this.#events.push(event)
    if (this.#events.length > 1) return
    const locationOf = (id: number): string => this.options.storage.checkpointLocation(this.options.folder, id)
    while (this.#events.length > 0) {
      const [state, commands] = coordinate(this.#state, this.#events[0]!, locationOf)
      this.#state = state
      for (const command of commands) this.#execute(command)
      this.#events.shift()
    }
  }

  #execute(command: CoordinatorCommand): void {
    const { clock, storage } = this.options
    switch (command.kind) {
      case 'trigger':
        this.statistics.triggered(command.barrier, this.#state.subtasks!.length)
        return this.options.sendToSources(command.barrier)
      case 'write-manifest':
        this.#inOrder(command.pending.barrier.location, () => this.#writeManifest(command.pending))
        return
      case 'notify-complete':
        return this.options.notifyComplete(command.checkpointId)
      case 'discard':
        this.statistics.discarded(command.location)
        // what cannot be removed now is removed when the job starts again
        this.#inOrder(command.location, () => storage.discard(command.location).catch(() => undefined))
        return
      case 'completed':
        this.#discardFormer(command.pending)
        return this.statistics.completed(command.pending, command.now)
      case 'failed':
        return this.statistics.failed(command.pending, command.error, command.now)
      case 'savepoint-completed':
        return this.#answer(command.savepoint.request, ({ resolve }) => resolve(command.checkpointId))
      case 'savepoint-failed':
        return this.#answer(command.savepoint.request, ({ reject }) => reject(fromErrorData(command.error)))
      case 'requests-completed':
        for (const request of command.requests) this.#answer(request, ({ resolve }) => resolve(command.checkpointId))
        return
      case 'requests-failed':
        for (const request of command.requests) {
          this.#answer(request, ({ reject }) => reject(fromErrorData(command.error)))
        }
        return
      case 'set-timer':
        this.#timer?.cancel()
        this.#timer = clock.setTimer(Math.max(0, command.at - clock.now()), () =>
          this.#dispatch({ kind: 'timer', now: clock.now() }),
        )
        return
      case 'fail-job':
        return this.options.failJob(command.error)
    }
  }

  #discardFormer(pending: PendingCheckpoint): void {
    const { formerFolder, storage } = this.options
    if (formerFolder === undefined || pending.savepoint !== undefined || this.statistics.latest.completed !== undefined)
      return
    // what stays behind only costs disk space
    this.#inOrder(formerFolder, () => storage.discardAll(formerFolder).catch(() => undefined))
  }

  #inOrder(location: string, work: () => Promise<void>): void {
    const done = (this.#storageWork.get(location) ?? Promise.resolve()).then(work)
    this.#storageWork.set(location, done)
    void done.then(() => {
      if (this.#storageWork.get(location) === done) this.#storageWork.delete(location)
    })
  }

  /** Every subtask has acknowledged a checkpoint whose manifest is being written. */
  get isCompleting(): boolean {
    return this.#state.pending?.phase === 'writing'
  }

  /** Nothing is being written or discarded any more. Call after the end of the job. */
  async settled(): Promise<void> {
    await Promise.all(this.#storageWork.values())
  }

  async #writeManifest(pending: PendingCheckpoint): Promise<void> {
    const { jobId, jobKey, graph, clock, storage } = this.options
    const { checkpointId, location } = pending.barrier
    const manifest = createManifest(pending, { jobId, jobKey, jobName: graph.jobName }, this.#operators(), clock.now())
    try {
      await storage.writeManifest(location, manifest)
      this.#dispatch({ kind: 'manifest-written', checkpointId, now: clock.now() })
    } catch (error) {
      this.#dispatch({ kind: 'manifest-failed', checkpointId, error: toErrorData(error), now: clock.now() })
    }
  }

  #operators(): OperatorFacts[] {
    const { identities } = this.options
    return this.options.graph.vertices.flatMap((vertex) =>
      vertex.chain.map(({ node }) => ({
        operatorId: node.id,
        name: node.name,
        vertexId: vertex.id,
        kind: node.kind,
        parallelism: vertex.parallelism,
        maxParallelism: vertex.maxParallelism,
        identity: identities.get(node.id),
      })),
    )
  }
}
