// Topics as histories use them.
import { pause, type Side } from './side.ts'

const waitsMax = 500

export async function createTopic(
  side: Side,
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const answer = await side.ask('CreateTopics', 7, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries({ 'retention.ms': '-1', ...configs }).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 5000,
  })
  const topic = answer!.topics[0]!
  if (topic.errorCode === 0) {
    side.topicIds.set(name, topic.topicId)
    side.name(topic.topicId, name.replace(side.prefix, ''))
    await untilServed(side, name, partitions)
  }
  return side.canonical({ ...topic, configs: undefined })
}

/** A topic may be listed before it is served. */
export async function untilServed(side: Side, name: string, partitions: number): Promise<void> {
  for (let index = 0; index < partitions; index++) await until(side, name, index, (errorCode) => errorCode === 0)
}

export async function until(
  side: Side,
  name: string,
  partitionIndex: number,
  isDone: (errorCode: number) => boolean,
): Promise<void> {
  for (let wait = 0; wait < waitsMax; wait++) {
    const topics = [{ name, partitions: [{ partitionIndex, timestamp: -1n }] }]
    const answer = await side.ask('ListOffsets', 4, { replicaId: -1, topics })
    if (isDone(answer!.topics[0]!.partitions[0]!.errorCode)) return
    await pause(5)
  }
  throw new Error(`waited for partition ${partitionIndex} of ${name} in vain`)
}
