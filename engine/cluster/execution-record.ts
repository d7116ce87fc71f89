// What the JobManager knows of one subtask: where it runs, in which state since when, its latest figures.
import type { SubtaskMetrics } from '../task/subtask-metrics.ts'

export const subtaskStatuses = [
  'CREATED',
  'SCHEDULED',
  'DEPLOYING',
  'INITIALIZING',
  'RUNNING',
  'FINISHED',
  'CANCELING',
  'CANCELED',
  'FAILED',
] as const
export type SubtaskStatus = (typeof subtaskStatuses)[number]

/** Totals and rates of one subtask; rates over the last two reports. */
export interface SubtaskFigures extends SubtaskMetrics {
  readonly numRecordsInPerSecond: number
  readonly numRecordsOutPerSecond: number
  readonly numBytesInPerSecond: number
  readonly numBytesOutPerSecond: number
  readonly busyTimeMsPerSecond: number
  readonly idleTimeMsPerSecond: number
  readonly backPressuredTimeMsPerSecond: number
}

const RATES = {
  numRecordsInPerSecond: 'numRecordsIn',
  numRecordsOutPerSecond: 'numRecordsOut',
  numBytesInPerSecond: 'numBytesIn',
  numBytesOutPerSecond: 'numBytesOut',
  busyTimeMsPerSecond: 'accumulateBusyTimeMs',
  idleTimeMsPerSecond: 'accumulateIdleTimeMs',
  backPressuredTimeMsPerSecond: 'accumulateBackPressuredTimeMs',
} as const satisfies Record<string, keyof SubtaskMetrics>

/** One execution of a subtask, under way or over. */
export interface ExecutionAttempt {
  readonly vertexId: string
  readonly subtaskIndex: number
  readonly attempt: number
  readonly taskManager: string | undefined
  readonly status: SubtaskStatus
  readonly figures: SubtaskFigures | undefined
  /** ms since 1970. */
  enteredAt(status: SubtaskStatus): number | undefined
}

/** `jobmanager.execution.attempts-history-size`. */
const FORMER_ATTEMPTS_MAX = 16

export class ExecutionRecord implements ExecutionAttempt {
  readonly vertexId: string
  readonly subtaskIndex: number
  attempt = 0
  taskManager: string | undefined
  /** ms since 1970 when each state was entered in this attempt. */
  #entered = new Map<SubtaskStatus, number>()
  #status: SubtaskStatus = 'CREATED'
  #figures: SubtaskFigures | undefined
  #sampledAt: number | undefined
  /** Oldest first. */
  readonly #former: ExecutionAttempt[] = []

  constructor(vertexId: string, subtaskIndex: number, now: number) {
    this.vertexId = vertexId
    this.subtaskIndex = subtaskIndex
    this.#entered.set('CREATED', now)
  }

  get key(): string {
    return `${this.vertexId}/${this.subtaskIndex}`
  }
  get status(): SubtaskStatus {
    return this.#status
  }
  get figures(): SubtaskFigures | undefined {
    return this.#figures
  }

  enteredAt(status: SubtaskStatus): number | undefined {
    return this.#entered.get(status)
  }

  enter(status: SubtaskStatus, now: number): void {
    this.#status = status
    this.#entered.set(status, now)
  }

  /** The present attempt, or one that was deployed before it and is still remembered. */
  attemptOf(attempt: number): ExecutionAttempt | undefined {
    return attempt === this.attempt ? this : this.#former.find((former) => former.attempt === attempt)
  }

  newAttempt(attempt: number, now: number): void {
    if (this.#entered.has('DEPLOYING')) this.#remember()
    this.attempt = attempt
    this.#entered = new Map([['CREATED', now]])
    this.#status = 'CREATED'
    this.#figures = undefined
    this.#sampledAt = undefined
  }

  #remember(): void {
    const { vertexId, subtaskIndex, attempt, taskManager, status, figures } = this
    const entered = this.#entered
    const enteredAt = (wanted: SubtaskStatus): number | undefined => entered.get(wanted)
    this.#former.push({ vertexId, subtaskIndex, attempt, taskManager, status, figures, enteredAt })
    if (this.#former.length > FORMER_ATTEMPTS_MAX) this.#former.shift()
  }

  report(metrics: SubtaskMetrics, now: number): void {
    const [before, sampledAt] = [this.#figures, this.#sampledAt]
    const seconds = sampledAt === undefined ? 0 : (now - sampledAt) / 1000
    const rates = Object.fromEntries(
      Object.entries(RATES).map(([rate, total]) => [
        rate,
        before === undefined || seconds <= 0 ? 0 : Math.max(0, (metrics[total] - before[total]) / seconds),
      ]),
    ) as Record<keyof typeof RATES, number>
    this.#figures = { ...metrics, ...rates }
    this.#sampledAt = now
  }
}

/** Records that a format's ignore-parse-errors dropped in the last attempt. Undefined: none. */
export function ignoredRecordsNotice(records: readonly ExecutionRecord[]): string | undefined {
  let ignored = 0
  for (const { figures } of records) {
    for (const [name, count] of Object.entries(figures?.operators ?? {}))
      if (name.endsWith('.numRecordsInErrors')) ignored += count
  }
  if (ignored === 0) return undefined
  return `${ignored} ${ignored === 1 ? 'record was' : 'records were'} skipped: they could not be parsed (ignore-parse-errors)`
}
