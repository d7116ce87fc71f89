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

export class ExecutionRecord {
  readonly vertexId: string
  readonly subtaskIndex: number
  attempt = 0
  taskManager: string | undefined
  /** ms since 1970 when each state was entered in this attempt. */
  #entered = new Map<SubtaskStatus, number>()
  #status: SubtaskStatus = 'CREATED'
  #figures: SubtaskFigures | undefined
  #sampledAt: number | undefined

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

  newAttempt(attempt: number, now: number): void {
    this.attempt = attempt
    this.#entered = new Map([['CREATED', now]])
    this.#status = 'CREATED'
    this.#figures = undefined
    this.#sampledAt = undefined
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
