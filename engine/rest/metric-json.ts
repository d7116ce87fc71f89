// Metrics as Flink's REST API shows them: names without `get`, values with it.
import { displayName } from '../graph/create-job-graph.ts'
import { hasEnded } from './job-json.ts'
import { operatorMetrics } from './operator-metrics.ts'
import { aggregationNames, aggregations } from './statistics.ts'
import { listQuery } from './request-parameters.ts'
import { recordsOf, watermarkText } from './vertex-json.ts'
import { unmeasuredThread, type ThreadFigures } from '../cluster/thread-figures.ts'
import type { ExecutionRecord, SubtaskFigures } from '../cluster/execution-record.ts'
import type { JobManager, ManagedJob } from '../cluster/job-manager.ts'
import type { JobVertex } from '../graph/job-graph.ts'
import type { JobStatus } from '../cluster/job-status.ts'
import type { TaskManagerView } from '../cluster/task-manager-pool.ts'
import type { JobRequest } from './route.ts'

type Body = Record<string, unknown>

/** Names and values of one component: a job, a subtask, a TaskManager, the JobManager. */
export type Metrics = ReadonlyMap<string, string | number>

const SUBTASK_METRICS = [
  'numRecordsIn',
  'numRecordsOut',
  'numBytesIn',
  'numBytesOut',
  'numRecordsInPerSecond',
  'numRecordsOutPerSecond',
  'numBytesInPerSecond',
  'numBytesOutPerSecond',
  'numRecordsSend',
  'numLateRecordsDropped',
  'busyTimeMsPerSecond',
  'idleTimeMsPerSecond',
  'backPressuredTimeMsPerSecond',
  'accumulateBusyTimeMs',
  'accumulateIdleTimeMs',
  'accumulateBackPressuredTimeMs',
  'currentInputWatermark',
] as const satisfies readonly (keyof SubtaskFigures)[]

/** Of a subtask that has reported; without operators' what Flink calls task metrics. */
export function taskMetrics(figures: SubtaskFigures): Map<string, number> {
  const values = new Map<string, number>(SUBTASK_METRICS.map((name) => [name, figures[name]]))
  values.set('isBackPressured', Number(figures.activity === 'backpressured'))
  return values
}

export function subtaskMetrics({ figures }: ExecutionRecord, vertex: JobVertex): Metrics {
  if (figures === undefined) return new Map()
  const values: Map<string, string | number> = taskMetrics(figures)
  values.set('isBackPressured', String(figures.activity === 'backpressured'))
  for (const { node, metric, value } of operatorMetrics(figures, vertex)) {
    // Flink's query service takes no spaces and colons
    values.set(`${displayName(node).replaceAll(/[ :]/g, '_')}.${metric}`, value)
  }
  return values
}

/** `<subtask>.<metric>` of every subtask that has reported. */
export function vertexMetrics(job: ManagedJob, vertex: JobVertex): Metrics {
  return new Map(
    recordsOf(job, vertex.id).flatMap((record) =>
      [...subtaskMetrics(record, vertex)].map(([name, value]) => [`${record.subtaskIndex}.${name}`, value] as const),
    ),
  )
}

function valueText(name: string, value: string | number): string {
  return typeof value === 'number' && name.endsWith('Watermark') ? watermarkText(value) : String(value)
}

/** Names, or with `get` values; unknown ones are left out. */
export function metricsJson(metrics: Metrics, request: JobRequest): Body[] {
  const wanted = listQuery(request, 'get')
  if (wanted === undefined) return [...metrics.keys()].map((id) => ({ id }))
  return [...metrics].flatMap(([id, value]) => (wanted.includes(id) ? [{ id, value: valueText(id, value) }] : []))
}

/** Names, or with `get` their aggregations over all components, `agg` of them. What is no number is left out. */
export function aggregatedMetricsJson(components: readonly Metrics[], request: JobRequest): Body[] {
  const wanted = listQuery(request, 'get')
  const asked = listQuery(request, 'agg', (name) => aggregationNames.includes(name.toLowerCase())) ?? aggregationNames
  if (wanted === undefined)
    return [...new Set(components.flatMap((metrics) => [...metrics.keys()]))].map((id) => ({ id }))
  return wanted.flatMap((id) => {
    const values = components.flatMap((metrics) => metrics.get(id) ?? []).map(Number)
    if (values.length === 0 || !values.every(Number.isFinite)) return []
    return [
      {
        id,
        ...aggregations(
          values,
          asked.map((name) => name.toLowerCase()),
        ),
      },
    ]
  })
}

/** None when the job has ended, as in Flink. */
export function jobMetrics(job: ManagedJob, now: number): Metrics {
  if (hasEnded(job)) return new Map()
  const { master, record } = job
  const { counts, latest, restored } = master.checkpoints.statistics
  const since = (status: JobStatus): number => (master.status === status ? now - (master.enteredAt(status) ?? now) : 0)
  const last = latest.completed
  const statuses = master.records.map(({ status }) => status)
  const allRun = statuses.every((status) => status === 'RUNNING' || status === 'FINISHED')
  const running = since('RUNNING')
  return new Map<string, string | number>([
    ['numRestarts', master.attempt],
    ['uptime', running],
    ['runningTime', running],
    ['allSubTasksRunningOrFinishedTime', allRun ? running : 0],
    ['initializingTime', statuses.includes('INITIALIZING') ? running : 0],
    ['deployingTime', statuses.includes('DEPLOYING') ? running : 0],
    ['restartingTime', since('RESTARTING')],
    ['cancellingTime', since('CANCELLING')],
    ['failingTime', since('FAILING')],
    ['createdTime', since('CREATED')],
    ['downtime', master.status === 'RUNNING' ? 0 : now - record.startedAt],
    ['totalNumberOfCheckpoints', counts.total],
    ['numberOfCompletedCheckpoints', counts.completed],
    ['numberOfFailedCheckpoints', counts.failed],
    ['numberOfInProgressCheckpoints', counts.inProgress],
    ['lastCompletedCheckpointId', last?.id ?? -1],
    ['lastCheckpointSize', last?.stateSizeBytes ?? -1],
    ['lastCheckpointFullSize', last?.stateSizeBytes ?? -1],
    ['lastCheckpointDuration', last === undefined ? -1 : last.endedAt! - last.triggeredAt],
    ['lastCheckpointCompletedTimestamp', last?.endedAt ?? -1],
    ['lastCheckpointExternalPath', last?.location ?? 'n/a'],
    ['lastCheckpointRestoreTimestamp', restored?.restoredAt ?? -1],
  ])
}

/** Flink names them after the JVM. What a thread of V8 has nothing like is missing: see docs/rest-api.md. */
function threadMetrics(figures: ThreadFigures): [string, number][] {
  return [
    ['Status.JVM.CPU.Load', figures.load],
    ['Status.JVM.Memory.Heap.Used', figures.heapUsedBytes],
    ['Status.JVM.Memory.Heap.Committed', figures.heapCommittedBytes],
    ['Status.JVM.Memory.Heap.Max', figures.heapLimitBytes],
    ['Status.JVM.Memory.Direct.MemoryUsed', figures.directUsedBytes],
    ['Status.JVM.GarbageCollector.All.Count', figures.collections],
    ['Status.JVM.GarbageCollector.All.Time', Math.round(figures.collectionTimeMs)],
  ]
}

export function jobManagerMetrics(jobManager: JobManager): Metrics {
  const { taskManagers } = jobManager
  return new Map([
    ['numRegisteredTaskManagers', taskManagers.length],
    ['numRunningJobs', jobManager.jobs.filter((job) => !hasEnded(job)).length],
    ['taskSlotsTotal', taskManagers.reduce((sum, { slots }) => sum + slots, 0)],
    ['taskSlotsAvailable', taskManagers.reduce((sum, { freeSlots }) => sum + freeSlots, 0)],
    ['Status.JVM.Threads.Count', taskManagers.length + 1],
    ...threadMetrics(jobManager.threadFigures),
  ])
}

export function taskManagerMetrics({ metrics }: TaskManagerView): Metrics {
  return new Map(threadMetrics(metrics?.thread ?? unmeasuredThread))
}
