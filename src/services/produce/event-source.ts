// The contract of what events come from: a generator, a file, a topic, a list of keys.
import type { EventBatch } from '../../generators/index.ts'

export interface EventSource {
  /**
   * Adds at most `max` events to the batch, which is empty; may wait for the first of them. False: no more will come.
   * Nothing more is asked for after a false.
   */
  fill(batch: EventBatch, max: number): Promise<boolean> | boolean
  /** How messages name the event of this `origin`: `trips.csv line 7`. */
  titleOf(origin: number): string
  /** Share of the source that was read, 0 to 1; undefined: not known. */
  readonly fraction: number | undefined
  close(): Promise<void> | void
}
