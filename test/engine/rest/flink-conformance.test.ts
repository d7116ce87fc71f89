// Every answer that was recorded from Flink, asked of us: same status, same fields, same JSON types, no more and no less.
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RestCluster, type Answer } from '../../helpers/rest-cluster.ts'
import type { ManagedJob } from '../../../engine/cluster/job-manager.ts'

/** Where we differ, and why. `path`: that of the request and of the value in its answer. */
const EXCEPTIONS: readonly { readonly path: RegExp; readonly reason: string }[] = [
  { path: /resource-requirements/, reason: 'Flink answers 500: its default scheduler cannot tell; ours can' },
  { path: /environment\.(jvm|classpath)$/, reason: 'the recorded Flink was configured to hide its environment' },
  { path: /\.user-config\./, reason: 'a map of the options of the job' },
  { path: /\.failureLabels\./, reason: 'a map; ours says what followed on the failure' },
  { path: /^\/jobs\/(0{32}|zzz)\.error$/, reason: 'beside Flink’s errors: the error as data, for the command line' },
  { path: /nodes\[\d\]\.inputs$/, reason: 'only of vertices that have inputs, as in Flink' },
  { path: /entries\[\d\]\.(taskName|endpoint|taskManagerId)$/, reason: 'only of failures of one subtask, as in Flink' },
  { path: /latest\.(savepoint|restored|failed|completed)/, reason: 'null until there is one, as in Flink' },
  {
    path: /history\[\d+\]\.(external_path|discarded|failure_timestamp|failure_message)$/,
    reason: 'depend on the status',
  },
  { path: /details.*\.(external_path|discarded|failure_timestamp|failure_message)$/, reason: 'depend on the status' },
  {
    path: /^\/jobs\/\{job\}\/vertices\/\{vertex\d\}\/metrics|subtasks.*\/metrics|^\/(jobmanager|taskmanagers).*metrics|^\/jobs.*metrics/,
    reason: 'lists of names: held against Flink’s below',
  },
]

/** Figures of what only a JVM, Netty or Flink's mailbox has; docs/rest-api.md lists them. */
const ABSENT_METRICS =
  /Metaspace|NonHeap|Mapped|ClassLoader|FileDescriptor|G1_|Direct\.(Count|TotalCapacity)|TimeMsPerSecond|CPU\.Time|Netty|Status\.Flink\.Memory|Buffers|mailbox|(soft|hard|Soft|Hard)BackPressure|numBytesIn(Local|Remote)|numFiredTimers|Threads\.Count|numRescales|lastCheckpoint(MetadataSize|ProcessedData|PersistedData)|checkpoint(AlignmentTime|StartDelayNanos)|\]/

let cluster: RestCluster
beforeEach(async () => {
  cluster = await RestCluster.start()
})
afterEach(() => cluster.stop())

async function recorded(name: string): Promise<Record<string, Answer>> {
  const path = new URL(`../../fixtures/rest/${name}.json`, import.meta.url)
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, Answer>
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === 'NaN') return 'number'
  return Array.isArray(value) ? 'list' : typeof value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === 'object'
}

/** How the two differ in fields and types; the items of a list must have the fields of its first one, `className` apart. */
function differences(expected: unknown, actual: unknown, path: string): string[] {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const kind = (value: unknown): unknown => (isObject(value) ? value['className'] : undefined)
    return (actual as unknown[]).flatMap((item, index) => {
      const like = (expected as unknown[]).find((candidate) => kind(candidate) === kind(item)) ?? undefined
      return like === undefined ? [] : differences(like, item, `${path}[${index}]`)
    })
  }
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)])
    return [...names].flatMap((name) => {
      const below = `${path}.${name}`
      if (!Object.hasOwn(actual, name)) return [`${below} is missing`]
      if (!Object.hasOwn(expected, name)) return [`${below} is not Flink's`]
      return differences(expected[name], actual[name], below)
    })
  }
  const [wanted, got] = [typeOf(expected), typeOf(actual)]
  return wanted === got ? [] : [`${path} is ${got}, not ${wanted}`]
}

async function compareAll(name: string, job: ManagedJob): Promise<{ asked: number; found: string[] }> {
  const { vertices } = job.master.options.graph
  const { history } = job.master.checkpoints.statistics
  const checkpoint = (history.find(({ status }) => status === 'COMPLETED') ?? history[0])?.id
  const fill = (path: string): string =>
    path
      .replaceAll('{job}', job.master.jobId)
      .replaceAll('{vertex0}', vertices[0]!.id)
      .replaceAll('{vertex1}', vertices.at(-1)!.id)
      .replaceAll('{taskmanager}', cluster.jobManager.taskManagers[0]!.id)
      .replaceAll('{checkpoint}', String(checkpoint))
  const found: string[] = []
  let asked = 0
  for (const [path, expected] of Object.entries(await recorded(name))) {
    if (path.includes('{checkpoint}') && checkpoint === undefined) continue
    asked++
    const actual = await cluster.call(fill(path))
    if (actual.status !== expected.status) found.push(`${path}: status ${actual.status}, not ${expected.status}`)
    else found.push(...differences(JSON.parse(fill(JSON.stringify(expected.body))), actual.body, path))
  }
  return {
    asked,
    found: found.filter((text) => !EXCEPTIONS.some(({ path }) => path.test(text.split(/ is |: status/)[0]!))),
  }
}

describe('the REST API, held against recorded answers of Flink', () => {
  it('answers about a running job in their shape', async () => {
    const { asked, found } = await compareAll('running-job', await cluster.runningJob())
    expect(found).toEqual([])
    expect(asked).toBeGreaterThan(50)
  })

  it('answers about a failed job in their shape', async () => {
    const { asked, found } = await compareAll('failed-job', await cluster.failedJob())
    expect(found).toEqual([])
    expect(asked).toBeGreaterThan(30)
  })

  it('has all of their metrics that mean something here', async () => {
    const job = await cluster.runningJob()
    const { vertices } = job.master.options.graph
    const answers = await recorded('running-job')
    const ids = (answer: Answer): string[] => (answer.body as { id: string }[]).map(({ id }) => id)
    const asked = {
      '/jobs/{job}/metrics': `/jobs/${job.master.jobId}/metrics`,
      '/jobs/metrics': '/jobs/metrics',
      '/jobmanager/metrics': '/jobmanager/metrics',
      '/taskmanagers/metrics': '/taskmanagers/metrics',
      '/jobs/{job}/vertices/{vertex1}/subtasks/0/metrics': `/jobs/${job.master.jobId}/vertices/${vertices.at(-1)!.id}/subtasks/0/metrics`,
    }
    for (const [path, ours] of Object.entries(asked)) {
      const known = ids(await cluster.call(ours))
      const lacking = ids(answers[path]!).filter((id) => !known.includes(id) && !ABSENT_METRICS.test(id))
      expect(lacking, path).toEqual([])
    }
  })
})
