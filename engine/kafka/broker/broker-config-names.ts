// A broker's settings by Kafka's names and as text, as they stand in a server.properties or on a command line.
import { nearestName } from '../../common/near-name.ts'
import { FlinktsError } from '../../common/errors.ts'
import type { BrokerSettings } from './broker-settings.ts'
import { configError, type ConfigDefinition } from './config-definition.ts'
import type { MigrationPolicy } from './groups/consumer-group.ts'
import { topicConfigDefinitions } from './topic-config.ts'

type NumberSetting = {
  [Name in keyof BrokerSettings]: BrokerSettings[Name] extends number ? Name : never
}[keyof BrokerSettings]

interface NumberConfig {
  readonly setting: NumberSetting
  /** One of Kafka's units in ours. Default 1. */
  readonly factor?: number
  readonly min: number
}

const numbers: Readonly<Record<string, NumberConfig>> = {
  'connection.failed.authentication.delay.ms': { setting: 'connectionFailedAuthenticationDelayMs', min: 0 },
  'connections.max.idle.ms': { setting: 'connectionsMaxIdleMs', min: 1 },
  'group.consumer.heartbeat.interval.ms': { setting: 'groupConsumerHeartbeatIntervalMs', min: 1 },
  'group.consumer.max.heartbeat.interval.ms': { setting: 'groupConsumerMaxHeartbeatIntervalMs', min: 1 },
  'group.consumer.max.session.timeout.ms': { setting: 'groupConsumerMaxSessionTimeoutMs', min: 1 },
  'group.consumer.max.size': { setting: 'groupConsumerMaxSize', min: 1 },
  'group.consumer.min.heartbeat.interval.ms': { setting: 'groupConsumerMinHeartbeatIntervalMs', min: 1 },
  'group.consumer.min.session.timeout.ms': { setting: 'groupConsumerMinSessionTimeoutMs', min: 1 },
  'group.consumer.session.timeout.ms': { setting: 'groupConsumerSessionTimeoutMs', min: 1 },
  'group.initial.rebalance.delay.ms': { setting: 'groupInitialRebalanceDelayMs', min: 0 },
  'group.max.session.timeout.ms': { setting: 'groupMaxSessionTimeoutMs', min: 1 },
  'group.min.session.timeout.ms': { setting: 'groupMinSessionTimeoutMs', min: 1 },
  'log.cleaner.backoff.ms': { setting: 'logCleanerBackoffMs', min: 1 },
  'log.cleaner.dedupe.buffer.size': { setting: 'logCleanerDedupeBufferBytes', min: 1024 },
  'log.flush.offset.checkpoint.interval.ms': { setting: 'checkpointIntervalMs', min: 1 },
  'log.retention.check.interval.ms': { setting: 'retentionCheckIntervalMs', min: 1 },
  'max.connections': { setting: 'maxConnections', min: 1 },
  'max.connections.per.ip': { setting: 'maxConnectionsPerIp', min: 1 },
  'num.partitions': { setting: 'numPartitions', min: 1 },
  'offsets.retention.minutes': { setting: 'offsetsRetentionMs', factor: 60_000, min: 1 },
  'producer.id.expiration.ms': { setting: 'producerIdExpirationMs', min: 1 },
  'sasl.server.max.receive.size': { setting: 'saslServerMaxReceiveBytes', min: 1024 },
  'socket.request.max.bytes': { setting: 'socketRequestMaxBytes', min: 1 },
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': { setting: 'transactionAbortIntervalMs', min: 1 },
  'transaction.max.timeout.ms': { setting: 'transactionMaxTimeoutMs', min: 1 },
  'transactional.id.expiration.ms': { setting: 'transactionalIdExpirationMs', min: 1 },
}

const booleans = {
  'auto.create.topics.enable': 'autoCreateTopics',
  'delete.topic.enable': 'deleteTopics',
} as const satisfies Record<string, keyof BrokerSettings>

const migrationPolicies: readonly string[] = [
  'bidirectional',
  'upgrade',
  'downgrade',
  'disabled',
] satisfies MigrationPolicy[]
const migrationPolicyName = 'group.consumer.migration.policy'

/** By the broker's names, what topics get that set nothing of their own. */
const topicDefaults: Readonly<Record<string, ConfigDefinition>> = Object.fromEntries<ConfigDefinition>(
  Object.values(topicConfigDefinitions).flatMap((definition): [string, ConfigDefinition][] => {
    const { brokerName, brokerFallbacks = [] } = definition
    if (brokerName === undefined) return []
    return [
      [brokerName, definition],
      ...brokerFallbacks.map(({ name, factor, min }): [string, ConfigDefinition] => {
        const type = factor === 1 ? 'long' : 'int'
        return [name, { type, default: '', ...(min === undefined ? {} : { min }) }]
      }),
    ]
  }),
)

/** Kafka's names of all that can be set. */
export const brokerConfigNames: readonly string[] = [
  ...Object.keys(booleans),
  migrationPolicyName,
  ...Object.keys(numbers),
  ...Object.keys(topicDefaults),
].sort()

/** Throws OPTION_INVALID: a name that is not among `brokerConfigNames`, a value that is none. */
export function brokerSettingsOf(configs: Readonly<Record<string, string>>): Partial<BrokerSettings> {
  const settings: { -readonly [Name in keyof BrokerSettings]?: BrokerSettings[Name] } = {}
  for (const [name, given] of Object.entries(configs)) {
    const value = given.trim()
    if (Object.hasOwn(topicDefaults, name))
      settings.topicDefaults = { ...settings.topicDefaults, [name]: topicDefaultOf(name, value) }
    else Object.assign(settings, settingOf(name, value))
  }
  return settings
}

function topicDefaultOf(name: string, value: string): string {
  const error = configError(name, topicDefaults[name]!, value)
  if (error !== undefined) throw new FlinktsError('OPTION_INVALID', error)
  return value
}

function settingOf(name: string, value: string): Partial<BrokerSettings> {
  if (Object.hasOwn(booleans, name)) {
    if (value !== 'true' && value !== 'false') throw badValue(name, value, 'true or false')
    return { [booleans[name as keyof typeof booleans]]: value === 'true' }
  }
  if (name === migrationPolicyName) {
    if (!migrationPolicies.includes(value)) throw badValue(name, value, migrationPolicies.join(', '))
    return { groupConsumerMigrationPolicy: value as MigrationPolicy }
  }
  if (!Object.hasOwn(numbers, name)) {
    const near = nearestName(name, brokerConfigNames)
    throw new FlinktsError('OPTION_INVALID', `the broker has no configuration ${name} that can be set`, {
      fix: near === undefined ? `What can be set: ${brokerConfigNames.join(', ')}.` : `Did you mean ${near}?`,
    })
  }
  const { setting, factor = 1, min } = numbers[name]!
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < min || !Number.isSafeInteger(number * factor))
    throw badValue(name, value, `a whole number from ${min}`)
  return { [setting]: number * factor }
}

function badValue(name: string, value: string, expected: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', `${name} is '${value}'`, { fix: `Give it ${expected}.` })
}
