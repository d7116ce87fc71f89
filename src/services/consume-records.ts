// Reads records of a topic for people: from the earliest, the latest, a time or an offset on.
import {
  FlinktsError,
  PartitionFetcher,
  RecordIndex,
  listOffsets,
  type KafkaCluster,
  type KafkaConnection,
} from '../../engine/host.ts'
import { openKafka } from './kafka-connection.ts'

export interface ConsumeOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  /** `earliest`, `latest`, or ms since 1970 */
  readonly from: 'earliest' | 'latest' | number
  /** Stop after so many records; undefined: until the signal. */
  readonly count: number | undefined
  readonly signal: AbortSignal
}

export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  /** ms since 1970; -1 where the producer gave none */
  readonly timestamp: number
  /** UTF-8 text; null where there is none */
  readonly key: string | null
  readonly value: string | null
}

const POLL_MS = 500

function text(bytes: Uint8Array, start: number, length: number): string | null {
  return length < 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('utf8')
}

async function startPositions(
  cluster: KafkaCluster,
  options: ConsumeOptions,
): Promise<{ topic: string; partition: number; offset: number }[]> {
  const [topic] = await cluster.topics([options.topic], options.signal)
  if (topic === undefined) {
    throw new FlinktsError('KAFKA_TOPIC_MISSING', `there is no topic '${options.topic}'`, {
      fix: '`flinkts topics list` shows all',
    })
  }
  const partitions = topic.partitions.map(({ partition }) => partition)
  const ask = (at: 'earliest' | 'latest' | number) =>
    listOffsets(
      cluster,
      partitions.map((partition) => ({ topic: options.topic, partition, at })),
      { signal: options.signal },
    )
  const [wanted, latest] = await Promise.all([ask(options.from), ask('latest')])
  // A time behind the last record has no offset yet: the next one written is the first.
  return partitions.map((partition, index) => ({
    topic: options.topic,
    partition,
    offset: wanted[index]!.offset ?? latest[index]!.offset ?? 0,
  }))
}

/** Records in the order they arrive; ends after `count` or when the signal aborts. */
export async function* consumeRecords(options: ConsumeOptions): AsyncGenerator<ConsumedRecord> {
  const cluster = openKafka(options.connection)
  const fetcher = new PartitionFetcher(cluster)
  const index = new RecordIndex({ keys: true, timestamps: true })
  let left = options.count ?? Infinity
  try {
    fetcher.assign(await startPositions(cluster, options))
    while (left > 0 && !options.signal.aborted) {
      for (const fetched of await fetcher.poll(POLL_MS, options.signal)) {
        for (const start of fetched.batchStarts) {
          index.read(fetched.bytes, start, fetched.fromOffset)
          for (let record = 0; record < index.count && left > 0; record++, left--) {
            yield {
              partition: fetched.partition,
              offset: index.offsetOf(record),
              timestamp: index.timestampOf(record),
              key: text(index.bytes, index.keyStart[record]!, index.keyLength[record]!),
              value: text(index.bytes, index.valueStart[record]!, index.valueLength[record]!),
            }
          }
        }
      }
    }
  } catch (error) {
    if (!options.signal.aborted) throw error
  } finally {
    fetcher.close()
    cluster.close()
  }
}
