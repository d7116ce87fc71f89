// One topic with everything that is known of it, and who reads it.
import type { KafkaConnection } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { describeTopic, withCluster, type TopicInfo } from './read-topics.ts'
import { readGroupLags, readJobLags, type TopicLag } from './topic-lags.ts'

export interface TopicDescription extends TopicInfo {
  /** Consumer groups, then jobs. */
  readonly readers: readonly TopicLag[]
}

/** Throws KAFKA_TOPIC_MISSING. `problem` hears what could not be read. */
export async function describeWithReaders(
  connection: KafkaConnection,
  name: string,
  project: Project,
  problem: (line: string) => void,
): Promise<TopicDescription> {
  return withCluster(connection, async (cluster) => {
    const topic = await describeTopic(cluster, name)
    const [groups, jobs] = await Promise.all([readGroupLags(cluster, topic, problem), readJobLags(project, topic)])
    return { ...topic, readers: [...groups, ...jobs] }
  })
}
