// Metrics as Flink's REST API shows them: names without `get`, values with it.
import { aggregations } from './statistics.ts'
import { recordsOf, vertexOf, watermarkText } from './vertex-json.ts'
import type { SubtaskFigures } from '../cluster/execution-record.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { JobStatus } from '../cluster/job-status.ts'

type Body = Record<string, unknown>

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

/** Names as Flink escapes them: no spaces, colons or dots of operator names. */
function metricName(name: string): string {
  const split = name.lastIndexOf('.')
  return `${name.slice(0, split).replaceAll(/[ :]/g, '_')}.${name.slice(split + 1)}`
}

function subtaskMetrics(figures: SubtaskFigures): Map<string, number> {
  const values = new Map<string, number>(SUBTASK_METRICS.map((name) => [name, figures[name]]))
  for (const [name, value] of Object.entries(figures.operators)) values.set(metricName(name), value)
  return values
}

function valueText(name: string, value: number): string {
  return name.endsWith('Watermark') ? watermarkText(value) : String(value)
}

function listed(metrics: ReadonlyMap<string, string>, get: string | null): Body[] {
  if (get === null) return [...metrics.keys()].map((id) => ({ id }))
  const wanted = get.split(',')
  return [...metrics].filter(([id]) => wanted.includes(id)).map(([id, value]) => ({ id, value }))
}

/** `<subtask>.<metric>` of every running subtask. */
export function vertexMetricsJson(job: ManagedJob, vertexId: string, get: string | null): Body[] {
  vertexOf(job, vertexId)
  const metrics = new Map<string, string>()
  for (const { subtaskIndex, figures } of recordsOf(job, vertexId)) {
    if (figures === undefined) continue
    for (const [name, value] of subtaskMetrics(figures)) metrics.set(`${subtaskIndex}.${name}`, valueText(name, value))
  }
  return listed(metrics, get)
}

export function subtaskMetricsJson(figures: SubtaskFigures | undefined, get: string | null): Body[] {
  const metrics = figures === undefined ? [] : [...subtaskMetrics(figures)]
  return listed(new Map(metrics.map(([name, value]) => [name, valueText(name, value)])), get)
}

/** Aggregated over the vertex's subtasks. */
export function aggregatedMetricsJson(
  job: ManagedJob,
  vertexId: string,
  get: string | null,
  agg: string | null,
): Body[] {
  vertexOf(job, vertexId)
  const values = new Map<string, number[]>()
  for (const { figures } of recordsOf(job, vertexId)) {
    if (figures === undefined) continue
    for (const [name, value] of subtaskMetrics(figures)) values.set(name, [...(values.get(name) ?? []), value])
  }
  if (get === null) return [...values.keys()].map((id) => ({ id }))
  const wanted = get.split(',')
  return [...values]
    .filter(([id]) => wanted.includes(id))
    .map(([id, all]) => ({ id, ...aggregations(all, agg?.split(',') ?? []) }))
}

export function jobMetricsJson({ master, record }: ManagedJob, get: string | null, now: number): Body[] {
  const { counts, latest } = master.checkpoints.statistics
  const since = (status: JobStatus): number => (master.status === status ? now - (master.enteredAt(status) ?? now) : 0)
  const last = latest.completed
  const values: Record<string, string | number> = {
    numRestarts: master.attempt,
    uptime: since('RUNNING'),
    runningTime: since('RUNNING'),
    restartingTime: since('RESTARTING'),
    cancellingTime: since('CANCELLING'),
    failingTime: since('FAILING'),
    createdTime: since('CREATED'),
    downtime: master.status === 'RUNNING' ? 0 : now - record.startedAt,
    totalNumberOfCheckpoints: counts.total,
    numberOfCompletedCheckpoints: counts.completed,
    numberOfFailedCheckpoints: counts.failed,
    numberOfInProgressCheckpoints: counts.inProgress,
    lastCompletedCheckpointId: last?.id ?? -1,
    lastCheckpointSize: last?.stateSizeBytes ?? -1,
    lastCheckpointFullSize: last?.stateSizeBytes ?? -1,
    lastCheckpointDuration: last === undefined ? -1 : last.endedAt! - last.triggeredAt,
    lastCheckpointCompletedTimestamp: last?.endedAt ?? -1,
    lastCheckpointExternalPath: last?.location ?? 'n/a',
    lastCheckpointRestoreTimestamp: master.checkpoints.statistics.restored?.restoredAt ?? -1,
  }
  return listed(new Map(Object.entries(values).map(([name, value]) => [name, String(value)])), get)
}
