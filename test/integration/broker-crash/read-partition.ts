// What a reader of either isolation level makes of a partition, from Kafka's rules alone.
import { markerIn } from '../../../engine/kafka/log/transaction-marker.ts'
import {
  batchEndAt,
  isControlBatch,
  isTransactional,
  readBatchHeader,
} from '../../../engine/kafka/protocol/record-batch.ts'
import { hasValidChecksum } from '../../../engine/kafka/log/batch-validation.ts'
import { recordsIn, type ReadRecord } from '../../engine/kafka/log/log-fixture.ts'
import type { LastingClient } from './lasting-client.ts'

export interface ReadPartition {
  readonly records: ReadRecord[]
  /** Behind the last record or marker that was read. */
  readonly endOffset: number
}

/** From the beginning up to where the reader may see; offsets without a gap, or it fails (`mayHaveGaps`: compacted). */
export async function readPartition(
  client: LastingClient,
  topic: string,
  partition: number,
  options: { readonly committedOnly: boolean; readonly mayHaveGaps?: boolean },
): Promise<ReadPartition> {
  const records: ReadRecord[] = []
  for (let offset = 0; ;) {
    const { responses } = await client.ask('Fetch', 11, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 20,
      isolationLevel: options.committedOnly ? 1 : 0,
      topics: [{ topic, partitions: [{ partition, fetchOffset: BigInt(offset), partitionMaxBytes: 1 << 20 }] }],
      forgottenTopicsData: [],
    })
    const answer = responses[0]!.partitions[0]!
    if (answer.errorCode !== 0) throw new Error(`fetching ${topic}-${partition} at ${offset}: ${answer.errorCode}`)
    const bytes = Buffer.from(answer.records ?? [])
    if (bytes.length === 0) return { records, endOffset: offset }
    const aborted = (answer.abortedTransactions ?? [])
      .map(({ producerId, firstOffset }) => ({ producerId: Number(producerId), firstOffset: Number(firstOffset) }))
      .sort((left, right) => left.firstOffset - right.firstOffset)
    const aborting = new Set<number>()
    for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) {
      const header = readBatchHeader(bytes, at)
      if (!hasValidChecksum(bytes.subarray(at, next), header))
        throw new Error(`a batch at ${header.baseOffset} is torn`)
      if (header.baseOffset !== offset && options.mayHaveGaps !== true)
        throw new Error(`${topic}-${partition}: ${header.baseOffset} follows ${offset}`)
      offset = header.baseOffset + header.lastOffsetDelta + 1
      while (aborted.length > 0 && aborted[0]!.firstOffset < offset) aborting.add(aborted.shift()!.producerId)
      if (isControlBatch(header)) {
        if (markerIn(bytes.subarray(at, next), header)?.isCommit === false) aborting.delete(header.producerId)
      } else if (!options.committedOnly || !isTransactional(header) || !aborting.has(header.producerId))
        records.push(...recordsIn(bytes.subarray(at, next)))
    }
  }
}
