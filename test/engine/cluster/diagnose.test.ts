import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runInProcess, startLocalCluster } from '../../helpers/local-cluster.ts'
import {
  connectorWith,
  events,
  heldWriters,
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
import { TurningClock } from '../../helpers/virtual-time.ts'
import type { JobManager } from '../../../engine/cluster/job-manager.ts'
import type { OperatorContext } from '../../../engine/operators/operator.ts'
import type { TaskManagerLauncher } from '../../../engine/cluster/task-manager-pool.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'
import type { SubtaskDiagnostics } from '../../../engine/metrics/diagnostics.ts'

const hash = { kind: 'hash', keys: [0] } as const
let directory: string
let clock: TurningClock

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flinkts-diagnose-'))
  clock = new TurningClock()
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const manager = (environment: TestEnvironment): Promise<JobManager> => startLocalCluster({ directory, environment })

/** Two partitions, of which the second says nothing. */
function stuckGraph(environment: TestEnvironment, idleTimeoutMs = 0): StreamGraph {
  return streamGraph(
    [
      memorySource(environment, 'in', [events(500, 5), []], { bounded: false, idleTimeoutMs }),
      operatorNode('sum', ['in'], hash, sumType),
      memorySink(environment, 'out', 'sum', sumType),
    ],
    { 'parallelism.default': '2' },
  )
}

async function diagnosed(
  jobManager: JobManager,
  jobId: string,
  condition: (subtasks: readonly SubtaskDiagnostics[]) => boolean,
): Promise<readonly SubtaskDiagnostics[]> {
  for (;;) {
    const subtasks = await clock.untilSettled(jobManager.diagnose(jobId))
    if (condition(subtasks)) return subtasks
  }
}

describe('a diagnosis', () => {
  it('names the partition that holds the watermark back', async () => {
    const environment = testEnvironment({ sum: () => new WindowSum() }, clock)
    const jobManager = await manager(environment)
    const { record } = await jobManager.submit(stuckGraph(environment))
    const subtasks = await diagnosed(
      jobManager,
      record.jobId,
      (all) => all.length === 4 && all[2]!.channels.some(({ watermark }) => watermark === 4990),
    )
    const [silent, spoken] = [1, 0].map((index) => subtasks[index]!)
    expect(subtasks.map(({ subtaskIndex }) => subtaskIndex)).toEqual([0, 1, 0, 1])
    expect(spoken!.source).toMatchObject({
      nodeId: 'in',
      watermark: 4990,
      isIdle: false,
      idleTimeoutMs: 0,
      splitCount: 1,
      splits: [{ id: 'in-0', watermark: 4990, isIdle: false, position: 'row 500', pendingRecords: 0 }],
    })
    expect(silent!.source!.splits).toEqual([
      {
        id: 'in-1',
        watermark: undefined,
        isIdle: false,
        lastActiveAt: expect.any(Number) as number,
        position: 'row 0',
        pendingRecords: 0,
      },
    ])
    expect(silent!.source!.watermark).toBeUndefined()
    const sourceVertex = silent!.vertexId
    for (const windowed of subtasks.slice(2)) {
      expect(windowed.watermark).toBeUndefined()
      expect(windowed.source).toBeUndefined()
      expect(windowed.channels).toEqual([
        { input: 0, vertexId: sourceVertex, subtaskIndex: 1, watermark: undefined, isIdle: false },
        { input: 0, vertexId: sourceVertex, subtaskIndex: 0, watermark: 4990, isIdle: false },
      ])
    }
    await jobManager.close()
  })

  it('shows an idle partition as one that holds nothing back, last', async () => {
    const environment = testEnvironment({ sum: () => new WindowSum() }, clock)
    const jobManager = await manager(environment)
    const { record } = await jobManager.submit(stuckGraph(environment, 1_000))
    const subtasks = await diagnosed(jobManager, record.jobId, (all) => all[2]?.watermark === 4990)
    expect(subtasks[1]!.source).toMatchObject({ isIdle: true, idleTimeoutMs: 1_000, splits: [{ isIdle: true }] })
    expect(subtasks[1]!.isIdle).toBe(true)
    expect(subtasks[2]!.channels.map(({ subtaskIndex, isIdle }) => [subtaskIndex, isIdle])).toEqual([
      [0, false],
      [1, true],
    ])
    await jobManager.close()
  })

  it('follows back-pressure to the sink that takes nothing', async () => {
    const environment = testEnvironment({ pass: () => new PassThrough() }, clock)
    const graph = streamGraph(
      [
        memorySource(environment, 'in', [events(1_000, 5)], { bounded: false, rowsPerBatch: 100 }),
        operatorNode('pass', ['in'], { kind: 'rebalance' }),
        memorySink(environment, 'out', 'pass', undefined, 1),
      ],
      { 'parallelism.default': '1', 'pipeline.operator-chaining.enabled': 'false' },
    )
    environment.connector.hold('out', true)
    const jobManager = await manager(environment)
    const { record } = await jobManager.submit(graph)
    const waiting = (all: readonly SubtaskDiagnostics[]): boolean =>
      all.length === 3 && all.every(({ waitsFor }) => (waitsFor?.sinceMs ?? 0) >= 300)
    const subtasks = await diagnosed(jobManager, record.jobId, waiting)
    expect(subtasks.map(({ waitsFor }) => waitsFor)).toMatchObject([
      { kind: 'exchange', vertexId: subtasks[1]!.vertexId },
      { kind: 'exchange', vertexId: subtasks[2]!.vertexId },
      { kind: 'sink', nodeId: 'out', name: 'out' },
    ])
    environment.connector.hold('out', false)
    const after = await diagnosed(
      jobManager,
      record.jobId,
      (all) => !all.some(({ waitsFor }) => waitsFor !== undefined),
    )
    expect(after).toHaveLength(3)
    await jobManager.close()
  })

  it('tells of a job in process which sink does not flush at the end', async () => {
    const environment = testEnvironment({}, clock)
    const graph = streamGraph([
      memorySource(environment, 'in', [events(10, 5)]),
      memorySink(environment, 'out', 'in'),
      memorySink(environment, 'slow', 'in'),
    ])
    environment.connector.hold('slow', true)
    const job = runInProcess(graph, environment)
    await clock.until(() => (job.diagnose()[0]?.waitsFor?.sinceMs ?? 0) > 10)
    const [subtask] = job.diagnose()
    expect(subtask).toMatchObject({ waitsFor: { kind: 'sink', nodeId: 'slow' }, source: { splits: [], splitCount: 0 } })
    expect(subtask!.watermark).toBe(Infinity)
    environment.connector.hold('slow', false)
    expect(await clock.untilSettled(job.result)).toMatchObject({ state: 'FINISHED' })
    expect(job.diagnose()).toEqual([])
  })

  it('leaves subtasks out whose sink is still connecting: their operators have no state to tell of yet', async () => {
    class Telling extends PassThrough {
      isOpen = false
      override open(context: OperatorContext): void {
        super.open(context)
        this.isOpen = true
      }
      diagnostics(): undefined {
        if (!this.isOpen) throw new Error('asked before it was opened')
      }
    }
    const environment = testEnvironment({ telling: () => new Telling() }, clock)
    const { createWriter, isHeld, letGo } = heldWriters(environment.connector, 'open')
    const runtime = connectorWith(environment.connector, { createWriter })
    const graph = streamGraph([
      memorySource(environment, 'in', [events(10, 5)], { bounded: false }),
      operatorNode('telling', ['in'], { kind: 'forward' }),
      memorySink(environment, 'out', 'telling'),
    ])
    const job = runInProcess(graph, { ...environment, loadConnector: () => runtime })
    await clock.until(isHeld)
    expect(job.diagnose()).toEqual([])
    letGo()
    await clock.until(() => job.diagnose().length === 1)
    await clock.untilSettled(job.cancel())
  })

  it('leaves out a subtask that has failed, also while its sink still closes: its source has read what came to nothing', async () => {
    const failing = (): PassThrough =>
      new PassThrough(() => {
        throw new Error('bad record')
      })
    const environment = testEnvironment({ failing }, clock)
    const { createWriter, isHeld, letGo } = heldWriters(environment.connector, 'close')
    const runtime = connectorWith(environment.connector, { createWriter })
    const graph = streamGraph([
      memorySource(environment, 'in', [events(10, 5)], { bounded: false }),
      operatorNode('failing', ['in'], { kind: 'forward' }),
      memorySink(environment, 'out', 'failing'),
    ])
    const job = runInProcess(graph, { ...environment, loadConnector: () => runtime })
    await clock.until(isHeld)
    expect(job.diagnose()).toEqual([])
    letGo()
    await expect(clock.untilSettled(job.result)).rejects.toThrow('bad record')
  })

  it('leaves out what does not answer within two seconds', async () => {
    const environment = testEnvironment({ sum: () => new WindowSum() }, clock)
    const deaf = (local: TaskManagerLauncher): TaskManagerLauncher => ({
      ...local,
      async launch(id, listener) {
        const gateway = await local.launch(id, listener)
        const send = gateway.send.bind(gateway)
        const isDeaf = id === 'taskmanager-2'
        gateway.send = (message) => (isDeaf && message.kind === 'diagnose' ? undefined : send(message))
        return gateway
      },
    })
    const jobManager = await startLocalCluster({ directory, environment, launching: deaf })
    const { record } = await jobManager.submit(stuckGraph(environment))
    await diagnosed(jobManager, record.jobId, (all) => all.length > 0)
    const asked = clock.now()
    const subtasks = await clock.untilSettled(jobManager.diagnose(record.jobId))
    expect(clock.now() - asked).toBeGreaterThanOrEqual(2_000)
    expect(clock.now() - asked).toBeLessThan(2_100)
    expect(subtasks.map(({ subtaskIndex }) => subtaskIndex)).toEqual([0, 0])
    await jobManager.close()
  })

  it('does not wait for a TaskManager that died, and refuses jobs that there are not', async () => {
    const environment = testEnvironment({ sum: () => new WindowSum() }, clock)
    const jobManager = await manager(environment)
    const { record } = await jobManager.submit(stuckGraph(environment))
    await diagnosed(jobManager, record.jobId, (all) => all.length === 4)
    const asked = clock.now()
    const answer = jobManager.diagnose(record.jobId)
    await jobManager.killTaskManager('taskmanager-1')
    expect((await clock.untilSettled(answer)).map(({ subtaskIndex }) => subtaskIndex)).toEqual([1, 1])
    expect(clock.now() - asked).toBeLessThan(100)
    await expect(jobManager.diagnose('nobody')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await jobManager.close()
  })

  it('that fails by a fault of ours says so, and the job goes on', async () => {
    class Broken extends WindowSum {
      diagnostics(): never {
        throw new Error('no namespaces')
      }
    }
    const environment = testEnvironment({ sum: () => new Broken() }, clock)
    const jobManager = await manager(environment)
    const { record, master } = await jobManager.submit(stuckGraph(environment))
    const failing = async (): Promise<void> => {
      for (;;) await clock.untilSettled(jobManager.diagnose(record.jobId))
    }
    await expect(failing()).rejects.toThrow('no namespaces')
    await clock.until(() => master.status === 'RUNNING')
    expect(master.attempt).toBe(0)
    await jobManager.close()
  })
})
