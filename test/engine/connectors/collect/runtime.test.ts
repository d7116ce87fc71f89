import { expect, test } from 'vitest'
import { collectSink } from '../../../../engine/connectors/collect/definition.ts'
import { collectRuntime, type CollectedRow } from '../../../../engine/connectors/collect/runtime.ts'
import type { RuntimeContext } from '../../../../engine/connectors/connector.ts'
import { types } from '../../../../engine/types/logical-type.ts'
import { batchFromRows } from '../../../../engine/types/record-batch.ts'

const type = types.row(
  [
    { name: 'k', type: types.string() },
    { name: 'c', type: types.bigint() },
  ],
  false,
)
const context = {} as RuntimeContext // the sink asks nothing of its surroundings

test('hands over kinds and cells in the order of emission, as copies', () => {
  const received: CollectedRow[] = []
  const writer = collectRuntime((rows) => received.push(...rows)).createWriter!(collectSink(type), context)
  const batch = batchFromRows(
    type,
    [
      ['a', 1],
      ['a', 1],
      ['a', 2n ** 60n],
    ],
    Uint8Array.of(0, 1, 2),
  )
  writer.write(batch)
  batch.columns[0]!.values[0] = 'overwritten'
  writer.write(batchFromRows(type, [['b', null]]))
  expect(received).toEqual([
    { op: '+I', cells: ['a', 1] },
    { op: '-U', cells: ['a', 1] },
    { op: '+U', cells: ['a', 2n ** 60n] },
    { op: '+I', cells: ['b', null] },
  ])
})
