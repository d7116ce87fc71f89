// Vertices of a job as Flink's REST API shows them.
import { FlinktsError } from '../common/errors.ts'
import {
  aggregateStatus,
  aggregatedJson,
  durationOf,
  endTimeOf,
  ioMetrics,
  statusCounts,
  subtaskJson,
  timestampsJson,
} from './subtask-json.ts'
import type { ExecutionRecord } from '../cluster/execution-record.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { JobVertex } from '../graph/job-graph.ts'
import { stableHash } from '../graph/stable-id.ts'

type Body = Record<string, unknown>

export function recordsOf(job: ManagedJob, vertexId: string): ExecutionRecord[] {
  return job.master.records.filter((record) => record.vertexId === vertexId)
}

/** Throws JOB_NOT_FOUND. */
export function vertexOf(job: ManagedJob, vertexId: string): JobVertex {
  const vertex = job.master.options.graph.vertices.find(({ id }) => id === vertexId)
  if (vertex === undefined) throw new FlinktsError('JOB_NOT_FOUND', `Vertex ${vertexId} not found`)
  return vertex
}

/** Throws JOB_NOT_FOUND. */
export function recordOf(job: ManagedJob, vertexId: string, subtask: number): ExecutionRecord {
  const record = recordsOf(job, vertexId)[subtask]
  if (record === undefined)
    throw new FlinktsError('JOB_NOT_FOUND', `Subtask ${subtask} of vertex ${vertexId} not found`)
  return record
}

function startOf(records: readonly ExecutionRecord[]): number {
  const starts = records.flatMap((record) => record.enteredAt('DEPLOYING') ?? [])
  return starts.length === 0 ? -1 : Math.min(...starts)
}

function endOf(records: readonly ExecutionRecord[]): number {
  const ends = records.map(endTimeOf)
  return ends.includes(-1) ? -1 : Math.max(...ends)
}

/** As in the list of a job's vertices. */
export function vertexSummary(job: ManagedJob, vertex: JobVertex, now: number): Body {
  const records = recordsOf(job, vertex.id)
  const [start, end] = [startOf(records), endOf(records)]
  return {
    id: vertex.id,
    slotSharingGroupId: stableHash(vertex.slotSharingGroup),
    name: vertex.name,
    maxParallelism: vertex.maxParallelism,
    parallelism: vertex.parallelism,
    status: aggregateStatus(records),
    'start-time': start,
    'end-time': end,
    duration: start < 0 ? -1 : (end < 0 ? now : end) - start,
    tasks: statusCounts(records),
    metrics: ioMetrics(records),
  }
}

export function vertexJson(job: ManagedJob, vertex: JobVertex, now: number): Body {
  const records = recordsOf(job, vertex.id)
  return {
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    now,
    subtasks: records.map((record) => subtaskJson(record, now)),
    aggregated: aggregatedJson(records, now),
  }
}

/** Flink's Long.MIN_VALUE and Long.MAX_VALUE for "none yet" and "at the end". */
export function watermarkText(watermark: number): string {
  if (watermark === -Infinity) return '-9223372036854775808'
  return watermark === Infinity ? '9223372036854775807' : String(watermark)
}

/** Sources have no input watermark. */
export function watermarksJson(job: ManagedJob, vertex: JobVertex): Body[] {
  if (vertex.inputs.length === 0) return []
  return recordsOf(job, vertex.id).flatMap(({ subtaskIndex, figures, status }) =>
    figures === undefined || status !== 'RUNNING'
      ? []
      : [{ id: `${subtaskIndex}.currentInputWatermark`, value: watermarkText(figures.currentInputWatermark) }],
  )
}

/** Thresholds of Flink's web interface. */
function level(ratio: number): 'ok' | 'low' | 'high' {
  if (ratio <= 0.1) return 'ok'
  return ratio <= 0.5 ? 'low' : 'high'
}

export function backpressureJson(job: ManagedJob, vertex: JobVertex, now: number): Body {
  const records = recordsOf(job, vertex.id).filter(
    ({ figures, status }) => figures !== undefined && status === 'RUNNING',
  )
  if (records.length === 0) return { status: 'deprecated' }
  const ratio = (perSecond: number): number => Math.round(Math.min(1, perSecond / 1000) * 1000) / 1000
  const subtasks = records.map(({ subtaskIndex, figures }) => {
    const pressed = ratio(figures!.backPressuredTimeMsPerSecond)
    return {
      subtask: subtaskIndex,
      backpressureLevel: level(pressed),
      ratio: pressed,
      idleRatio: ratio(figures!.idleTimeMsPerSecond),
      busyRatio: ratio(figures!.busyTimeMsPerSecond),
      'backpressure-level': level(pressed),
    }
  })
  const worst = level(Math.max(...subtasks.map((subtask) => subtask.ratio)))
  return { status: 'ok', backpressureLevel: worst, 'end-timestamp': now, subtasks, 'backpressure-level': worst }
}

export function subtaskTimesJson(job: ManagedJob, vertex: JobVertex, now: number): Body {
  const subtasks = recordsOf(job, vertex.id).map((record) => ({
    subtask: record.subtaskIndex,
    endpoint: record.taskManager ?? '(unassigned)',
    duration: durationOf(record, now),
    timestamps: timestampsJson(record),
  }))
  return { id: vertex.id, name: vertex.name, now, subtasks }
}

export function vertexTaskManagersJson(job: ManagedJob, vertex: JobVertex, now: number): Body {
  const byTaskManager = new Map<string, ExecutionRecord[]>()
  for (const record of recordsOf(job, vertex.id)) {
    const name = record.taskManager ?? '(unassigned)'
    byTaskManager.set(name, [...(byTaskManager.get(name) ?? []), record])
  }
  const taskmanagers = [...byTaskManager].map(([name, records]) => {
    const [start, end] = [startOf(records), endOf(records)]
    return {
      endpoint: name,
      status: aggregateStatus(records),
      'start-time': start,
      'end-time': end,
      duration: start < 0 ? -1 : (end < 0 ? now : end) - start,
      metrics: ioMetrics(records),
      'status-counts': statusCounts(records),
      'taskmanager-id': name,
      aggregated: aggregatedJson(records, now),
    }
  })
  return { id: vertex.id, name: vertex.name, now, taskmanagers }
}

export function subtasksAccumulatorsJson(job: ManagedJob, { id, parallelism }: JobVertex): Body {
  const subtasks = recordsOf(job, id).map((record) => ({
    subtask: record.subtaskIndex,
    attempt: record.attempt,
    endpoint: record.taskManager ?? '(unassigned)',
    'user-accumulators': [],
  }))
  return { id, parallelism, subtasks }
}
