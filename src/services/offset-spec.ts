// Where reading a topic begins or ends, as people write it: `earliest`, `latest`, `now`, `committed`, a time, a time ago,
// or an offset for each partition. Parsing is pure; resolving asks the cluster.
import {
  committedOffsets,
  FlinktsError,
  listOffsets,
  parseDuration,
  type IsolationLevel,
  type KafkaCluster,
} from '../../engine/host.ts'
import { recordTimesAt } from './record-times.ts'

export type OffsetSpec =
  | { readonly kind: 'earliest' }
  /** Behind the last record there is; `now` means the same. */
  | { readonly kind: 'latest' }
  /** What a consumer group has committed. */
  | { readonly kind: 'committed' }
  /** The first record at or behind this time, ms since 1970; behind the last record where none is that late. */
  | { readonly kind: 'time'; readonly timeMs: number }
  /** The same, so many ms before the present. */
  | { readonly kind: 'ago'; readonly durationMs: number }
  /** Of partitions left out it is what the group committed, if one is given, else the earliest: Flink's rule. */
  | {
      readonly kind: 'offsets'
      /** undefined: of the one topic in question. */
      readonly topic: string | undefined
      readonly offsets: ReadonlyMap<number, number>
    }

/** For help texts. */
export const OFFSET_FORMS = 'earliest | latest | now | committed | 2025-11-01T10:00:00Z | -15m | topic:0=120,1=98'

const OFFSETS = /^(?:([\w.-]+):)?(\d+=\d+(?:,\d+=\d+)*)$/
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i
/** Less is not a time that anybody means: it would be in 1973 or before, e.g. seconds since 1970. */
const EPOCH_MS_MIN = 1e11

function invalid(text: string, why: string, fix = `Write one of: ${OFFSET_FORMS}.`): FlinktsError {
  return new FlinktsError('OPTION_INVALID', `'${text}' is no offset: ${why}`, { fix })
}

function parseEpochMillis(text: string): OffsetSpec {
  const timeMs = Number(text)
  if (timeMs >= EPOCH_MS_MIN && timeMs <= 8.64e15) return { kind: 'time', timeMs }
  throw invalid(
    text,
    'as a time in ms since 1970 it is not of our days',
    `Write an offset with its partition (0=${text}), or a time as 2025-11-01T10:00:00Z.`,
  )
}

/** ISO 8601; without a zone it is UTC, as in Kafka's own tools. */
function parseIsoTime(text: string, match: RegExpExecArray): OffsetSpec {
  const [, day, time = '00:00', zone = 'Z'] = match
  const [hoursMinutes, fraction = '0'] = time.replace(',', '.').split('.')
  const millis = Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6)
  const wallClockMs = Date.parse(`${day}T${hoursMinutes}Z`)
  // 30 February is the 2nd of March to Date.parse
  const exists = !Number.isNaN(wallClockMs) && new Date(wallClockMs).toISOString().startsWith(day!)
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(zone)
  const zoneMs =
    offset === null ? 0 : Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * 60_000
  if (!exists) throw invalid(text, 'there is no such day or time')
  return { kind: 'time', timeMs: wallClockMs + millis - zoneMs }
}

function parseAgo(text: string): OffsetSpec {
  const refused = invalid(
    text,
    'what follows the minus is no duration',
    'Write a number and a unit: -15m, -2h, -30s, -1d.',
  )
  if (/\d$/.test(text)) throw refused // a number alone might as well mean records
  try {
    return { kind: 'ago', durationMs: parseDuration(text.slice(1), 'from') }
  } catch {
    throw refused
  }
}

function parsePartitionOffsets(text: string, match: RegExpExecArray): OffsetSpec {
  const offsets = new Map<number, number>()
  for (const pair of match[2]!.split(',')) {
    const [partition, offset] = pair.split('=').map(Number) as [number, number]
    if (offsets.has(partition)) throw invalid(text, `it names partition ${partition} twice`)
    if (!Number.isSafeInteger(offset)) throw invalid(text, `${pair.split('=')[1]} is too large`)
    offsets.set(partition, offset)
  }
  return { kind: 'offsets', topic: match[1], offsets }
}

/** Throws OPTION_INVALID. */
export function parseOffsetSpec(text: string): OffsetSpec {
  const trimmed = text.trim()
  const word = trimmed.toLowerCase()
  if (word === 'earliest' || word === 'latest' || word === 'committed') return { kind: word }
  if (word === 'now') return { kind: 'latest' }
  if (trimmed.startsWith('-')) return parseAgo(trimmed)
  if (/^\d+$/.test(trimmed)) return parseEpochMillis(trimmed)
  const time = ISO_TIME.exec(trimmed)
  if (time !== null) return parseIsoTime(trimmed, time)
  const offsets = OFFSETS.exec(trimmed)
  if (offsets !== null) return parsePartitionOffsets(trimmed, offsets)
  throw invalid(trimmed, 'it has none of the known forms')
}

/** The time a spec asks for, ms since 1970; undefined: it asks for no time. */
export function timeOf(spec: OffsetSpec, nowMs: number): number | undefined {
  if (spec.kind === 'time') return spec.timeMs
  return spec.kind === 'ago' ? Math.max(0, nowMs - spec.durationMs) : undefined
}

export interface ResolvedOffset {
  readonly partition: number
  readonly offset: number
  /** Of the first record at or behind the offset, ms since 1970; undefined where there is none, it has no time, or times were not asked for. */
  readonly recordTimeMs: number | undefined
}

export interface ResolveOffsetsOptions {
  /** The consumer group that `committed` asks for, and partitions that offsets leave out. */
  readonly group?: string | undefined
  /** Where `committed` is, in partitions of which the group has committed nothing; default: that is an error. */
  readonly reset?: 'earliest' | 'latest' | undefined
  /** `until`: the offset ends reading, so it may lie outside of what the topic holds. Default `from`. */
  readonly use?: 'from' | 'until'
  /** Whether the records' times are read, too: a fetch of each partition. Default true. */
  readonly times?: boolean
  /** Default read_uncommitted. */
  readonly isolationLevel?: IsolationLevel
  readonly signal?: AbortSignal
}

/**
 * The offset of every partition of the topic, in order. Throws OPTION_INVALID (another topic's offsets, an unknown
 * partition, `committed` without a group), KAFKA_OFFSET_OUT_OF_RANGE (the topic does not hold the offset),
 * KAFKA_OFFSET_NOT_COMMITTED, KAFKA_TOPIC_MISSING.
 */
export async function resolveOffsets(
  cluster: KafkaCluster,
  topic: string,
  spec: OffsetSpec,
  options: ResolveOffsetsOptions = {},
): Promise<ResolvedOffset[]> {
  const { isolationLevel = 'read_uncommitted', times = true, signal } = options
  const [found] = await cluster.topics([topic], signal)
  const partitions = found!.partitions.map(({ partition }) => partition)
  const ask = (at: 'earliest' | 'latest' | number) => {
    const queries = partitions.map((partition) => ({ topic, partition, at }))
    return listOffsets(cluster, queries, { isolationLevel, signal })
  }
  // `latest` before times: a record written in between must not be missed
  const [earliest, latest] = await Promise.all([ask('earliest'), ask('latest')])
  const begin = earliest.map(({ offset }) => offset ?? 0)
  const end = latest.map(({ offset }, index) => offset ?? begin[index]!)
  const timeMs = timeOf(spec, cluster.clock.now())
  let offsets: number[]
  if (timeMs !== undefined) offsets = (await ask(timeMs)).map(({ offset }, index) => offset ?? end[index]!)
  else if (spec.kind === 'committed')
    offsets = await askCommitted(cluster, topic, partitions, { begin, end, ...options })
  else if (spec.kind === 'offsets')
    offsets = await namedOffsets(cluster, topic, partitions, spec, { begin, ...options })
  else offsets = spec.kind === 'earliest' ? begin : end
  if (options.use !== 'until') checkRange(topic, partitions, offsets, begin, end)
  const positions = partitions.map((partition, index) => ({
    topic,
    partition,
    offset: Math.max(offsets[index]!, begin[index]!),
  }))
  const recordTimes = times ? await recordTimesAt(cluster, positions, end, { isolationLevel, signal }) : []
  return partitions.map((partition, index) => ({
    partition,
    offset: offsets[index]!,
    recordTimeMs: recordTimes[index],
  }))
}

async function askCommitted(
  cluster: KafkaCluster,
  topic: string,
  partitions: readonly number[],
  { group, reset, signal, begin, end }: ResolveOffsetsOptions & { begin: readonly number[]; end: readonly number[] },
): Promise<number[]> {
  if (group === undefined || group === '') {
    throw new FlinktsError(
      'OPTION_INVALID',
      `'committed' needs the consumer group whose offsets of ${topic} it means`,
      {
        fix: "Name the group (--group where there is one; of a job its table's 'properties.group.id'), or take earliest, latest or a time.",
      },
    )
  }
  const places = partitions.map((partition) => ({ topic, partition }))
  const answers = await committedOffsets(cluster, group, places, signal)
  return partitions.map((partition, index) => {
    const offset = answers.find((answer) => answer.partition === partition)?.offset
    if (offset !== undefined) return offset
    if (reset !== undefined) return (reset === 'earliest' ? begin : end)[index]!
    throw new FlinktsError(
      'KAFKA_OFFSET_NOT_COMMITTED',
      `group ${group} has committed no offset of ${topic}-${partition}`,
      { fix: 'Mend the name of the group, or begin at earliest, latest or a time.' },
    )
  })
}

async function namedOffsets(
  cluster: KafkaCluster,
  topic: string,
  partitions: readonly number[],
  spec: OffsetSpec & { kind: 'offsets' },
  { group, begin, signal }: ResolveOffsetsOptions & { begin: readonly number[] },
): Promise<number[]> {
  if (spec.topic !== undefined && spec.topic !== topic) {
    throw new FlinktsError('OPTION_INVALID', `the offsets are of topic ${spec.topic}, but ${topic} is read`, {
      fix: `Name ${topic}, or leave the topic out.`,
    })
  }
  for (const partition of spec.offsets.keys()) {
    if (partitions.includes(partition)) continue
    throw new FlinktsError('OPTION_INVALID', `topic ${topic} has no partition ${partition}`, {
      fix: `It has partitions 0 to ${partitions.length - 1}.`,
    })
  }
  const others = partitions.filter((partition) => !spec.offsets.has(partition))
  const committed = new Map<number, number | undefined>()
  if (group !== undefined && group !== '' && others.length > 0) {
    const places = others.map((partition) => ({ topic, partition }))
    for (const { partition, offset } of await committedOffsets(cluster, group, places, signal))
      committed.set(partition, offset)
  }
  return partitions.map((partition, index) => spec.offsets.get(partition) ?? committed.get(partition) ?? begin[index]!)
}

function checkRange(
  topic: string,
  partitions: readonly number[],
  offsets: readonly number[],
  begin: readonly number[],
  end: readonly number[],
): void {
  partitions.forEach((partition, index) => {
    const offset = offsets[index]!
    if (offset >= begin[index]! && offset <= end[index]!) return
    throw new FlinktsError(
      'KAFKA_OFFSET_OUT_OF_RANGE',
      `${topic}-${partition} does not hold offset ${offset}: it holds ${begin[index]} up to ${end[index]}`,
      { fix: 'Begin within that range; older records may be lost to retention, or the topic was created anew.' },
    )
  })
}
