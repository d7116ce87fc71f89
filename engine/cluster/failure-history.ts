// The failures of a job, newest first, as many as people can look through.
import type { ErrorData } from '../common/errors.ts'
import type { SubtaskReport } from './messages/output.ts'

/** A failure in the job's history; `rootCause` is what people have to see first. */
export interface FailureRecord {
  readonly error: ErrorData
  readonly at: number
  readonly attempt: number
  readonly subtask:
    { readonly vertexId: string; readonly subtaskIndex: number; readonly taskManager: string } | undefined
  /** What happened next: `restart in 1000 ms`, or why there was no restart. */
  readonly consequence: string
}

const FAILURES_KEPT_MAX = 16

export class FailureHistory {
  readonly #records: FailureRecord[] = []

  get records(): readonly FailureRecord[] {
    return this.#records
  }

  /** `report`: of the subtask that failed; `taskManager`: where it ran. */
  add(
    failure: Omit<FailureRecord, 'subtask'>,
    report: SubtaskReport | undefined,
    taskManager: string | undefined,
  ): void {
    const subtask =
      report === undefined || taskManager === undefined
        ? undefined
        : { vertexId: report.vertexId, subtaskIndex: report.subtaskIndex, taskManager }
    this.#records.unshift({ ...failure, subtask })
    this.#records.length = Math.min(this.#records.length, FAILURES_KEPT_MAX)
  }
}
