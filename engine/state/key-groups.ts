// Key groups: the unit in which keyed state moves when the parallelism changes. Source: Flink's KeyGroupRangeAssignment.

/** Flink's default `pipeline.max-parallelism` for small jobs. */
export const MAX_PARALLELISM_DEFAULT = 128

/** Key groups `first` … `last`, both included. */
export interface KeyGroupRange {
  readonly first: number
  readonly last: number
}

/** The key groups of one subtask, as Flink's computeKeyGroupRangeForOperatorIndex. */
export function keyGroupRangeFor(maxParallelism: number, parallelism: number, subtaskIndex: number): KeyGroupRange {
  const first = Math.ceil((subtaskIndex * maxParallelism) / parallelism)
  const last = Math.ceil(((subtaskIndex + 1) * maxParallelism) / parallelism) - 1
  return { first, last }
}

/** The subtask that owns a key group. */
export function subtaskForKeyGroup(maxParallelism: number, parallelism: number, keyGroup: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism)
}

/** The key group of a key's hash (any 32-bit integer). */
export function keyGroupOfHash(hash: number, maxParallelism: number): number {
  return (hash >>> 0) % maxParallelism
}
