import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startHttpServer, type HttpServer } from '../../../../engine/rest/http-server.ts'
import { loadProject, type Project } from '../../../../src/config/project.ts'
import { readDiagnostics } from '../../../../src/services/job-view/diagnostics-view.ts'
import { jobLogFile, processLogFiles } from '../../../../src/services/logs/log-files.ts'
import { screenRoutes } from '../../../../src/services/session/screen-routes.ts'
import { RestCluster, until } from '../../../helpers/rest-cluster.ts'
import {
  events,
  heldWriters,
  memorySink,
  memorySource,
  operatorNode,
  streamGraph,
  sumType,
} from '../../../helpers/runtime-jobs.ts'

const LONG_MAX = '9223372036854775807'

let cluster: RestCluster
let project: Project
let server: HttpServer
let address: string

beforeAll(async () => {
  cluster = await RestCluster.start()
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-routes-'))
  writeFileSync(join(folder, 'flinkts.yaml'), '')
  project = loadProject(folder)
  server = await startHttpServer({ port: 0, routes: screenRoutes(project, cluster.jobManager) })
  address = `http://127.0.0.1:${server.port}`
})
afterAll(async () => {
  await server.stop()
  await cluster.stop()
  rmSync(project.folder, { recursive: true })
})
afterEach(async () => {
  for (const { master, settled } of cluster.jobManager.jobs) {
    master.cancel()
    await settled
  }
})

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(address + path)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

function writeLog(path: string, lines: number): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Array.from({ length: lines }, (_, index) => `line ${index + 1}\n`).join(''))
}

describe('diagnostics', () => {
  it('tell an input that has ended from one that has no watermark yet', async () => {
    const { environment, jobManager } = cluster
    const job = await jobManager.submit(
      streamGraph([
        memorySource(environment, 'ended', [events(5, 2)], { bounded: true }),
        memorySource(environment, 'going', [[]], { bounded: false }),
        operatorNode('sum', ['ended', 'going'], { kind: 'hash', keys: [0] }, sumType),
        memorySink(environment, 'out', 'sum', sumType),
      ]),
    )
    const { jobId } = job.master
    const path = `/flinkts/jobs/${jobId}/diagnostics`
    const vertexOf = (name: string): string =>
      job.master.options.graph.vertices.find(({ chain }) => chain[0]!.node.name === name)!.id
    let subtasks: Record<string, unknown>[] = []
    let silent: unknown
    const channels = (): Record<string, unknown>[] =>
      subtasks.flatMap(({ channels }) => channels as Record<string, unknown>[])
    await until(() => job.master.records.some(({ status }) => status === 'FINISHED'), 'the end of an input')
    for (let turn = 0; turn < 200 && !channels().some(({ watermark }) => watermark === LONG_MAX); turn++)
      ({ subtasks, silent } = (await get(path)).body as { subtasks: Record<string, unknown>[]; silent: unknown })
    expect(silent).toBe(0)
    const [going, ended] = channels()
    expect(ended).toMatchObject({ vertexId: vertexOf('ended'), watermark: LONG_MAX })
    expect(going).toMatchObject({ vertexId: vertexOf('going') })
    expect('watermark' in going!).toBe(false)
    const view = await readDiagnostics(address, jobId)
    expect(view.splits.map(({ watermark }) => watermark)).toEqual([undefined])
  })
})

it('diagnostics count the subtasks that say nothing: one that has failed, while its sink still closes', async () => {
  const { environment, jobManager } = cluster
  const { connector } = environment
  const createWriter = connector.createWriter.bind(connector)
  const held = heldWriters(connector, 'close')
  connector.createWriter = held.createWriter
  try {
    const { master } = await jobManager.submit(
      streamGraph(
        [
          memorySource(environment, 'in', [events(5, 2)], { bounded: false }),
          operatorNode('boom', ['in'], { kind: 'forward' }),
          memorySink(environment, 'out', 'boom'),
        ],
        { 'restart-strategy.type': 'none', 'parallelism.default': '1' },
      ),
    )
    const path = `/flinkts/jobs/${master.jobId}/diagnostics`
    await until(held.isHeld, 'the sink of the subtask that failed')
    expect(master.status).toBe('RUNNING')
    expect((await get(path)).body).toEqual({ subtasks: [], silent: 1 })
    held.letGo()
    await until(() => master.status === 'FAILED', 'the end of the job')
    expect((await get(path)).body).toEqual({ subtasks: [], silent: 1 })
  } finally {
    connector.createWriter = createWriter
    held.letGo()
  }
})

describe('topics', () => {
  it('are none of a job that uses no Kafka', async () => {
    const { record } = await cluster.jobManager.submit(cluster.windowGraph())
    const { status, body } = await get(`/flinkts/jobs/${record.jobId}/topics`)
    expect([status, body]).toEqual([200, { at: expect.any(Number) as number, topics: [] }])
  })
})

describe('logs', () => {
  it('are those of the job and of the session, the end of each', async () => {
    const { record } = await cluster.jobManager.submit(cluster.windowGraph(), { key: 'jobs/windows.sql' })
    const jobLog = `/flinkts/jobs/${record.jobId}/log`
    expect(await get(jobLog)).toEqual({ status: 200, body: { lines: [] } })
    writeLog(jobLogFile(project, 'jobs/windows.sql'), 3)
    writeLog(processLogFiles(project).session, 6_000)
    expect((await get(jobLog)).body).toEqual({ lines: ['line 1', 'line 2', 'line 3'] })
    expect((await get(`${jobLog}?tail=2`)).body).toEqual({ lines: ['line 2', 'line 3'] })
    expect((await get('/flinkts/log?tail=1')).body).toEqual({ lines: ['line 6000'] })
  })

  it.each([
    ['', 200],
    ['?tail=5000', 5_000],
    ['?tail=5001', 5_000],
    ['?tail=0', 200],
    ['?tail=-3', 200],
    ['?tail=1.5', 200],
    ['?tail=all', 200],
  ])('%j gives %d lines', async (query, count) => {
    writeLog(processLogFiles(project).session, 6_000)
    const lines = (await get(`/flinkts/log${query}`)).body['lines'] as string[]
    expect(lines).toHaveLength(count)
    expect([lines[0], lines.at(-1)]).toEqual([`line ${6_001 - count}`, 'line 6000'])
  })
})

it.each(['diagnostics', 'topics', 'log'])('%s of a job that nobody knows is answered with 404', async (what) => {
  const { status, body } = await get(`/flinkts/jobs/${'0'.repeat(32)}/${what}`)
  expect(status).toBe(404)
  expect(JSON.stringify(body)).toContain(`Job ${'0'.repeat(32)} not found`)
})
