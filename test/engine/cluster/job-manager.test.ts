import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JobStore } from '../../../engine/cluster/job-store.ts'
import { decideNextStart } from '../../../engine/cluster/next-start.ts'
import { fileSystemStorage } from '../../../engine/checkpoint/file-system-storage.ts'
import { MemoryCheckpointStorage } from '../../../engine/testing/memory-checkpoint-storage.ts'
import { startLocalCluster } from '../../helpers/local-cluster.ts'
import {
  events,
  expectedSums,
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
import type { CheckpointManifest } from '../../../engine/checkpoint/checkpoint-manifest.ts'
import type { CheckpointStorage } from '../../../engine/checkpoint/checkpoint-storage.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'
import type { Operator } from '../../../engine/operators/operator.ts'
import type { Cell } from '../../../engine/types/record-batch.ts'

const hash = { kind: 'hash', keys: [0] } as const
let directory: string
let clock: TurningClock

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flinkts-job-manager-'))
  clock = new TurningClock()
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const manager = (
  environment: TestEnvironment,
  storage: CheckpointStorage = fileSystemStorage,
  taskManagers = 2,
): Promise<JobManager> => startLocalCluster({ directory, environment, storage, taskManagers, slotsPerTaskManager: 2 })

function sumGraph(
  environment: TestEnvironment,
  splits: Cell[][][],
  configuration: Record<string, string> = {},
  options: { bounded?: boolean; rowsPerBatch?: number; paced?: boolean; idleTimeoutMs?: number } = {},
): StreamGraph {
  return streamGraph(
    [
      memorySource(environment, 'in', splits, options),
      operatorNode('pass', ['in'], { kind: 'forward' }),
      operatorNode('sum', ['pass'], hash, sumType),
      memorySink(environment, 'out', 'sum', sumType),
    ],
    { 'parallelism.default': '2', ...configuration },
  )
}

const checkpointed = {
  'execution.checkpointing.interval': '10 ms',
  'restart-strategy.exponential-delay.initial-backoff': '20 ms',
}

/** Manifests and their removal take a while. */
class SlowStorage extends MemoryCheckpointStorage {
  override async writeManifest(location: string, manifest: CheckpointManifest): Promise<void> {
    await turns(3)
    await super.writeManifest(location, manifest)
  }

  override async discard(location: string): Promise<void> {
    await turns(3)
    await super.discard(location)
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A sink that was written twice after a restart must have been written the same. */
function upserted(environment: TestEnvironment): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [, key, end, sum] of environment.connector.rows('out'))
    sums[`${Number(key)}@${Number(end)}`] = sum as number
  return sums
}

const operators = (pass: () => Operator = () => new PassThrough()): Record<string, () => Operator> => ({
  pass,
  sum: () => new WindowSum(),
})

describe('JobManager', () => {
  it('does not close before it has written down how a job ended that ended just now', async () => {
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const job = await jobManager.submit(sumGraph(environment, [events(50, 5), []], {}, { bounded: false }))
    await clock.until(() => job.master.status === 'RUNNING')
    await jobManager.killTaskManager('taskmanager-1')
    await clock.until(() => job.master.status === 'FAILED')
    await jobManager.close()
    const [written] = await new JobStore(directory).list()
    expect(written).toMatchObject({ record: { jobId: job.record.jobId, ending: { kind: 'failed' } } })
  })

  it('runs a job to its end and takes checkpoints on the way', async () => {
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment, new MemoryCheckpointStorage())
    const splits = [events(400, 5), events(400, 5)]
    const job = await jobManager.submit(sumGraph(environment, splits, checkpointed, { paced: true }))
    expect(await clock.untilSettled(job.settled)).toBe('FINISHED')
    expect(upserted(environment)).toEqual(expectedSums(splits))
    const { counts, history } = job.master.checkpoints.statistics
    expect(counts.completed).toBeGreaterThan(2)
    expect(history.every(({ status }) => status === 'COMPLETED' || status === 'FAILED')).toBe(true)
    await jobManager.close()
  })

  it('fails without checkpoints at the first error and names it', async () => {
    const boom = operators(
      () =>
        new PassThrough(() => {
          throw new Error('boom')
        }),
    )
    const environment = testEnvironment(boom, clock)
    const jobManager = await manager(environment)
    const job = await jobManager.submit(sumGraph(environment, [events(10, 2)]))
    expect(await clock.untilSettled(job.settled)).toBe('FAILED')
    expect(job.master.failures[0]).toMatchObject({
      error: { message: 'boom' },
      consequence: 'the job has no restart strategy',
    })
    expect(job.master.failures[0]!.subtask).toBeDefined()
    await jobManager.close()
  })

  it('gives up after the restarts of fixed-delay', async () => {
    let attempts = 0
    const boom = operators(
      () =>
        new PassThrough(() => {
          throw new Error(`boom ${++attempts}`)
        }),
    )
    const environment = testEnvironment(boom, clock)
    const jobManager = await manager(environment)
    const job = await jobManager.submit(
      sumGraph(environment, [events(10, 2)], {
        'parallelism.default': '1',
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '3',
      }),
    )
    const startedAt = clock.now()
    expect(await clock.untilSettled(job.settled)).toBe('FAILED')
    expect(attempts).toBe(4)
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(3000)
    expect(job.master.failures.map(({ consequence }) => consequence)).toEqual([
      '3 restarts are used up',
      'restart in 1000 ms',
      'restart in 1000 ms',
      'restart in 1000 ms',
    ])
    await jobManager.close()
  })

  it('ends right whichever row it fails at', async () => {
    const splits = [events(60, 3), events(60, 3, 1)]
    let restores = 0
    for (let failAt = 1; failAt <= 60; failAt += 1) {
      let seen = 0
      const failing = operators(
        () =>
          new PassThrough(() => {
            if (++seen === failAt) throw new Error('killed')
          }),
      )
      const environment = testEnvironment(failing, clock)
      const storage = new MemoryCheckpointStorage()
      const jobManager = await manager(environment, storage)
      const graph = sumGraph(
        environment,
        splits,
        { ...checkpointed, 'pipeline.operator-chaining.enabled': String(failAt % 2 === 0) },
        { rowsPerBatch: 1, paced: true },
      )
      const job = await jobManager.submit(graph, { key: `job-${failAt}` })
      expect(await clock.untilSettled(job.settled), `failing at row ${failAt}`).toBe('FINISHED')
      expect(job.master.attempt).toBe(seen >= failAt ? 1 : 0)
      expect(upserted(environment), `failing at row ${failAt}`).toEqual(expectedSums(splits))
      restores += job.master.checkpoints.statistics.counts.restored
      await jobManager.close()
    }
    expect(restores).toBeGreaterThan(30)
  })

  it('ends right whenever a TaskManager is killed', async () => {
    const splits = [events(80, 3), events(80, 3, 1)]
    for (let killAt = 1; killAt < 60; killAt += 3) {
      const environment = testEnvironment(operators(), clock)
      const jobManager = await manager(environment, new MemoryCheckpointStorage())
      const graph = sumGraph(environment, splits, checkpointed, { rowsPerBatch: 1, paced: true })
      const job = await jobManager.submit(graph, { key: `job-${killAt}` })
      let turns = 0
      await clock.until(() => ++turns > killAt || job.master.status === 'FINISHED')
      const [victim] = jobManager.taskManagers
      const killed = job.master.status !== 'FINISHED'
      await jobManager.killTaskManager(victim!.id)
      expect(await clock.untilSettled(job.settled)).toBe('FINISHED')
      expect(upserted(environment), `killed at turn ${killAt}`).toEqual(expectedSums(splits))
      if (killed && job.master.failures.length > 0) expect(job.master.failures[0]!.error.code).toBe('TASK_MANAGER_LOST')
      expect(jobManager.taskManagers.map(({ id }) => id)).not.toContain(victim!.id)
      expect(jobManager.taskManagers).toHaveLength(2)
      await jobManager.close()
    }
  })

  it('stops with a savepoint and resumes at another parallelism', async () => {
    const splits = [events(100, 7), events(100, 7, 3), events(100, 7, 5)]
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const first = await jobManager.submit(
      sumGraph(
        environment,
        splits.map((split) => split.slice(0, 50)),
        checkpointed,
        { bounded: false },
      ),
    )
    await clock.until(() => first.master.records.some(({ figures }) => (figures?.numRecordsIn ?? 0) > 0))
    const location = await clock.untilSettled(jobManager.stop(first.master.jobId))
    expect(await first.settled).toBe('FINISHED')
    expect(first.record.ending).toEqual({ kind: 'stopped', savepoint: location })
    const before = [...environment.connector.rows('out')]
    const graph = sumGraph(environment, splits, { ...checkpointed, 'parallelism.default': '3' })
    const second = await jobManager.submit(graph)
    expect(await clock.untilSettled(second.settled)).toBe('FINISHED')
    expect(second.log.messages[0]!.line).toMatch(/resuming from the savepoint/)
    const sums: Record<string, number> = {}
    for (const [, key, end, sum] of [...before, ...environment.connector.rows('out')]) {
      const name = `${Number(key)}@${Number(end)}`
      expect(sums[name], `${name} written twice`).toBeUndefined()
      sums[name] = sum as number
    }
    expect(sums).toEqual(expectedSums(splits))
    await jobManager.close()
  })

  it.each([
    ['it crashed', 'ended in a crash'],
    ['it was closed', 'was ended by `flinkts down` without a savepoint'],
  ])('takes a job up again from the newest checkpoint that is whole, after its session: %s', async (how, said) => {
    const splits = [events(200, 5), events(200, 5, 1)]
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const graph = sumGraph(environment, splits, checkpointed, { bounded: false })
    const first = await jobManager.submit(graph)
    await clock.until(() => first.master.checkpoints.statistics.counts.completed >= 3)
    await jobManager.close('`flinkts down`')
    expect(first.record.ending).toEqual({ kind: 'suspended', by: '`flinkts down`' })
    // what nobody wrote an ending of
    if (how === 'it crashed') await new JobStore(directory).write({ ...first.record, ending: { kind: 'running' } })
    const [newest, older] = (await fileSystemStorage.list(first.record.checkpointFolder)).map(
      ({ location }) => location,
    )
    expect(await fileSystemStorage.list(first.record.checkpointFolder)).toHaveLength(2)
    const stateFile = (await readdir(newest!)).find((name) => name.endsWith('.state'))!
    await truncate(join(newest!, stateFile), 10)

    const again = await manager(environment)
    const second = await again.submit(sumGraph(environment, splits, checkpointed))
    expect(await clock.untilSettled(second.settled)).toBe('FINISHED')
    const lines = second.log.messages.map(({ line }) => line)
    expect(lines[0]).toMatch(/cut off; falling back to the checkpoint before it/)
    expect(lines[1]).toBe(`the last run ${said}; resuming from ${older}`)
    expect(second.master.checkpoints.statistics.restored?.location).toBe(older)
    expect(await fileSystemStorage.list(second.record.checkpointFolder)).toEqual([]) // it finished: no use for them
    await again.close()
  })

  it('falls back within the former run as long as a run has no checkpoint of its own', async () => {
    const splits = [events(200, 5), events(200, 5, 1)]
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const graph = sumGraph(environment, splits, checkpointed, { bounded: false })
    const first = await jobManager.submit(graph)
    await clock.until(() => first.master.checkpoints.statistics.counts.completed >= 3)
    await jobManager.close()
    const again = await manager(environment)
    await again.submit(graph)
    await again.close() // at once: it had no time for a checkpoint
    const [newest, older] = (await fileSystemStorage.list(first.record.checkpointFolder)).map(
      ({ location }) => location,
    )
    await writeFile(join(newest!, '_metadata'), '{ torn')

    const last = await manager(environment)
    const third = await last.submit(graph)
    expect(third.log.messages.map(({ line }) => line).slice(0, 2)).toEqual([
      expect.stringMatching(/torn; falling back to the checkpoint before it/),
      `the last run was ended by the end of its session without a savepoint; resuming from ${older}`,
    ])
    await clock.until(() => third.master.checkpoints.statistics.counts.completed >= 1)
    await last.close()
    expect(await fileSystemStorage.list(first.record.checkpointFolder)).toEqual([])
    expect(await fileSystemStorage.list(third.record.checkpointFolder)).not.toEqual([])
  })

  it('runs a job again at once after its client died, behind whatever was still being written', async () => {
    const splits = [events(400, 5), events(400, 5, 1)]
    for (let abortAt = 1; abortAt < 60; abortAt += 2) {
      const environment = testEnvironment(operators(), clock)
      const jobManager = await manager(environment, new SlowStorage())
      const graph = sumGraph(environment, splits, checkpointed, { rowsPerBatch: 1, paced: true })
      const first = await jobManager.submit(graph, { key: `job-${abortAt}` })
      let turn = 0
      await clock.until(() => ++turn > abortAt)
      jobManager.abort(first.master.jobId)
      const second = await clock.untilSettled(jobManager.submit(graph, { key: `job-${abortAt}` }))
      expect(await clock.untilSettled(second.settled), second.master.failure?.message).toBe('FINISHED')
      expect(upserted(environment), `aborted at turn ${abortAt}`).toEqual(expectedSums(splits))
      await jobManager.close()
    }
  })

  it.each(['abort', 'cancel'] as const)('gives back slots that come when the job is over: %s', async (end) => {
    const environment = testEnvironment(operators(), clock)
    let slow = false
    const jobManager = await startLocalCluster({
      directory,
      environment,
      slotsPerTaskManager: 2,
      launching: (local) => ({
        ...local,
        launch: async (id, listener) => {
          if (slow) await turns(50)
          return local.launch(id, listener)
        },
      }),
    })
    slow = true
    const job = await jobManager.submit(sumGraph(environment, [events(50, 2)], checkpointed, { bounded: false }))
    await clock.until(() => job.master.checkpoints.statistics.counts.completed >= 1)
    await jobManager.killTaskManager(jobManager.taskManagers[0]!.id)
    await clock.until(() => job.master.attempt === 1)
    jobManager[end](job.master.jobId)
    await clock.untilSettled(job.settled)
    await clock.until(() => jobManager.taskManagers.length === 2)
    await clock.untilSettled(turns(5))
    expect(jobManager.taskManagers.map(({ freeSlots }) => freeSlots)).toEqual([2, 2])
    await jobManager.close()
  })

  it('refuses to go on where no checkpoint can be read', async () => {
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const first = await jobManager.submit(sumGraph(environment, [events(20, 2)], checkpointed, { bounded: false }))
    await clock.until(() => first.master.checkpoints.statistics.counts.completed >= 1)
    await jobManager.close()
    for (const folder of await readdir(first.record.checkpointFolder)) {
      await writeFile(join(first.record.checkpointFolder, folder, '_metadata'), '{ torn')
    }
    const again = await manager(environment)
    await expect(again.submit(sumGraph(environment, [events(20, 2)], checkpointed))).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
    })
    const fresh = await again.submit(sumGraph(environment, [events(20, 2)]), { fresh: true })
    expect(await clock.untilSettled(fresh.settled)).toBe('FINISHED')
    await again.close()
  })

  it('refuses a changed job that has no place for the state', async () => {
    const environment = testEnvironment({ ...operators(), other: () => new PassThrough() }, clock)
    const jobManager = await manager(environment)
    const first = await jobManager.submit(sumGraph(environment, [events(50, 2)], checkpointed, { bounded: false }))
    await clock.until(() => first.master.records.some(({ figures }) => (figures?.numRecordsIn ?? 0) > 0))
    await clock.untilSettled(jobManager.stop(first.master.jobId))
    const changed = (): StreamGraph =>
      streamGraph([
        memorySource(environment, 'in', [events(50, 2)]),
        operatorNode('other', ['in'], hash),
        memorySink(environment, 'out', 'other'),
      ])
    const refused = await jobManager.submit(changed())
    expect(await clock.untilSettled(refused.settled)).toBe('FAILED')
    expect(refused.master.failure).toMatchObject({
      code: 'CHECKPOINT_INCOMPATIBLE',
      message: expect.stringContaining("'sum'") as string,
    })
    await jobManager.close()
  })

  it('remembers how the last run ended where a start is refused, and what that run was', async () => {
    const environment = testEnvironment({ ...operators(), other: () => new PassThrough() }, clock)
    const store = new JobStore(directory)
    const jobManager = await manager(environment)
    const graph = sumGraph(environment, [events(50, 2)], checkpointed, { bounded: false })
    const first = await jobManager.submit(graph, { key: 'sum' })
    await clock.until(() => first.master.records.some(({ figures }) => (figures?.numRecordsIn ?? 0) > 0))
    const savepoint = await clock.untilSettled(jobManager.stop(first.master.jobId))
    const stored = await store.readGraph('sum')
    const changed = streamGraph([
      memorySource(environment, 'in', [events(50, 2)]),
      operatorNode('other', ['in'], hash),
      memorySink(environment, 'out', 'other'),
    ])
    for (const flags of [{}, { restore: savepoint }, {}]) {
      const refused = await jobManager.submit(changed, { key: 'sum', ...flags })
      expect(await clock.untilSettled(refused.settled)).toBe('FAILED')
      expect(refused.master.failure?.code).toBe('CHECKPOINT_INCOMPATIBLE')
      expect(refused.log.messages.map(({ line }) => line).join('\n')).not.toContain('the last run failed')
      expect(await store.read('sum')).toEqual({
        ...first.record,
        refusedStart: {
          jobId: refused.master.jobId,
          at: refused.record.startedAt,
          cause: expect.objectContaining({ code: 'CHECKPOINT_INCOMPATIBLE' }) as unknown,
        },
      })
      expect(await store.readGraph('sum')).toEqual(stored)
    }
    const again = await jobManager.submit(graph, { key: 'sum' })
    expect(again.log.messages[0]?.line).toBe(`resuming from the savepoint of the last stop, ${savepoint}`)
    expect((await store.read('sum'))?.refusedStart).toBeUndefined()
    await jobManager.close()
  })

  it.each([
    [0, 0, /1 of its subtasks have nothing to read. They never send a watermark/],
    [50, 15, /1 of its subtasks have nothing to read.$/],
  ])(
    'warns of subtasks without splits; with idle timeout %i ms %i windows fire',
    async (idleTimeoutMs, fired, warning) => {
      const environment = testEnvironment(operators(), clock)
      const jobManager = await manager(environment)
      const splits = [events(400, 5)]
      const job = await jobManager.submit(sumGraph(environment, splits, {}, { bounded: false, idleTimeoutMs }))
      await clock.until(() => environment.connector.rows('out').length >= fired)
      const until = clock.now() + 1000
      await clock.until(() => clock.now() > until)
      expect(environment.connector.rows('out')).toHaveLength(fired)
      expect(job.log.messages.map(({ line }) => line).join('\n')).toMatch(warning)
      await jobManager.close()
    },
  )

  it('cancels, refuses what does not fit into its slots, and refuses a job twice', async () => {
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const graph = sumGraph(environment, [events(10, 2)], {}, { bounded: false })
    const job = await jobManager.submit(graph, { key: 'sum' })
    await expect(jobManager.submit(graph, { key: 'sum' })).rejects.toThrow(/already running/)
    await clock.until(() => job.master.records.every(({ status }) => status === 'RUNNING'))
    const wide = await jobManager.submit({ ...graph, configuration: { 'parallelism.default': '9' } }, { key: 'wide' })
    expect(await clock.untilSettled(wide.settled)).toBe('FAILED')
    expect(wide.master.failure?.message).toMatch(/needs 9 task slots.*parallelism 9.*2 are free on 2 TaskManagers/)
    jobManager.cancel(job.master.jobId)
    expect(await clock.untilSettled(job.settled)).toBe('CANCELED')
    expect(job.record.ending).toEqual({ kind: 'canceled' })
    await jobManager.close()
  })

  it('keeps with a job what was submitted, what it had done and where its savepoints are', async () => {
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const graph = sumGraph(environment, [events(50, 2)], checkpointed, { bounded: false })
    const job = await jobManager.submit(graph, { key: 'jobs/sum.sql', origin: { kafka: '127.0.0.1:9092' } })
    await clock.until(() => job.master.records.some(({ figures }) => (figures?.numRecordsIn ?? 0) > 0))
    const taken = await clock.untilSettled(jobManager.savepoint(job.master.jobId, join(directory, 'kept')))
    const stopped = await clock.untilSettled(jobManager.stop(job.master.jobId))
    const store = new JobStore(directory)
    expect(await store.readGraph('jobs/sum.sql')).toEqual({
      formatVersion: 1,
      key: 'jobs/sum.sql',
      jobId: job.master.jobId,
      graph,
      origin: { kafka: '127.0.0.1:9092' },
    })
    expect((await store.savepoints('jobs/sum.sql')).map(({ location }) => location)).toEqual([taken, stopped])
    const [entry] = await store.list()
    expect(entry).toMatchObject({
      kind: 'job',
      record: {
        key: 'jobs/sum.sql',
        ending: { kind: 'stopped', savepoint: stopped },
        endedAt: expect.any(Number) as number,
      },
    })
    expect(job.record.outcome).toMatchObject({ report: { state: 'FINISHED' }, failures: [] })
    expect(job.record.outcome!.vertices.map(({ parallelism }) => parallelism)).toEqual([2, 2])
    const decision = decideNextStart(job.record, [], graph, {})
    expect(decision).toMatchObject({ kind: 'restore', location: stopped })
    await jobManager.close()
  })

  it('keeps nothing of a job that nobody will look for: it begins without state and leaves none', async () => {
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const graph = sumGraph(environment, [events(50, 2), events(50, 2)], checkpointed, { bounded: false })
    const said: string[] = []
    for (let run = 0; run < 2; run++) {
      const job = await jobManager.submit(graph, { key: 'sum', transient: true })
      await clock.until(() => job.master.checkpoints.statistics.counts.completed >= 1)
      await clock.untilSettled(jobManager.stop(job.master.jobId))
      said.push(...job.log.messages.map(({ line }) => line))
    }
    expect(said).toEqual(Array<string>(2).fill('stopped; outside of a project no state is kept'))
    expect(await new JobStore(directory).list()).toEqual([])
    const left = await readdir(directory, { recursive: true, withFileTypes: true })
    expect(left.filter((file) => file.isFile())).toEqual([])
    await jobManager.close()
  })

  it('goes on from the savepoint of a stop whose client died behind it', async () => {
    const environment = testEnvironment(operators(), clock)
    const jobManager = await manager(environment)
    const graph = sumGraph(environment, [events(50, 2)], checkpointed, { bounded: false })
    const job = await jobManager.submit(graph, { key: 'sum' })
    await clock.until(() => job.master.checkpoints.statistics.counts.completed >= 1)
    const leave = job.log.listen(({ line }) => {
      if (line.startsWith('stopped with savepoint')) jobManager.abort(job.master.jobId)
    })
    const savepoint = await clock.untilSettled(jobManager.stop(job.master.jobId))
    leave()
    expect(await job.settled).toBe('SUSPENDED')
    expect(job.record.ending).toEqual({ kind: 'stopped', savepoint })
    await jobManager.close()
  })
})
