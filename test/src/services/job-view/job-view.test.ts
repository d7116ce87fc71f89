// The screen's readers on answers of real Flink, which has some paths that we have and some fields that we do not.
import { afterEach, describe, expect, it } from 'vitest'
import { readCheckpointParts, readCheckpoints } from '../../../../src/services/job-view/checkpoints-view.ts'
import { readDiagnostics } from '../../../../src/services/job-view/diagnostics-view.ts'
import { readExceptions } from '../../../../src/services/job-view/exceptions-view.ts'
import { readFindings } from '../../../../src/services/job-view/findings-view.ts'
import { readJobs, readJobView } from '../../../../src/services/job-view/job-view.ts'
import { readJobLog } from '../../../../src/services/job-view/logs-view.ts'
import { readSlots } from '../../../../src/services/job-view/slots-view.ts'
import { readJobTopics } from '../../../../src/services/job-view/topics-view.ts'
import { jobScreen } from '../../../../src/tui/job-screen-lines.ts'
import { ScreenReader } from '../../../../src/tui/screen-reader.ts'
import { initialState, TABS } from '../../../../src/tui/screen-state.ts'
import {
  readRecording,
  RECORDED_JOB,
  recordedAnswer,
  serveRest,
  type RecordedRest,
} from '../../../helpers/recorded-rest.ts'

let server: RecordedRest | undefined
afterEach(() => server?.close())

async function recorded(name: 'running-job' | 'failed-job'): Promise<string> {
  const recording = readRecording(name)
  server = await serveRest((path) => recordedAnswer(recording, path))
  return server.address
}

describe('real Flink, a running job', () => {
  it('gives vertices, sources first, with what they read', async () => {
    const job = await readJobView(await recorded('running-job'), RECORDED_JOB, { subtasks: false })
    expect(job).toMatchObject({ name: 'rides-per-hour', state: 'RUNNING', durationMs: 45_054, now: 1795215619478 })
    const [source, window] = job.vertices
    expect(source).toMatchObject({ recordsIn: 3_000_000, parallelism: 2, inputs: [], subtasks: [] })
    expect(window!.name).toMatch(/^GlobalWindowAggregate/)
    expect(window!.inputs).toEqual([{ vertexId: source!.id, strategy: 'HASH' }])
    expect(server!.asked.filter((path) => path.includes('checkpoints'))).toEqual([])
  })

  it('gives checkpoints and the parts of subtasks', async () => {
    const address = await recorded('running-job')
    const view = await readCheckpoints(address, RECORDED_JOB)
    expect(view).toMatchObject({ completed: 8, failed: 0, intervalMs: 5000, mode: 'exactly_once', restored: undefined })
    expect(view.history[0]).toMatchObject({ id: 8, kind: 'checkpoint', stateBytes: 229_430, durationMs: 35 })
    const recording = readRecording('running-job')
    server!.close()
    server = await serveRest((path) => recordedAnswer(recording, path.replace('/details/8', '/details/{checkpoint}')))
    const parts = await readCheckpointParts(server.address, RECORDED_JOB, { id: 8, vertexIds: ['{vertex1}'] })
    expect(parts).toHaveLength(2)
    expect(parts[0]).toMatchObject({ vertexId: '{vertex1}', subtask: 0, isAcknowledged: true })
    expect(parts[0]!.durationMs).toBeGreaterThan(0)
  })

  it('gives TaskManagers', async () => {
    const { taskManagers, subtasks } = await readSlots(await recorded('running-job'), RECORDED_JOB, ['{vertex1}'])
    expect(taskManagers).toMatchObject([{ id: '{taskmanager}', slots: 15, freeSlots: 13 }])
    expect(taskManagers[0]!.heapMaxBytes).toBeGreaterThan(0)
    expect(subtasks).toMatchObject([{ subtask: 0, status: 'RUNNING', taskManager: '{taskmanager}' }, { subtask: 1 }])
  })
})

it('real Flink, a failed job: gives the failures', async () => {
  const { entries } = await readExceptions(await recorded('failed-job'), RECORDED_JOB)
  expect(entries.map(({ code }) => code)).toContain('java.io.IOException')
  expect(entries[1]!.message).toBe('Failed to deserialize consumer record due to')
})

describe('a session that says little', () => {
  const empty: readonly unknown[] = [{}, [], null, { vertices: null, subtasks: [{}], jobs: [null] }, 'text', 7]

  it.each(empty)('%j', async (body) => {
    server = await serveRest(() => body)
    const { address } = server
    const job = await readJobView(address, 'x', { subtasks: true })
    expect(job).toMatchObject({ name: 'x', state: '?', restarts: 0, vertices: [] })
    await expect(readCheckpoints(address, 'x')).resolves.toMatchObject({ history: [], intervalMs: undefined })
    await expect(readExceptions(address, 'x')).resolves.toMatchObject({ entries: [] })
    await expect(readFindings(address, 'x')).resolves.toEqual([])
    await expect(readDiagnostics(address, 'x')).resolves.toMatchObject({ splits: [], windows: [] })
    await expect(readJobTopics(address, 'x')).resolves.toMatchObject({ topics: [] })
    await expect(readJobLog(address, 'x')).resolves.toEqual([])
    await expect(readSlots(address, 'x', [])).resolves.toMatchObject({ taskManagers: [] })
    await expect(readJobs(address)).resolves.toBeInstanceOf(Array)
  })

  it('is shown on every tab all the same, also where half of a list is missing', async () => {
    server = await serveRest((path) => {
      if (/\/vertices\/\w+$/.test(path)) return { subtasks: [{}, { subtask: 1 }] }
      if (path.endsWith('/metrics')) return [{}, { id: 'numRecordsInPerSecond', sum: null }]
      return {
        vertices: [{ id: 'a' }, { id: 'b', metrics: 3 }, {}],
        plan: { nodes: [{ id: 'b', inputs: [{ id: 'a' }, {}] }] },
        history: [{}, { id: 2, is_savepoint: true }],
        subtasks: [{}, { source: { splits: [{}] }, operators: [{ windows: { windows: [{}] } }, {}] }],
        topics: [{}, { name: 't', partitions: [{}] }],
        exceptionHistory: { entries: [{}] },
        findings: [{}, { severity: 'cause', details: 'none' }],
        taskmanagers: [{}],
        lines: [1, null],
      }
    })
    const reader = new ScreenReader({ address: server.address, jobId: 'x', monotonicMs: () => performance.now() })
    for (const tab of TABS)
      for (const [columns, rows] of [
        [80, 24],
        [200, 60],
      ] as const) {
        let state = { ...initialState({ isWatched: true, columns, rows }), tab, openCheckpoint: 2, notice: '' }
        for (let round = 0; round < 2; round++)
          state = { ...state, data: { ...state.data, ...(await reader.read(state)) } }
        expect(state.data.problem).toBeUndefined()
        expect(jobScreen(state).lines).toHaveLength(rows)
      }
  })
})

describe('what the screen asks for', () => {
  it('is the job, and of the tabs only the visible one', async () => {
    const address = await recorded('running-job')
    let now = 0
    const reader = new ScreenReader({ address, jobId: RECORDED_JOB, monotonicMs: () => now })
    let state = initialState({ isWatched: false, columns: 80, rows: 24 })
    const askedFor = async (tab: (typeof TABS)[number]): Promise<string[]> => {
      const before = server!.asked.length
      state = { ...state, tab }
      state = { ...state, data: { ...state.data, ...(await reader.read(state)) } }
      now += 500
      return server!.asked.slice(before).map((path) => path.split('?')[0]!.replace('/jobs/{job}', ''))
    }
    const always = ['', '/metrics', '/vertices/{vertex0}/subtasks/metrics', '/vertices/{vertex1}/subtasks/metrics']
    expect((await askedFor('overview')).sort()).toEqual([...always, '/flinkts/why'].sort())
    expect((await askedFor('graph')).sort()).toEqual(always)
    expect((await askedFor('exceptions')).sort()).toEqual([...always, '/exceptions'].sort())
    expect(await askedFor('checkpoints')).toEqual(expect.arrayContaining(['/checkpoints', '/checkpoints/config']))
  })

  it('a path that the session does not have is said, and the rest is shown', async () => {
    const address = await recorded('running-job')
    const reader = new ScreenReader({ address, jobId: RECORDED_JOB, monotonicMs: () => 0 })
    const data = await reader.read({ ...initialState({ isWatched: false, columns: 80, rows: 24 }), tab: 'watermarks' })
    expect(data.problem).toMatch(/not found/)
    expect(data.job!.name).toBe('rides-per-hour')
  })

  it('figures that Flink has no rates of are compared with those of two seconds ago', async () => {
    let sent = 700
    let now = 1_000
    server = await serveRest((path) => {
      if (path.endsWith('/subtasks/metrics')) return [{ id: 'numRecordsSend', sum: sent }]
      return path === '/jobs/x' ? { now, vertices: [{ id: 'a' }] } : {}
    })
    const reader = new ScreenReader({ address: server.address, jobId: 'x', monotonicMs: () => now })
    const state = initialState({ isWatched: false, columns: 80, rows: 24 })
    const rate = async (): Promise<number> => (await reader.read(state)).job!.vertices[0]!.recordsSentPerSecond
    expect(await rate()).toBe(0)
    ;[sent, now] = [1_200, 1_500]
    expect(await rate()).toBe(1_000)
    ;[sent, now] = [1_700, 2_500]
    expect(await rate()).toBeCloseTo(666.7, 1)
    ;[sent, now] = [10, 3_000]
    expect(await rate(), 'the job has restarted').toBe(0)
  })
})
