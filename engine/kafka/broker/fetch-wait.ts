// The long poll of Fetch. What can be read is counted once for all partitions; afterwards only for the one that changed, so
// that a poll over thousands of partitions costs nothing while they stand still, and little while they grow.
import type { Clock } from '../../time/clock.ts'

export interface AwaitedPartition {
  /** Bytes that could be read now; undefined where something is wrong that the client should hear of. */
  availableBytes(): number | undefined
  /** `changed` is called after each change until the returned function is called. */
  watch(changed: () => void): () => void
}

export interface FetchPatience {
  readonly minBytes: number
  readonly maxWaitMs: number
  readonly clock: Pick<Clock, 'setTimer'>
  /** Whoever asked is gone when it calls back. */
  readonly onClosed: (callback: () => void) => void
}

/** Settles when `minBytes` can be read, something is wrong or nobody waits any more, at the latest after `maxWaitMs`. */
export function waitForBytes(
  partitions: readonly AwaitedPartition[],
  { minBytes, maxWaitMs, clock, onClosed }: FetchPatience,
): Promise<void> {
  if (maxWaitMs <= 0 || partitions.length === 0) return Promise.resolve()
  let bytes = 0
  const counted: number[] = []
  for (const partition of partitions) {
    const available = partition.availableBytes()
    if (available === undefined) return Promise.resolve()
    counted.push(available)
    bytes += available
    if (bytes >= minBytes) return Promise.resolve()
  }
  if (bytes >= minBytes) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel()
      for (const stop of unwatch) stop()
      resolve()
    }
    const timer = clock.setTimer(maxWaitMs, finish)
    onClosed(finish)
    const unwatch = partitions.map((partition, index) =>
      partition.watch(() => {
        const available = partition.availableBytes()
        if (available === undefined) return finish()
        bytes += available - counted[index]!
        counted[index] = available
        if (bytes >= minBytes) finish()
      }),
    )
  })
}
