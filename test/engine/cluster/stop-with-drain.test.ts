import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileSystemStorage } from '../../../engine/checkpoint/file-system-storage.ts'
import { MAX_WATERMARK } from '../../../engine/types/stream-element.ts'
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
import type { JobManager, ManagedJob } from '../../../engine/cluster/job-manager.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'
import type { Operator } from '../../../engine/operators/operator.ts'
import type { Cell } from '../../../engine/types/record-batch.ts'

let directory: string
let clock: TurningClock
let environment: TestEnvironment
let jobManager: JobManager

async function start(operators: Record<string, () => Operator> = {}): Promise<void> {
  environment = testEnvironment({ pass: () => new PassThrough(), sum: () => new WindowSum(), ...operators }, clock)
  jobManager = await startLocalCluster({ directory, environment, storage: fileSystemStorage, slotsPerTaskManager: 2 })
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flinkts-drain-'))
  clock = new TurningClock()
  await start()
})
afterEach(async () => {
  await jobManager.close()
  await rm(directory, { recursive: true, force: true })
})

type Source = readonly [splits: Cell[][][], options?: { bounded?: boolean }]

/** Sources → pass → SUM per window, keyed → sink; every vertex twice. */
function sumGraph(sources: readonly Source[], configuration: Record<string, string> = {}): StreamGraph {
  const names = sources.map((_, index) => `in${index}`)
  return streamGraph(
    [
      ...sources.map(([splits, { bounded = false } = {}], index) =>
        memorySource(environment, names[index]!, splits, { bounded }),
      ),
      operatorNode('pass', names, { kind: 'rebalance' }),
      operatorNode('sum', ['pass'], { kind: 'hash', keys: [0] }, sumType),
      memorySink(environment, 'out', 'sum', sumType),
    ],
    { 'parallelism.default': '2', 'execution.checkpointing.interval': '10 ms', ...configuration },
  )
}

function rowsRead({ master }: ManagedJob): number {
  const sources = new Set(master.options.graph.vertices.flatMap(({ id, inputs }) => (inputs.length === 0 ? [id] : [])))
  return master.records
    .filter(({ vertexId }) => sources.has(vertexId))
    .reduce((sum, { figures }) => sum + (figures?.numRecordsIn ?? 0), 0)
}

async function runningOn(sources: readonly Source[], configuration?: Record<string, string>): Promise<ManagedJob> {
  const job = await jobManager.submit(sumGraph(sources, configuration), { key: 'sum' })
  const rows = sources.flatMap(([splits]) => splits.flat()).length
  await clock.until(() => rowsRead(job) === rows)
  return job
}

const drain = ({ master }: ManagedJob): Promise<string> =>
  clock.untilSettled(jobManager.stop(master.jobId, { drain: true }))

/** `k@window_end` → sum; a window that fired twice fails. */
function firedOnce(rows: readonly (readonly Cell[])[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [, key, end, sum] of rows) {
    const name = `${Number(key)}@${Number(end)}`
    expect(sums[name], `${name} fired twice`).toBeUndefined()
    sums[name] = sum as number
  }
  return sums
}

const written = (): readonly (readonly Cell[])[] => [...environment.connector.rows('out')]

describe('stop with drain', () => {
  it('fires every window, however far each source had come, before the savepoint', async () => {
    // the second source is far behind the first, one split of it empty: nothing could fire yet
    const ahead = [events(300, 7), events(300, 7, 3)]
    const behind = [events(20, 5), []]
    const job = await runningOn([[ahead], [behind]])
    expect(written()).toEqual([])
    const location = await drain(job)
    expect(await job.settled).toBe('FINISHED')
    expect(firedOnce(written())).toEqual(expectedSums([...ahead, ...behind]))
    expect(job.record.ending).toEqual({ kind: 'stopped', savepoint: location, drained: true })
    expect(job.log.messages.at(-1)!.line).toBe(
      `drained and stopped with savepoint ${location}; all windows have fired, the next run begins afresh`,
    )
    const stored = await fileSystemStorage.read(location)
    expect(stored).toMatchObject({ kind: 'complete', manifest: { type: 'savepoint', drained: true } })
    // event time is over for who had none of his own rows, too
    expect(job.master.records.map(({ figures }) => figures?.currentInputWatermark)).toEqual(
      job.master.records.map(() => MAX_WATERMARK),
    )
  })

  it('leaves windows alone without it', async () => {
    const job = await runningOn([[[events(100, 3)]], [[[]]]])
    const location = await clock.untilSettled(jobManager.stop(job.master.jobId))
    expect(written()).toEqual([])
    expect(await fileSystemStorage.read(location)).not.toMatchObject({ manifest: { drained: true } })
  })

  it('waits for no source that has ended', async () => {
    const ended = [events(50, 3), events(80, 3, 1)]
    const open = [events(30, 3, 2)]
    const job = await runningOn([[ended, { bounded: true }], [open]])
    await clock.until(() => job.master.records.some(({ status }) => status === 'FINISHED'))
    await drain(job)
    expect(await job.settled).toBe('FINISHED')
    expect(firedOnce(written())).toEqual(expectedSums([...ended, ...open]))
  })

  it('lets operators hand on what they hold back until the end of their input', async () => {
    const told: string[] = []
    class AtEnd extends PassThrough {
      endOfInput(): void {
        told.push('end of input')
      }
      prepareSnapshot(): void {
        told.push('snapshot')
      }
    }
    await start({ pass: () => new AtEnd() })
    const job = await runningOn([[[events(10, 2)]]], { 'parallelism.default': '1' })
    told.length = 0
    await drain(job)
    expect(told.slice(-2)).toEqual(['end of input', 'snapshot'])
    expect(told.filter((word) => word === 'end of input')).toHaveLength(1)
  })

  it('is over for good: the next run begins afresh, and says how to read on', async () => {
    const job = await runningOn([[[events(100, 3)]]])
    const location = await drain(job)
    const next = await jobManager.submit(sumGraph([[[events(100, 3)], { bounded: true }]]), { key: 'sum' })
    expect(next.log.messages[0]!.line).toBe(
      `the last run was drained, its windows are complete; starting fresh (to read on all the same: --restore ${location})`,
    )
    expect(await clock.untilSettled(next.settled)).toBe('FINISHED')
    expect(rowsRead(next)).toBe(100)
  })

  it('goes on from its savepoint where it is named: behind what was read, with windows that begin again', async () => {
    const all = events(150, 1) // 10 ms apart: the second window has 50 rows, of which 20 come before the drain
    const job = await runningOn([[[all.slice(0, 120)]]])
    const location = await drain(job)
    const before = written()
    const graph = sumGraph([[[all], { bounded: true }]])
    const next = await jobManager.submit(graph, { key: 'sum', restore: location })
    expect(await clock.untilSettled(next.settled)).toBe('FINISHED')
    expect(next.log.messages.map(({ line }) => line)).toContainEqual(
      expect.stringMatching(/taken with drain: its windows have fired/),
    )
    const ends = (rows: readonly (readonly Cell[])[]): Cell[][] => rows.map(([, , end, sum]) => [end!, sum!])
    expect(ends(before)).toEqual([
      [1000, 100],
      [2000, 20],
    ])
    expect(ends(written())).toEqual([[2000, 30]]) // not 50, as without the drain
  })

  it('fails where an operator fails on what is drained: the job goes on from its last checkpoint', async () => {
    let fails = true
    class Failing extends WindowSum {
      override processWatermark(timestampMs: number): void {
        if (timestampMs === MAX_WATERMARK && fails) throw new Error('full')
        super.processWatermark(timestampMs)
      }
    }
    await start({ sum: () => new Failing() })
    const splits = [events(100, 3)]
    const job = await runningOn([[splits]])
    await clock.until(() => job.master.checkpoints.statistics.counts.completed > 0)
    await expect(drain(job)).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' })
    fails = false
    await clock.until(() => job.master.attempt === 1 && job.master.records.every(({ status }) => status === 'RUNNING'))
    expect(job.master.failures[0]!.error.message).toBe('full')
    await clock.until(() => job.master.checkpoints.statistics.counts.completed > 1)
    await drain(job)
    expect(firedOnce(written())).toEqual(expectedSums(splits))
  })
})
