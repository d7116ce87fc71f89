// What a job's groups hear when it has ended. Real Flink commits with the final checkpoint, most of the time: its reader may
// be closed before the commit has left.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startLocalCluster } from '../../helpers/local-cluster.ts'
import {
  connectorWith,
  events,
  memorySink,
  memorySource,
  streamGraph,
  testEnvironment,
} from '../../helpers/runtime-jobs.ts'
import { TurningClock } from '../../helpers/virtual-time.ts'
import type { JobManager, ManagedJob } from '../../../engine/cluster/job-manager.ts'
import type { Split } from '../../../engine/connectors/connector.ts'

const checkpointed = { 'execution.checkpointing.interval': '1 h', 'parallelism.default': '2' }

let directory: string
let clock: TurningClock
let jobManager: JobManager
/** Of each call; what the next one does beside. */
let commits: (readonly Split[])[]
let commitsWith: (signal: AbortSignal) => Promise<void>
let graphOf: (bounded: boolean, configuration?: Record<string, string>) => ReturnType<typeof streamGraph>

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flinkts-commit-'))
  clock = new TurningClock()
  commits = []
  commitsWith = () => Promise.resolve()
  const environment = testEnvironment({}, clock)
  const { connector } = environment
  const runtime = connectorWith(connector, {
    createEnumerator: (spec, { signal }) => ({
      ...connector.createEnumerator(spec),
      commit: (splits) => {
        commits.push(splits)
        return commitsWith(signal)
      },
    }),
  })
  graphOf = (bounded, configuration = checkpointed) =>
    streamGraph(
      [
        memorySource(environment, 'in', [events(30, 5), events(20, 5)], { bounded }),
        memorySink(environment, 'out', 'in'),
      ],
      configuration,
    )
  jobManager = await startLocalCluster({
    directory,
    environment: { ...environment, loadConnector: () => Promise.resolve(runtime) },
  })
})
afterEach(async () => {
  await jobManager.close()
  await rm(directory, { recursive: true, force: true })
})

const rowsRead = ({ master }: ManagedJob): number =>
  master.records.reduce((sum, { figures }) => sum + (figures?.numRecordsIn ?? 0), 0)

/** Rows read of each split. */
const positions = (): unknown[] =>
  commits.map((splits) =>
    Object.fromEntries(splits.map(({ id, state }) => [id, (state as { readonly next: number }).next])),
  )

it('a bounded job commits where its readers ended before it is over, however long its interval is', async () => {
  let over = false
  let wasOver: boolean | undefined
  commitsWith = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    wasOver = over
  }
  const { settled } = await jobManager.submit(graphOf(true))
  void settled.then(() => (over = true))
  expect(await clock.untilSettled(settled)).toBe('FINISHED')
  expect(positions()).toEqual([{ 'in-0': 30, 'in-1': 20 }])
  expect(wasOver).toBe(false)
})

it('a job that is stopped commits where its savepoint stands', async () => {
  const job = await jobManager.submit(graphOf(false, { 'parallelism.default': '2' }))
  await clock.until(() => rowsRead(job) === 50)
  await clock.untilSettled(jobManager.stop(job.master.jobId))
  expect(positions()).toEqual([{ 'in-0': 30, 'in-1': 20 }])
})

it('without checkpoints nothing is committed, and nothing for a job that is cancelled', async () => {
  const finished = await jobManager.submit(graphOf(true, { 'parallelism.default': '2' }))
  expect(await clock.untilSettled(finished.settled)).toBe('FINISHED')
  const canceled = await jobManager.submit(graphOf(false))
  await clock.until(() => rowsRead(canceled) === 50)
  canceled.master.cancel()
  expect(await clock.untilSettled(canceled.settled)).toBe('CANCELED')
  expect(commits).toEqual([])
})

it.each<[string, typeof commitsWith, number]>([
  ['the group has members', () => Promise.reject(new Error('the group has members')), 0],
  [
    'no answer after 5 s',
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    5_000,
  ],
])('a group that does not take them does not fail the job: %s', async (reason, how, waitedMs) => {
  commitsWith = how
  const job = await jobManager.submit(graphOf(true))
  const startedAt = clock.now()
  expect(await clock.untilSettled(job.settled)).toBe('FINISHED')
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(waitedMs)
  expect(job.log.messages.map(({ line }) => line)).toContain(
    `the last offsets are not in the source's group: ${reason}`,
  )
})
