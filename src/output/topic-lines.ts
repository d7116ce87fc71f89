// Topics as tables.
import type { TopicDescription } from '../services/topics/describe-topic.ts'
import type { PartitionInfo, TopicInfo } from '../services/topics/read-topics.ts'
import type { TopicLag } from '../services/topics/topic-lags.ts'
import { formatBytes, formatTimestamp } from './quantities.ts'
import { renderTable } from './text-table.ts'

const right = (name: string) => ({ name, align: 'right' as const })
const NONE = '-'

function time(atMs: number | undefined): string {
  return atMs === undefined ? NONE : formatTimestamp(atMs)
}

function records({ earliestOffset, latestOffset }: PartitionInfo): number | undefined {
  return earliestOffset === undefined || latestOffset === undefined ? undefined : latestOffset - earliestOffset
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0)
}

function maxOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function configText(configs: TopicInfo['configs']): string {
  return Object.entries(configs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

export function renderTopics(topics: readonly TopicInfo[]): string {
  if (topics.length === 0) return 'No topics yet.'
  const rows = topics.map(({ name, partitions, configs }) => {
    const size = sum(partitions.map(({ sizeBytes }) => sizeBytes))
    return [
      name,
      String(partitions.length),
      String(sum(partitions.map(records)) ?? NONE),
      size === undefined ? NONE : formatBytes(size),
      time(maxOf(partitions.map(({ lastRecordTimeMs }) => lastRecordTimeMs))),
      configText(configs),
    ]
  })
  const columns = [{ name: 'topic' }, right('partitions'), right('records'), right('size')]
  return renderTable([...columns, { name: 'last record (UTC)' }, { name: 'configs' }], rows)
}

function renderPartitions(partitions: readonly PartitionInfo[]): string {
  const rows = partitions.map((partition) => [
    String(partition.partition),
    String(partition.earliestOffset ?? NONE),
    String(partition.latestOffset ?? NONE),
    String(records(partition) ?? NONE),
    time(partition.firstRecordTimeMs),
    time(partition.lastRecordTimeMs),
    partition.sizeBytes === undefined ? NONE : formatBytes(partition.sizeBytes),
  ])
  const numbers = ['partition', 'earliest', 'latest', 'records'].map(right)
  return renderTable([...numbers, { name: 'first record (UTC)' }, { name: 'last record (UTC)' }, right('size')], rows)
}

const STATE_NOTES = { committed: '', running: '', checkpoint: ', as of its checkpoint' } as const

function renderReaders(readers: readonly TopicLag[]): string {
  const rows = readers.map(({ kind, name, state, source, lag, partitions }) => [
    `${kind} ${name}`,
    `${state.toLowerCase()}${STATE_NOTES[source]}`,
    String(lag),
    partitions.map((each) => `${each.partition}=${each.offset}`).join(','),
  ])
  return renderTable([{ name: 'reader' }, { name: 'state' }, right('lag'), { name: 'next offsets' }], rows)
}

export function renderTopic({ partitions, configs, readers }: TopicDescription): string {
  const parts = [renderPartitions(partitions)]
  const lines = Object.entries(configs).map(([name, value]) => `${name}=${value}`)
  if (lines.length > 0) parts.push(lines.join('\n'))
  if (readers.length > 0) parts.push(renderReaders(readers))
  return parts.join('\n\n')
}

/** Times in ms since 1970; what is not known is null. A list of topics does not ask for first records. */
export function topicToJson(topic: TopicInfo | TopicDescription): string {
  const orNull = (_: string, value: unknown): unknown => value ?? null
  const partitions = topic.partitions.map((partition) => ({
    partition: partition.partition,
    earliestOffset: partition.earliestOffset ?? null,
    latestOffset: partition.latestOffset ?? null,
    ...('readers' in topic ? { firstRecordTimeMs: partition.firstRecordTimeMs ?? null } : {}),
    lastRecordTimeMs: partition.lastRecordTimeMs ?? null,
    sizeBytes: partition.sizeBytes ?? null,
  }))
  return JSON.stringify({ ...topic, partitions }, orNull)
}
