// What is asked of a job, and the answer: that of GET /flinkts/jobs/:job/why.
export type { WhyAnswer } from '../../../engine/host.ts'

export interface WhyQuestion {
  /** Name, path, id or its first digits. Undefined: the only job that runs. */
  readonly job: string | undefined
  readonly operator: string | undefined
  readonly window: string | undefined
  /** `topic:partition:offset` */
  readonly record: string | undefined
}
