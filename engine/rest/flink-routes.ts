// The paths of Flink's REST API that the session answers. Source: rest_v1_dispatcher.yml of Flink 2.2.
import { FlinktsError, toErrorData, type ErrorData } from '../common/errors.ts'
import {
  checkpointConfigJson,
  checkpointDetailsJson,
  checkpointsJson,
  checkpointSubtasksJson,
} from './checkpoint-json.ts'
import { exceptionsJson, hasEnded, jobConfigJson, jobJson, jobSummary, planJson } from './job-json.ts'
import { aggregatedMetricsJson, jobMetricsJson, subtaskMetricsJson, vertexMetricsJson } from './metric-json.ts'
import { reply, type JobRequest, type JobRoute } from './route.ts'
import { subtaskJson } from './subtask-json.ts'
import { taskManagerJson, taskManagersJson } from './task-manager-json.ts'
import {
  backpressureJson,
  recordOf,
  subtaskTimesJson,
  vertexJson,
  vertexTaskManagersJson,
  watermarksJson,
} from './vertex-json.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'

/** The release whose API and semantics this is. */
const FLINK_VERSION = '2.2.0'
const FLINK_COMMIT = 'flinkts'
const EXCEPTIONS_DEFAULT = 16

function jobOf({ jobManager, params }: JobRequest): ManagedJob {
  const id = params['job']!
  if (!/^[0-9a-f]{32}$/.test(id)) {
    throw new FlinktsError('OPTION_INVALID', `Cannot resolve path parameter (jobid) from value "${id}".`)
  }
  return jobManager.job(id)
}

function overview({ jobManager }: JobRequest): unknown {
  const views = jobManager.taskManagers
  const count = (...statuses: string[]): number =>
    jobManager.jobs.filter(({ master }) => statuses.includes(master.status)).length
  return {
    taskmanagers: views.length,
    'slots-total': views.reduce((sum, { slots }) => sum + slots, 0),
    'slots-available': views.reduce((sum, { freeSlots }) => sum + freeSlots, 0),
    'jobs-running': jobManager.jobs.filter((job) => !hasEnded(job)).length,
    'jobs-finished': count('FINISHED'),
    'jobs-cancelled': count('CANCELED', 'SUSPENDED'),
    'jobs-failed': count('FAILED'),
    'flink-version': FLINK_VERSION,
    'flink-commit': FLINK_COMMIT,
  }
}

const config = {
  'refresh-interval': 3000,
  'timezone-name': 'Coordinated Universal Time',
  'timezone-offset': 0,
  'flink-version': FLINK_VERSION,
  'flink-revision': FLINK_COMMIT,
  features: { 'web-submit': false, 'web-cancel': true, 'web-rescale': false, 'web-history': false },
}

function patchJob(request: JobRequest): unknown {
  const mode = request.query.get('mode') ?? 'cancel'
  if (mode !== 'cancel') {
    throw new FlinktsError('OPTION_INVALID', `mode '${mode}' is not supported`, {
      fix: 'Use mode=cancel, or POST …/stop.',
    })
  }
  request.jobManager.cancel(jobOf(request).master.jobId)
  return reply(202, {})
}

/** Operations that go on after their answer; asked for by request id. */
class AsynchronousOperations {
  readonly #results = new Map<string, { location: string } | { error: ErrorData } | 'running'>()
  #requests = 0

  start(operation: Promise<string>): unknown {
    const id = (++this.#requests).toString(16).padStart(32, '0')
    this.#results.set(id, 'running')
    operation.then(
      (location) => this.#results.set(id, { location }),
      (error: unknown) => this.#results.set(id, { error: toErrorData(error) }),
    )
    return reply(202, { 'request-id': id })
  }

  status(id: string): unknown {
    const result = this.#results.get(id)
    if (result === undefined) throw new FlinktsError('JOB_NOT_FOUND', `Operation ${id} not found`)
    if (result === 'running') return { status: { id: 'IN_PROGRESS' }, operation: null }
    const operation =
      'location' in result
        ? { location: result.location }
        : {
            'failure-cause': {
              class: result.error.code,
              'stack-trace': `${result.error.code}: ${result.error.message}`,
            },
          }
    return { status: { id: 'COMPLETED' }, operation }
  }
}

function field(body: unknown, name: string): string | undefined {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value : undefined
}

function operationRoutes(): JobRoute[] {
  const operations = new AsynchronousOperations()
  return [
    { method: 'PATCH', path: '/jobs/:job', handle: patchJob },
    {
      method: 'POST',
      path: '/jobs/:job/stop',
      handle(request) {
        const { jobManager, body } = request
        if (typeof body === 'object' && body !== null && (body as Record<string, unknown>)['drain'] === true) {
          throw new FlinktsError('OPTION_INVALID', 'stop with drain is not supported', { fix: 'Stop without drain.' })
        }
        return operations.start(
          jobManager.stop(jobOf(request).master.jobId, { directory: field(body, 'targetDirectory') }),
        )
      },
    },
    {
      method: 'POST',
      path: '/jobs/:job/savepoints',
      handle(request) {
        const { jobManager, body } = request
        const { jobId } = jobOf(request).master
        const directory = field(body, 'target-directory')
        const cancel =
          typeof body === 'object' && body !== null && (body as Record<string, unknown>)['cancel-job'] === true
        return operations.start(cancel ? jobManager.stop(jobId, { directory }) : jobManager.savepoint(jobId, directory))
      },
    },
    {
      method: 'GET',
      path: '/jobs/:job/savepoints/:request',
      handle: ({ params }) => operations.status(params['request']!),
    },
  ]
}

const jobRoutes: readonly JobRoute[] = [
  {
    method: 'GET',
    path: '/jobs',
    handle: ({ jobManager }) => ({
      jobs: jobManager.jobs.map(({ master }) => ({ id: master.jobId, status: master.status })),
    }),
  },
  {
    method: 'GET',
    path: '/jobs/overview',
    handle: ({ jobManager, now }) => ({ jobs: jobManager.jobs.map((job) => jobSummary(job, now)) }),
  },
  { method: 'GET', path: '/jobs/:job', handle: (request) => jobJson(jobOf(request), request.now) },
  { method: 'GET', path: '/jobs/:job/config', handle: (request) => jobConfigJson(jobOf(request)) },
  { method: 'GET', path: '/jobs/:job/plan', handle: (request) => ({ plan: planJson(jobOf(request)) }) },
  { method: 'GET', path: '/jobs/:job/status', handle: (request) => ({ status: jobOf(request).master.status }) },
  {
    method: 'GET',
    path: '/jobs/:job/accumulators',
    handle(request) {
      jobOf(request)
      return { 'job-accumulators': [], 'user-task-accumulators': [], 'serialized-user-task-accumulators': {} }
    },
  },
  {
    method: 'GET',
    path: '/jobs/:job/exceptions',
    handle: (request) =>
      exceptionsJson(jobOf(request), Number(request.query.get('maxExceptions') ?? EXCEPTIONS_DEFAULT)),
  },
  {
    method: 'GET',
    path: '/jobs/:job/metrics',
    handle: (request) => jobMetricsJson(jobOf(request), request.query.get('get'), request.now),
  },
  { method: 'GET', path: '/jobs/:job/checkpoints', handle: (request) => checkpointsJson(jobOf(request)) },
  {
    method: 'GET',
    path: '/jobs/:job/checkpoints/config',
    handle: (request) => checkpointConfigJson(jobOf(request)),
  },
  {
    method: 'GET',
    path: '/jobs/:job/checkpoints/details/:checkpoint',
    handle: (request) => checkpointDetailsJson(jobOf(request), request.params['checkpoint']!),
  },
  {
    method: 'GET',
    path: '/jobs/:job/checkpoints/details/:checkpoint/subtasks/:vertex',
    handle: (request) =>
      checkpointSubtasksJson(jobOf(request), request.params['checkpoint']!, request.params['vertex']!),
  },
]

function vertexRoute(
  rest: string,
  handle: (job: ManagedJob, vertex: string, request: JobRequest) => unknown,
): JobRoute {
  return {
    method: 'GET',
    path: `/jobs/:job/vertices/:vertex${rest}`,
    handle: (request) => handle(jobOf(request), request.params['vertex']!, request),
  }
}

const vertexRoutes: readonly JobRoute[] = [
  vertexRoute('', (job, vertex, { now }) => vertexJson(job, vertex, now)),
  vertexRoute('/watermarks', (job, vertex) => watermarksJson(job, vertex)),
  vertexRoute('/backpressure', (job, vertex, { now }) => backpressureJson(job, vertex, now)),
  vertexRoute('/subtasktimes', (job, vertex, { now }) => subtaskTimesJson(job, vertex, now)),
  vertexRoute('/taskmanagers', (job, vertex, { now }) => vertexTaskManagersJson(job, vertex, now)),
  vertexRoute('/metrics', (job, vertex, { query }) => vertexMetricsJson(job, vertex, query.get('get'))),
  vertexRoute('/subtasks/metrics', (job, vertex, { query }) =>
    aggregatedMetricsJson(job, vertex, query.get('get'), query.get('agg')),
  ),
  vertexRoute('/subtasks/:subtask', (job, vertex, { params, now }) =>
    subtaskJson(recordOf(job, vertex, params['subtask']!), now),
  ),
  vertexRoute('/subtasks/:subtask/metrics', (job, vertex, { params, query }) =>
    subtaskMetricsJson(recordOf(job, vertex, params['subtask']!).figures, query.get('get')),
  ),
]

export function flinkRoutes(): JobRoute[] {
  return [
    { method: 'GET', path: '/overview', handle: overview },
    { method: 'GET', path: '/config', handle: () => config },
    ...jobRoutes,
    ...vertexRoutes,
    ...operationRoutes(),
    { method: 'GET', path: '/taskmanagers', handle: ({ jobManager, now }) => taskManagersJson(jobManager, now) },
    {
      method: 'GET',
      path: '/taskmanagers/:taskmanager',
      handle: ({ jobManager, params, now }) => taskManagerJson(jobManager, params['taskmanager']!, now),
    },
  ]
}
