import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExchangeWriter, PAGE_ROWS_MAX } from '../../../engine/exchange/exchange-writer.ts'
import {
  broadcastPartitioner,
  hashPartitioner,
  rebalancePartitioner,
  singleTargetPartitioner,
  type Partitioner,
} from '../../../engine/exchange/partitioner.ts'
import { decodePage } from '../../../engine/exchange/page-codec.ts'
import { createBatchKeyHasher, createKeyHasher } from '../../../engine/state/key-hash.ts'
import { keyGroupOfHash, keyGroupRangeFor } from '../../../engine/state/key-groups.ts'
import { types } from '../../../engine/types/logical-type.ts'
import { batchFromRows, rowFromBatch, type Cell } from '../../../engine/types/record-batch.ts'
import type { ChannelElement, OutputChannel } from '../../../engine/exchange/channel.ts'

const rowType = types.row([
  { name: 'k', type: types.string() },
  { name: 'n', type: types.int() },
])

/** What each of the targets received: rows, and events by kind. */
function collect(
  partitioner: Partitioner,
  targets: number,
  write: (writer: ExchangeWriter) => void,
): (Cell[] | string)[][] {
  const received: (Cell[] | string)[][] = Array.from({ length: targets }, () => [])
  const channels = received.map((elements): OutputChannel => ({
    send(element: ChannelElement) {
      if (element.kind !== 'page') return void elements.push(element.kind)
      const batch = decodePage(rowType, element.bytes)
      for (let row = 0; row < batch.rowCount; row++) elements.push(rowFromBatch(batch, row))
    },
    isAvailable: () => true,
    drained: true,
  }))
  const writer = new ExchangeWriter(rowType, channels, partitioner)
  write(writer)
  writer.flush()
  return received
}

const batches = fc.array(fc.array(fc.tuple(fc.option(fc.string()), fc.integer()), { minLength: 1, maxLength: 30 }), {
  maxLength: 6,
})
const writeAll = (all: Cell[][][]) => (writer: ExchangeWriter) => {
  for (const rows of all) writer.write(batchFromRows(rowType, rows))
}

describe('the sending side of an exchange', () => {
  it('brings each key, in order, to the subtask that owns its key group', () => {
    const hash = createKeyHasher([types.string()])
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 5 }), (all, targets) => {
        const partitioner = hashPartitioner([0], createBatchKeyHasher([types.string()]), targets, 128)
        const received = collect(partitioner, targets, writeAll(all))
        const expected = received.map((_, target) => {
          const { first, last } = keyGroupRangeFor(128, targets, target)
          return all.flat().filter((row) => {
            const group = keyGroupOfHash(hash(batchFromRows(rowType, [row]).columns, 0), 128)
            return group >= first && group <= last
          })
        })
        expect(received).toEqual(expected)
      }),
    )
  })

  it('deals rows out evenly, to everyone, or to one', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 5 }), fc.nat(4), (all, targets, first) => {
        const rows = all.flat()
        const shares = collect(rebalancePartitioner(targets, first), targets, writeAll(all))
        const sizes = shares.map((share) => share.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect(shares.flat()).toHaveLength(rows.length)
        expect(new Set(shares.flat().map((row) => JSON.stringify(row)))).toEqual(
          new Set(rows.map((row) => JSON.stringify(row))),
        )
        for (const copy of collect(broadcastPartitioner(targets), targets, writeAll(all))) expect(copy).toEqual(rows)
        const [one, ...others] = collect(singleTargetPartitioner(), targets, writeAll(all))
        expect([one, others.flat()]).toEqual([rows, []])
      }),
    )
  })

  it('fills pages over batches and keeps events behind the rows before them', () => {
    const rows = Array.from({ length: PAGE_ROWS_MAX + 100 }, (_, index): Cell[] => ['k', index])
    const [received] = collect(singleTargetPartitioner(), 1, (writer) => {
      writer.write(batchFromRows(rowType, rows))
      writer.broadcast({ kind: 'watermark', timestamp: 5 })
      writer.write(batchFromRows(rowType, [['late', 0]]))
      writer.broadcast({ kind: 'end-of-input' })
      expect(writer.recordsOut).toBe(rows.length + 1)
    })
    expect(received).toEqual([...rows, 'watermark', ['late', 0], 'end-of-input'])
  })
})
