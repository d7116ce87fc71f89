// The configurations of single groups (KIP-848, ConfigResource.Type GROUP): Kafka 4.1's names, and what they mean here.
import type { BrokerSettings } from './broker-settings.ts'
import { configError, type ConfigDefinition } from './config-definition.ts'
import type { ConsumerGroupRules } from './groups/consumer-group.ts'

const shareGroupsOff = 'Share groups are turned off.'
const streamsGroupsOff = 'Streams groups are not supported.'

const sessionTimeout = 'consumer.session.timeout.ms'
const heartbeatInterval = 'consumer.heartbeat.interval.ms'

/** With the broker's settings as defaults and limits. */
export function groupConfigDefinitions(settings: BrokerSettings): Readonly<Record<string, ConfigDefinition>> {
  const otherKind = (min: number, byDefault: number, max: number, withoutEffect: string): ConfigDefinition => ({
    type: 'int',
    default: String(byDefault),
    min,
    max,
    withoutEffect,
  })
  return {
    [heartbeatInterval]: {
      type: 'int',
      default: String(settings.groupConsumerHeartbeatIntervalMs),
      min: settings.groupConsumerMinHeartbeatIntervalMs,
      max: settings.groupConsumerMaxHeartbeatIntervalMs,
    },
    [sessionTimeout]: {
      type: 'int',
      default: String(settings.groupConsumerSessionTimeoutMs),
      min: settings.groupConsumerMinSessionTimeoutMs,
      max: settings.groupConsumerMaxSessionTimeoutMs,
    },
    'share.auto.offset.reset': {
      type: 'string',
      default: 'latest',
      oneOf: ['latest', 'earliest'],
      orLike: /^by_duration:P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/,
      withoutEffect: shareGroupsOff,
    },
    'share.heartbeat.interval.ms': otherKind(5000, 5000, 15_000, shareGroupsOff),
    'share.isolation.level': {
      type: 'string',
      default: 'read_uncommitted',
      oneOf: ['read_committed', 'read_uncommitted'],
      withoutEffect: shareGroupsOff,
    },
    'share.record.lock.duration.ms': otherKind(15_000, 30_000, 60_000, shareGroupsOff),
    'share.session.timeout.ms': otherKind(45_000, 45_000, 60_000, shareGroupsOff),
    'streams.heartbeat.interval.ms': otherKind(5000, 5000, 15_000, streamsGroupsOff),
    'streams.num.standby.replicas': otherKind(0, 0, 2, streamsGroupsOff),
    'streams.session.timeout.ms': otherKind(45_000, 45_000, 60_000, streamsGroupsOff),
  }
}

/** The first thing that is wrong with a set of them; undefined where nothing is. */
export function groupConfigsError(
  settings: BrokerSettings,
  configs: Readonly<Record<string, string | null>>,
): string | undefined {
  const definitions = groupConfigDefinitions(settings)
  for (const [name, value] of Object.entries(configs)) {
    if (!Object.hasOwn(definitions, name)) return `Unknown group config name: ${name}`
    if (value === null) return `Null value not supported for group config: ${name}`
    const error = configError(name, definitions[name]!, value)
    if (error !== undefined) return error
  }
  const number = (name: string): number => Number(configs[name] ?? definitions[name]!.default)
  return number(sessionTimeout) > number(heartbeatInterval)
    ? undefined
    : `${sessionTimeout} must be greater than ${heartbeatInterval}`
}

/** What holds for a group: what was set for it over what holds for all. */
export function rulesOfGroup(
  rules: ConsumerGroupRules,
  configs: Readonly<Record<string, string>> | undefined,
): ConsumerGroupRules {
  if (configs === undefined) return rules
  return {
    ...rules,
    sessionTimeoutMs: Number(configs[sessionTimeout] ?? rules.sessionTimeoutMs),
    heartbeatIntervalMs: Number(configs[heartbeatInterval] ?? rules.heartbeatIntervalMs),
  }
}
