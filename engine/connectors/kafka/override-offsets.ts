// A Kafka source that is read from and to other offsets than its table says: what `flinkts run --from … --until …` asks for.
import type { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import type { Json, RuntimeContext, SinkSpec, SourceSpec } from '../connector.ts'
import type { KafkaSinkSettings, KafkaSourceSettings, OffsetsByTopic } from './kafka-settings.ts'
import { openCluster } from './open-cluster.ts'

/** What a Kafka source reads, and as whom. */
export type KafkaSourceFacts = Pick<
  KafkaSourceSettings,
  'connection' | 'topics' | 'groupId' | 'offsetReset' | 'isolationLevel'
>

/** Undefined: the source is not one of Kafka. */
export function kafkaSourceFacts(source: SourceSpec): KafkaSourceFacts | undefined {
  return source.connector === 'kafka' ? (source.settings as unknown as KafkaSourceSettings) : undefined
}

/** What a Kafka sink writes to. Undefined: the sink is not one of Kafka. */
export function kafkaSinkFacts(sink: SinkSpec): Pick<KafkaSinkSettings, 'connection' | 'topic'> | undefined {
  return sink.connector === 'kafka' ? (sink.settings as unknown as KafkaSinkSettings) : undefined
}

/** The cluster that the source reads; nothing is connected yet. */
export function openSourceCluster(
  { connection }: Pick<KafkaSourceFacts, 'connection'>,
  context: Pick<RuntimeContext, 'clock' | 'random' | 'secrets'>,
): KafkaCluster {
  return openCluster(connection, context)
}

export interface OffsetRange {
  readonly from?: OffsetsByTopic | undefined
  readonly until?: OffsetsByTopic | undefined
}

/** The Kafka source over this range. Topics that the range leaves out keep their own; an end holds for restored splits too. */
export function withOffsets(source: SourceSpec, { from, until }: OffsetRange): SourceSpec {
  const settings = source.settings as unknown as KafkaSourceSettings
  const override: Partial<KafkaSourceSettings> = {
    ...(from === undefined
      ? {}
      : { startup: { mode: 'specific-offsets', offsets: from, otherwise: settings.startup } as const }),
    ...(until === undefined
      ? {}
      : {
          stopping: { mode: 'specific-offsets', offsets: until, otherwise: settings.stopping } as const,
          stopsRestored: true,
        }),
  }
  const everyTopicEnds = settings.topics.every((topic) => until?.[topic] !== undefined)
  return {
    ...source,
    bounded: source.bounded || everyTopicEnds,
    settings: { ...settings, ...override } as unknown as Json,
  }
}
