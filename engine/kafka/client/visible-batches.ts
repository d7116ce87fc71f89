// Which batches of a fetched partition its reader is to see: no control batches, and none of aborted transactions (KIP-98).
import { FlinktsError } from '../../common/errors.ts'
import {
  attributesAt,
  baseOffsetAt,
  batchEndAt,
  controlBit,
  lastOffsetAt,
  producerIdAt,
  readInt32,
  transactionalBit,
} from '../protocol/record-batch.ts'
import { batchHeaderBytes } from '../protocol/record-batch.ts'
import { decompress } from '../protocol/compression.ts'

export interface VisibleBatches {
  /** Where each batch begins, in order. */
  readonly starts: readonly number[]
  /** Behind the last whole batch, visible or not; -1 where there is none. */
  readonly nextOffset: number
}

interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** `aborted`: as the broker listed them for this fetch; undefined under read_uncommitted, where all data is seen. */
export function visibleBatches(
  bytes: Uint8Array,
  fromOffset: number,
  aborted: readonly AbortedTransaction[] | undefined,
): VisibleBatches {
  const pending = [...(aborted ?? [])].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const abortedProducers = new Set<number>()
  const starts: number[] = []
  let nextOffset = -1
  let at = 0
  for (let end; (end = batchEndAt(bytes, at, bytes.length)) >= 0; at = end) {
    const lastOffset = lastOffsetAt(bytes, at)
    const producerId = producerIdAt(bytes, at)
    const attributes = attributesAt(bytes, at)
    while (pending.length > 0 && Number(pending[0]!.firstOffset) <= lastOffset)
      abortedProducers.add(Number(pending.shift()!.producerId))
    nextOffset = lastOffset + 1
    if ((attributes & controlBit) !== 0) {
      if (isAbortMarker(bytes, at, end)) abortedProducers.delete(producerId)
    } else if (lastOffset >= fromOffset && !((attributes & transactionalBit) !== 0 && abortedProducers.has(producerId)))
      starts.push(at)
  }
  if (at === 0 && bytes.length > 0)
    throw new FlinktsError('KAFKA_PROTOCOL', `a fetch answered with ${bytes.length} bytes of a larger batch`, {
      fix: 'Raise max.partition.fetch.bytes.',
    })
  if (!Number.isSafeInteger(nextOffset))
    throw new FlinktsError(
      'KAFKA_BATCH_CORRUPT',
      `a record batch ends at offset ${nextOffset}, begun at ${baseOffsetAt(bytes, 0)}`,
    )
  return { starts, nextOffset }
}

/** A control batch holds one record; its key is `version int16, type int16`, type 0 being ABORT. */
function isAbortMarker(bytes: Uint8Array, at: number, end: number): boolean {
  if (readInt32(bytes, at + 57) < 1) return false
  const records = decompress(attributesAt(bytes, at) & 7, bytes.subarray(at + batchHeaderBytes, end))
  // length, attributes, timestampDelta, offsetDelta and keyLength, then the key
  let position = skipVarint(records, 0) + 1
  position = skipVarint(records, skipVarint(records, position))
  position = skipVarint(records, position)
  return records[position + 2] === 0 && records[position + 3] === 0
}

function skipVarint(bytes: Uint8Array, position: number): number {
  let next = position
  while (bytes[next++]! >= 0x80);
  return next
}
