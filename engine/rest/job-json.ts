// Jobs as Flink's REST API shows them.
import { firstCause } from '../cluster/decide-start.ts'
import { isTerminal, type JobStatus } from '../cluster/job-status.ts'
import { restartStrategyToString } from '../cluster/restart-strategy.ts'
import { aggregateStatus, statusCounts } from './subtask-json.ts'
import { recordsOf, vertexSummary } from './vertex-json.ts'
import { toErrorData } from '../common/errors.ts'
import { failureCause, stackOf } from './failure-cause.ts'
import { visibleConfiguration } from './configuration-json.ts'
import type { FailureRecord } from '../cluster/job-master.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { Partitioning } from '../graph/stream-graph.ts'

type Body = Record<string, unknown>

const STATUSES: readonly JobStatus[] = [
  'SUSPENDED',
  'RESTARTING',
  'CREATED',
  'RUNNING',
  'CANCELED',
  'FINISHED',
  'FAILING',
  'FAILED',
  'CANCELLING',
]

export function hasEnded(job: ManagedJob): boolean {
  return isTerminal(job.master.status)
}

function times(
  { master, record }: ManagedJob,
  now: number,
): { start: number; end: number; duration: number; modified: number } {
  const entered = STATUSES.flatMap((status) => master.enteredAt(status) ?? [])
  const end = isTerminal(master.status) ? (master.enteredAt(master.status) ?? -1) : -1
  return {
    start: record.startedAt,
    end,
    duration: (end < 0 ? now : end) - record.startedAt,
    modified: Math.max(record.startedAt, ...entered),
  }
}

export function jobSummary(job: ManagedJob, now: number): Body {
  const { master, record } = job
  const { start, end, duration, modified } = times(job, now)
  const counts = Object.fromEntries(
    Object.entries(statusCounts(master.records)).map(([status, count]) => [status.toLowerCase(), count]),
  )
  return {
    jid: master.jobId,
    name: record.jobName,
    'start-time': start,
    'end-time': end,
    duration,
    state: master.status,
    'last-modification': modified,
    tasks: { ...counts, total: master.records.length },
    'pending-operators': 0,
  }
}

export function jobJson(job: ManagedJob, now: number): Body {
  const { master, record } = job
  const { start, end, duration } = times(job, now)
  const { vertices } = master.options.graph
  const vertexStatuses = vertices.map(({ id }) => ({ status: aggregateStatus(recordsOf(job, id)) }))
  return {
    jid: master.jobId,
    name: record.jobName,
    isStoppable: false,
    state: master.status,
    'job-type': 'STREAMING',
    'start-time': start,
    'end-time': end,
    duration,
    maxParallelism: -1,
    now,
    timestamps: {
      RECONCILING: 0,
      INITIALIZING: start,
      ...Object.fromEntries(STATUSES.map((status) => [status, master.enteredAt(status) ?? 0])),
    },
    vertices: vertices.map((vertex) => vertexSummary(job, vertex, now)),
    'status-counts': statusCounts(vertexStatuses),
    plan: planJson(job),
    'pending-operators': 0,
  }
}

function shipStrategy({ kind }: Partitioning): string {
  return kind.toUpperCase()
}

/** Vertices last to first, as Flink lists them. */
export function planJson({ master, record }: ManagedJob): Body {
  const { vertices, edges } = master.options.graph
  const nodes = vertices.toReversed().map((vertex) => {
    const inputs = vertex.inputs.map((index, num) => ({
      id: edges[index]!.sourceVertex,
      num,
      exchange: 'pipelined_bounded',
      ship_strategy: shipStrategy(edges[index]!.partitioning),
    }))
    return {
      id: vertex.id,
      operator: '',
      parallelism: vertex.parallelism,
      operator_strategy: '',
      description: vertex.chain
        .map(({ node }, depth) => `${'   '.repeat(Math.max(0, depth - 1))}${depth === 0 ? '' : '+- '}${node.name}<br/>`)
        .join(''),
      optimizer_properties: {},
      ...(inputs.length === 0 ? {} : { inputs }),
    }
  })
  return { jid: master.jobId, name: record.jobName, type: 'STREAMING', nodes }
}

export function jobConfigJson({ master, record, configuration }: ManagedJob): Body {
  return {
    jid: master.jobId,
    name: record.jobName,
    'execution-config': {
      'restart-strategy': restartStrategyToString(master.strategy),
      'job-parallelism': Number(configuration['parallelism.default'] ?? 1),
      'object-reuse-mode': false,
      'user-config': visibleConfiguration(configuration),
    },
  }
}

/** What followed on it. */
function labelsOf({ consequence }: FailureRecord): Readonly<Record<string, string>> {
  return { consequence }
}

/** The first cause comes first: in `exceptionName`, and as the first line of the trace. */
function exceptionJson(job: ManagedJob, failure: FailureRecord): Body {
  const root = firstCause(failure.error)
  const { subtask } = failure
  const vertex = job.master.options.graph.vertices.find(({ id }) => id === subtask?.vertexId)
  const where =
    subtask === undefined || vertex === undefined
      ? {}
      : {
          taskName: `${vertex.name} (${subtask.subtaskIndex + 1}/${vertex.parallelism}) - execution #${failure.attempt}`,
          endpoint: subtask.taskManager,
          taskManagerId: subtask.taskManager,
        }
  return {
    exceptionName: root.code,
    stacktrace: root === failure.error ? stackOf(root) : `${stackOf(root)}\nReported as: ${stackOf(failure.error)}`,
    timestamp: failure.at,
    failureLabels: labelsOf(failure),
    ...where,
    concurrentExceptions: [],
  }
}

/** `labels`: only failures that carry all of them. */
export function exceptionsJson(
  job: ManagedJob,
  maxExceptions: number,
  labels: Readonly<Record<string, string>> = {},
): Body {
  const wanted = Object.entries(labels)
  const failures = job.master.failures.filter((failure) =>
    wanted.every(([key, value]) => labelsOf(failure)[key] === value),
  )
  return {
    exceptionHistory: {
      entries: failures.slice(0, maxExceptions).map((failure) => exceptionJson(job, failure)),
      truncated: failures.length > maxExceptions,
    },
  }
}

const APPLICATION_STATUS: Partial<Record<JobStatus, string>> = {
  FINISHED: 'SUCCEEDED',
  CANCELED: 'CANCELED',
  FAILED: 'FAILED',
}

/** In progress until the job has ended. */
export function executionResultJson(job: ManagedJob, now: number): Body {
  const { master } = job
  if (!hasEnded(job)) return { status: { id: 'IN_PROGRESS' } }
  const { failure } = master
  return {
    status: { id: 'COMPLETED' },
    'job-execution-result': {
      id: master.jobId,
      'application-status': APPLICATION_STATUS[master.status] ?? 'UNKNOWN',
      'accumulator-results': {},
      'net-runtime': times(job, now).duration,
      ...(failure === undefined ? {} : { 'failure-cause': failureCause(toErrorData(failure)) }),
    },
  }
}

/** A job runs with the parallelism that it was submitted with, no more and no less. */
export function resourceRequirementsJson({ master }: ManagedJob): Body {
  return Object.fromEntries(
    master.options.graph.vertices.map(({ id, parallelism }) => [
      id,
      { parallelism: { lowerBound: parallelism, upperBound: parallelism } },
    ]),
  )
}
