// What the broker changes in a producer's batch before it stores it, in place (layout: ../protocol/record-batch.ts).
import { crc32c } from '../protocol/crc32c.ts'
import { attributesAt, checkedBytesStart, knownAttributes, logAppendTimeBit } from '../protocol/record-batch.ts'

/** Outside of the checksum: patching these needs no new one. */
export function patchPlace(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  batch.writeInt32BE(leaderEpoch, 12)
}

/** Of the attributes only those stay that mean something. The checksum is made again. */
export function patchMaxTimestamp(batch: Buffer, maxTimestamp: number, logAppendTime: boolean): void {
  const attributes = attributesAt(batch, 0) & knownAttributes & ~logAppendTimeBit
  batch.writeInt16BE(logAppendTime ? attributes | logAppendTimeBit : attributes, 21)
  batch.writeBigInt64BE(BigInt(maxTimestamp), 35)
  batch.writeUInt32BE(crc32c(batch, checkedBytesStart), 17)
}
