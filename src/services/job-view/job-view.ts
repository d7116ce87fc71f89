// What every tab of the screen shows of a job: its state, its vertices and their figures, as Flink's REST API says them.
import { callRest } from '../rest-client.ts'
import { numberOf, objectOf, objectsOf, sinceEpochOf, textOf, watermarkOf, type RestAnswer } from './rest-answer.ts'

export interface SubtaskView {
  readonly index: number
  readonly status: string
  readonly taskManager: string
  readonly recordsInPerSecond: number
  readonly recordsOutPerSecond: number
  readonly busyPercent: number
  readonly backPressuredPercent: number
  readonly watermark: number | undefined
}

/** Figures of all subtasks together. */
export interface VertexFigures {
  readonly recordsInPerSecond: number
  /** Without rows that sinks were handed: Flink counts those apart. */
  readonly recordsOutPerSecond: number
  /** Rows handed to sinks so far. */
  readonly recordsSent: number
  /** Of the busiest subtask, and of the most back-pressured one: an average hides a single slow one. */
  readonly busyPercent: number
  readonly backPressuredPercent: number
  /** The lowest; undefined: none yet. Infinity: its input has ended. */
  readonly watermark: number | undefined
  readonly lateRecordsDropped: number
}

export interface VertexView extends VertexFigures {
  readonly id: string
  /** `Source: rides[1] -> Calc[2]` */
  readonly name: string
  readonly parallelism: number
  readonly status: string
  readonly recordsIn: number
  readonly recordsOut: number
  /** Since the earlier view; 0 without one. */
  readonly recordsSentPerSecond: number
  /** Vertices that it reads, and how rows come from there: FORWARD, HASH … */
  readonly inputs: readonly { readonly vertexId: string; readonly strategy: string }[]
  /** Only where they were asked for. */
  readonly subtasks: readonly SubtaskView[]
}

export interface JobView {
  readonly id: string
  readonly name: string
  /** Flink's JobStatus. */
  readonly state: string
  readonly durationMs: number
  /** The session's clock, ms since 1970. */
  readonly now: number
  readonly restarts: number
  readonly checkpoints: { readonly completed: number; readonly failed: number; readonly inProgress: number }
  /** Sources first. */
  readonly vertices: readonly VertexView[]
}

const VERTEX_METRICS = [
  'numRecordsInPerSecond',
  'numRecordsOutPerSecond',
  'busyTimeMsPerSecond',
  'backPressuredTimeMsPerSecond',
  'currentInputWatermark',
  'numLateRecordsDropped',
  'numRecordsSend',
] as const
const JOB_METRICS = [
  'numRestarts',
  'numberOfCompletedCheckpoints',
  'numberOfFailedCheckpoints',
  'numberOfInProgressCheckpoints',
] as const
/** The names of metrics stand in the path of the request, which must stay short. */
const SUBTASKS_PER_REQUEST = 40

async function readFigures(address: string, path: string): Promise<VertexFigures> {
  const query = `get=${VERTEX_METRICS.join(',')}&agg=sum,max,min`
  const metrics = objectsOf(await callRest<unknown>(address, { path: `${path}/subtasks/metrics?${query}` }))
  const of = (name: (typeof VERTEX_METRICS)[number], how: 'sum' | 'max' | 'min'): unknown =>
    metrics.find(({ id }) => id === name)?.[how]
  return {
    recordsInPerSecond: numberOf(of('numRecordsInPerSecond', 'sum')) ?? 0,
    recordsOutPerSecond: numberOf(of('numRecordsOutPerSecond', 'sum')) ?? 0,
    recordsSent: numberOf(of('numRecordsSend', 'sum')) ?? 0,
    busyPercent: (numberOf(of('busyTimeMsPerSecond', 'max')) ?? 0) / 10,
    backPressuredPercent: (numberOf(of('backPressuredTimeMsPerSecond', 'max')) ?? 0) / 10,
    watermark: watermarkOf(of('currentInputWatermark', 'min')),
    lateRecordsDropped: numberOf(of('numLateRecordsDropped', 'sum')) ?? 0,
  }
}

async function readSubtasks(address: string, path: string): Promise<SubtaskView[]> {
  const { subtasks } = await callRest<RestAnswer>(address, { path })
  const details = objectsOf(subtasks)
  const values = new Map<string, unknown>()
  for (let start = 0; start < details.length; start += SUBTASKS_PER_REQUEST) {
    const names = details
      .slice(start, start + SUBTASKS_PER_REQUEST)
      .flatMap((_, index) => VERTEX_METRICS.slice(0, 5).map((name) => `${start + index}.${name}`))
    const metrics = await callRest<unknown>(address, { path: `${path}/metrics?get=${names.join(',')}` })
    for (const { id, value } of objectsOf(metrics)) values.set(String(id), value)
  }
  return details.map((detail, position) => {
    const index = numberOf(detail['subtask']) ?? position
    const metric = (name: (typeof VERTEX_METRICS)[number]): unknown => values.get(`${index}.${name}`)
    return {
      index,
      status: textOf(detail['status']) ?? '?',
      taskManager: textOf(detail['taskmanager-id']) ?? '?',
      recordsInPerSecond: numberOf(metric('numRecordsInPerSecond')) ?? 0,
      recordsOutPerSecond: numberOf(metric('numRecordsOutPerSecond')) ?? 0,
      busyPercent: (numberOf(metric('busyTimeMsPerSecond')) ?? 0) / 10,
      backPressuredPercent: (numberOf(metric('backPressuredTimeMsPerSecond')) ?? 0) / 10,
      watermark: watermarkOf(metric('currentInputWatermark')),
    }
  })
}

function inputsOf(plan: RestAnswer, vertexId: string): VertexView['inputs'] {
  const node = objectsOf(plan['nodes']).find(({ id }) => id === vertexId)
  return objectsOf(node?.['inputs']).map((input) => ({
    vertexId: String(input['id']),
    strategy: textOf(input['ship_strategy']) ?? '',
  }))
}

export interface ReadJobOptions {
  /** Each subtask by itself, too. */
  readonly subtasks: boolean
  /** What was read some seconds ago, for rates that Flink's API does not have. */
  readonly earlier?: JobView | undefined
}

function sentPerSecond(
  vertexId: string,
  sent: number,
  { earlier, now }: { earlier?: JobView | undefined; now: number },
): number {
  const before = earlier?.vertices.find(({ id }) => id === vertexId)
  const seconds = (now - (earlier?.now ?? now)) / 1000
  // fewer than before: the job has restarted and counts anew
  return before === undefined || seconds <= 0 ? 0 : Math.max(0, sent - before.recordsSent) / seconds
}

async function readVertex(
  address: string,
  path: string,
  { vertex, plan, now, subtasks, earlier }: { vertex: RestAnswer; plan: RestAnswer; now: number } & ReadJobOptions,
): Promise<VertexView> {
  const id = String(vertex['id'])
  const vertexPath = `${path}/vertices/${id}`
  const [figures, details] = await Promise.all([
    readFigures(address, vertexPath),
    subtasks ? readSubtasks(address, vertexPath) : [],
  ])
  const totals = objectOf(vertex['metrics'])
  return {
    ...figures,
    id,
    name: textOf(vertex['name']) ?? id,
    parallelism: numberOf(vertex['parallelism']) ?? 1,
    status: textOf(vertex['status']) ?? '?',
    recordsIn: numberOf(totals['read-records']) ?? 0,
    recordsOut: numberOf(totals['write-records']) ?? 0,
    recordsSentPerSecond: sentPerSecond(id, figures.recordsSent, { earlier, now }),
    inputs: inputsOf(plan, id),
    subtasks: details,
  }
}

/** Throws what the session refuses: JOB_NOT_FOUND, SESSION_UNREACHABLE. */
export async function readJobView(address: string, jobId: string, options: ReadJobOptions): Promise<JobView> {
  const path = `/jobs/${jobId}`
  const [job, answer] = await Promise.all([
    callRest<RestAnswer>(address, { path }),
    callRest<unknown>(address, { path: `${path}/metrics?get=${JOB_METRICS.join(',')}` }),
  ])
  const metrics = new Map(objectsOf(answer).map(({ id, value }) => [id, numberOf(value)]))
  const plan = objectOf(job['plan'])
  const now = numberOf(job['now']) ?? 0
  const vertices = await Promise.all(
    objectsOf(job['vertices']).map((vertex) => readVertex(address, path, { vertex, plan, now, ...options })),
  )
  return {
    id: jobId,
    name: textOf(job['name']) ?? jobId,
    state: textOf(job['state']) ?? '?',
    durationMs: sinceEpochOf(job['duration']) ?? 0,
    now,
    restarts: metrics.get('numRestarts') ?? 0,
    checkpoints: {
      completed: metrics.get('numberOfCompletedCheckpoints') ?? 0,
      failed: metrics.get('numberOfFailedCheckpoints') ?? 0,
      inProgress: metrics.get('numberOfInProgressCheckpoints') ?? 0,
    },
    vertices,
  }
}

/** Jobs of the session, as they were started; those that have ended, too. */
export async function readJobs(address: string): Promise<{ id: string; name: string; state: string }[]> {
  const { jobs } = await callRest<RestAnswer>(address, { path: '/jobs/overview' })
  return objectsOf(jobs).map((job) => ({
    id: String(job['jid']),
    name: textOf(job['name']) ?? '?',
    state: textOf(job['state']) ?? '?',
  }))
}
