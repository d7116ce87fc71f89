// Reads one record of a topic again, as the source would: for people who ask what became of it.
import { isFlinktsError } from '../../common/errors.ts'
import { localTimeZone } from '../../common/local-time-zone.ts'
import type { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import { listOffsets } from '../../kafka/client/list-offsets.ts'
import { PartitionFetcher } from '../../kafka/client/partition-fetcher.ts'
import { readInt32 } from '../../kafka/protocol/record-batch.ts'
import { RecordIndex } from '../../kafka/protocol/record-index.ts'
import type { RecordBatch } from '../../types/record-batch.ts'
import type { RuntimeContext, SourceSpec } from '../connector.ts'
import type { KafkaSourceSettings } from './kafka-settings.ts'
import { openCluster } from './open-cluster.ts'
import { RecordDecoder } from './record-decoder.ts'

export interface RecordPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Offsets that the partition holds: the first, and the one behind the last. */
export interface HeldRange {
  readonly from: number
  readonly to: number
}

export type FoundRecord = { readonly range: HeldRange | undefined } & (
  | { readonly kind: 'not-found'; readonly reason: string }
  | { readonly kind: 'unparsable'; readonly error: string }
  /** It has no value, or the format skips it. */
  | { readonly kind: 'no-row' }
  | { readonly kind: 'rows'; readonly batch: RecordBatch }
)

const FETCH_TIMEOUT_MS = 2000
/** Of one batch in the answer; a larger one still comes. */
const FETCH_BYTES = 64 * 1024
/** A root array may give many rows of one record. */
const ROWS_MAX = 16
const LEADER_EPOCH_AT = 12

type ReadContext = Pick<RuntimeContext, 'clock' | 'random' | 'secrets' | 'configuration' | 'signal'>

/** Never throws for what Kafka or the record is like: that is the answer. The signal limits it. */
export async function readRecord(spec: SourceSpec, context: ReadContext, place: RecordPosition): Promise<FoundRecord> {
  const settings = spec.settings as unknown as KafkaSourceSettings
  const cluster = openCluster(settings.connection, context)
  try {
    return await find(cluster, spec, context, place)
  } catch (error) {
    if (!isFlinktsError(error) && !context.signal.aborted) throw error
    const reason = context.signal.aborted ? 'Kafka did not answer in time' : (error as Error).message
    return { kind: 'not-found', reason, range: undefined }
  } finally {
    cluster.close()
  }
}

async function find(
  cluster: KafkaCluster,
  spec: SourceSpec,
  context: ReadContext,
  place: RecordPosition,
): Promise<FoundRecord> {
  const { topic, partition, offset } = place
  const { isolationLevel } = spec.settings as unknown as KafkaSourceSettings
  const [earliest, latest] = await listOffsets(
    cluster,
    [
      { topic, partition, at: 'earliest' },
      { topic, partition, at: 'latest' },
    ],
    { isolationLevel, signal: context.signal },
  )
  const range = { from: earliest!.offset ?? 0, to: latest!.offset ?? 0 }
  if (offset < range.from)
    return { kind: 'not-found', reason: 'it is gone: retention has removed it, or the topic was created anew', range }
  if (offset >= range.to) return { kind: 'not-found', reason: 'it has not been written yet', range }
  const fetcher = new PartitionFetcher(cluster, { isolationLevel, fetchBytesMax: FETCH_BYTES })
  try {
    fetcher.assign([place])
    for (const { bytes, batchStarts, fromOffset } of await fetcher.poll(FETCH_TIMEOUT_MS, context.signal)) {
      const records = new RecordIndex({ keys: true, timestamps: true, headers: true })
      for (const at of batchStarts) {
        records.read(bytes, at, fromOffset)
        for (let index = 0; index < records.count; index++)
          if (records.offsetOf(index) === offset) {
            const leaderEpoch = readInt32(bytes, at + LEADER_EPOCH_AT)
            return { ...decode(spec, context, { topic, partition, leaderEpoch }, records, index), range }
          }
      }
    }
    const reason =
      'no record has this offset: it was compacted away, or belongs to a transaction (its end, or one that was aborted)'
    return { kind: 'not-found', reason, range }
  } finally {
    fetcher.close()
  }
}

type Decoded =
  | { readonly kind: 'unparsable'; readonly error: string }
  | { readonly kind: 'no-row' }
  | { readonly kind: 'rows'; readonly batch: RecordBatch }

function decode(
  spec: SourceSpec,
  { configuration }: ReadContext,
  place: { topic: string; partition: number; leaderEpoch: number },
  records: RecordIndex,
  index: number,
): Decoded {
  const decoder = new RecordDecoder(spec, localTimeZone(configuration), ROWS_MAX)
  decoder.reset()
  try {
    decoder.decode(place, records, index, index + 1, ROWS_MAX)
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'RECORD_MALFORMED') return { kind: 'unparsable', error: error.message }
    throw error
  }
  if (decoder.ignoredRecords > 0)
    return { kind: 'unparsable', error: "it was skipped, as 'json.ignore-parse-errors' asks for" }
  const batch = decoder.takeBatch()
  return batch === undefined ? { kind: 'no-row' } : { kind: 'rows', batch }
}
