import {
  isFlinktsError,
  FlinktsError,
  type KafkaCluster,
  type Producer,
  type TopicProducer,
} from '../../../engine/host.ts'

/**
 * The topic, made by the broker where there is none and it makes topics on first use (`auto.create.topics.enable`), as
 * for Kafka's own producers. Throws KAFKA_TOPIC_MISSING.
 */
export async function openTopic(
  cluster: KafkaCluster,
  producer: Producer,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly topic: TopicProducer; readonly wasMissing: boolean }> {
  try {
    return { topic: await producer.topic(name, signal), wasMissing: false }
  } catch (error) {
    if (!isFlinktsError(error) || error.code !== 'KAFKA_TOPIC_MISSING') throw error
  }
  await cluster.request('Metadata', { topics: [{ name }], allowAutoTopicCreation: true }, { versionMax: 12, signal })
  try {
    return { topic: await producer.topic(name, signal), wasMissing: true }
  } catch (cause) {
    if (!isFlinktsError(cause) || cause.code !== 'KAFKA_TOPIC_MISSING') throw cause
    throw new FlinktsError(
      'KAFKA_TOPIC_MISSING',
      `there is no topic '${name}', and this Kafka makes none on first use`,
      {
        fix: `Run \`flinkts topics create ${name}\`, or name it under topics: in flinkts.yaml.`,
        cause,
      },
    )
  }
}
