// Batches of histories, whole ones and ones with a mistake.
import { batchOf } from '../../../engine/kafka/log/log-fixture.ts'
import { loadCompressor, type CompressionType } from '../../../../engine/kafka/protocol/compression.ts'
import { crc32c } from '../../../../engine/kafka/protocol/crc32c.ts'
import { checkedBytesStart } from '../../../../engine/kafka/protocol/record-batch.ts'
import { historyTimeMs } from './side.ts'

export const flaws = [
  'checksum',
  'control-batch',
  'log-append-time',
  'delete-horizon',
  'unused-attribute',
  'count-too-high',
  'count-too-low',
  'last-offset-too-high',
  'magic-1',
  'magic-3',
  'base-offset',
  'truncated',
  'two-batches',
  'trailing-byte',
  'max-timestamp-too-high',
  'max-timestamp-too-low',
  'base-timestamp-shifted',
  'no-records',
  'negative-sequence',
  'negative-epoch',
  'last-sequence',
  'leader-epoch',
  'body-byte',
  'far-future',
  'negative-time',
  'empty',
] as const
export type Flaw = (typeof flaws)[number]

export interface BatchShape {
  readonly count: number
  readonly codec: CompressionType
  readonly keys: boolean
  readonly timeMs: number
  readonly flaw: Flaw | 'none'
}

export interface BatchProducer {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
}

export async function producedBatch(shape: BatchShape, producer: BatchProducer, label: string): Promise<Buffer> {
  const { flaw, count, codec } = shape
  const at =
    flaw === 'far-future' ? Date.now() + 7_200_000 : flaw === 'negative-time' ? -1 : historyTimeMs + shape.timeMs
  const records = Array.from({ length: count }, (_, index) => ({
    key: shape.keys ? `k${index % 2}` : null,
    value: index === 2 ? null : `${label} ${index}`,
    timestamp: at < 0 ? at : at + ((index * 7) % 5) * 10,
  }))
  const compressor = codec === 'none' ? undefined : await loadCompressor(codec)
  const batch = batchOf(records, { ...producer, compression: codec, compressor })
  return flawed(batch, flaw)
}

function flawed(batch: Buffer, flaw: BatchShape['flaw']): Buffer {
  const attributes = batch.readInt16BE(21)
  const maxTimestamp = batch.readBigInt64BE(35)
  switch (flaw) {
    case 'none':
    case 'far-future':
    case 'negative-time':
      return batch
    case 'checksum':
      batch.writeUInt32BE((batch.readUInt32BE(17) ^ 1) >>> 0, 17)
      return batch
    case 'control-batch':
      batch.writeInt16BE(attributes | 0x20, 21)
      break
    case 'log-append-time':
      batch.writeInt16BE(attributes | 0x08, 21)
      break
    case 'delete-horizon':
      batch.writeInt16BE(attributes | 0x40, 21)
      break
    case 'unused-attribute':
      batch.writeInt16BE(attributes | 0x100, 21)
      break
    case 'count-too-high':
      batch.writeInt32BE(batch.readInt32BE(57) + 1, 57)
      break
    case 'count-too-low':
      batch.writeInt32BE(batch.readInt32BE(57) - 1, 57)
      break
    case 'last-offset-too-high':
      batch.writeInt32BE(batch.readInt32BE(23) + 1, 23)
      break
    case 'magic-1':
      batch[16] = 1
      break
    case 'magic-3':
      batch[16] = 3
      break
    case 'base-offset':
      batch.writeBigInt64BE(7n, 0)
      return batch
    case 'truncated':
      return batch.subarray(0, batch.length - 3)
    case 'two-batches':
      return Buffer.concat([batch, batch])
    case 'trailing-byte':
      return Buffer.concat([batch, Buffer.alloc(1)])
    case 'max-timestamp-too-high':
      batch.writeBigInt64BE(maxTimestamp + 1000n, 35)
      break
    case 'max-timestamp-too-low':
      batch.writeBigInt64BE(maxTimestamp - 1000n, 35)
      break
    case 'base-timestamp-shifted':
      batch.writeBigInt64BE(batch.readBigInt64BE(27) + 5n, 27)
      break
    case 'no-records':
      batch.writeInt32BE(0, 57)
      break
    case 'negative-sequence':
      batch.writeInt32BE(-1, 53)
      break
    case 'negative-epoch':
      batch.writeInt16BE(-1, 51)
      break
    case 'last-sequence':
      batch.writeInt32BE(0x7fffffff, 53)
      break
    case 'leader-epoch':
      batch.writeInt32BE(77, 12)
      return batch
    case 'body-byte':
      batch[62] = batch[62]! ^ 0x15
      break
    case 'empty':
      return Buffer.alloc(0)
  }
  batch.writeUInt32BE(crc32c(batch, checkedBytesStart, batch.length), 17)
  return batch
}
