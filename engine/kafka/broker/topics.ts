// The topics of the broker: their metadata (journal first) and the logs of their partitions.
import type { Clock } from '../../time/clock.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import type { KafkaErrorName } from '../protocol/kafka-errors.ts'
import type { TopicImage } from './cluster-metadata.ts'
import type { MetadataLog } from './metadata-log.ts'
import { Partition } from './partition.ts'
import { logConfigOf, topicConfig, topicConfigsError, type TopicConfigs } from './topic-config.ts'
import { collisionName, isValidTopicName } from './topic-name.ts'

export const groupOffsetsTopic = '__consumer_offsets'
export const transactionStateTopic = '__transaction_state'

export function isInternalTopic(name: string): boolean {
  return name === groupOffsetsTopic || name === transactionStateTopic
}

export interface Topic extends TopicImage {
  readonly isInternal: boolean
  readonly partitions: readonly Partition[]
}

export interface TopicToCreate {
  readonly name: string
  readonly partitionCount: number
  readonly configs: Readonly<Record<string, string | null>>
}

export interface Refusal {
  readonly error: Exclude<KafkaErrorName, 'NONE'>
  readonly message: string
}

export interface TopicsOptions {
  readonly metadata: MetadataLog
  readonly directory: LogDirectory
  readonly clock: Clock
  readonly newUuid: () => string
  /** What topics get that set nothing of their own, by their names; asked again after `defaultsChanged`. */
  readonly defaults: () => TopicConfigs
  /** Called when a topic is gone. */
  readonly onDeleted: (topic: Topic) => void
}

/** More partitions in one topic than this are refused: a typing error, on one node. */
const partitionsMax = 100_000

export class Topics {
  private readonly options: TopicsOptions
  private readonly byName = new Map<string, Topic>()
  private readonly byTopicId = new Map<string, Topic>()
  private readonly collisionNames = new Map<string, string>()
  private changes = 0

  /** Opens the logs of all topics there are. */
  constructor(options: TopicsOptions) {
    this.options = options
    for (const image of options.metadata.image.topics.values()) this.take(image)
    options.directory.removeUnopened()
  }

  get all(): Topic[] {
    return [...this.byName.values()]
  }

  get(name: string): Topic | undefined {
    return this.byName.get(name)
  }

  byId(topicId: string): Topic | undefined {
    return this.byTopicId.get(topicId)
  }

  /** Grows whenever a topic comes, goes or changes. */
  get version(): number {
    return this.changes
  }

  /** What speaks against a new topic; undefined where nothing does. */
  refusal(topic: TopicToCreate): Refusal | undefined {
    if (this.byName.has(topic.name))
      return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${topic.name}' already exists.` }
    if (!isValidTopicName(topic.name))
      return { error: 'INVALID_TOPIC_EXCEPTION', message: `'${topic.name}' is no valid topic name` }
    const collision = this.collisionNames.get(collisionName(topic.name))
    if (collision !== undefined)
      return { error: 'INVALID_TOPIC_EXCEPTION', message: `Topic '${topic.name}' collides with topic '${collision}'.` }
    if (topic.partitionCount < 1 || topic.partitionCount > partitionsMax)
      return {
        error: 'INVALID_PARTITIONS',
        message: `${topic.partitionCount} partitions; 1 to ${partitionsMax} are possible`,
      }
    const configError = topicConfigsError(topic.configs)
    return configError === undefined ? undefined : { error: 'INVALID_CONFIG', message: configError }
  }

  /** The caller has asked for `refusal`. */
  create(topic: TopicToCreate): Topic {
    const { name, partitionCount } = topic
    const image = { name, topicId: this.options.newUuid(), partitionCount, configs: topic.configs as TopicConfigs }
    this.options.metadata.append([{ kind: 'topic-created', topic: image }])
    return this.take(image)
  }

  delete(topic: Topic): void {
    const { metadata, directory, onDeleted } = this.options
    metadata.append([{ kind: 'topic-deleted', name: topic.name }])
    this.changes++
    this.byName.delete(topic.name)
    this.byTopicId.delete(topic.topicId)
    this.collisionNames.delete(collisionName(topic.name))
    const dueMs = this.options.clock.now() + Number(this.configOf(topic, 'file.delete.delay.ms'))
    for (const partition of topic.partitions) {
      directory.deleteLog(topic.name, partition.index, dueMs)
      partition.changed()
    }
    onDeleted(topic)
  }

  addPartitions(topic: Topic, partitionCount: number): void {
    this.options.metadata.append([{ kind: 'partitions-created', name: topic.name, partitionCount }])
    this.take(this.options.metadata.image.topics.get(topic.name)!)
  }

  /** Replaces the topic's own configurations; the caller has checked them. */
  configure(topic: Topic, configs: TopicConfigs): void {
    this.options.metadata.append([{ kind: 'topic-configured', name: topic.name, configs }])
    this.reconfigure(this.take(this.options.metadata.image.topics.get(topic.name)!))
  }

  /** The broker's defaults are others now. */
  defaultsChanged(): void {
    for (const topic of this.byName.values()) this.reconfigure(topic)
  }

  /** What holds for the topic: its own configurations over the broker's defaults. */
  configsOf(topic: Pick<Topic, 'configs'>): TopicConfigs {
    return { ...this.options.defaults(), ...topic.configs }
  }

  /** One of `configsOf`. */
  configOf(topic: Pick<Topic, 'configs'>, name: string): string {
    return topic.configs[name] ?? topicConfig(this.options.defaults(), name)
  }

  private reconfigure(topic: Topic): void {
    const logConfig = logConfigOf(this.configsOf(topic))
    for (const partition of topic.partitions) partition.log.reconfigure(logConfig)
  }

  /** Makes the topic known, with logs for the partitions that have none. */
  private take(image: TopicImage): Topic {
    const partitions = [...(this.byName.get(image.name)?.partitions ?? [])]
    const { directory, clock } = this.options
    const logConfig = logConfigOf(this.configsOf(image))
    while (partitions.length < image.partitionCount) {
      const index = partitions.length
      const log = directory.openLog(image.name, index, logConfig, clock.now())
      partitions.push(new Partition(image.name, image.topicId, index, log))
    }
    const topic: Topic = { ...image, isInternal: isInternalTopic(image.name), partitions }
    this.changes++
    this.byName.set(topic.name, topic)
    this.byTopicId.set(topic.topicId, topic)
    this.collisionNames.set(collisionName(topic.name), topic.name)
    return topic
  }
}
