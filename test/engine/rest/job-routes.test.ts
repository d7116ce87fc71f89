import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RestCluster, until, type Answer } from '../../helpers/rest-cluster.ts'
import { streamGraph } from '../../helpers/runtime-jobs.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'

let cluster: RestCluster
let leases: number
beforeEach(async () => {
  leases = 0
  const holdLease = (): (() => void) => {
    leases++
    return () => leases--
  }
  cluster = await RestCluster.start({ holdLease })
})
afterEach(() => cluster.stop())

describe('the REST API', () => {
  it('shows the first cause of a failure first', async () => {
    const job = await cluster.failedJob()
    const { body } = await cluster.call(`/jobs/${job.master.jobId}/exceptions`)
    const { entries } = (body as { exceptionHistory: { entries: { stacktrace: string; taskName: string }[] } })
      .exceptionHistory
    expect(entries).toHaveLength(4)
    expect(entries[0]!.stacktrace).toMatch(/^INTERNAL: the bad record\nReported as: INTERNAL: boom/)
    expect(entries[0]!.taskName).toBe('Source: in -> boom -> out: Writer (1/1) - execution #3')
  })

  it('gives metrics by name and aggregated', async () => {
    const job = await cluster.runningJob()
    const [source, sum] = job.master.options.graph.vertices
    const names = (await cluster.call(`/jobs/${job.master.jobId}/vertices/${sum!.id}/metrics`)).body as { id: string }[]
    expect(names.map(({ id }) => id)).toEqual(expect.arrayContaining(['0.numRecordsIn', '1.busyTimeMsPerSecond']))
    await until(
      () => job.master.records.reduce((all, { figures }) => all + (figures?.numRecordsOut ?? 0), 0) >= 800,
      'all rows',
    )
    const total = await cluster.call(
      `/jobs/${job.master.jobId}/vertices/${source!.id}/subtasks/metrics?get=numRecordsIn&agg=sum,max`,
    )
    expect(total.body).toEqual([{ id: 'numRecordsIn', sum: 800, max: 400 }])
    const watermarks = await cluster.call(`/jobs/${job.master.jobId}/vertices/${sum!.id}/watermarks`)
    expect(watermarks.body).toEqual([0, 1].map((index) => ({ id: `${index}.currentInputWatermark`, value: '3990' })))
  })

  it('takes a savepoint, stops with one, cancels', async () => {
    const job = await cluster.runningJob()
    const asked = await cluster.call(`/jobs/${job.master.jobId}/savepoints`, 'POST', {
      'target-directory': join(cluster.directory, 'mine'),
    })
    expect(asked.status).toBe(202)
    const request = (asked.body as { 'request-id': string })['request-id']
    let status: Answer = asked
    for (let tries = 0; tries < 200 && JSON.stringify(status.body).includes('COMPLETED') === false; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      status = await cluster.call(`/jobs/${job.master.jobId}/savepoints/${request}`)
    }
    expect(status.body).toMatchObject({
      status: { id: 'COMPLETED' },
      operation: { location: expect.stringContaining('mine') as string },
    })
    expect((await cluster.call(`/jobs/${job.master.jobId}/stop`, 'POST', { drain: 'yes' })).status).toBe(400)
    expect((await cluster.call(`/jobs/${job.master.jobId}/stop`, 'POST', {})).status).toBe(202)
    expect(await job.settled).toBe('FINISHED')
    const drained = await cluster.runningJob()
    expect((await cluster.call(`/jobs/${drained.master.jobId}/stop`, 'POST', { drain: true })).status).toBe(202)
    expect(await drained.settled).toBe('FINISHED')
    expect(drained.record.ending).toMatchObject({ kind: 'stopped', drained: true })
    const again = await cluster.runningJob()
    expect((await cluster.call(`/jobs/${again.master.jobId}`, 'PATCH')).status).toBe(202)
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
    fetch(`http://127.0.0.1:${cluster.server.port}/flinkts/jobs`, {
      method: 'POST',
      body: JSON.stringify({ graph, key: 'submitted' }),
      ...(signal === undefined ? {} : { signal }),
    })

  it('is answered by the job’s own lines until its end', async () => {
    const graph = cluster.windowGraph(true)
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
    const lines = linesOf(await submit(cluster.windowGraph(), abort.signal))
    const first = (await lines.next()).value as Line
    const job = cluster.jobManager.job(first['jobId'] as string)
    expect(leases).toBe(1)
    await until(() => job.master.checkpoints.statistics.counts.completed >= 1, 'a checkpoint')
    abort.abort()
    expect(await job.settled).toBe('SUSPENDED')
    expect(job.record.ending).toEqual({ kind: 'aborted' })
    expect(leases).toBe(0)
    const next = await cluster.jobManager.submit(cluster.windowGraph(true), { key: 'submitted' })
    expect(next.log.messages[0]!.line).toMatch(/ended in a crash; resuming from/)
    expect(await next.settled).toBe('FINISHED')
  })

  it('tells whoever looks in later that the job runs already, and since when it is in its state', async () => {
    const { master, record } = await cluster.runningJob()
    const address = `http://127.0.0.1:${cluster.server.port}/flinkts/jobs`
    const abort = new AbortController()
    const lines = linesOf(await fetch(`${address}/${master.jobId}/follow`, { signal: abort.signal }))
    const first = (await lines.next()).value as Line
    expect(first).toEqual({ kind: 'attached', jobId: master.jobId, name: 'test-job' })
    abort.abort()
    const statusSince = master.enteredAt('RUNNING')!
    expect(statusSince).toBeGreaterThan(record.startedAt)
    expect((await cluster.call('/flinkts/jobs')).body).toMatchObject([{ status: 'RUNNING', statusSince }])
  })

  it('refuses what cannot run, in plain data', async () => {
    const refused = await cluster.call('/flinkts/jobs', 'POST', { graph: streamGraph([]), key: 'empty' })
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'GRAPH_INVALID' } } })
    expect((await cluster.call('/flinkts/taskmanagers/nobody', 'DELETE')).status).toBe(400)
    expect(leases).toBe(0)
  })
})
