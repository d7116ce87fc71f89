// The control batch that ends a producer's transaction in a partition (KIP-98): one record, written by the broker.
//
//   key   = version int16 (0), type int16: 0 abort, 1 commit
//   value = EndTxnMarker: version int16 (0), coordinatorEpoch int32
import { decodeVersionedMessage, encodeVersionedMessage } from '../protocol/messages.ts'
import { RecordBatchBuilder } from '../protocol/record-batch-builder.ts'
import { batchHeaderBytes } from '../protocol/record-batch.ts'
import { RecordIndex } from '../protocol/record-index.ts'

export interface TransactionMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly isCommit: boolean
}

const [abortType, commitType] = [0, 1] as const
const keyBytes = 4

export function markerBatch(marker: TransactionMarker, nowMs: number): Buffer {
  const key = Buffer.alloc(keyBytes)
  key.writeInt16BE(marker.isCommit ? commitType : abortType, 2)
  const value = encodeVersionedMessage('EndTxnMarker', 0, { coordinatorEpoch: marker.coordinatorEpoch })
  const builder = new RecordBatchBuilder(2 * batchHeaderBytes)
  builder.append(key, value, nowMs)
  const { producerId, producerEpoch } = marker
  return builder.build({ producerId: BigInt(producerId), producerEpoch, transactional: true, control: true })
}

/** What a control batch says; undefined where the cleaner emptied it, or it is no end of a transaction. */
export function markerIn(
  batch: Uint8Array,
  header: { readonly producerId: number; readonly producerEpoch: number },
): TransactionMarker | undefined {
  const records = new RecordIndex({ keys: true })
  records.read(batch, 0)
  if (records.count === 0 || records.keyLength[0]! < keyBytes || records.valueLength[0]! < 0) return undefined
  const { bytes } = records
  const [keyStart, valueStart] = [records.keyStart[0]!, records.valueStart[0]!]
  const type = Buffer.from(bytes.buffer, bytes.byteOffset + keyStart, keyBytes).readInt16BE(2)
  if (type !== abortType && type !== commitType) return undefined
  const value = bytes.subarray(valueStart, valueStart + records.valueLength[0]!)
  const { coordinatorEpoch } = decodeVersionedMessage('EndTxnMarker', value).message
  const { producerId, producerEpoch } = header
  return { producerId, producerEpoch, coordinatorEpoch, isCommit: type === commitType }
}
