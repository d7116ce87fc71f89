// Which rows of a batch go to which target subtask. Source: Flink's StreamPartitioner family.
import { keyGroupOfHash, subtaskForKeyGroup } from '../state/key-groups.ts'
import type { BatchKeyHasher } from '../state/key-hash.ts'
import type { RecordBatch } from '../types/record-batch.ts'

/** Receives rows for a target, by index. `rows` is valid until the call returns. */
export type RowTarget = (target: number, rows: Int32Array, count: number) => void

export interface Partitioner {
  partition(batch: RecordBatch, emit: RowTarget): void
}

class RowIndexes {
  #all = new Int32Array(0)

  /** 0, 1, 2 … */
  upTo(count: number): Int32Array {
    if (this.#all.length < count) this.#all = Int32Array.from({ length: count * 2 }, (_, index) => index)
    return this.#all
  }
}

/** Everything to one subtask: `forward` (there is one channel) and `global` (the first). */
export function singleTargetPartitioner(): Partitioner {
  const indexes = new RowIndexes()
  return { partition: (batch, emit) => emit(0, indexes.upTo(batch.rowCount), batch.rowCount) }
}

export function broadcastPartitioner(targets: number): Partitioner {
  const indexes = new RowIndexes()
  return {
    partition(batch, emit) {
      for (let target = 0; target < targets; target++) emit(target, indexes.upTo(batch.rowCount), batch.rowCount)
    },
  }
}

/** Equal shares: each batch in as many runs as there are targets; a row on its own goes to the next target. */
export function rebalancePartitioner(targets: number, firstTarget: number): Partitioner {
  const indexes = new RowIndexes()
  let next = firstTarget % targets
  return {
    partition(batch, emit) {
      const rows = indexes.upTo(batch.rowCount)
      for (let run = 0, from = 0; run < targets && from < batch.rowCount; run++) {
        const to = from + Math.ceil((batch.rowCount - from) / (targets - run))
        emit((next + run) % targets, rows.subarray(from, to), to - from)
        from = to
      }
      // the first rowCount % targets got one row more: the next batch begins behind them
      next = (next + batch.rowCount) % targets
    },
  }
}

/** By key group, so that a key's rows meet its state. Rows keep their order within a target. */
export function hashPartitioner(
  keys: readonly number[],
  hash: BatchKeyHasher,
  targets: number,
  maxParallelism: number,
): Partitioner {
  const targetOfKeyGroup = Int32Array.from({ length: maxParallelism }, (_, keyGroup) =>
    subtaskForKeyGroup(maxParallelism, targets, keyGroup),
  )
  const counts = new Int32Array(targets)
  let hashes = new Int32Array(0)
  let rowsByTarget = Array.from({ length: targets }, () => new Int32Array(0))
  return {
    partition(batch, emit) {
      const columns = keys.map((key) => batch.columns[key]!)
      if (rowsByTarget[0]!.length < batch.rowCount) {
        rowsByTarget = rowsByTarget.map(() => new Int32Array(batch.rowCount * 2))
        hashes = new Int32Array(batch.rowCount * 2)
      }
      hash(columns, batch.rowCount, hashes)
      counts.fill(0)
      for (let row = 0; row < batch.rowCount; row++) {
        const target = targetOfKeyGroup[keyGroupOfHash(hashes[row]!, maxParallelism)]!
        rowsByTarget[target]![counts[target]!++] = row
      }
      for (let target = 0; target < targets; target++) {
        if (counts[target]! > 0) emit(target, rowsByTarget[target]!, counts[target]!)
      }
    },
  }
}
