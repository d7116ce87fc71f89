// A TaskManager: hosts subtasks on the thread it runs on, joined to other TaskManagers by links. The same class runs in
// a worker thread (task-manager.worker.ts) and, for tests and embedding, in the caller's thread.
import { assertNever, check } from '../common/check.ts'
import { toErrorData } from '../common/errors.ts'
import { ChannelRegistry } from '../exchange/channel-registry.ts'
import { createLocalLink } from '../exchange/local-link.ts'
import { createPortLink } from '../exchange/port-link.ts'
import { Subtask } from '../task/subtask.ts'
import { CollectSinks } from './collect-sinks.ts'
import { locateUserError } from './load-bundle.ts'
import { loadUserFunctions } from './load-user-functions.ts'
import type { MessagePort } from 'node:worker_threads'
import type { StateStorage } from '../checkpoint/checkpoint-storage.ts'
import type { Link } from '../exchange/channel.ts'
import type { JobBundle } from '../graph/stream-graph.ts'
import type { DiagnosticsRequest, SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { ChannelDescriptor, SubtaskDescriptor, SubtaskEvent } from '../task/subtask-descriptor.ts'
import type { SubtaskHost } from '../task/subtask-parts.ts'
import type { TaskEnvironment, UserFunctions } from '../task/task-environment.ts'
import type { ThreadFigures } from './thread-figures.ts'
import type { AttemptId, TaskManagerInput } from './messages/input.ts'
import type { PrintedLine, TaskManagerMetrics, TaskManagerOutput } from './messages/output.ts'

export interface TaskManagerOptions {
  readonly id: string
  readonly environment: TaskEnvironment
  readonly storage: StateStorage
  readonly send: (message: TaskManagerOutput) => void
  readonly thread: () => ThreadFigures
  /** `collect` sinks send their rows as messages; else the environment's connector takes them. */
  readonly collectsRows?: boolean | undefined
  /** Takes the place of the bundle's user functions. */
  readonly userFunctions?: UserFunctions | undefined
}

export class TaskManager {
  readonly #options: TaskManagerOptions
  readonly registry = new ChannelRegistry()
  readonly #links = new Map<string, { readonly link: Link; readonly port: MessagePort | undefined }>()
  readonly #subtasks = new Set<Subtask>()
  readonly #collect = new CollectSinks()
  /** Lines of `print` sinks by job, sent together once per turn of the event loop. */
  readonly #printed = new Map<string, PrintedLine[]>()
  readonly #userFunctions = new Map<string, Promise<UserFunctions | undefined>>()

  constructor(options: TaskManagerOptions) {
    this.#options = options
    this.#links.set(options.id, { link: createLocalLink(this.registry), port: undefined })
  }

  get id(): string {
    return this.#options.id
  }

  /** Joins another TaskManager of the same thread; call it on both. */
  connectLocally(peer: TaskManager): void {
    this.#links.set(peer.id, { link: createLocalLink(peer.registry), port: undefined })
  }

  handle(message: TaskManagerInput): void {
    switch (message.kind) {
      case 'connect':
        this.#links.set(message.peer, { link: createPortLink(message.port, this.registry), port: message.port })
        return
      case 'disconnect':
        this.#links.get(message.peer)?.port?.close()
        this.#links.delete(message.peer)
        return
      case 'deploy':
        for (const descriptor of message.subtasks) this.#deploy(descriptor, message.bundle)
        return
      case 'start':
        for (const subtask of this.#of(message)) subtask.start()
        return
      case 'cancel':
        for (const subtask of this.#of(message)) subtask.cancel()
        return
      case 'trigger-checkpoint':
        for (const subtask of this.#of(message)) {
          if (subtask.descriptor.vertex.inputs.length === 0) subtask.triggerCheckpoint(message.barrier)
        }
        return
      case 'checkpoint-complete':
        for (const subtask of this.#of(message)) subtask.notifyCheckpointComplete(message.checkpointId)
        return
      case 'rows-taken':
        return this.#collect.taken(message.sink, message.count)
      case 'report-metrics':
        this.#options.send({ kind: 'metrics', request: message.request, metrics: this.#metrics() })
        return
      case 'diagnose':
        return this.#answerDiagnosis(message)
      case 'shutdown':
        for (const subtask of this.#subtasks) subtask.cancel()
        for (const { port } of this.#links.values()) port?.close()
        return
      default:
        assertNever(message)
    }
  }

  /** Who asks why must not end what he asks about: the answer carries what was thrown. */
  #answerDiagnosis(message: Extract<TaskManagerInput, { kind: 'diagnose' }>): void {
    const answer = { kind: 'diagnostics', request: message.request } as const
    try {
      this.#options.send({ ...answer, subtasks: this.diagnose(message, message.ask) })
    } catch (error) {
      this.#options.send({ ...answer, subtasks: [], error: toErrorData(error) })
    }
  }

  diagnose(attempt: AttemptId, ask: DiagnosticsRequest): SubtaskDiagnostics[] {
    return this.#of(attempt).flatMap((subtask) => subtask.diagnose(ask) ?? [])
  }

  #of({ jobId, attempt }: AttemptId): Subtask[] {
    return [...this.#subtasks].filter(({ descriptor }) => descriptor.jobId === jobId && descriptor.attempt === attempt)
  }

  #deploy(descriptor: SubtaskDescriptor, bundle: JobBundle | undefined): void {
    const { jobId, attempt, vertex, subtaskIndex } = descriptor
    const report = (event: SubtaskEvent): void =>
      this.#options.send({ kind: 'subtask', jobId, attempt, vertexId: vertex.id, subtaskIndex, event })
    const subtask = new Subtask(descriptor, this.#hostFor(jobId, bundle), (event) => {
      this.#flushPrinted(jobId)
      if (event.kind === 'finished' || event.kind === 'failed' || event.kind === 'canceled') {
        this.#subtasks.delete(subtask)
        if (![...this.#subtasks].some((other) => other.descriptor.jobId === jobId)) this.#userFunctions.delete(jobId)
      }
      report(event.kind === 'failed' ? { ...event, error: locateUserError(event.error, bundle) } : event)
    })
    this.#subtasks.add(subtask)
    void subtask.run()
  }

  #print(jobId: string, printed: PrintedLine): void {
    const lines = this.#printed.get(jobId)
    if (lines !== undefined) return void lines.push(printed)
    this.#printed.set(jobId, [printed])
    setImmediate(() => this.#flushPrinted(jobId))
  }

  #flushPrinted(jobId: string): void {
    const lines = this.#printed.get(jobId)
    if (lines === undefined) return
    this.#printed.delete(jobId)
    this.#options.send({ kind: 'print', jobId, lines })
  }

  #hostFor(jobId: string, bundle: JobBundle | undefined): SubtaskHost {
    const linkTo = (peer: string): Link => {
      const entry = this.#links.get(peer)
      check(entry !== undefined, `TaskManager ${this.id} has no link to ${peer}`)
      return entry.link
    }
    return {
      environment: {
        ...this.#options.environment,
        print: (line, stream) => this.#print(jobId, { line, stream }),
        loadConnector: (connector) =>
          connector === 'collect' && this.#options.collectsRows === true
            ? this.#collect.runtime((sink, rows) => this.#options.send({ kind: 'rows', jobId, sink, rows }))
            : this.#options.environment.loadConnector(connector),
      },
      storage: this.#options.storage,
      openInput: ({ channel, peer }: ChannelDescriptor, wake) => this.registry.openInput(channel, linkTo(peer), wake),
      openOutput: ({ channel, peer }: ChannelDescriptor, wake) => this.registry.openOutput(channel, linkTo(peer), wake),
      closeChannels: ({ inputs, outputs }) => {
        this.registry.closeInputs(inputs.map(({ channel }) => channel))
        this.registry.closeOutputs(outputs.map(({ channel }) => channel))
      },
      userFunctions: () => {
        let functions = this.#userFunctions.get(jobId)
        if (functions === undefined) {
          const given = this.#options.userFunctions
          functions = given === undefined ? loadUserFunctions(bundle) : Promise.resolve(given)
          this.#userFunctions.set(jobId, functions)
        }
        return functions
      },
    }
  }

  #metrics(): TaskManagerMetrics {
    return {
      thread: this.#options.thread(),
      subtasks: [...this.#subtasks].map((subtask) => ({
        jobId: subtask.descriptor.jobId,
        attempt: subtask.descriptor.attempt,
        ...subtask.metrics(),
      })),
    }
  }
}
