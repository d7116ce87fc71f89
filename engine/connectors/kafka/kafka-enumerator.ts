// Finds the partitions of a Kafka table and where each is read from and to.
// Source: Flink's KafkaSourceEnumerator and OffsetsInitializer.
import { FlinktsError } from '../../common/errors.ts'
import type { KafkaCluster, TopicMetadata } from '../../kafka/client/kafka-cluster.ts'
import { listOffsets, type OffsetQuery } from '../../kafka/client/list-offsets.ts'
import type { Json, RuntimeContext, SourceSpec, Split, SplitEnumerator } from '../connector.ts'
import type { KafkaSourceSettings, OffsetSpec } from './kafka-settings.ts'
import { createSplit, splitId } from './kafka-split.ts'
import { openCluster } from './open-cluster.ts'

interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export class KafkaEnumerator implements SplitEnumerator {
  readonly #settings: KafkaSourceSettings
  readonly #signal: AbortSignal
  readonly #cluster: KafkaCluster
  #topics: readonly TopicMetadata[] | undefined

  constructor(spec: SourceSpec, context: RuntimeContext) {
    this.#settings = spec.settings as unknown as KafkaSourceSettings
    this.#signal = context.signal
    this.#cluster = openCluster(this.#settings.connection, context)
  }

  async start(restored: readonly Split[] | undefined): Promise<readonly Split[]> {
    const partitions = (await this.#readTopics()).flatMap(({ name, partitions: found }) =>
      found.map(({ partition }): TopicPartition => ({ topic: name, partition })),
    )
    if (restored === undefined) return this.#createSplits(partitions, this.#settings.startup)
    // What a bounded job reads was fixed when it began; an unbounded one takes new partitions from their beginning.
    if (this.#settings.stopping !== null) return restored
    const known = new Set(restored.map((split) => split.id))
    const added = partitions.filter(({ topic, partition }) => !known.has(splitId(topic, partition)))
    return [...restored, ...(await this.#createSplits(added, { mode: 'earliest-offset' }))]
  }

  async identity(): Promise<Json> {
    const topics = await this.#readTopics()
    const { clusterId } = await this.#cluster.describe(this.#signal)
    return {
      clusterId,
      topics: Object.fromEntries(
        topics.map(({ name, topicId, partitions }) => [
          name,
          { topicId: topicId ?? null, partitions: partitions.length },
        ]),
      ),
    }
  }

  close(): Promise<void> {
    this.#cluster.close()
    return Promise.resolve()
  }

  async #readTopics(): Promise<readonly TopicMetadata[]> {
    this.#topics ??= await this.#cluster.topics(this.#settings.topics, this.#signal)
    return this.#topics
  }

  async #createSplits(partitions: readonly TopicPartition[], startup: OffsetSpec): Promise<Split[]> {
    const { stopping } = this.#settings
    this.#checkSpecific(partitions, startup)
    const starts = await this.#resolve(partitions, startup)
    const stops = stopping === null ? undefined : await this.#resolve(partitions, stopping)
    return partitions.map(({ topic, partition }, index) =>
      createSplit({ topic, partition, nextOffset: starts[index]!, stoppingOffset: stops?.[index] ?? null }),
    )
  }

  #checkSpecific(partitions: readonly TopicPartition[], spec: OffsetSpec): void {
    if (spec.mode !== 'specific-offsets') return
    const unknown = Object.keys(spec.offsets).find(
      (key) => !partitions.some(({ partition }) => String(partition) === key),
    )
    if (unknown === undefined) return
    throw new FlinktsError(
      'OPTION_INVALID',
      `'scan.startup.specific-offsets' names partition ${unknown}, which topic ${this.#settings.topics[0]} does not have`,
      { fix: `It has partitions 0 to ${partitions.length - 1}.` },
    )
  }

  /** Offsets in the order of the partitions. Partitions that specific offsets leave out begin, or end, at the earliest. */
  async #resolve(partitions: readonly TopicPartition[], spec: OffsetSpec): Promise<number[]> {
    const { isolationLevel } = this.#settings
    const options = { isolationLevel, signal: this.#signal }
    const ask = async (queries: OffsetQuery[]): Promise<(number | undefined)[]> =>
      (await listOffsets(this.#cluster, queries, options)).map((answer) => answer.offset)
    const all = (at: OffsetQuery['at']): OffsetQuery[] => partitions.map((place) => ({ ...place, at }))
    switch (spec.mode) {
      case 'earliest-offset':
        return (await ask(all('earliest'))).map((offset) => offset ?? 0)
      case 'latest-offset':
        return (await ask(all('latest'))).map((offset) => offset ?? 0)
      case 'timestamp': {
        // behind the last record where none is that late
        const [found, latest] = [await ask(all(spec.timestampMillis)), await ask(all('latest'))]
        return found.map((offset, index) => offset ?? latest[index] ?? 0)
      }
      case 'specific-offsets': {
        const earliest = await ask(all('earliest'))
        return partitions.map(({ partition }, index) => spec.offsets[String(partition)] ?? earliest[index] ?? 0)
      }
    }
  }
}
