// The states of a job as Flink names them, and which may follow which.
import { check } from '../common/check.ts'

const transitions = {
  CREATED: ['RUNNING', 'FAILING', 'CANCELLING', 'RESTARTING', 'SUSPENDED'],
  RUNNING: ['RESTARTING', 'FAILING', 'CANCELLING', 'FINISHED', 'SUSPENDED'],
  RESTARTING: ['RUNNING', 'FAILING', 'CANCELLING', 'SUSPENDED'],
  FAILING: ['FAILED', 'SUSPENDED'],
  CANCELLING: ['CANCELED', 'SUSPENDED'],
  FAILED: [],
  CANCELED: [],
  FINISHED: [],
  SUSPENDED: [],
} as const satisfies Record<string, readonly string[]>

export type JobStatus = keyof typeof transitions

export function isTerminal(status: JobStatus): boolean {
  return transitions[status].length === 0
}

export function mayFollow(from: JobStatus, to: JobStatus): boolean {
  return (transitions[from] as readonly JobStatus[]).includes(to)
}

/** States that the transition is in the table. */
export function move(from: JobStatus, to: JobStatus): void {
  check(mayFollow(from, to), `a job went from ${from} to ${to}`)
}
