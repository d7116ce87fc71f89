// What can be set when a broker is started, with Kafka's own names and defaults, and how DescribeConfigs shows it.
import type { ConfigDefinition } from './config-definition.ts'
import type { BrokerListener } from './security/listener-options.ts'
import type { ConsumerGroupRules, MigrationPolicy } from './groups/consumer-group.ts'
import { topicConfigDefinitions } from './topic-config.ts'

export interface BrokerSettings {
  /** `num.partitions`. Default 1. */
  readonly numPartitions: number
  /** `auto.create.topics.enable`. Default true. */
  readonly autoCreateTopics: boolean
  /** `delete.topic.enable`. Default true. */
  readonly deleteTopics: boolean
  /**
   * What topics get that set nothing of their own, by the broker's names: `log.retention.ms`, `log.segment.bytes`,
   * `message.max.bytes`, `min.insync.replicas` and so on. Default: none, Kafka's own defaults.
   */
  readonly topicDefaults: Readonly<Record<string, string>>
  /** `group.initial.rebalance.delay.ms`. Default 0: on one machine nobody is worth waiting for (Kafka: 3000). */
  readonly groupInitialRebalanceDelayMs: number
  /** `group.min.session.timeout.ms`. Default 6000. */
  readonly groupMinSessionTimeoutMs: number
  /** `group.max.session.timeout.ms`. Default 1800000. */
  readonly groupMaxSessionTimeoutMs: number
  /** `group.consumer.session.timeout.ms`. Default 45000. */
  readonly groupConsumerSessionTimeoutMs: number
  /** `group.consumer.heartbeat.interval.ms`. Default 5000. */
  readonly groupConsumerHeartbeatIntervalMs: number
  /** `group.consumer.min.session.timeout.ms`. Default 45000; bounds what is set for a single group, as the next ones. */
  readonly groupConsumerMinSessionTimeoutMs: number
  /** `group.consumer.max.session.timeout.ms`. Default 60000. */
  readonly groupConsumerMaxSessionTimeoutMs: number
  /** `group.consumer.min.heartbeat.interval.ms`. Default 5000. */
  readonly groupConsumerMinHeartbeatIntervalMs: number
  /** `group.consumer.max.heartbeat.interval.ms`. Default 15000. */
  readonly groupConsumerMaxHeartbeatIntervalMs: number
  /** `group.consumer.max.size`. Default 2147483647. */
  readonly groupConsumerMaxSize: number
  /** `group.consumer.migration.policy`. Default bidirectional. */
  readonly groupConsumerMigrationPolicy: MigrationPolicy
  /** `offsets.retention.minutes`, as ms. Default 7 days. */
  readonly offsetsRetentionMs: number
  /** `log.retention.check.interval.ms`. Default 5 minutes. */
  readonly retentionCheckIntervalMs: number
  /** `log.cleaner.backoff.ms`: so often the cleaner looks for logs to compact. Default 15 s. */
  readonly logCleanerBackoffMs: number
  /** `log.cleaner.dedupe.buffer.size`: memory for keys while a log is compacted. Default 32 MiB (Kafka: 128 MiB). */
  readonly logCleanerDedupeBufferBytes: number
  /** `log.flush.offset.checkpoint.interval.ms`. Default one minute; the logs are brought to disk then. */
  readonly checkpointIntervalMs: number
  /** `connections.max.idle.ms`. Default 10 minutes. */
  readonly connectionsMaxIdleMs: number
  /** `max.connections`. Default 2147483647; who comes when all are taken waits. */
  readonly maxConnections: number
  /** `max.connections.per.ip`. Default 2147483647. */
  readonly maxConnectionsPerIp: number
  /** `transaction.max.timeout.ms`. Default 15 minutes. */
  readonly transactionMaxTimeoutMs: number
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms`. Default 10 seconds. */
  readonly transactionAbortIntervalMs: number
  /** `transactional.id.expiration.ms`. Default 7 days. */
  readonly transactionalIdExpirationMs: number
  /** `producer.id.expiration.ms`. Default one day. */
  readonly producerIdExpirationMs: number
  /** `socket.request.max.bytes`. Default 100 MiB. */
  readonly socketRequestMaxBytes: number
  /** `connection.failed.authentication.delay.ms`. Default 100; a refused login is told so late. */
  readonly connectionFailedAuthenticationDelayMs: number
  /** `sasl.server.max.receive.size`. Default 512 KiB; the largest request of somebody who has not logged in. */
  readonly saslServerMaxReceiveBytes: number
}

const minuteMs = 60 * 1000

export const brokerSettingsDefault: BrokerSettings = {
  numPartitions: 1,
  autoCreateTopics: true,
  deleteTopics: true,
  topicDefaults: {},
  groupInitialRebalanceDelayMs: 0,
  groupMinSessionTimeoutMs: 6000,
  groupMaxSessionTimeoutMs: 30 * minuteMs,
  groupConsumerSessionTimeoutMs: 45_000,
  groupConsumerHeartbeatIntervalMs: 5000,
  groupConsumerMinSessionTimeoutMs: 45_000,
  groupConsumerMaxSessionTimeoutMs: minuteMs,
  groupConsumerMinHeartbeatIntervalMs: 5000,
  groupConsumerMaxHeartbeatIntervalMs: 15_000,
  groupConsumerMaxSize: 0x7fffffff,
  groupConsumerMigrationPolicy: 'bidirectional',
  offsetsRetentionMs: 7 * 24 * 60 * minuteMs,
  retentionCheckIntervalMs: 5 * minuteMs,
  logCleanerBackoffMs: 15 * 1000,
  logCleanerDedupeBufferBytes: 32 * 1024 * 1024,
  checkpointIntervalMs: minuteMs,
  connectionsMaxIdleMs: 10 * minuteMs,
  maxConnections: 0x7fffffff,
  maxConnectionsPerIp: 0x7fffffff,
  transactionMaxTimeoutMs: 15 * minuteMs,
  transactionAbortIntervalMs: 10 * 1000,
  transactionalIdExpirationMs: 7 * 24 * 60 * minuteMs,
  producerIdExpirationMs: 24 * 60 * minuteMs,
  socketRequestMaxBytes: 100 * 1024 * 1024,
  connectionFailedAuthenticationDelayMs: 100,
  saslServerMaxReceiveBytes: 512 * 1024,
}

export function consumerGroupRules(settings: BrokerSettings): ConsumerGroupRules {
  return {
    sessionTimeoutMs: settings.groupConsumerSessionTimeoutMs,
    heartbeatIntervalMs: settings.groupConsumerHeartbeatIntervalMs,
    membersMax: settings.groupConsumerMaxSize,
    migrationPolicy: settings.groupConsumerMigrationPolicy,
  }
}

export interface BrokerConfigEntry {
  /** Null: it is not set, and there is no default. */
  readonly value: string | null
  readonly type: ConfigDefinition['type']
  /** Kafka's; null where there is none. */
  readonly default: string | null
  /** It is what the broker was started with, not the default. */
  readonly isStatic: boolean
}

/** What of a running broker is shown among its configurations. */
export interface ShownNode {
  readonly nodeId: number
  readonly dataDirectory: string
  readonly listeners: readonly BrokerListener[]
}

/** Kafka's defaults where ours are others. */
const kafkaDefault: BrokerSettings = {
  ...brokerSettingsDefault,
  groupInitialRebalanceDelayMs: 3000,
  logCleanerDedupeBufferBytes: 128 * 1024 * 1024,
}

/** What the broker was started with, by Kafka's names. */
export function brokerConfigs(settings: BrokerSettings, node: ShownNode): Readonly<Record<string, BrokerConfigEntry>> {
  const entries: Record<string, BrokerConfigEntry> = {}
  const defaults = settingEntries(kafkaDefault)
  for (const [name, [type, value]] of Object.entries(settingEntries(settings)))
    entries[name] = { value, type, default: defaults[name]![1], isStatic: value !== defaults[name]![1] }
  for (const [name, [type, value]] of Object.entries(nodeEntries(node)))
    entries[name] = { value, type, default: null, isStatic: true }
  const add = (name: string, type: ConfigDefinition['type'], byDefault: string | null): void => {
    const given = settings.topicDefaults[name]
    entries[name] = { value: given ?? byDefault, type, default: byDefault, isStatic: given !== undefined }
  }
  for (const { brokerName, brokerFallbacks, type, default: byDefault } of Object.values(topicConfigDefinitions)) {
    if (brokerName === undefined) continue
    add(brokerName, type, brokerFallbacks === undefined ? byDefault : null)
    for (const fallback of brokerFallbacks ?? [])
      add(fallback.name, fallback.factor === 1 ? 'long' : 'int', fallback.default)
  }
  return entries
}

type TypeAndValue = readonly [ConfigDefinition['type'], string]

function nodeEntries(node: ShownNode): Readonly<Record<string, TypeAndValue>> {
  const list = (shown: (listener: BrokerListener) => string): TypeAndValue => [
    'string',
    node.listeners.map(shown).join(','),
  ]
  return {
    'advertised.listeners': list(({ name, host, port }) => `${name}://${host}:${port}`),
    'broker.id': ['int', String(node.nodeId)],
    'listener.security.protocol.map': list(({ name, securityProtocol }) => `${name}:${securityProtocol}`),
    listeners: list(({ name, boundHost, boundPort }) => `${name}://${boundHost}:${boundPort}`),
    'log.dirs': ['string', node.dataDirectory],
    'node.id': ['int', String(node.nodeId)],
    'process.roles': ['list', 'broker,controller'],
  }
}

function settingEntries(settings: BrokerSettings): Readonly<Record<string, TypeAndValue>> {
  const int = (value: number): TypeAndValue => ['int', String(value)]
  const long = (value: number): TypeAndValue => ['long', String(value)]
  return {
    'auto.create.topics.enable': ['boolean', String(settings.autoCreateTopics)],
    'connection.failed.authentication.delay.ms': int(settings.connectionFailedAuthenticationDelayMs),
    'connections.max.idle.ms': long(settings.connectionsMaxIdleMs),
    'default.replication.factor': int(1),
    'delete.topic.enable': ['boolean', String(settings.deleteTopics)],
    'group.consumer.assignors': ['list', 'uniform,range'],
    'group.consumer.heartbeat.interval.ms': int(settings.groupConsumerHeartbeatIntervalMs),
    'group.consumer.max.heartbeat.interval.ms': int(settings.groupConsumerMaxHeartbeatIntervalMs),
    'group.consumer.max.session.timeout.ms': int(settings.groupConsumerMaxSessionTimeoutMs),
    'group.consumer.max.size': int(settings.groupConsumerMaxSize),
    'group.consumer.migration.policy': ['string', settings.groupConsumerMigrationPolicy],
    'group.consumer.min.heartbeat.interval.ms': int(settings.groupConsumerMinHeartbeatIntervalMs),
    'group.consumer.min.session.timeout.ms': int(settings.groupConsumerMinSessionTimeoutMs),
    'group.consumer.session.timeout.ms': int(settings.groupConsumerSessionTimeoutMs),
    'group.initial.rebalance.delay.ms': int(settings.groupInitialRebalanceDelayMs),
    'group.max.session.timeout.ms': int(settings.groupMaxSessionTimeoutMs),
    'group.min.session.timeout.ms': int(settings.groupMinSessionTimeoutMs),
    'log.cleaner.backoff.ms': long(settings.logCleanerBackoffMs),
    'log.cleaner.dedupe.buffer.size': long(settings.logCleanerDedupeBufferBytes),
    'log.cleaner.enable': ['boolean', 'true'],
    'log.flush.offset.checkpoint.interval.ms': int(settings.checkpointIntervalMs),
    'log.retention.check.interval.ms': long(settings.retentionCheckIntervalMs),
    'max.connections': int(settings.maxConnections),
    'max.connections.per.ip': int(settings.maxConnectionsPerIp),
    'num.partitions': int(settings.numPartitions),
    'offsets.retention.minutes': int(settings.offsetsRetentionMs / minuteMs),
    'producer.id.expiration.ms': int(settings.producerIdExpirationMs),
    'sasl.server.max.receive.size': int(settings.saslServerMaxReceiveBytes),
    'socket.request.max.bytes': int(settings.socketRequestMaxBytes),
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(settings.transactionAbortIntervalMs),
    'transaction.max.timeout.ms': int(settings.transactionMaxTimeoutMs),
    'transactional.id.expiration.ms': int(settings.transactionalIdExpirationMs),
  }
}
