import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalLauncher } from '../../../engine/cluster/local-launcher.ts'
import { JobManager, type ManagedJob } from '../../../engine/cluster/job-manager.ts'
import { fileSystemStorage } from '../../../engine/checkpoint/file-system-storage.ts'
import { jobRoutes } from '../../../engine/rest/job-routes.ts'
import { startHttpServer, type HttpServer } from '../../../engine/rest/http-server.ts'
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
} from '../../helpers/runtime-jobs.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'

interface Recorded {
  readonly status: number
  readonly body: unknown
}

async function recorded(name: string): Promise<Record<string, Recorded>> {
  const path = new URL(`../../fixtures/rest/${name}.json`, import.meta.url)
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, Recorded>
}

/** Recorded paths that are not answered yet: figures of a JVM, files of a cluster. */
const NOT_SERVED = [
  /jobmanager/,
  /^\/taskmanagers\/(metrics|\{taskmanager\}\/)/,
  /^\/jobs\/metrics/,
  /^\/(jars|datasets)/,
  /flamegraph/,
  /accumulators$/,
  /attempts/,
  /resource-requirements/,
]

let directory: string
let environment: TestEnvironment
let jobManager: JobManager
let server: HttpServer
let leases: number

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flinkts-rest-'))
  environment = testEnvironment({
    sum: () => new WindowSum(),
    boom: () =>
      new PassThrough(() => {
        throw new Error('boom', { cause: new Error('the bad record') })
      }),
  })
  jobManager = new JobManager({
    directory,
    environment,
    launcher: createLocalLauncher(environment, fileSystemStorage),
    storage: fileSystemStorage,
    taskManagers: 1,
    slotsPerTaskManager: 4,
  })
  await jobManager.start()
  leases = 0
  const holdLease = (): (() => void) => {
    leases++
    return () => leases--
  }
  server = await startHttpServer({ port: 0, routes: jobRoutes(jobManager, { holdLease }) })
})
afterEach(async () => {
  await server.stop()
  await jobManager.close()
  await rm(directory, { recursive: true, force: true })
})

async function call(path: string, method = 'GET', body?: unknown): Promise<Recorded> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 20 s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function windowGraph(bounded = false): StreamGraph {
  return streamGraph(
    [
      memorySource(environment, 'in', [events(400, 5), events(400, 5)], { bounded, paced: true }),
      operatorNode('sum', ['in'], { kind: 'hash', keys: [0] }, sumType),
      memorySink(environment, 'out', 'sum', sumType),
    ],
    { 'parallelism.default': '2', 'execution.checkpointing.interval': '20 ms' },
  )
}

async function runningJob(): Promise<ManagedJob> {
  const job = await jobManager.submit(windowGraph())
  const { statistics } = job.master.checkpoints
  await until(() => statistics.counts.completed >= 2, 'two checkpoints')
  await until(() => job.master.records.every(({ figures }) => figures !== undefined), 'metrics')
  return job
}

async function failedJob(): Promise<ManagedJob> {
  const graph = streamGraph(
    [
      memorySource(environment, 'in', [events(4, 2)]),
      operatorNode('boom', ['in'], { kind: 'forward' }),
      memorySink(environment, 'out', 'boom', eventType),
    ],
    {
      'execution.checkpointing.interval': '1 s',
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.delay': '1 ms',
      'restart-strategy.fixed-delay.attempts': '3',
    },
  )
  const job = await jobManager.submit(graph, { key: 'failing' })
  await job.settled
  return job
}

/** Where `actual` lacks a field of `expected`, or has it with another type. */
function missing(expected: unknown, actual: unknown, path: string): string[] {
  if (expected === null || actual === null) return []
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${path} is no list`]
    const [first] = expected as unknown[]
    const kind = (value: unknown): unknown => (value as { className?: string } | undefined)?.className
    const same = (actual as unknown[]).find((candidate) => kind(candidate) === kind(first))
    return first === undefined || same === undefined ? [] : missing(first, same, `${path}[0]`)
  }
  if (typeof expected === 'object') {
    if (typeof actual !== 'object') return [`${path} is no object`]
    return Object.entries(expected).flatMap(([key, value]) =>
      key in actual
        ? missing(value, (actual as Record<string, unknown>)[key], `${path}.${key}`)
        : [`${path}.${key} is missing`],
    )
  }
  const numeric = (value: unknown): boolean => typeof value === 'number' || value === 'NaN'
  if (numeric(expected) && numeric(actual)) return []
  return typeof actual === typeof expected ? [] : [`${path} is ${typeof actual}, not ${typeof expected}`]
}

/** Keys that depend on what a job consists of, not on the API. */
const VARIABLE = [
  /\.(tasks|status-duration)\.\{?\w*\}?( is missing|\.)/,
  /user-config/,
  /\.inputs is missing/,
  /restored/,
]

async function compareAll(
  name: string,
  job: ManagedJob,
  exclude: readonly RegExp[] = [],
): Promise<{ compared: number; differences: string[] }> {
  const { vertices } = job.master.options.graph
  const { history } = job.master.checkpoints.statistics
  const checkpoint = (history.find((record) => record.status === 'COMPLETED') ?? history[0])?.id
  const fill = (path: string): string =>
    path
      .replace('{job}', job.master.jobId)
      .replace('{vertex0}', vertices[0]!.id)
      .replace('{vertex1}', vertices.at(-1)!.id)
      .replace('{taskmanager}', jobManager.taskManagers[0]!.id)
      .replace('{checkpoint}', String(checkpoint))
  const differences: string[] = []
  let compared = 0
  for (const [path, { status, body }] of Object.entries(await recorded(name))) {
    if ([...NOT_SERVED, ...exclude].some((pattern) => pattern.test(path))) continue
    const answer = await call(fill(path))
    compared++
    if (answer.status !== status) differences.push(`${path}: status ${answer.status}, not ${status}`)
    else if (!/metrics/.test(path)) differences.push(...missing(body, answer.body, path))
  }
  return { compared, differences: differences.filter((text) => !VARIABLE.some((pattern) => pattern.test(text))) }
}

describe('the REST API, held against recorded answers of Flink', () => {
  it('has every recorded field of a running job', async () => {
    const job = await runningJob()
    const { compared, differences } = await compareAll('running-job', job)
    expect(differences).toEqual([])
    expect(compared).toBeGreaterThan(30)
  })

  it('has every recorded field of a failed job, and shows the first cause first', async () => {
    const job = await failedJob()
    const { differences } = await compareAll('failed-job', job, [/checkpoints\/details/])
    expect(differences).toEqual([])
    const { body } = await call(`/jobs/${job.master.jobId}/exceptions`)
    const { entries } = (body as { exceptionHistory: { entries: { stacktrace: string; taskName: string }[] } })
      .exceptionHistory
    expect(entries).toHaveLength(4)
    expect(entries[0]!.stacktrace).toMatch(/^INTERNAL: the bad record\nReported as: INTERNAL: boom/)
    expect(entries[0]!.taskName).toBe('Source: in -> boom -> out: Writer (1/1) - execution #3')
  })

  it('gives metrics by name and aggregated', async () => {
    const job = await runningJob()
    const [source, sum] = job.master.options.graph.vertices
    const names = (await call(`/jobs/${job.master.jobId}/vertices/${sum!.id}/metrics`)).body as { id: string }[]
    expect(names.map(({ id }) => id)).toEqual(expect.arrayContaining(['0.numRecordsIn', '1.busyTimeMsPerSecond']))
    await until(
      () => job.master.records.reduce((all, { figures }) => all + (figures?.numRecordsOut ?? 0), 0) >= 800,
      'all rows',
    )
    const total = await call(
      `/jobs/${job.master.jobId}/vertices/${source!.id}/subtasks/metrics?get=numRecordsIn&agg=sum,max`,
    )
    expect(total.body).toEqual([{ id: 'numRecordsIn', sum: 800, max: 400 }])
    const watermarks = await call(`/jobs/${job.master.jobId}/vertices/${sum!.id}/watermarks`)
    expect(watermarks.body).toEqual([0, 1].map((index) => ({ id: `${index}.currentInputWatermark`, value: '3990' })))
  })

  it('takes a savepoint, stops with one, cancels', async () => {
    const job = await runningJob()
    const asked = await call(`/jobs/${job.master.jobId}/savepoints`, 'POST', {
      'target-directory': join(directory, 'mine'),
    })
    expect(asked.status).toBe(202)
    const request = (asked.body as { 'request-id': string })['request-id']
    let status: Recorded = asked
    for (let tries = 0; tries < 200 && JSON.stringify(status.body).includes('COMPLETED') === false; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      status = await call(`/jobs/${job.master.jobId}/savepoints/${request}`)
    }
    expect(status.body).toMatchObject({
      status: { id: 'COMPLETED' },
      operation: { location: expect.stringContaining('mine') as string },
    })
    expect((await call(`/jobs/${job.master.jobId}/stop`, 'POST', { drain: true })).status).toBe(400)
    expect((await call(`/jobs/${job.master.jobId}/stop`, 'POST', {})).status).toBe(202)
    expect(await job.settled).toBe('FINISHED')
    const again = await runningJob()
    expect((await call(`/jobs/${again.master.jobId}`, 'PATCH')).status).toBe(202)
    expect(await again.settled).toBe('CANCELED')
  })
})

interface Line {
  readonly kind: string
  readonly [field: string]: unknown
}

async function* linesOf(response: Response): AsyncGenerator<Line> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const lines = text.split('\n')
    text = lines.pop()!
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Line
  }
}

describe('submitting over REST', () => {
  const submit = (graph: StreamGraph, signal?: AbortSignal): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}/flinkts/jobs`, {
      method: 'POST',
      body: JSON.stringify({ graph, key: 'submitted' }),
      ...(signal === undefined ? {} : { signal }),
    })

  it('is answered by the job’s own lines until its end', async () => {
    const graph = windowGraph(true)
    const collected = {
      ...graph,
      nodes: graph.nodes.map((node) =>
        node.kind === 'sink' ? { ...node, sink: { ...node.sink, connector: 'collect' } } : node,
      ),
    }
    const lines: Line[] = []
    for await (const line of linesOf(await submit(collected))) lines.push(line)
    expect(lines[0]).toMatchObject({ kind: 'submitted', name: 'test-job' })
    const rows = lines.flatMap((line) =>
      line.kind === 'rows' ? (line['rows'] as { op: string; cells: unknown[] }[]) : [],
    )
    expect(rows).toHaveLength(20)
    expect(rows[0]!.op).toBe('+I')
    expect(lines.at(-1)).toMatchObject({
      kind: 'ended',
      status: 'FINISHED',
      report: { state: 'FINISHED', recordsIn: 800, recordsOut: 20, lateRecordsDropped: 0 },
    })
    expect(leases).toBe(0)
  })

  it('counts a client that goes as crashed: the job is aborted and resumes next time', async () => {
    const abort = new AbortController()
    const lines = linesOf(await submit(windowGraph(), abort.signal))
    const first = (await lines.next()).value as Line
    const job = jobManager.job(first['jobId'] as string)
    expect(leases).toBe(1)
    await until(() => job.master.checkpoints.statistics.counts.completed >= 1, 'a checkpoint')
    abort.abort()
    expect(await job.settled).toBe('SUSPENDED')
    expect(job.record.ending).toEqual({ kind: 'aborted' })
    expect(leases).toBe(0)
    const next = await jobManager.submit(windowGraph(true), { key: 'submitted' })
    expect(next.log.messages[0]!.line).toMatch(/ended in a crash; resuming from/)
    expect(await next.settled).toBe('FINISHED')
  })

  it('refuses what cannot run, in plain data', async () => {
    const refused = await call('/flinkts/jobs', 'POST', { graph: streamGraph([]), key: 'empty' })
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'GRAPH_INVALID' } } })
    expect((await call('/flinkts/taskmanagers/nobody', 'DELETE')).status).toBe(400)
    expect(leases).toBe(0)
  })
})
