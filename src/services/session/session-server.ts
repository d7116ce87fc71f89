// What runs inside the session process: leases, embedded services and the REST server they are reached by.
import { writeSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import {
  createDefaultEnvironment,
  createWorkerLauncher,
  DirectoryLock,
  fileSystemStorage,
  JobManager,
  JobStore,
  jobRoutes,
  FlinktsError,
  identityOf,
  startHttpServer,
  systemClock,
  type HttpServer,
  type JobManagerOptions,
  type Route,
  type Timer,
} from '../../../engine/host.ts'
import { packageVersion } from '../../config/package-root.ts'
import type { Project } from '../../config/project.ts'
import { projectSecret } from '../project-connections.ts'
import { configuredProvider } from '../create-stack.ts'
import { JobLogWriter } from '../logs/job-log-writer.ts'
import { projectLogs } from '../logs/log-provider.ts'
import { processLogFiles, rotateLog } from '../logs/log-files.ts'
import { clusterConfiguration } from './cluster-configuration.ts'
import { movedPortNotice, startOnPort } from '../processes/port.ts'
import { endJobs } from './end-jobs.ts'
import { Leases } from './leases.ts'
import { screenRoutes } from './screen-routes.ts'
import { removeSessionRecord, sessionPaths, writeSessionRecord } from './session-files.ts'
import type {
  DownAnswer,
  DownRequest,
  LeaseEvent,
  ServiceName,
  SessionStatus,
  StartServicesAnswer,
  StartServicesRequest,
} from './session-protocol.ts'
import { claimStateFolder } from './state-folder-version.ts'
import { SessionStack } from './session-stack.ts'

const REST_PORT_DEFAULT = 8081
/** Between two commands of a script nobody holds a lease for a moment. */
const GRACE_MS = 1_500
/** Between two looks at the sizes of the logs. */
const LOG_ROTATION_MS = 10_000

const TASK_MANAGERS_DEFAULT = Math.min(2, availableParallelism())
const SLOTS_PER_TASK_MANAGER_DEFAULT = 8
/** Old-generation heap of one TaskManager's thread: half the machine shared out, at most 4 GB each. */
const HEAP_MB_MAX = 4096

function createJobManager(
  project: Project,
  parts: Pick<JobManagerOptions, 'projectSecret' | 'onJobMessage'>,
): JobManager {
  const { cluster } = project.config
  const taskManagers = cluster.taskManagers ?? TASK_MANAGERS_DEFAULT
  const heapMb = Math.min(HEAP_MB_MAX, Math.floor(totalmem() / 2 / taskManagers / (1 << 20)))
  return new JobManager({
    directory: project.stateFolder,
    environment: createDefaultEnvironment(),
    launcher: createWorkerLauncher({ heapMb }),
    storage: fileSystemStorage,
    taskManagers,
    slotsPerTaskManager: cluster.slotsPerTaskManager ?? SLOTS_PER_TASK_MANAGER_DEFAULT,
    ...parts,
  })
}

export class SessionServer {
  readonly #project: Project
  readonly #lock: DirectoryLock
  readonly #leases: Leases
  readonly #stack: SessionStack
  readonly #jobManager: JobManager
  readonly #jobLogs: JobLogWriter
  /** Only jobs wait for them. */
  #taskManagersReady: Promise<void> | undefined
  readonly #notices: string[] = []
  readonly #holders = new Set<(event: LeaseEvent) => void>()
  #http: HttpServer | undefined
  #logTimer: Timer | undefined
  #isUp = false
  #goingDown: Promise<DownAnswer> | undefined
  #stopping: Promise<void> | undefined

  private constructor(project: Project, lock: DirectoryLock) {
    this.#project = project
    this.#lock = lock
    this.#jobLogs = new JobLogWriter(project, systemClock)
    this.#jobManager = createJobManager(project, {
      projectSecret: (name) => projectSecret(project, this.#stack.status(), name),
      onJobMessage: (key, message) => this.#jobLogs.add(key, message),
    })
    // Beside everything else; but containers need the processors while they start, and no job runs before them.
    if (configuredProvider(project) !== 'docker') void this.#startTaskManagers()
    const tellAll = (event: LeaseEvent): void => {
      for (const tell of this.#holders) tell(event)
    }
    this.#stack = new SessionStack({
      project,
      notice: (text) => this.#notice(text),
      alarm: (line) => {
        this.#notice(line)
        tellAll({ kind: 'alarm', line })
      },
      pulling: (progress) => tellAll({ kind: 'pull', progress }),
    })
    this.#leases = new Leases({
      clock: systemClock,
      graceMs: GRACE_MS,
      onUnused: () => void this.stop('nobody uses it'),
    })
  }

  /** Throws FOLDER_IN_USE where another session holds the project, STATE_FOLDER_INCOMPATIBLE. */
  static async start(project: Project): Promise<SessionServer> {
    claimStateFolder(project)
    const lock = DirectoryLock.acquire(sessionPaths(project).lockFolder)
    // checkpoints of jobs that keep no state, if the last session was killed
    await new JobStore(project.stateFolder).clearTransient()
    const server = new SessionServer(project, lock)
    try {
      await server.#listen()
    } catch (error) {
      lock.release()
      throw error
    }
    return server
  }

  get restAddress(): string {
    return `http://${this.#http!.host}:${this.#http!.port}`
  }

  /** Stops everything, once; the process ends when nothing is left to do. */
  stop(reason: string): Promise<void> {
    return (this.#stopping ??= this.#stop(reason))
  }

  async #stop(reason: string): Promise<void> {
    this.#log(`stopping: ${reason}`)
    for (const tell of this.#holders) tell({ kind: 'stopping', reason })
    removeSessionRecord(this.#project)
    await this.#jobManager.close()
    this.#jobLogs.flush()
    await this.#stack.stop()
    this.#logTimer?.cancel()
    await this.#http?.stop()
    this.#lock.release()
  }

  async #listen(): Promise<void> {
    const { port: asked } = this.#project.config.rest
    const wanted = { asked, defaultPort: REST_PORT_DEFAULT, service: 'the REST API' }
    const { port, started } = await startOnPort(wanted, (on) => startHttpServer({ port: on, routes: this.#routes() }))
    this.#http = started
    const moved = await movedPortNotice(wanted, port)
    if (moved !== undefined) this.#notice(moved)
    writeSessionRecord(this.#project, {
      ...identityOf(process.pid)!,
      restAddress: this.restAddress,
      version: packageVersion(),
    })
    this.#log(`REST API on ${this.restAddress}`)
    this.#keepLogsSmall()
  }

  #keepLogsSmall(): void {
    for (const path of Object.values(processLogFiles(this.#project))) rotateLog(path)
    this.#logTimer = systemClock.setTimer(LOG_ROTATION_MS, () => this.#keepLogsSmall())
  }

  #jobRoutes(): Route[] {
    const holdLease = (): (() => void) => this.#leases.take('job')
    const options = {
      holdLease,
      logs: projectLogs(this.#project),
      configuration: clusterConfiguration(this.#project),
      shutDown: async () => void (await (this.#goingDown ??= this.#down(true))),
    }
    return jobRoutes(this.#jobManager, options).map((route) =>
      route.method === 'POST' && route.path === '/flinkts/jobs'
        ? {
            ...route,
            handle: async (request) => {
              this.#checkStays()
              await this.#startTaskManagers()
              return route.handle(request)
            },
          }
        : route,
    )
  }

  #routes(): Route[] {
    return [
      ...this.#jobRoutes(),
      ...screenRoutes(this.#project, this.#jobManager),
      { method: 'GET', path: '/flinkts/session', handle: () => ({ kind: 'json', body: this.#status() }) },
      {
        method: 'GET',
        path: '/flinkts/lease',
        handle: () => ({ kind: 'lines', run: (writer, signal) => this.#hold((event) => writer.write(event), signal) }),
      },
      {
        method: 'POST',
        path: '/flinkts/services',
        handle: async ({ body }) => ({ kind: 'json', body: await this.#startServices(body as StartServicesRequest) }),
      },
      {
        method: 'GET',
        path: '/flinkts/logs/:service',
        handle: ({ params, query }) => ({
          kind: 'lines',
          run: async (writer, signal) => {
            const options = { tail: Number(query.get('tail') ?? 100), follow: query.get('follow') === 'true', signal }
            for await (const line of await this.#stack.followLogs(params['service'] as ServiceName, options))
              if (!writer.write(line)) await writer.drained()
          },
        }),
      },
      {
        method: 'POST',
        path: '/flinkts/up',
        handle: () => {
          if (!this.#isUp) this.#leases.take('up') // never given back: only `down` ends it
          this.#isUp = true
          return { kind: 'json', body: this.#status() }
        },
      },
      {
        method: 'POST',
        path: '/flinkts/down',
        handle: async ({ body }) => {
          const { savepoints = true } = (body ?? {}) as Partial<DownRequest>
          return { kind: 'json', body: await (this.#goingDown ??= this.#down(savepoints)) }
        },
      },
    ]
  }

  #status(): SessionStatus {
    return {
      project: this.#project.folder,
      pid: process.pid,
      version: packageVersion(),
      restAddress: this.restAddress,
      services: this.#stack.status(),
      leases: this.#leases.counts(),
      notices: this.#notices,
    }
  }

  #startTaskManagers(): Promise<void> {
    if (this.#taskManagersReady === undefined) {
      this.#taskManagersReady = this.#jobManager.start()
      this.#taskManagersReady.catch((error: unknown) => void this.stop(`TaskManagers cannot start: ${String(error)}`))
    }
    return this.#taskManagersReady
  }

  async #startServices(request: StartServicesRequest): Promise<StartServicesAnswer> {
    const seen = this.#notices.length
    await this.#stack.start(request).finally(() => void this.#startTaskManagers())
    return { services: this.#stack.status(), notices: this.#notices.slice(seen) }
  }

  /** Throws SESSION_UNREACHABLE where what begins now would be ended at once. */
  #checkStays(): void {
    if (this.#stopping === undefined && this.#goingDown === undefined) return
    throw new FlinktsError('SESSION_UNREACHABLE', 'the session is stopping', { fix: 'try again in a moment' })
  }

  async #hold(write: (event: LeaseEvent) => boolean, signal: AbortSignal): Promise<void> {
    this.#checkStays()
    const release = this.#leases.take('command')
    write({ kind: 'held' })
    await new Promise<void>((leave) => {
      const tell = (event: LeaseEvent): void => {
        write(event)
        if (event.kind === 'stopping') leave()
      }
      this.#holders.add(tell)
      signal.addEventListener(
        'abort',
        () => {
          this.#holders.delete(tell)
          leave()
        },
        { once: true },
      )
    })
    release()
  }

  /** The answer must reach the caller before the server goes. */
  async #down(savepoints: boolean): Promise<DownAnswer> {
    const jobs = await endJobs(this.#jobManager, savepoints)
    for (const { job, problem } of jobs)
      if (problem !== undefined) this.#log(`${job} could not take a savepoint: ${problem}`)
    await this.#stack.stop()
    setImmediate(() => void this.stop('down'))
    return { jobs }
  }

  #notice(text: string): void {
    this.#notices.push(text)
    this.#log(text)
  }

  #log(text: string): void {
    try {
      writeSync(process.stdout.fd, `${new Date(systemClock.now()).toISOString()} ${text}\n`)
    } catch {
      // the disk with the log is full: notices still reach the commands
    }
  }
}
