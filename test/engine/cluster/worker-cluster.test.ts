// Jobs on real worker threads. They run the compiled code in dist: `npm test` builds it first.
import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDefaultEnvironment } from '../../../engine/task/default-environment.ts'
import { createWorkerLauncher } from '../../../engine/cluster/start-task-manager.ts'
import { datagenDefinition } from '../../../engine/connectors/datagen/definition.ts'
import { fileSystemStorage } from '../../../engine/checkpoint/file-system-storage.ts'
import { JobManager, type ManagedJob } from '../../../engine/cluster/job-manager.ts'
import { types } from '../../../engine/types/logical-type.ts'
import { valuesSource } from '../../../engine/connectors/values/definition.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'

let directory: string
let jobManager: JobManager

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flinkts-workers-'))
  jobManager = new JobManager({
    directory,
    environment: createDefaultEnvironment(),
    launcher: createWorkerLauncher({ heapMb: 96 }),
    storage: fileSystemStorage,
    taskManagers: 2,
    slotsPerTaskManager: 1,
  })
  await jobManager.start()
})
afterEach(async () => {
  await jobManager.close()
  await rm(directory, { recursive: true, force: true })
})

const rowType = types.row([
  { name: 'k', type: types.int() },
  { name: 'n', type: types.bigint() },
])
const countType = types.row([
  { name: 'k', type: types.int() },
  { name: 'rows', type: types.bigint(false) },
])
const print = {
  connector: 'print',
  tableName: 'out',
  changelog: 'all' as const,
  keyColumns: [],
  settings: { identifier: null, standardError: false },
  ignoredOptions: [],
}

/** SELECT k, COUNT(*) of `rows` generated rows, printed. */
function countGraph(rows: number, rowsPerSecond: number, configuration: Record<string, string> = {}): StreamGraph {
  const source = datagenDefinition.createSource!({
    name: 'gen',
    physicalType: rowType,
    metadata: [],
    primaryKey: undefined,
    options: {
      connector: 'datagen',
      'rows-per-second': String(rowsPerSecond),
      'fields.k.min': '0',
      'fields.k.max': '9',
      'fields.n.kind': 'sequence',
      'fields.n.start': '1',
      'fields.n.end': String(rows),
    },
    configuration: {},
  })
  return {
    formatVersion: 1,
    jobName: 'counts',
    configuration: { 'parallelism.default': '2', ...configuration },
    warnings: [],
    nodes: [
      { kind: 'source', id: 'gen', name: 'gen[1]', outputType: rowType, source },
      {
        kind: 'operator',
        id: 'count',
        name: 'GroupAggregate[2]',
        outputType: countType,
        inputs: [{ from: 'gen', partitioning: { kind: 'hash', keys: [0] } }],
        operator: {
          type: 'group-aggregate',
          inputType: rowType,
          outputType: countType,
          keys: [0],
          aggregates: [
            { function: 'COUNT', arguments: [], distinct: false, name: 'rows', resultType: types.bigint(false) },
          ],
          inputChangelog: false,
          generateUpdateBefore: false,
          stateTtlMs: 0,
          emitPerBatch: true,
        },
      },
      {
        kind: 'sink',
        id: 'out',
        name: 'out[3]',
        outputType: countType,
        inputs: [{ from: 'count', partitioning: { kind: 'forward' } }],
        sink: { ...print, consumedType: countType },
      },
    ],
  }
}

/** The last count of each key that was printed, added up. */
function collectCounts(job: ManagedJob): () => number {
  const counts = new Map<string, number>()
  job.log.listen(({ kind, line }) => {
    const match = /\[(\d+), (\d+)\]/.exec(line)
    if (kind === 'stdout' && match !== null) counts.set(match[1]!, Number(match[2]))
  })
  return () => [...counts.values()].reduce((sum, count) => sum + count, 0)
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 20 s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Two rows through the user function `double`, printed. */
const functionGraph = (code: string, configuration: Record<string, string> = {}): StreamGraph => ({
  formatVersion: 1,
  jobName: 'functions',
  configuration,
  warnings: [],
  bundle: { code },
  nodes: [
    {
      kind: 'source',
      id: 'values',
      name: 'values',
      outputType: rowType,
      source: valuesSource(rowType, [
        [1, 2],
        [3, 4],
      ]),
    },
    {
      kind: 'operator',
      id: 'double',
      name: 'double',
      outputType: rowType,
      inputs: [{ from: 'values', partitioning: { kind: 'forward' } }],
      operator: { type: 'map', inputType: rowType, outputType: rowType },
    },
    {
      kind: 'sink',
      id: 'out',
      name: 'out',
      outputType: rowType,
      inputs: [{ from: 'double', partitioning: { kind: 'forward' } }],
      sink: { ...print, consumedType: rowType },
    },
  ],
})

/** The niceness of this process's threads. Source: proc(5), field 19 of stat; the name before it may hold anything. */
function nicenessOfThreads(): number[] {
  return readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  })
}

it.runIf(process.platform === 'linux')('lets the coordinator go before the TaskManagers', () => {
  const lower = Math.max(5, getPriority(0))
  expect(nicenessOfThreads().filter((niceness) => niceness === lower).length).toBeGreaterThanOrEqual(2)
})

describe('TaskManagers as worker threads', () => {
  it('run a keyed job over two threads', async () => {
    const job = await jobManager.submit(countGraph(50_000, 10_000_000))
    const total = collectCounts(job)
    expect(await job.settled, job.master.failure?.message).toBe('FINISHED')
    expect(total()).toBe(50_000)
    const threads = new Set(job.master.records.map(({ taskManager }) => taskManager))
    expect(threads.size).toBe(2)
    const received = job.master.records.filter(({ vertexId }) => vertexId === job.master.options.graph.vertices[1]!.id)
    expect(received.reduce((sum, { figures }) => sum + figures!.numRecordsIn, 0)).toBe(50_000)
  })

  it('are replaced when one is killed, and the job ends right', async () => {
    const job = await jobManager.submit(
      countGraph(20_000, 10_000, {
        'execution.checkpointing.interval': '100 ms',
        'restart-strategy.exponential-delay.initial-backoff': '10 ms',
      }),
    )
    const total = collectCounts(job)
    await until(() => job.master.checkpoints.statistics.counts.completed >= 2, 'two checkpoints')
    await jobManager.killTaskManager('taskmanager-1')
    expect(await job.settled, job.master.failure?.message).toBe('FINISHED')
    expect(job.master.attempt).toBe(1)
    expect(job.master.failures[0]!.error).toMatchObject({ code: 'TASK_MANAGER_LOST' })
    expect(job.master.checkpoints.statistics.counts.restored).toBe(1)
    expect(total()).toBe(20_000)
    expect(jobManager.taskManagers.map(({ id }) => id)).toEqual(['taskmanager-2', 'taskmanager-3'])
  })

  it('find user functions in the bundle, and say what is wrong with one', async () => {
    const good = await jobManager.submit(
      functionGraph('exports.userFunctions = (id) => ({ double: (row) => ({ k: row.k * 2, n: row.n }) })[id]'),
    )
    expect(await good.settled, good.master.failure?.message).toBe('FINISHED')
    expect(good.log.messages.map(({ line }) => line)).toEqual(['+I[2, 2]', '+I[6, 4]'])
    const bad = await jobManager.submit(functionGraph('exports.userFunctions = 7'))
    expect(await bad.settled).toBe('FAILED')
    expect(bad.master.failure).toMatchObject({ code: 'BUNDLE_INVALID' })
  })

  it('end with a named error when the heap is used up, and are replaced', async () => {
    const job = await jobManager.submit(
      functionGraph(
        'const kept = []; exports.userFunctions = () => (row) => { for (;;) kept.push(new Array(1e5).fill(row)) }',
      ),
    )
    expect(await job.settled).toBe('FAILED')
    expect(job.master.failure).toMatchObject({
      code: 'TASK_MANAGER_OUT_OF_MEMORY',
      message: expect.stringContaining('96 MB') as string,
    })
    await until(() => jobManager.taskManagers.length === 2, 'a new TaskManager')
  })

  it('are ended when a subtask does not end after its cancellation', async () => {
    const job = await jobManager.submit(
      functionGraph('exports.userFunctions = () => () => { for (;;); }', {
        'task.cancellation.timeout': '200 ms',
      }),
    )
    await until(
      () => job.master.records.every(({ status }) => status === 'INITIALIZING' || status === 'RUNNING'),
      'the subtask',
    )
    jobManager.cancel(job.master.jobId)
    expect(await job.settled).toBe('CANCELED')
    expect(job.log.messages.at(-1)!.line).toMatch(/does not end after its cancellation: ending the thread/)
    await until(() => jobManager.taskManagers.length === 2, 'a new TaskManager')
  })
})
