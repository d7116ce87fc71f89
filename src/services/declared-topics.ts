// The topics of flinkts.yaml in a Kafka that is not the embedded one, which makes them itself: by Kafka's admin requests.
import { createTopics, FlinktsError, type KafkaCluster } from '../../engine/host.ts'
import type { FlinktsConfig } from '../config/flinkts-config.ts'
import { declaredTopics } from '../config/topic-configs.ts'

export type DeclaredTopics = FlinktsConfig['topics']

function refused(name: string, what: string, message: string | null): FlinktsError {
  return new FlinktsError(
    'KAFKA_REFUSED',
    `topic ${name}: Kafka does not ${what}${message === null ? '' : `: ${message}`}`,
    {
      fix: `look at topics.${name} in flinkts.yaml`,
    },
  )
}

/** A topic that has fewer partitions gets more; one that has more keeps them. */
async function addPartitions(cluster: KafkaCluster, topics: DeclaredTopics, signal?: AbortSignal): Promise<void> {
  const present = await cluster.topics(Object.keys(topics), signal)
  const growing = present.filter(({ name, partitions }) => partitions.length < topics[name]!.partitions)
  if (growing.length === 0) return
  const { results } = await cluster.request(
    'CreatePartitions',
    {
      topics: growing.map(({ name }) => ({ name, count: topics[name]!.partitions, assignments: null })),
      timeoutMs: cluster.requestTimeoutMs,
      validateOnly: false,
    },
    { signal },
  )
  for (const { name, errorCode, errorMessage } of results)
    if (errorCode !== 0) throw refused(name, 'add the partitions', errorMessage)
}

const [TOPIC_RESOURCE, SET_CONFIG] = [2, 0] as const

/** What flinkts.yaml names is set again; what it does not name stays as it is. */
async function setConfigs(cluster: KafkaCluster, topics: DeclaredTopics, signal?: AbortSignal): Promise<void> {
  const resources = declaredTopics(topics).flatMap((topic) => {
    const configs = Object.entries(topic.configs)
    return configs.length === 0 ? [] : [{ name: topic.name, configs }]
  })
  if (resources.length === 0) return
  const { responses } = await cluster.request(
    'IncrementalAlterConfigs',
    {
      resources: resources.map(({ name, configs }) => ({
        resourceType: TOPIC_RESOURCE,
        resourceName: name,
        configs: configs.map(([key, value]) => ({ name: key, configOperation: SET_CONFIG, value })),
      })),
      validateOnly: false,
    },
    { signal },
  )
  for (const { resourceName, errorCode, errorMessage } of responses)
    if (errorCode !== 0) throw refused(resourceName, 'take the configurations', errorMessage)
}

/**
 * Makes the topics that are missing and brings those that exist to what is declared: partitions (never fewer) and
 * configurations. Throws KAFKA_REFUSED, KAFKA_UNREACHABLE.
 */
export async function makeDeclaredTopics(
  cluster: KafkaCluster,
  topics: DeclaredTopics,
  signal?: AbortSignal,
): Promise<void> {
  const declared = declaredTopics(topics)
  if (declared.length === 0) return
  const created = await createTopics(cluster, declared, signal)
  const existing = Object.fromEntries(
    created.filter((topic) => !topic.created).map(({ name }) => [name, topics[name]!] as const),
  )
  if (Object.keys(existing).length === 0) return
  await addPartitions(cluster, existing, signal)
  await setConfigs(cluster, existing, signal)
}
