// What a diagnosis says: findings for people, with the numbers they were made of for programs.
import type { Json } from '../common/json.ts'

export type FindingKind =
  /** It waits for slots, is being deployed, restarts, has failed or has ended. */
  | 'job-status'
  /** Nothing to read: topics are empty, or read to their end. */
  | 'no-input'
  /** Records lie unread. */
  | 'lag'
  /** A split, or a subtask without one, holds event time back. */
  | 'watermark-held'
  /** No source makes watermarks. */
  | 'no-watermarks'
  /** Event time is ahead of the clock: one record with a huge time makes all others late. */
  | 'watermark-ahead'
  /** Open windows, which fires next, what it waits for. */
  | 'windows'
  /** Timers that wait, which fires next, what it waits for. */
  | 'timers'
  | 'late-records'
  /** Rows are read and none is passed on. */
  | 'filtered'
  | 'back-pressure'
  | 'sink'
  | 'checkpoints'
  /** A subtask did not answer in time, so nothing is known of it. */
  | 'unanswered'
  | 'record'
  | 'healthy'

/** `cause`: why nothing (or less) comes out. `warning`: is or will be a problem, yet not why. `note`: how it stands. */
export type Severity = 'cause' | 'warning' | 'note'

export interface Finding {
  readonly kind: FindingKind
  readonly severity: Severity
  /** One sentence, one line, with numbers. */
  readonly text: string
  /** Further lines: what else is known, what to do. */
  readonly details: readonly string[]
  /** Ids, times (ms since 1970), durations (ms), counts: what the text was made of. */
  readonly facts: Readonly<Record<string, Json>>
}

export interface Diagnosis {
  /** Causes first, then warnings, then notes. Never empty. */
  readonly findings: readonly Finding[]
}

/** Answer of GET /flinkts/jobs/:job/why. */
export interface WhyAnswer extends Diagnosis {
  /** The job's id. */
  readonly job: string
  readonly name: string
  /** Flink's JobStatus; of a job that has ended also STOPPED, ABORTED, CRASHED. */
  readonly status: string
}
