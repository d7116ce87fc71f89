// Topics that a running job reads and writes, asked of the clusters that its connectors use: what the screen shows.
import {
  kafkaSinkFacts,
  kafkaSourceFacts,
  listOffsets,
  openSourceCluster,
  systemClock,
  type KafkaCluster,
  type KafkaSourceFacts,
  type ManagedJob,
} from '../../../engine/host.ts'

export interface JobTopicPartition {
  readonly partition: number
  readonly earliestOffset: number | undefined
  readonly latestOffset: number | undefined
  /** Of the next record that the job reads; undefined for a topic that it only writes, or before the first report. */
  readonly position: number | undefined
}

export interface JobTopic {
  readonly name: string
  readonly role: 'source' | 'sink'
  readonly bootstrapServers: string
  /** Why there are no partitions: the cluster did not answer. */
  readonly problem?: string | undefined
  readonly partitions: readonly JobTopicPartition[]
}

/** GET /flinkts/jobs/:job/topics */
export interface JobTopics {
  /** ms since 1970. */
  readonly at: number
  readonly topics: readonly JobTopic[]
}

interface WantedTopic {
  readonly name: string
  readonly role: JobTopic['role']
  readonly connection: KafkaSourceFacts['connection']
}

/** Somebody looks at the screen: it says that Kafka does not answer rather than to wait. */
const ANSWER_LIMIT_MS = 3_000

function wantedTopics({ master }: ManagedJob): WantedTopic[] {
  const wanted = new Map<string, WantedTopic>()
  const add = (topic: WantedTopic): void =>
    void wanted.set(`${topic.role} ${topic.connection.bootstrapServers} ${topic.name}`, topic)
  for (const { node } of master.options.graph.vertices.flatMap(({ chain }) => chain)) {
    if (node.kind === 'source') {
      const facts = kafkaSourceFacts(node.source)
      for (const name of facts?.topics ?? []) add({ name, role: 'source', connection: facts!.connection })
    } else if (node.kind === 'sink') {
      const facts = kafkaSinkFacts(node.sink)
      if (facts !== undefined) add({ name: facts.topic, role: 'sink', connection: facts.connection })
    }
  }
  return [...wanted.values()]
}

/** By topic and partition, from the gauges that Flink's Kafka source has, too. */
function positionsOf({ master }: ManagedJob, topic: string): ReadonlyMap<number, number> {
  const infix = `.KafkaSourceReader.topic.${topic}.partition.`
  const positions = new Map<number, number>()
  for (const { figures } of master.records)
    for (const [name, offset] of Object.entries(figures?.operators ?? {})) {
      const at = name.indexOf(infix)
      if (at >= 0 && name.endsWith('.currentOffset'))
        positions.set(Number.parseInt(name.slice(at + infix.length), 10), offset + 1)
    }
  return positions
}

async function readPartitions(
  cluster: KafkaCluster,
  name: string,
  positions: ReadonlyMap<number, number>,
  signal: AbortSignal,
): Promise<JobTopicPartition[]> {
  const [topic] = await cluster.topics([name], signal)
  const partitions = (topic?.partitions ?? []).filter(({ leaderId }) => leaderId >= 0)
  const ask = (at: 'earliest' | 'latest') =>
    listOffsets(
      cluster,
      partitions.map(({ partition }) => ({ topic: name, partition, at })),
      { signal },
    )
  const [earliest, latest] = await Promise.all([ask('earliest'), ask('latest')])
  return partitions.map(({ partition }, index) => ({
    partition,
    earliestOffset: earliest[index]?.offset,
    latestOffset: latest[index]?.offset,
    position: positions.get(partition),
  }))
}

async function readTopic(job: ManagedJob, { name, role, connection }: WantedTopic): Promise<JobTopic> {
  const facts = { name, role, bootstrapServers: connection.bootstrapServers }
  const positions = role === 'source' ? positionsOf(job, name) : new Map<number, number>()
  const { secrets } = job.master.options
  try {
    const cluster = openSourceCluster({ connection }, { clock: systemClock, random: Math.random, secrets })
    try {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS)
      return { ...facts, partitions: await readPartitions(cluster, name, positions, signal) }
    } finally {
      cluster.close()
    }
  } catch (error) {
    const problem = error instanceof Error && error.name !== 'TimeoutError' ? error.message : 'Kafka does not answer'
    return { ...facts, problem, partitions: [] }
  }
}

export async function readJobTopics(job: ManagedJob): Promise<JobTopics> {
  const topics = await Promise.all(wantedTopics(job).map((topic) => readTopic(job, topic)))
  return { at: systemClock.now(), topics }
}
