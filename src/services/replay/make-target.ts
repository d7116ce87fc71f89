// The topic that a replay writes to: made like its source where there is none.
import { createTopics, isFlinktsError, type KafkaCluster } from '../../../engine/host.ts'
import { describeTopic } from '../topics/read-topics.ts'

/** With as many partitions as `topic` and what was set for it, so that records keep their partitions and stay as long. */
export async function makeTarget(
  cluster: KafkaCluster,
  topic: string,
  into: string,
  notice: (line: string) => void,
): Promise<void> {
  if (into === topic || (await exists(cluster, into))) return
  const { partitions, configs } = await describeTopic(cluster, topic)
  const [made] = await createTopics(cluster, [{ name: into, partitions: partitions.length, configs }])
  if (made!.created)
    notice(
      `made topic ${into} like ${topic}: ${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'}`,
    )
}

async function exists(cluster: KafkaCluster, topic: string): Promise<boolean> {
  try {
    await cluster.topics([topic])
    return true
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'KAFKA_TOPIC_MISSING') return false
    throw error
  }
}
