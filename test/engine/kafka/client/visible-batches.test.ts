import { describe, expect, it } from 'vitest'
import { visibleBatches } from '../../../../engine/kafka/client/visible-batches.ts'
import { encodeMessage } from '../../../../engine/kafka/protocol/messages.ts'
import { RecordBatchBuilder } from '../../../../engine/kafka/protocol/record-batch-builder.ts'

interface Batch {
  readonly offset: number
  readonly producerId?: bigint
  /** A control batch that ends the producer's transaction. */
  readonly marker?: 'commit' | 'abort'
}

function logOf(batches: readonly Batch[]): { bytes: Buffer; startOf: (index: number) => number } {
  const starts: number[] = []
  let length = 0
  const parts = batches.map(({ offset, producerId, marker }) => {
    const builder = new RecordBatchBuilder()
    const type = Buffer.from([0, 0, 0, marker === 'commit' ? 1 : 0])
    if (marker === undefined) builder.append(null, Buffer.from('value'), 5)
    else builder.append(type, encodeMessage('EndTxnMarker', 0, { coordinatorEpoch: 0 }), 5)
    const batch = builder.build({
      producerId: producerId ?? -1n,
      producerEpoch: 0,
      transactional: producerId !== undefined,
      control: marker !== undefined,
    })
    batch.writeBigInt64BE(BigInt(offset), 0)
    starts.push(length)
    length += batch.length
    return batch
  })
  return { bytes: Buffer.concat(parts), startOf: (index) => starts[index]! }
}

describe('visibleBatches', () => {
  const log = logOf([
    { offset: 0 },
    { offset: 1, producerId: 7n },
    { offset: 2, producerId: 8n },
    { offset: 3, producerId: 7n, marker: 'abort' },
    { offset: 4, producerId: 7n },
    { offset: 5, producerId: 8n, marker: 'commit' },
    { offset: 6, producerId: 7n, marker: 'commit' },
  ])
  const at = (...indexes: number[]) => indexes.map((index) => log.startOf(index))

  it('hides control batches, and all of an aborted transaction but nothing else of its producer', () => {
    expect(visibleBatches(log.bytes, 0, undefined)).toEqual({ starts: at(0, 1, 2, 4), nextOffset: 7 })
    expect(visibleBatches(log.bytes, 0, [{ producerId: 7n, firstOffset: 1n }])).toEqual({
      starts: at(0, 2, 4),
      nextOffset: 7,
    })
  })

  it('begins at the wanted offset but remembers what was aborted before', () => {
    expect(visibleBatches(log.bytes, 2, [{ producerId: 7n, firstOffset: 1n }])).toEqual({
      starts: at(2, 4),
      nextOffset: 7,
    })
  })

  it('stops before a batch that is cut off', () => {
    expect(visibleBatches(log.bytes.subarray(0, log.startOf(4) + 70), 0, undefined)).toEqual({
      starts: at(0, 1, 2),
      nextOffset: 4,
    })
  })

  it('refuses an answer that holds no whole batch', () => {
    expect(() => visibleBatches(log.bytes.subarray(0, 40), 0, undefined)).toThrow('larger batch')
    expect(visibleBatches(new Uint8Array(0), 0, undefined)).toEqual({ starts: [], nextOffset: -1 })
  })
})
