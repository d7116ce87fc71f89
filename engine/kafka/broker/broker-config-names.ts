// A broker's settings by Kafka's names and as text, as they stand in a server.properties or on a command line.
import { nearestName } from '../../common/near-name.ts'
import { FlinktsError } from '../../common/errors.ts'
import type { BrokerSettings } from './broker-settings.ts'

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
  'group.consumer.max.size': { setting: 'groupConsumerMaxSize', min: 1 },
  'group.consumer.session.timeout.ms': { setting: 'groupConsumerSessionTimeoutMs', min: 1 },
  'group.initial.rebalance.delay.ms': { setting: 'groupInitialRebalanceDelayMs', min: 0 },
  'group.max.session.timeout.ms': { setting: 'groupMaxSessionTimeoutMs', min: 1 },
  'group.min.session.timeout.ms': { setting: 'groupMinSessionTimeoutMs', min: 1 },
  'log.cleaner.backoff.ms': { setting: 'logCleanerBackoffMs', min: 1 },
  'log.cleaner.dedupe.buffer.size': { setting: 'logCleanerDedupeBufferBytes', min: 1024 },
  'log.flush.offset.checkpoint.interval.ms': { setting: 'checkpointIntervalMs', min: 1 },
  'log.retention.check.interval.ms': { setting: 'retentionCheckIntervalMs', min: 1 },
  'num.partitions': { setting: 'numPartitions', min: 1 },
  'offsets.retention.minutes': { setting: 'offsetsRetentionMs', factor: 60_000, min: 1 },
  'producer.id.expiration.ms': { setting: 'producerIdExpirationMs', min: 1 },
  'sasl.server.max.receive.size': { setting: 'saslServerMaxReceiveBytes', min: 1024 },
  'socket.request.max.bytes': { setting: 'socketRequestMaxBytes', min: 1 },
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': { setting: 'transactionAbortIntervalMs', min: 1 },
  'transaction.max.timeout.ms': { setting: 'transactionMaxTimeoutMs', min: 1 },
  'transactional.id.expiration.ms': { setting: 'transactionalIdExpirationMs', min: 1 },
}
const autoCreateTopics = 'auto.create.topics.enable'

/** Kafka's names of all that can be set. */
export const brokerConfigNames: readonly string[] = [autoCreateTopics, ...Object.keys(numbers)].sort()

/** Throws OPTION_INVALID: a name that is not among `brokerConfigNames`, a value that is none. */
export function brokerSettingsOf(configs: Readonly<Record<string, string>>): Partial<BrokerSettings> {
  return Object.assign(
    {},
    ...Object.entries(configs).map(([name, value]) => settingOf(name, value.trim())),
  ) as Partial<BrokerSettings>
}

function settingOf(name: string, value: string): Partial<BrokerSettings> {
  if (name === autoCreateTopics) {
    if (value !== 'true' && value !== 'false') throw badValue(name, value, 'true or false')
    return { autoCreateTopics: value === 'true' }
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
