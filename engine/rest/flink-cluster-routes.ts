// The paths of Flink's REST API about the cluster: JobManager, TaskManagers, their logs and metrics.
import { FlinktsError } from '../common/errors.ts'
import { configurationJson, environmentJson } from './configuration-json.ts'
import { HttpStatusError } from './http-status-error.ts'
import { hasEnded } from './job-json.ts'
import { noLogs, type LogProvider } from './log-provider.ts'
import { aggregatedMetricsJson, jobManagerMetrics, metricsJson, taskManagerMetrics } from './metric-json.ts'
import { listQuery } from './request-parameters.ts'
import { replyText, type JobRequest, type JobRoute } from './route.ts'
import { taskManagerJson, taskManagerOf, taskManagersJson } from './task-manager-json.ts'
import { jobManagerThreadDump, taskManagerThreadDump } from './thread-dump.ts'
import type { JobMessage } from '../cluster/job-log.ts'
import type { JobManager } from '../cluster/job-manager.ts'

/** The release whose API and semantics this is. */
const FLINK_VERSION = '2.2.0'
const FLINK_COMMIT = 'flinkts'

export interface ClusterRoutesOptions {
  /** Default: there are no log files. */
  readonly logs?: LogProvider | undefined
  /** What the cluster was started with, by Flink's or the project's keys. */
  readonly configuration?: Readonly<Record<string, string>> | undefined
  /** Ends the session and all that it runs, as `flinkts down` does. Default: that is not for a client to do. */
  readonly shutDown?: (() => Promise<void>) | undefined
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

function get(path: string, handle: JobRoute['handle']): JobRoute {
  return { method: 'GET', path, handle }
}

async function logList(logs: LogProvider): Promise<object> {
  const files = await logs.list()
  return { logs: files.map(({ name, sizeBytes, modifiedAt }) => ({ name, size: sizeBytes, mtime: modifiedAt })) }
}

/** Throws JOB_NOT_FOUND. */
async function logFile(logs: LogProvider, name: string | undefined): Promise<unknown> {
  const listed = name !== undefined && (await logs.list()).some((file) => file.name === name)
  const bytes = listed ? await logs.read(name) : undefined
  if (bytes === undefined)
    throw new FlinktsError('JOB_NOT_FOUND', `This log file${name === undefined ? '' : `, ${name},`} does not exist.`)
  return replyText(bytes)
}

function jobManagerRoutes(logs: LogProvider, options: ClusterRoutesOptions): JobRoute[] {
  return [
    get('/jobmanager/config', ({ jobManager }) => configurationJson(jobManager, options.configuration ?? {})),
    get('/jobmanager/environment', environmentJson),
    get('/jobmanager/metrics', (request) => metricsJson(jobManagerMetrics(request.jobManager), request)),
    get('/jobmanager/thread-dump', ({ jobManager, now }) => jobManagerThreadDump(jobManager, now)),
    get('/jobmanager/logs', () => logList(logs)),
    get('/jobmanager/logs/:filename', ({ params }) => logFile(logs, params['filename'])),
    get('/jobmanager/log', () => logFile(logs, logs.jobManagerLog)),
    // all that the JobManager writes stands in its log
    get('/jobmanager/stdout', () => replyText('')),
    get('/jobmanager/profiler', () => ({ profilingList: [] })),
  ]
}

const LOG_SUFFIX = '.log'
const STDOUT_SUFFIX = '.out'

function logText(messages: readonly JobMessage[]): string {
  return messages.map(({ at, line }) => `${new Date(at).toISOString()} ${line}\n`).join('')
}

function stdoutText(messages: readonly JobMessage[]): string {
  return messages.map(({ line }) => `${line}\n`).join('')
}

/** The lines that are kept of a TaskManager, as two files: what became of its subtasks, and what they printed. */
function taskManagerFiles(jobManager: JobManager, id: string): readonly { name: string; text: string; at: number }[] {
  const { log, printed, startedAt } = taskManagerOf(jobManager, id)
  const [notices, lines] = [log.messages, printed.messages]
  return [
    { name: `${id}${LOG_SUFFIX}`, text: logText(notices), at: notices.at(-1)?.at ?? startedAt },
    { name: `${id}${STDOUT_SUFFIX}`, text: stdoutText(lines), at: lines.at(-1)?.at ?? startedAt },
  ]
}

/** Throws JOB_NOT_FOUND. */
function taskManagerFile({ jobManager, params }: JobRequest, name: string): unknown {
  const file = taskManagerFiles(jobManager, params['taskmanagerid']!).find((candidate) => candidate.name === name)
  if (file === undefined) throw new FlinktsError('JOB_NOT_FOUND', `This log file, ${name}, does not exist.`)
  return replyText(file.text)
}

function ofTaskManager(rest: string, handle: (request: JobRequest, id: string) => unknown): JobRoute {
  return get(`/taskmanagers/:taskmanagerid${rest}`, (request) => handle(request, request.params['taskmanagerid']!))
}

function aggregatedOverTaskManagers(request: JobRequest): unknown {
  const wanted = listQuery(request, 'taskmanagers')
  const views = request.jobManager.taskManagers.filter(({ id }) => wanted?.includes(id) ?? true)
  return aggregatedMetricsJson(views.map(taskManagerMetrics), request)
}

const taskManagerRoutes: readonly JobRoute[] = [
  get('/taskmanagers', ({ jobManager }) => taskManagersJson(jobManager)),
  get('/taskmanagers/metrics', aggregatedOverTaskManagers),
  ofTaskManager('', ({ jobManager }, id) => taskManagerJson(jobManager, id)),
  ofTaskManager('/metrics', (request, id) =>
    metricsJson(taskManagerMetrics(taskManagerOf(request.jobManager, id)), request),
  ),
  ofTaskManager('/thread-dump', ({ jobManager }, id) => taskManagerThreadDump(jobManager, id)),
  ofTaskManager('/logs', ({ jobManager }, id) => ({
    logs: taskManagerFiles(jobManager, id).map(({ name, text, at }) => ({
      name,
      size: Buffer.byteLength(text),
      mtime: at,
    })),
  })),
  ofTaskManager('/logs/:filename', (request) => taskManagerFile(request, request.params['filename']!)),
  ofTaskManager('/log', (request, id) => taskManagerFile(request, `${id}${LOG_SUFFIX}`)),
  ofTaskManager('/stdout', (request, id) => taskManagerFile(request, `${id}${STDOUT_SUFFIX}`)),
  ofTaskManager('/profiler', ({ jobManager }, id) => {
    taskManagerOf(jobManager, id)
    return { profilingList: [] }
  }),
]

export function flinkClusterRoutes(options: ClusterRoutesOptions): JobRoute[] {
  const logs = options.logs ?? noLogs
  return [
    get('/overview', overview),
    get('/config', () => config),
    {
      method: 'DELETE',
      path: '/cluster',
      async handle() {
        if (options.shutDown === undefined) throw new HttpStatusError(404, 'This cluster is not ended by its clients.')
        await options.shutDown()
        return {}
      },
    },
    ...jobManagerRoutes(logs, options),
    ...taskManagerRoutes,
    // jobs come by `flinkts run`, never in jars; data sets are of batch jobs
    get('/jars', ({ authority }) => ({ address: `http://${authority}`, files: [] })),
    get('/datasets', () => ({ dataSets: [] })),
  ]
}
