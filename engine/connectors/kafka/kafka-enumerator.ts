// Finds the partitions of a Kafka table and where each is read from and to.
// Source: Flink's KafkaSourceEnumerator and OffsetsInitializer.
import { FlinktsError } from '../../common/errors.ts'
import { commitOffsets, committedOffsets } from '../../kafka/client/group-offsets.ts'
import type { KafkaCluster, TopicMetadata } from '../../kafka/client/kafka-cluster.ts'
import { listOffsets, type OffsetQuery } from '../../kafka/client/list-offsets.ts'
import type { Json, RuntimeContext, SourceSpec, Split, SplitEnumerator } from '../connector.ts'
import type { KafkaSourceSettings, OffsetSpec } from './kafka-settings.ts'
import { createSplit, isFinished, positionOf, splitId, splitState } from './kafka-split.ts'
import { openCluster } from './open-cluster.ts'

interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export class KafkaEnumerator implements SplitEnumerator {
  readonly #settings: KafkaSourceSettings
  readonly #signal: AbortSignal
  readonly #cluster: KafkaCluster
  readonly #tableName: string
  #topics: readonly TopicMetadata[] | undefined

  constructor(spec: SourceSpec, context: RuntimeContext) {
    this.#settings = spec.settings as unknown as KafkaSourceSettings
    this.#signal = context.signal
    this.#tableName = spec.tableName
    this.#cluster = openCluster(this.#settings.connection, context)
  }

  async start(restored: readonly Split[] | undefined): Promise<readonly Split[]> {
    const { startup, stopping, stopsRestored = false } = this.#settings
    const partitions = (await this.#readTopics()).flatMap(({ name, partitions: found }) =>
      found.map(({ partition }): TopicPartition => ({ topic: name, partition })),
    )
    if (restored === undefined) return this.#createSplits(partitions, startup)
    const states = restored.map(splitState)
    const wasBounded = states.some(({ stoppingOffset }) => stoppingOffset !== null)
    // What a bounded job reads was fixed when it began; an unbounded one takes new partitions from their beginning.
    if (stopping !== null && wasBounded && !stopsRestored) return restored
    const stops = stopping === null ? undefined : await this.#resolveStops(states, stopping)
    const known = new Set(restored.map((split) => split.id))
    const added = partitions.filter(({ topic, partition }) => !known.has(splitId(topic, partition)))
    return [
      ...states.map((state, index) => createSplit({ ...state, stoppingOffset: stops?.[index] ?? null })),
      ...(await this.#createSplits(added, { mode: 'earliest-offset' })),
    ]
  }

  async identity(): Promise<Json> {
    const topics = await this.#readTopics()
    const { clusterId } = await this.#cluster.describe(this.#signal)
    return {
      clusterId,
      topics: Object.fromEntries(
        topics.map(({ name, topicId, partitions }) => [
          name,
          { topicId: topicId ?? null, partitions: partitions.length },
        ]),
      ),
    }
  }

  async recordsBetween(from: readonly Split[], reached: ReadonlyMap<string, Split>): Promise<number> {
    const states = from.map(splitState).filter((state) => !isFinished(state))
    const ends = await this.#resolve(states, { mode: 'latest-offset' }, 'none')
    const counts = states.map(({ topic, partition, nextOffset, stoppingOffset }, index) => {
      const known = reached.get(splitId(topic, partition))
      const end = known === undefined ? ends[index]! : splitState(known).nextOffset
      return Math.max(0, Math.min(end, stoppingOffset ?? Infinity) - nextOffset)
    })
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async commit(splits: readonly Split[]): Promise<void> {
    const { groupId } = this.#settings
    if (groupId !== null) await commitOffsets(this.#cluster, groupId, splits.map(positionOf), this.#signal)
  }

  close(): Promise<void> {
    this.#cluster.close()
    return Promise.resolve()
  }

  async #readTopics(): Promise<readonly TopicMetadata[]> {
    this.#topics ??= await this.#cluster.topics(this.#settings.topics, this.#signal)
    return this.#topics
  }

  async #createSplits(partitions: readonly TopicPartition[], startup: OffsetSpec): Promise<Split[]> {
    const { stopping } = this.#settings
    const starts = await this.#resolveStarts(partitions, startup)
    const stops = stopping === null ? undefined : await this.#resolveStops(partitions, stopping)
    return partitions.map(({ topic, partition }, index) =>
      createSplit({ topic, partition, nextOffset: starts[index]!, stoppingOffset: stops?.[index] ?? null }),
    )
  }

  async #resolveStops(partitions: readonly TopicPartition[], stopping: OffsetSpec): Promise<(number | null)[]> {
    this.#checkSpecific(stopping, 'bounded')
    if (stopping.mode !== 'specific-offsets' || stopping.otherwise === undefined)
      return this.#resolve(partitions, stopping, 'none')
    const { offsets, otherwise } = stopping
    return inParts(
      partitions,
      ({ topic }) => offsets[topic] !== undefined,
      (named) => this.#resolve(named, { mode: 'specific-offsets', offsets }, 'none'),
      async (others) => (otherwise === null ? others.map(() => null) : this.#resolveStops(others, otherwise)),
    )
  }

  #resolveStarts(partitions: readonly TopicPartition[], startup: OffsetSpec): Promise<number[]> {
    this.#checkSpecific(startup, 'startup')
    const { offsetReset } = this.#settings
    if (startup.mode !== 'specific-offsets' || !startup.otherwise)
      return this.#resolve(partitions, startup, offsetReset)
    const { offsets, otherwise } = startup
    return inParts(
      partitions,
      ({ topic }) => offsets[topic] !== undefined,
      (named) => this.#resolve(named, { mode: 'specific-offsets', offsets }, offsetReset),
      (others) => this.#resolveStarts(others, otherwise),
    )
  }

  #checkSpecific(spec: OffsetSpec, which: 'startup' | 'bounded'): void {
    if (spec.mode !== 'specific-offsets') return
    for (const { name, partitions } of this.#topics ?? []) {
      const unknown = Object.keys(spec.offsets[name] ?? {}).find(
        (key) => !partitions.some(({ partition }) => String(partition) === key),
      )
      if (unknown === undefined) continue
      throw new FlinktsError(
        'OPTION_INVALID',
        `'scan.${which}.specific-offsets' names partition ${unknown}, which topic ${name} does not have`,
        { fix: `It has partitions 0 to ${partitions.length - 1}.` },
      )
    }
  }

  /** Offsets in the order of the partitions. `reset`: where a group has committed nothing. */
  async #resolve(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    reset: KafkaSourceSettings['offsetReset'],
  ): Promise<number[]> {
    switch (spec.mode) {
      case 'earliest-offset':
        return this.#ask(partitions, 'earliest')
      case 'latest-offset':
        return this.#ask(partitions, 'latest')
      case 'group-offsets':
        return this.#orReset(partitions, await this.#committed(partitions), reset)
      case 'timestamp': {
        // behind the last record where none is that late; asked for first, so that a record written in between is read
        const latest = await this.#ask(partitions, 'latest')
        const found = await this.#list(partitions, spec.timestampMillis)
        return found.map((offset, index) => offset ?? latest[index]!)
      }
      case 'specific-offsets': {
        // partitions that are left out: as in Flink, what the group committed, else the earliest
        const named = partitions.map(({ topic, partition }) => spec.offsets[topic]?.[String(partition)])
        const committed = named.includes(undefined) ? await this.#committed(partitions) : []
        const found = named.map((offset, index) => offset ?? committed[index])
        return this.#orReset(partitions, found, 'earliest')
      }
    }
  }

  async #list(partitions: readonly TopicPartition[], at: OffsetQuery['at']): Promise<(number | undefined)[]> {
    const { isolationLevel } = this.#settings
    const queries = partitions.map((place) => ({ topic: place.topic, partition: place.partition, at }))
    const answers = await listOffsets(this.#cluster, queries, { isolationLevel, signal: this.#signal })
    return answers.map((answer) => answer.offset)
  }

  async #ask(partitions: readonly TopicPartition[], at: 'earliest' | 'latest'): Promise<number[]> {
    return (await this.#list(partitions, at)).map((offset) => offset ?? 0)
  }

  async #committed(partitions: readonly TopicPartition[]): Promise<(number | undefined)[]> {
    const { groupId } = this.#settings
    if (groupId === null || partitions.length === 0) return partitions.map(() => undefined)
    const answers = await committedOffsets(this.#cluster, groupId, partitions, this.#signal)
    const offsets = new Map(answers.map(({ topic, partition, offset }) => [splitId(topic, partition), offset]))
    return partitions.map(({ topic, partition }) => offsets.get(splitId(topic, partition)))
  }

  async #orReset(
    partitions: readonly TopicPartition[],
    offsets: readonly (number | undefined)[],
    reset: KafkaSourceSettings['offsetReset'],
  ): Promise<number[]> {
    const missing = offsets.indexOf(undefined)
    if (missing < 0) return offsets as number[]
    if (reset === 'none') throw this.#notCommitted(partitions[missing]!)
    const others = await this.#ask(partitions, reset)
    return offsets.map((offset, index) => offset ?? others[index]!)
  }

  #notCommitted({ topic, partition }: TopicPartition): FlinktsError {
    return new FlinktsError(
      'KAFKA_OFFSET_NOT_COMMITTED',
      `group ${this.#settings.groupId} has committed no offset of ${topic}-${partition}, where 'group-offsets' of table '${this.#tableName}' begins or ends`,
      {
        fix: "Begin elsewhere with 'scan.startup.mode', or say with 'properties.auto.offset.reset' = 'earliest' or 'latest' where to begin then.",
      },
    )
  }
}

/** Asks for those that match and for the others apart; answers in the order of the items. */
async function inParts<T, R>(
  items: readonly T[],
  matches: (item: T) => boolean,
  ofMatching: (items: readonly T[]) => Promise<readonly R[]>,
  ofOthers: (items: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const matching = items.filter(matches)
  const others = items.filter((item) => !matches(item))
  const answers = new Map<T, R>()
  const found = await ofMatching(matching)
  matching.forEach((item, index) => answers.set(item, found[index]!))
  const rest = await ofOthers(others)
  others.forEach((item, index) => answers.set(item, rest[index]!))
  return items.map((item) => answers.get(item)!)
}
