// The configurations of a topic: Kafka 4.1's names, types, limits and defaults, and what they mean to a log. This is the
// one table of them: what has no effect here says why. All others are honoured, from the moment they are changed.
import type { LogConfig } from '../log/log-config.ts'
import { configError, listOf, type ConfigDefinition } from './config-definition.ts'

const longMax = '9223372036854775807'
const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

const oneCodecLevel = 'Where the broker compresses, it does so at one level for each codec.'
const oneNode = 'There is one node: nothing is replicated, and nobody else can be elected.'
const noRemoteStorage = 'There is no remote storage: all of a log is local, and retention.* says how long.'

export const topicConfigDefinitions: Readonly<Record<string, ConfigDefinition>> = {
  'cleanup.policy': { type: 'list', default: 'delete', oneOf: ['compact', 'delete'], brokerName: 'log.cleanup.policy' },
  'compression.gzip.level': {
    type: 'int',
    default: '-1',
    min: -1,
    max: 9,
    withoutEffect: oneCodecLevel,
    brokerName: 'compression.gzip.level',
  },
  'compression.lz4.level': {
    type: 'int',
    default: '9',
    min: 1,
    max: 17,
    withoutEffect: oneCodecLevel,
    brokerName: 'compression.lz4.level',
  },
  'compression.type': {
    type: 'string',
    default: 'producer',
    oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    brokerName: 'compression.type',
  },
  'compression.zstd.level': {
    type: 'int',
    default: '3',
    min: -131072,
    max: 22,
    withoutEffect: oneCodecLevel,
    brokerName: 'compression.zstd.level',
  },
  'delete.retention.ms': {
    type: 'long',
    default: String(dayMs),
    min: 0,
    brokerName: 'log.cleaner.delete.retention.ms',
  },
  'file.delete.delay.ms': { type: 'long', default: '60000', min: 0, brokerName: 'log.segment.delete.delay.ms' },
  'flush.messages': { type: 'long', default: longMax, min: 1, brokerName: 'log.flush.interval.messages' },
  'flush.ms': {
    type: 'long',
    default: longMax,
    min: 0,
    brokerName: 'log.flush.interval.ms',
    brokerFallbacks: [{ name: 'log.flush.scheduler.interval.ms', factor: 1, default: longMax }],
  },
  'follower.replication.throttled.replicas': { type: 'list', default: '', withoutEffect: oneNode },
  'index.interval.bytes': { type: 'int', default: '4096', min: 0, brokerName: 'log.index.interval.bytes' },
  'internal.segment.bytes': { type: 'int', default: '', min: 14, isInternal: true },
  'leader.replication.throttled.replicas': { type: 'list', default: '', withoutEffect: oneNode },
  'local.retention.bytes': {
    type: 'long',
    default: '-2',
    min: -2,
    withoutEffect: noRemoteStorage,
    brokerName: 'log.local.retention.bytes',
  },
  'local.retention.ms': {
    type: 'long',
    default: '-2',
    min: -2,
    withoutEffect: noRemoteStorage,
    brokerName: 'log.local.retention.ms',
  },
  'max.compaction.lag.ms': { type: 'long', default: longMax, min: 1, brokerName: 'log.cleaner.max.compaction.lag.ms' },
  'max.message.bytes': { type: 'int', default: '1048588', min: 0, brokerName: 'message.max.bytes' },
  'message.timestamp.after.max.ms': {
    type: 'long',
    default: '3600000',
    min: 0,
    brokerName: 'log.message.timestamp.after.max.ms',
  },
  'message.timestamp.before.max.ms': {
    type: 'long',
    default: longMax,
    min: 0,
    brokerName: 'log.message.timestamp.before.max.ms',
  },
  'message.timestamp.type': {
    type: 'string',
    default: 'CreateTime',
    oneOf: ['CreateTime', 'LogAppendTime'],
    brokerName: 'log.message.timestamp.type',
  },
  'min.cleanable.dirty.ratio': {
    type: 'double',
    default: '0.5',
    min: 0,
    max: 1,
    brokerName: 'log.cleaner.min.cleanable.ratio',
  },
  'min.compaction.lag.ms': { type: 'long', default: '0', min: 0, brokerName: 'log.cleaner.min.compaction.lag.ms' },
  'min.insync.replicas': { type: 'int', default: '1', min: 1, brokerName: 'min.insync.replicas' },
  preallocate: {
    type: 'boolean',
    default: 'false',
    withoutEffect: 'Files grow as they are written; that only changes how fast some file systems are.',
    brokerName: 'log.preallocate',
  },
  'remote.log.copy.disable': { type: 'boolean', default: 'false', withoutEffect: noRemoteStorage },
  'remote.log.delete.on.disable': { type: 'boolean', default: 'false', withoutEffect: noRemoteStorage },
  'remote.storage.enable': {
    type: 'boolean',
    default: 'false',
    refusal:
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
  },
  'retention.bytes': { type: 'long', default: '-1', brokerName: 'log.retention.bytes' },
  'retention.ms': {
    type: 'long',
    default: String(7 * dayMs),
    min: -1,
    brokerName: 'log.retention.ms',
    brokerFallbacks: [
      { name: 'log.retention.minutes', factor: 60 * 1000, default: null },
      { name: 'log.retention.hours', factor: hourMs, default: '168' },
    ],
  },
  'segment.bytes': { type: 'int', default: '1073741824', min: 1024 * 1024, brokerName: 'log.segment.bytes' },
  'segment.index.bytes': { type: 'int', default: '10485760', min: 4, brokerName: 'log.index.size.max.bytes' },
  'segment.jitter.ms': {
    type: 'long',
    default: '0',
    min: 0,
    withoutEffect: 'It spreads the load of many brokers over time; segments roll at segment.ms exactly.',
    brokerName: 'log.roll.jitter.ms',
    brokerFallbacks: [{ name: 'log.roll.jitter.hours', factor: hourMs, default: '0', min: 0 }],
  },
  'segment.ms': {
    type: 'long',
    default: String(7 * dayMs),
    min: 1,
    brokerName: 'log.roll.ms',
    brokerFallbacks: [{ name: 'log.roll.hours', factor: hourMs, default: '168', min: 1 }],
  },
  'unclean.leader.election.enable': {
    type: 'boolean',
    default: 'false',
    withoutEffect: oneNode,
    brokerName: 'unclean.leader.election.enable',
  },
}

export type TopicConfigs = Readonly<Record<string, string>>

/** The first thing that is wrong with a set of configurations; undefined where nothing is. */
export function topicConfigsError(configs: Readonly<Record<string, string | null>>): string | undefined {
  for (const [name, value] of Object.entries(configs)) {
    const definition = Object.hasOwn(topicConfigDefinitions, name) ? topicConfigDefinitions[name]! : undefined
    if (definition === undefined) return `Unknown topic config name: ${name}`
    if (value === null) return `Null value not supported for topic configs: ${name}`
    const error = configError(name, definition, value)
    if (error !== undefined) return error
  }
  return undefined
}

/** `configs`: those of the topic itself over the defaults of the broker. */
export function topicConfig(configs: TopicConfigs, name: string): string {
  return configs[name] ?? topicConfigDefinitions[name]!.default
}

/** Those that are shown: all but internal ones that are not set. */
export function shownTopicConfigs(configs: TopicConfigs): string[] {
  return Object.keys(topicConfigDefinitions).filter(
    (name) => topicConfigDefinitions[name]!.isInternal !== true || configs[name] !== undefined,
  )
}

/** `configs`: those of the topic itself over the defaults of the broker. */
export function logConfigOf(configs: TopicConfigs): LogConfig {
  const number = (name: string): number => Number(topicConfig(configs, name))
  const limit = (name: string): number => {
    const value = number(name)
    return value >= Number.MAX_SAFE_INTEGER ? Infinity : value
  }
  const policy = listOf(topicConfig(configs, 'cleanup.policy'))
  return {
    segmentBytes: number('internal.segment.bytes') || number('segment.bytes'),
    segmentMs: limit('segment.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    retentionBytes: number('retention.bytes'),
    retentionMs: number('retention.ms'),
    maxMessageBytes: number('max.message.bytes'),
    compact: policy.includes('compact'),
    delete: policy.includes('delete'),
    timestampType: topicConfig(configs, 'message.timestamp.type') as LogConfig['timestampType'],
    timestampBeforeMaxMs: limit('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: limit('message.timestamp.after.max.ms'),
    flushMessages: limit('flush.messages'),
    flushMs: limit('flush.ms'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: limit('min.compaction.lag.ms'),
    maxCompactionLagMs: limit('max.compaction.lag.ms'),
    deleteRetentionMs: limit('delete.retention.ms'),
  }
}
