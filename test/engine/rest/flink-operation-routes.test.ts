import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RestCluster } from '../../helpers/rest-cluster.ts'

let cluster: RestCluster
beforeEach(async () => {
  cluster = await RestCluster.start()
})
afterEach(() => cluster.stop())

interface Status {
  readonly status: { readonly id: string }
  readonly operation: Readonly<Record<string, unknown>> | null
}

/** Triggers, and asks until it is done. */
async function completed(trigger: string, body: object, status = trigger): Promise<Status['operation']> {
  const asked = await cluster.call(trigger, 'POST', body)
  expect(asked.status).toBe(202)
  const id = (asked.body as { 'request-id': string })['request-id']
  for (let tries = 0; tries < 500; tries++) {
    const { body: answer } = await cluster.call(`${status}/${id}`)
    if ((answer as Status).status.id === 'COMPLETED') return (answer as Status).operation
    await delay(10)
  }
  throw new Error(`${trigger} is not done after 5 s`)
}

describe('a checkpoint on request', () => {
  it('is taken, and named when it is complete', async () => {
    const { jobId } = (await cluster.runningJob()).master
    const done = await completed(`/jobs/${jobId}/checkpoints`, { checkpointType: 'FULL' })
    expect(done).toEqual({ checkpointId: expect.any(Number) as number })
    const { body } = await cluster.call(`/jobs/${jobId}/checkpoints`)
    const { history } = body as { history: { id: number; is_savepoint: boolean }[] }
    expect(history.some(({ id }) => id >= (done!['checkpointId'] as number))).toBe(true)
  })

  it('is not asked for twice with one trigger id, and says why it failed', async () => {
    const { jobId } = (await cluster.failedJob()).master
    const triggerId = 'ab'.repeat(16)
    const failure = await completed(`/jobs/${jobId}/checkpoints`, { triggerId })
    expect(failure).toEqual({
      failureCause: { class: 'CHECKPOINT_FAILED', 'stack-trace': expect.stringContaining('not running') as string },
    })
    expect(await cluster.call(`/jobs/${jobId}/checkpoints`, 'POST', { triggerId })).toEqual({
      status: 202,
      body: { 'request-id': triggerId },
    })
  })

  it('is refused where it could not be what was asked for', async () => {
    const { jobId } = (await cluster.runningJob()).master
    for (const body of [{ checkpointType: 'INCREMENTAL' }, { triggerId: 'x' }, { what: 1 }, { checkpointType: 1 }])
      expect(await cluster.call(`/jobs/${jobId}/checkpoints`, 'POST', body)).toMatchObject({ status: 400 })
  })
})

describe('a savepoint', () => {
  it.skipIf(process.platform === 'win32')(
    'is disposed of by its URL, without what else is in its folder, and not through a link',
    async () => {
      const { jobId } = (await cluster.runningJob()).master
      const mine = join(cluster.directory, 'mine')
      const taken = await completed(`/jobs/${jobId}/savepoints`, { 'target-directory': mine })
      const location = taken!['location'] as string
      symlinkSync(location, join(mine, 'link'))
      writeFileSync(join(location, 'notes.txt'), 'mine')
      expect(await completed('/savepoint-disposal', { 'savepoint-path': join(mine, 'link') })).toHaveProperty(
        'failure-cause',
      )
      expect(readdirSync(location)).toContain('_metadata')
      expect(await completed('/savepoint-disposal', { 'savepoint-path': pathToFileURL(location).href })).toEqual({})
      expect(readdirSync(location)).toEqual(['notes.txt'])
    },
  )

  it('is disposed of, but nothing that is none', async () => {
    const { jobId, checkpoints } = (await cluster.runningJob()).master
    const taken = await completed(`/jobs/${jobId}/savepoints`, { 'target-directory': join(cluster.directory, 'mine') })
    const location = taken!['location'] as string
    expect(existsSync(location)).toBe(true)
    expect(await completed('/savepoint-disposal', { 'savepoint-path': location })).toEqual({})
    expect(existsSync(location)).toBe(false)
    const checkpoint = checkpoints.statistics.latest.completed!.location
    for (const path of [checkpoint, cluster.directory, join(cluster.directory, 'nowhere')])
      expect(await completed('/savepoint-disposal', { 'savepoint-path': path })).toHaveProperty('failure-cause')
    expect(existsSync(cluster.directory)).toBe(true)
    expect(await cluster.call('/savepoint-disposal', 'POST', {})).toMatchObject({ status: 400 })
  })
})

describe('a job that has ended', () => {
  it('is not cancelled any more, tells its result and its attempts', async () => {
    const job = await cluster.failedJob()
    const path = `/jobs/${job.master.jobId}`
    expect(await cluster.call(path, 'PATCH')).toMatchObject({ status: 409 })
    expect((await cluster.call(`${path}/execution-result`)).body).toMatchObject({
      status: { id: 'COMPLETED' },
      'job-execution-result': {
        'application-status': 'FAILED',
        'failure-cause': { class: expect.any(String) as string },
      },
    })
    const vertex = job.master.options.graph.vertices[0]!.id
    for (const attempt of [0, 1, 2, 3]) {
      const { body } = await cluster.call(`${path}/vertices/${vertex}/subtasks/0/attempts/${attempt}`)
      expect(body).toMatchObject({ attempt, status: 'FAILED', 'taskmanager-id': 'taskmanager-1' })
    }
    expect(await cluster.call(`${path}/vertices/${vertex}/subtasks/0/attempts/4`)).toMatchObject({ status: 404 })
    const dump = await cluster.call('/taskmanagers/taskmanager-1/thread-dump')
    expect((dump.body as { threadInfos: object[] }).threadInfos).toHaveLength(1)
    const log = await (await fetch(`${cluster.address}/taskmanagers/taskmanager-1/log`)).text()
    expect(log.match(/switched from RUNNING to FAILED: .*the bad record/g)).toHaveLength(4)
  })
})

describe('a running job', () => {
  it('keeps its parallelism, and is seen in the thread dumps', async () => {
    const { jobId } = (await cluster.runningJob()).master
    expect(await cluster.call(`/jobs/${jobId}/resource-requirements`, 'PUT', {})).toMatchObject({ status: 400 })
    const names = async (path: string): Promise<string[]> =>
      ((await cluster.call(path)).body as { threadInfos: { threadName: string }[] }).threadInfos.map(
        ({ threadName }) => threadName,
      )
    expect(await names('/taskmanagers/taskmanager-1/thread-dump')).toEqual(
      expect.arrayContaining(['taskmanager-1', 'Source: in (1/2)#0', 'Source: in (2/2)#0']),
    )
    expect((await names('/jobmanager/thread-dump'))[1]).toMatch(/^checkpoint coordinator of /)
  })
})

describe('the cluster', () => {
  it('is ended by a client only where the session says how', async () => {
    expect(await cluster.call('/cluster', 'DELETE')).toMatchObject({ status: 404 })
    let ended = 0
    const other = await RestCluster.start({ shutDown: () => Promise.resolve(void ended++) })
    expect(await other.call('/cluster', 'DELETE')).toEqual({ status: 200, body: {} })
    await other.stop()
    expect(ended).toBe(1)
  })

  it('lists and gives the log files that it is handed, and no others', async () => {
    const other = await RestCluster.start({
      logs: {
        jobManagerLog: 'session.log',
        list: () => Promise.resolve([{ name: 'session.log', sizeBytes: 3, modifiedAt: 5 }]),
        read: (name) => Promise.resolve(Buffer.from(`${name}!`)),
      },
      configuration: { 'kafka.password': 'secret', 'kafka.port': '9092' },
    })
    expect((await other.call('/jobmanager/logs')).body).toEqual({ logs: [{ name: 'session.log', size: 3, mtime: 5 }] })
    for (const path of ['log', 'logs/session.log'])
      expect(await (await fetch(`${other.address}/jobmanager/${path}`)).text()).toBe('session.log!')
    for (const name of ['other.log', '..%2fsession.log', '%2fetc%2fpasswd'])
      expect(await other.call(`/jobmanager/logs/${name}`)).toMatchObject({ status: 404 })
    expect((await other.call('/jobmanager/config')).body).toEqual(
      expect.arrayContaining([
        { key: 'kafka.password', value: '******' },
        { key: 'kafka.port', value: '9092' },
      ]),
    )
    await other.stop()
  })
})
