// What a screen shows of one job, read from Flink's REST API; plain data.
import { callRest } from './rest-client.ts'

interface VertexDto {
  readonly id: string
  readonly name: string
  readonly parallelism: number
  readonly status: string
}
interface JobDto {
  readonly jid: string
  readonly name: string
  readonly state: string
  readonly duration: number
  readonly vertices: readonly VertexDto[]
}
interface SubtaskDto {
  readonly subtask: number
  readonly status: string
  readonly 'taskmanager-id': string
  readonly metrics: { readonly 'read-records': number; readonly 'write-records': number }
}
interface CheckpointDto {
  readonly id: number
  readonly status: string
  readonly is_savepoint: boolean
  readonly trigger_timestamp: number
  readonly end_to_end_duration: number
  readonly state_size: number
}
interface CheckpointsDto {
  readonly counts: { readonly completed: number; readonly failed: number; readonly in_progress: number }
  readonly history: readonly CheckpointDto[]
}
type MetricDto = readonly { readonly id: string; readonly value?: string }[]

export interface SubtaskView {
  readonly index: number
  readonly status: string
  readonly taskManager: string
  readonly recordsInPerSecond: number
  readonly recordsOutPerSecond: number
  readonly busyPercent: number
  readonly backPressuredPercent: number
  /** ms since 1970; undefined where there is none yet. */
  readonly watermark: number | undefined
}
export interface VertexView {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly recordsIn: number
  readonly recordsOut: number
  readonly subtasks: readonly SubtaskView[]
}
export interface CheckpointView {
  readonly id: number
  readonly status: string
  readonly kind: 'checkpoint' | 'savepoint'
  readonly triggeredAt: number
  readonly durationMs: number
  readonly stateBytes: number
}
export interface JobView {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly durationMs: number
  readonly vertices: readonly VertexView[]
  readonly checkpoints: {
    readonly completed: number
    readonly failed: number
    readonly history: readonly CheckpointView[]
  }
  readonly slots: { readonly total: number; readonly available: number }
}

const SUBTASK_METRICS = [
  'numRecordsInPerSecond',
  'numRecordsOutPerSecond',
  'busyTimeMsPerSecond',
  'backPressuredTimeMsPerSecond',
  'currentInputWatermark',
] as const

function metricReader(metrics: MetricDto, subtask: number): (name: string) => number | undefined {
  const values = new Map(metrics.map((metric) => [metric.id, metric.value]))
  return (name) => {
    const text = values.get(`${subtask}.${name}`)
    const value = text === undefined ? NaN : Number(text)
    return Number.isFinite(value) ? value : undefined
  }
}

/** Flink reports -2^63 before the first watermark and 2^63-1 behind the last: both are no points in time. */
function pointInTime(watermark: number | undefined): number | undefined {
  return watermark !== undefined && Math.abs(watermark) <= 8.64e15 ? watermark : undefined
}

async function readVertex(address: string, jobId: string, vertex: VertexDto): Promise<VertexView> {
  const indexes = Array.from({ length: vertex.parallelism }, (_, index) => index)
  const wanted = indexes.flatMap((index) => SUBTASK_METRICS.map((name) => `${index}.${name}`)).join(',')
  const path = `/jobs/${jobId}/vertices/${vertex.id}`
  const [detail, metrics] = await Promise.all([
    callRest<{ subtasks: readonly SubtaskDto[] }>(address, { path }),
    callRest<MetricDto>(address, { path: `${path}/metrics?get=${encodeURIComponent(wanted)}` }),
  ])
  return {
    id: vertex.id,
    name: vertex.name,
    status: vertex.status,
    recordsIn: detail.subtasks.reduce((sum, subtask) => sum + subtask.metrics['read-records'], 0),
    recordsOut: detail.subtasks.reduce((sum, subtask) => sum + subtask.metrics['write-records'], 0),
    subtasks: detail.subtasks.map((subtask) => {
      const metric = metricReader(metrics, subtask.subtask)
      return {
        index: subtask.subtask,
        status: subtask.status,
        taskManager: subtask['taskmanager-id'],
        recordsInPerSecond: metric('numRecordsInPerSecond') ?? 0,
        recordsOutPerSecond: metric('numRecordsOutPerSecond') ?? 0,
        busyPercent: (metric('busyTimeMsPerSecond') ?? 0) / 10,
        backPressuredPercent: (metric('backPressuredTimeMsPerSecond') ?? 0) / 10,
        watermark: pointInTime(metric('currentInputWatermark')),
      }
    }),
  }
}

/** Reads everything a screen needs, in one round of parallel requests. */
export async function readJobView(address: string, jobId: string): Promise<JobView> {
  const [job, checkpoints, overview] = await Promise.all([
    callRest<JobDto>(address, { path: `/jobs/${jobId}` }),
    callRest<CheckpointsDto>(address, { path: `/jobs/${jobId}/checkpoints` }),
    callRest<{ 'slots-total': number; 'slots-available': number }>(address, { path: '/overview' }),
  ])
  const vertices = await Promise.all(job.vertices.map((vertex) => readVertex(address, jobId, vertex)))
  return {
    id: job.jid,
    name: job.name,
    state: job.state,
    durationMs: job.duration,
    vertices,
    checkpoints: {
      completed: checkpoints.counts.completed,
      failed: checkpoints.counts.failed,
      history: checkpoints.history.map((entry) => ({
        id: entry.id,
        status: entry.status,
        kind: entry.is_savepoint ? 'savepoint' : 'checkpoint',
        triggeredAt: entry.trigger_timestamp,
        durationMs: entry.end_to_end_duration,
        stateBytes: entry.state_size,
      })),
    },
    slots: { total: overview['slots-total'], available: overview['slots-available'] },
  }
}
