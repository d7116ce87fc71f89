// Stop with savepoint: what is asked of a job's master, and what became of it.

/** How a job is to be stopped. */
export interface StopRequest {
  /** Of the savepoint. */
  readonly location: string
  /** See CheckpointBarrier. */
  readonly drain: boolean
  /** The line that tells it. */
  readonly said: string
}

export interface StoppedWith {
  readonly savepoint: string
  readonly drained: boolean
}
