// One subtask, and many, as Flink's REST API shows them.
import { subtaskStatuses, type ExecutionAttempt, type SubtaskStatus } from '../cluster/execution-record.ts'
import { aggregated } from './statistics.ts'

type Body = Record<string, unknown>

const ENDED: readonly SubtaskStatus[] = ['FINISHED', 'CANCELED', 'FAILED']
/** States of Flink's tasks; RECONCILING never occurs here. */
const SHOWN = [...subtaskStatuses, 'RECONCILING'] as const

export function endTimeOf(record: ExecutionAttempt): number {
  return ENDED.includes(record.status) ? (record.enteredAt(record.status) ?? -1) : -1
}

function startTimeOf(record: ExecutionAttempt): number {
  return record.enteredAt('DEPLOYING') ?? -1
}

export function durationOf(record: ExecutionAttempt, now: number): number {
  const start = startTimeOf(record)
  if (start < 0) return -1
  const end = endTimeOf(record)
  return (end < 0 ? now : end) - start
}

export function statusCounts(records: readonly { readonly status: SubtaskStatus }[]): Record<string, number> {
  return Object.fromEntries(
    SHOWN.map((status) => [status, records.filter((record) => record.status === status).length]),
  )
}

/** The state of a vertex, from those of its subtasks. Source: Flink's ExecutionJobVertex.getAggregateJobVertexState. */
export function aggregateStatus(records: readonly ExecutionAttempt[]): SubtaskStatus {
  const order: SubtaskStatus[] = [
    'FAILED',
    'CANCELING',
    'CANCELED',
    'INITIALIZING',
    'RUNNING',
    'DEPLOYING',
    'SCHEDULED',
    'CREATED',
  ]
  if (records.every(({ status }) => status === 'FINISHED')) return 'FINISHED'
  return order.find((status) => records.some((record) => record.status === status)) ?? 'RUNNING'
}

export function ioMetrics(records: readonly ExecutionAttempt[]): Record<string, number | boolean> {
  const sum = (read: (figures: NonNullable<ExecutionAttempt['figures']>) => number): number =>
    Math.round(records.reduce((total, { figures }) => total + (figures === undefined ? 0 : read(figures)), 0))
  const complete = records.every(({ figures }) => figures !== undefined)
  return {
    'read-bytes': sum((figures) => figures.numBytesIn),
    'read-bytes-complete': complete,
    'write-bytes': sum((figures) => figures.numBytesOut),
    'write-bytes-complete': complete,
    'read-records': sum((figures) => figures.numRecordsIn),
    'read-records-complete': complete,
    'write-records': sum((figures) => figures.numRecordsOut),
    'write-records-complete': complete,
    'accumulated-backpressured-time': sum((figures) => figures.accumulateBackPressuredTimeMs),
    'accumulated-idle-time': sum((figures) => figures.accumulateIdleTimeMs),
    'accumulated-busy-time': sum((figures) => figures.accumulateBusyTimeMs),
  }
}

const TRANSIENT = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING'] as const satisfies SubtaskStatus[]

/** How long the subtask was in each state on its way; -1 for one that it has not reached. Source: Flink's StatusDurationUtils. */
function statusDurations(record: ExecutionAttempt, now: number): Record<string, number> {
  const left = record.enteredAt('CANCELING') ?? endTimeOf(record)
  const end = left < 0 ? now : left
  return Object.fromEntries(
    TRANSIENT.map((status, index) => {
      const at = record.enteredAt(status)
      const next = TRANSIENT.slice(index + 1).find((later) => record.enteredAt(later) !== undefined)
      return [status, at === undefined ? -1 : (next === undefined ? end : record.enteredAt(next)!) - at]
    }),
  )
}

export function subtaskJson(record: ExecutionAttempt, now: number): Body {
  return {
    subtask: record.subtaskIndex,
    status: record.status,
    attempt: record.attempt,
    endpoint: record.taskManager ?? '(unassigned)',
    'start-time': startTimeOf(record),
    'end-time': endTimeOf(record),
    duration: durationOf(record, now),
    metrics: ioMetrics([record]),
    'taskmanager-id': record.taskManager ?? '(unassigned)',
    'status-duration': statusDurations(record, now),
    start_time: startTimeOf(record),
  }
}

export function aggregatedJson(records: readonly ExecutionAttempt[], now: number): Body {
  const perSubtask = records.map((record) => ioMetrics([record]))
  const names = Object.keys(perSubtask[0] ?? {}).filter((name) => !name.endsWith('-complete'))
  const durations = records.map((record) => statusDurations(record, now))
  const states = [...new Set(durations.flatMap((duration) => Object.keys(duration)))]
  return {
    metrics: Object.fromEntries(
      names.map((name) => [name, aggregated(perSubtask.map((metrics) => Number(metrics[name])))]),
    ),
    'status-duration': Object.fromEntries(
      states.map((state) => [state, aggregated(durations.flatMap((duration) => duration[state] ?? []))]),
    ),
  }
}

export function timestampsJson(record: ExecutionAttempt): Record<string, number> {
  return Object.fromEntries(
    SHOWN.map((status) => [status, status === 'RECONCILING' ? 0 : (record.enteredAt(status) ?? 0)]),
  )
}

/** There are no user-defined accumulators. */
export function attemptAccumulatorsJson({ vertexId, subtaskIndex, attempt }: ExecutionAttempt): Body {
  return {
    subtask: subtaskIndex,
    attempt,
    id: `${vertexId}_${subtaskIndex}_${attempt}`,
    'user-accumulators': [],
  }
}
