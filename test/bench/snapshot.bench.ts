// The synchronous part of a checkpoint of a million keys, in fresh memory and in the reserve that a job with checkpoints
// keeps, and writing it. Budget: < 50 ms. Run: npx tsx test/bench/snapshot.bench.ts
import { createStateBackend } from '../../engine/state/create-state-backend.ts'
import { types } from '../../engine/types/logical-type.ts'

const KEYS = 1_000_000
const BATCH_ROWS = 8192
const SNAPSHOTS = 7

function filled(reserveSnapshotMemory: boolean): ReturnType<typeof createStateBackend> {
  const backend = createStateBackend({
    keyGroups: { first: 0, last: 127 },
    maxParallelism: 128,
    reserveSnapshotMemory,
  })
  const rows = backend
    .keyedTable({
      kind: 'keyed-table',
      name: 'sums',
      key: [types.int()],
      values: [
        { name: 'count', storage: 'float64' },
        { name: 'sum', storage: 'float64' },
      ],
    })
    .rows(0)
  const ids = new Int32Array(BATCH_ROWS)
  for (let from = 0; from < KEYS; from += BATCH_ROWS) {
    const values = Int32Array.from({ length: Math.min(BATCH_ROWS, KEYS - from) }, (_, row) => (from + row) * 3)
    rows.rowsFor([{ values, nulls: undefined, exact: undefined }], 0, values.length, ids)
  }
  return backend
}

for (const reserve of [false, true]) {
  const backend = filled(reserve)
  const stoppedMs: number[] = []
  const writtenMs: number[] = []
  for (let round = 0; round < SNAPSHOTS; round++) {
    const startedAt = performance.now()
    const snapshot = backend.snapshot()
    const takenAt = performance.now()
    for (const _chunk of snapshot.write());
    snapshot.release()
    stoppedMs.push(takenAt - startedAt)
    writtenMs.push(performance.now() - takenAt)
  }
  const show = (durations: readonly number[]): string => durations.map((ms) => ms.toFixed(1)).join(', ')
  console.log(
    `${reserve ? 'reserved' : 'fresh'} memory: stopped ${show(stoppedMs)} ms; written in ${show(writtenMs)} ms`,
  )
}
