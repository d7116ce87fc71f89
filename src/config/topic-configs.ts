// The topics of flinkts.yaml in Kafka's own terms. Source: Kafka's topic configurations.
import { parseDuration } from '../../engine/common/duration.ts'
import type { FlinktsConfig } from './config-schema.ts'

/** Kafka's configurations of a topic, by their names; empty where the file names none. */
export function topicConfigs(topic: FlinktsConfig['topics'][string]): Record<string, string> {
  const { retention, compaction } = topic
  const configs: Record<string, string> = { ...topic.configs }
  if (retention !== undefined)
    configs['retention.ms'] = String(retention === -1 ? -1 : Math.round(parseDuration(retention, 'retention')))
  // a compacted topic forgets by time only where both are asked for
  if (compaction !== undefined)
    configs['cleanup.policy'] = compaction ? (retention === undefined ? 'compact' : 'compact,delete') : 'delete'
  return configs
}

export interface DeclaredTopic {
  readonly name: string
  readonly partitions: number
  /** As topicConfigs. */
  readonly configs: Readonly<Record<string, string>>
}

/** What to make them from, in the order of the file. */
export function declaredTopics(topics: FlinktsConfig['topics']): DeclaredTopic[] {
  return Object.entries(topics).map(([name, topic]) => ({
    name,
    partitions: topic.partitions,
    configs: topicConfigs(topic),
  }))
}
