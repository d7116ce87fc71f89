// The paths of Flink's REST API about a job's vertices and subtasks.
import { FlinktsError } from '../common/errors.ts'
import { aggregatedMetricsJson, metricsJson, subtaskMetrics, vertexMetrics } from './metric-json.ts'
import { integerParameter, jobAndVertexOf, subtaskFilter, subtaskOf } from './request-parameters.ts'
import { attemptAccumulatorsJson, subtaskJson } from './subtask-json.ts'
import {
  backpressureJson,
  recordsOf,
  subtasksAccumulatorsJson,
  subtaskTimesJson,
  vertexJson,
  vertexTaskManagersJson,
  watermarksJson,
} from './vertex-json.ts'
import type { ExecutionAttempt, ExecutionRecord } from '../cluster/execution-record.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { JobVertex } from '../graph/job-graph.ts'
import type { JobRequest, JobRoute } from './route.ts'

/** Flink's answer where flame graphs are switched off. */
const NO_FLAME_GRAPH = { endTimestamp: -2 }

function ofVertex(
  rest: string,
  handle: (job: ManagedJob, vertex: JobVertex, request: JobRequest) => unknown,
): JobRoute {
  return {
    method: 'GET',
    path: `/jobs/:jobid/vertices/:vertexid${rest}`,
    handle(request) {
      const { job, vertex } = jobAndVertexOf(request)
      return handle(job, vertex, request)
    },
  }
}

function ofSubtask(rest: string, handle: (record: ExecutionRecord, request: JobRequest) => unknown): JobRoute {
  return {
    method: 'GET',
    path: `/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex${rest}`,
    handle: (request) => handle(subtaskOf(request), request),
  }
}

/** Throws OPTION_INVALID, JOB_NOT_FOUND. */
function attemptOf(record: ExecutionRecord, request: JobRequest): ExecutionAttempt {
  const number = integerParameter(request, 'attempt')
  const attempt = record.attemptOf(number)
  if (attempt !== undefined) return attempt
  throw new FlinktsError(
    'JOB_NOT_FOUND',
    `Attempt ${number} of subtask ${record.subtaskIndex} is not known (any more).`,
  )
}

export const flinkVertexRoutes: readonly JobRoute[] = [
  ofVertex('', (job, vertex, { now }) => vertexJson(job, vertex, now)),
  ofVertex('/watermarks', watermarksJson),
  ofVertex('/backpressure', (job, vertex, { now }) => backpressureJson(job, vertex, now)),
  ofVertex('/subtasktimes', (job, vertex, { now }) => subtaskTimesJson(job, vertex, now)),
  ofVertex('/taskmanagers', (job, vertex, { now }) => vertexTaskManagersJson(job, vertex, now)),
  ofVertex('/flamegraph', () => NO_FLAME_GRAPH),
  ofVertex('/accumulators', (_job, { id }) => ({ id, 'user-accumulators': [] })),
  ofVertex('/subtasks/accumulators', subtasksAccumulatorsJson),
  ofVertex('/metrics', (job, vertex, request) => metricsJson(vertexMetrics(job, vertex), request)),
  // enumerators measure nothing
  ofVertex('/jm-operator-metrics', () => []),
  ofVertex('/subtasks/metrics', (job, vertex, request) => {
    const isWanted = subtaskFilter(request) ?? (() => true)
    const records = recordsOf(job, vertex.id).filter(({ subtaskIndex }) => isWanted(subtaskIndex))
    return aggregatedMetricsJson(
      records.map((record) => subtaskMetrics(record, vertex)),
      request,
    )
  }),
  ofSubtask('', (record, { now }) => subtaskJson(record, now)),
  ofSubtask('/metrics', (record, request) =>
    metricsJson(subtaskMetrics(record, jobAndVertexOf(request).vertex), request),
  ),
  ofSubtask('/attempts/:attempt', (record, request) => subtaskJson(attemptOf(record, request), request.now)),
  ofSubtask('/attempts/:attempt/accumulators', (record, request) =>
    attemptAccumulatorsJson(attemptOf(record, request)),
  ),
]
