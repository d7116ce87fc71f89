// A JobManager in the test's thread with its REST API, and jobs like the ones whose answers were recorded from Flink.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileSystemStorage } from '../../engine/checkpoint/file-system-storage.ts'
import { jobRoutes, type JobRoutesOptions } from '../../engine/rest/job-routes.ts'
import { startHttpServer, type HttpServer } from '../../engine/rest/http-server.ts'
import { startLocalCluster } from './local-cluster.ts'
import {
  events,
  eventType,
  memorySink,
  memorySource,
  operatorNode,
  PassThrough,
  streamGraph,
  sumType,
  testEnvironment,
  WindowSum,
  type TestEnvironment,
} from './runtime-jobs.ts'
import type { JobManager, ManagedJob } from '../../engine/cluster/job-manager.ts'
import type { StreamGraph } from '../../engine/graph/stream-graph.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 20 s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export class RestCluster {
  readonly directory: string
  readonly environment: TestEnvironment
  readonly jobManager: JobManager
  readonly server: HttpServer

  private constructor(directory: string, environment: TestEnvironment, jobManager: JobManager, server: HttpServer) {
    this.directory = directory
    this.environment = environment
    this.jobManager = jobManager
    this.server = server
  }

  static async start(options: JobRoutesOptions = {}): Promise<RestCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'flinkts-rest-'))
    const environment = testEnvironment({
      sum: () => new WindowSum(),
      boom: () =>
        new PassThrough(() => {
          throw new Error('boom', { cause: new Error('the bad record') })
        }),
    })
    const jobManager = await startLocalCluster({
      directory,
      environment,
      storage: fileSystemStorage,
      taskManagers: 1,
      slotsPerTaskManager: 4,
    })
    const server = await startHttpServer({ port: 0, routes: jobRoutes(jobManager, options) })
    return new RestCluster(directory, environment, jobManager, server)
  }

  async stop(): Promise<void> {
    await this.server.stop()
    await this.jobManager.close()
    await rm(this.directory, { recursive: true, force: true })
  }

  get address(): string {
    return `http://127.0.0.1:${this.server.port}`
  }

  async call(path: string, method = 'GET', body?: unknown): Promise<Answer> {
    const response = await fetch(this.address + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }

  windowGraph(bounded = false): StreamGraph {
    return streamGraph(
      [
        memorySource(this.environment, 'in', [events(400, 5), events(400, 5)], { bounded, paced: true }),
        operatorNode('sum', ['in'], { kind: 'hash', keys: [0] }, sumType),
        memorySink(this.environment, 'out', 'sum', sumType),
      ],
      { 'parallelism.default': '2', 'execution.checkpointing.interval': '20 ms' },
    )
  }

  /** Has checkpoints and metrics, and goes on until it is stopped. */
  async runningJob(): Promise<ManagedJob> {
    const job = await this.jobManager.submit(this.windowGraph())
    const { statistics } = job.master.checkpoints
    await until(() => statistics.counts.completed >= 2, 'two checkpoints')
    await until(() => job.master.records.every(({ figures }) => figures !== undefined), 'metrics')
    return job
  }

  /** Has used up its three restarts. */
  async failedJob(): Promise<ManagedJob> {
    const graph = streamGraph(
      [
        memorySource(this.environment, 'in', [events(4, 2)]),
        operatorNode('boom', ['in'], { kind: 'forward' }),
        memorySink(this.environment, 'out', 'boom', eventType),
      ],
      {
        'execution.checkpointing.interval': '1 s',
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.delay': '1 ms',
        'restart-strategy.fixed-delay.attempts': '3',
      },
    )
    const job = await this.jobManager.submit(graph, { key: 'failing' })
    await job.settled
    return job
  }
}
