// Paths of Flink 2.2 that have no meaning here: answered 404 with a word on what to do instead. docs/rest-api.md lists them.
import { HttpStatusError } from './http-status-error.ts'
import type { JobRoute } from './route.ts'

type Unsupported = readonly [method: JobRoute['method'], path: string, reason: string]

const NO_JARS = 'flinkts takes no jars: run a .sql or .ts file with `flinkts run`.'
const NO_DATA_SETS = 'flinkts keeps no cluster data sets.'
const NO_PROFILER = 'flinkts has no profiler: start the session with NODE_OPTIONS=--cpu-prof instead.'
const NO_LOG_SERVER = 'flinkts has no log server: read the logs with `flinkts logs` or below /jobmanager/logs.'
const NO_YARN = 'flinkts does not run on YARN: cancel with PATCH /jobs/:jobid?mode=cancel.'
const NO_RESCALING = "A running job keeps its parallelism: stop it, set 'parallelism.default' and run it again."

export const unsupportedPaths: readonly Unsupported[] = [
  ['POST', '/jars/upload', NO_JARS],
  ['DELETE', '/jars/:jarid', NO_JARS],
  ['GET', '/jars/:jarid/plan', NO_JARS],
  ['POST', '/jars/:jarid/plan', NO_JARS],
  ['POST', '/jars/:jarid/run', NO_JARS],
  ['POST', '/jobs', 'flinkts takes no serialized job graphs of Java: run a .sql or .ts file with `flinkts run`.'],
  ['DELETE', '/datasets/:datasetid', NO_DATA_SETS],
  ['GET', '/datasets/delete/:triggerid', NO_DATA_SETS],
  ['POST', '/jobmanager/profiler', NO_PROFILER],
  ['GET', '/jobmanager/profiler/:filename', NO_PROFILER],
  ['POST', '/taskmanagers/:taskmanagerid/profiler', NO_PROFILER],
  ['GET', '/taskmanagers/:taskmanagerid/profiler/:filename', NO_PROFILER],
  ['GET', '/jobs/:jobid/jobmanager/log-url', NO_LOG_SERVER],
  ['GET', '/jobs/:jobid/taskmanagers/:taskmanagerid/log-url', NO_LOG_SERVER],
  ['GET', '/jobs/:jobid/yarn-cancel', NO_YARN],
  ['GET', '/jobs/:jobid/yarn-stop', NO_YARN],
  ['PATCH', '/jobs/:jobid/rescaling', NO_RESCALING],
  ['GET', '/jobs/:jobid/rescaling/:triggerid', NO_RESCALING],
  [
    'PATCH',
    '/jobs/:jobid/clientHeartbeat',
    'flinkts needs no heartbeat: the client that submitted a job is seen by its connection.',
  ],
  ['POST', '/jobs/:jobid/coordinators/:operatorUid', 'flinkts has no operator coordinators that take requests.'],
]

export const unsupportedRoutes: readonly JobRoute[] = unsupportedPaths.map(([method, path, reason]) => ({
  method,
  path,
  handle() {
    throw new HttpStatusError(404, reason)
  },
}))
