// The paths of Flink's REST API that tell of jobs.
import {
  checkpointConfigJson,
  checkpointDetailsJson,
  checkpointsJson,
  checkpointSubtasksJson,
} from './checkpoint-json.ts'
import { configurationJson, environmentJson } from './configuration-json.ts'
import {
  exceptionsJson,
  executionResultJson,
  jobConfigJson,
  jobJson,
  jobSummary,
  planJson,
  resourceRequirementsJson,
} from './job-json.ts'
import { aggregatedMetricsJson, jobMetrics, metricsJson } from './metric-json.ts'
import { integerParameter, integerQuery, isId, jobAndVertexOf, jobOf, listQuery } from './request-parameters.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { ClusterRoutesOptions } from './flink-cluster-routes.ts'
import type { JobRequest, JobRoute } from './route.ts'

const EXCEPTIONS_DEFAULT = 16

function ofJob(rest: string, handle: (job: ManagedJob, request: JobRequest) => unknown): JobRoute {
  return { method: 'GET', path: `/jobs/:jobid${rest}`, handle: (request) => handle(jobOf(request), request) }
}

/** `failureLabelFilter=key:value,…` */
function exceptions(job: ManagedJob, request: JobRequest): unknown {
  const labels = listQuery(request, 'failureLabelFilter', (value) => /^[^:]+:./.test(value)) ?? []
  const wanted = labels.map(
    (label) => [label.slice(0, label.indexOf(':')), label.slice(label.indexOf(':') + 1)] as const,
  )
  const count = integerQuery(request, 'maxExceptions', EXCEPTIONS_DEFAULT)
  return exceptionsJson(job, count, Object.fromEntries(wanted))
}

/** Throws JOB_NOT_FOUND for a job of the filter that is not there. */
function aggregatedOverJobs(request: JobRequest): unknown {
  const { jobManager, now } = request
  const wanted = listQuery(request, 'jobs', isId)
  const jobs = wanted?.map((id) => jobManager.job(id.toLowerCase())) ?? jobManager.jobs
  return aggregatedMetricsJson(
    jobs.map((job) => jobMetrics(job, now)),
    request,
  )
}

const jobDetailRoutes: readonly JobRoute[] = [
  ofJob('', (job, { now }) => jobJson(job, now)),
  ofJob('/config', jobConfigJson),
  ofJob('/plan', (job) => ({ plan: planJson(job) })),
  ofJob('/status', ({ master }) => ({ status: master.status })),
  ofJob('/execution-result', (job, { now }) => executionResultJson(job, now)),
  ofJob('/resource-requirements', resourceRequirementsJson),
  // there are no user-defined accumulators
  ofJob('/accumulators', () => ({
    'job-accumulators': [],
    'user-task-accumulators': [],
    'serialized-user-task-accumulators': {},
  })),
  ofJob('/exceptions', exceptions),
  ofJob('/metrics', (job, request) => metricsJson(jobMetrics(job, request.now), request)),
  ofJob('/checkpoints', checkpointsJson),
  ofJob('/checkpoints/config', checkpointConfigJson),
  ofJob('/checkpoints/details/:checkpointid', (job, request) =>
    checkpointDetailsJson(job, integerParameter(request, 'checkpointid')),
  ),
  ofJob('/checkpoints/details/:checkpointid/subtasks/:vertexid', (job, request) =>
    checkpointSubtasksJson(job, integerParameter(request, 'checkpointid'), jobAndVertexOf(request).vertex),
  ),
]

export function flinkJobRoutes(options: ClusterRoutesOptions): JobRoute[] {
  return [
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
    { method: 'GET', path: '/jobs/metrics', handle: aggregatedOverJobs },
    ...jobDetailRoutes,
    ofJob('/jobmanager/config', ({ configuration }, { jobManager }) =>
      configurationJson(jobManager, options.configuration ?? {}, configuration),
    ),
    ofJob('/jobmanager/environment', environmentJson),
  ]
}
