// Topics that the job reads and writes: GET /flinkts/jobs/:job/topics.
import { callRest } from '../rest-client.ts'
import type { JobTopics } from '../topics/job-topics.ts'
import { numberOf, objectsOf, textOf, type RestAnswer } from './rest-answer.ts'

export interface TopicPartitionView {
  readonly partition: number
  readonly earliest: number | undefined
  readonly latest: number | undefined
  /** Of the next record that the job reads; undefined for what it only writes. */
  readonly position: number | undefined
  readonly lag: number | undefined
}

export interface TopicView {
  readonly name: string
  readonly role: 'source' | 'sink'
  readonly bootstrapServers: string
  /** Why its offsets are not known. */
  readonly problem: string | undefined
  readonly partitions: readonly TopicPartitionView[]
}

export interface TopicsView {
  /** The session's clock when it asked Kafka. */
  readonly at: number
  readonly topics: readonly TopicView[]
}

export async function readJobTopics(address: string, jobId: string): Promise<TopicsView> {
  const answer: { readonly [Key in keyof JobTopics]?: unknown } = await callRest<RestAnswer>(address, {
    path: `/flinkts/jobs/${jobId}/topics`,
  })
  return {
    at: numberOf(answer.at) ?? 0,
    topics: objectsOf(answer.topics).map((topic) => ({
      name: textOf(topic['name']) ?? '?',
      role: topic['role'] === 'sink' ? 'sink' : 'source',
      bootstrapServers: textOf(topic['bootstrapServers']) ?? '',
      problem: textOf(topic['problem']),
      partitions: objectsOf(topic['partitions']).map((each, index) => {
        const latest = numberOf(each['latestOffset'])
        const position = numberOf(each['position'])
        return {
          partition: numberOf(each['partition']) ?? index,
          earliest: numberOf(each['earliestOffset']),
          latest,
          position,
          lag: latest === undefined || position === undefined ? undefined : Math.max(0, latest - position),
        }
      }),
    })),
  }
}
