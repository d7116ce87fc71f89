// What can be configured by AlterConfigs and IncrementalAlterConfigs: topics, brokers, groups, client metrics.
import type { BrokerServices } from '../broker-services.ts'
import { dynamicDefinitions } from '../broker-configs.ts'
import { clientMatchError, clientMetricsConfigDefinitions } from '../client-metrics-config.ts'
import { resourceKey } from '../cluster-metadata.ts'
import { configError, type ConfigDefinition } from '../config-definition.ts'
import { configResourceTypes } from '../config-resource.ts'
import { groupConfigDefinitions, groupConfigsError } from '../group-config.ts'
import { topicConfigDefinitions, topicConfigsError } from '../topic-config.ts'
import { isValidTopicName } from '../topic-name.ts'
import type { Refusal } from '../topics.ts'
import { brokerRefusal } from './broker-resource.ts'

export type Configs = Readonly<Record<string, string>>

export interface ResourceToAlter {
  /** What is set for it now. */
  readonly configs: Configs
  readonly definitions: Readonly<Record<string, ConfigDefinition>>
  /** What holds where it sets nothing itself. */
  readonly inherited: (name: string) => string
  /** Why these must not be all that is set; undefined where they may. */
  readonly refusal: (configs: Readonly<Record<string, string | null>>) => Refusal | undefined
  /** The caller has asked for `refusal`. Throws KAFKA_STORAGE. */
  readonly write: (configs: Configs) => void
}

export function resourceToAlter(services: BrokerServices, type: number, name: string): ResourceToAlter | Refusal {
  switch (type) {
    case configResourceTypes.topic:
      return topicToAlter(services, name)
    case configResourceTypes.broker:
      return (name === '' ? undefined : brokerRefusal(services, name)) ?? brokerToAlter(services, name)
    case configResourceTypes.brokerLogger:
      return brokerRefusal(services, name) ?? loggersToAlter
    case configResourceTypes.group:
      if (name === '') return invalid('Default group resources are not allowed.')
      return resourceWith(services, type, name, groupConfigDefinitions(services.settings), (configs) =>
        invalidConfig(groupConfigsError(services.settings, configs)),
      )
    case configResourceTypes.clientMetrics:
      if (name === '') return invalid('Default client metrics resources are not allowed.')
      return resourceWith(services, type, name, clientMetricsConfigDefinitions, clientMetricsRefusal)
    default:
      return invalid(`Unknown resource type ${type}`)
  }
}

function topicToAlter({ topics }: BrokerServices, name: string): ResourceToAlter | Refusal {
  if (name === '') return invalid('Default topic resources are not allowed.')
  if (!isValidTopicName(name)) return { error: 'INVALID_TOPIC_EXCEPTION', message: 'no valid topic name' }
  const topic = topics.get(name)
  if (topic === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'There is no such topic.' }
  return {
    configs: topic.configs,
    definitions: topicConfigDefinitions,
    inherited: (config) => topics.configOf({ configs: {} }, config),
    refusal: (configs) => invalidConfig(topicConfigsError(configs)),
    write: (configs) => topics.configure(topic, configs),
  }
}

function brokerToAlter({ configs }: BrokerServices, name: string): ResourceToAlter {
  return {
    configs: configs.altered(name),
    definitions: dynamicDefinitions,
    inherited: (config) => configs.inherited(name, config),
    refusal: (after) => configs.refusal(name, after),
    write: (after) => configs.alter(name, after),
  }
}

/** The log of this broker has no loggers with levels. */
const loggersToAlter: ResourceToAlter = {
  configs: {},
  definitions: {},
  inherited: () => '',
  refusal: (configs) => {
    const [name] = Object.keys(configs)
    return name === undefined ? undefined : invalidConfig(`Logger ${name} does not exist!`)
  },
  write: () => {},
}

function resourceWith(
  { metadata }: BrokerServices,
  resourceType: number,
  resourceName: string,
  definitions: Readonly<Record<string, ConfigDefinition>>,
  refusalOf: (configs: Readonly<Record<string, string | null>>) => Refusal | undefined,
): ResourceToAlter {
  return {
    configs: metadata.image.resourceConfigs.get(resourceKey(resourceType, resourceName))?.configs ?? {},
    definitions,
    inherited: (name) => definitions[name]!.default,
    refusal: refusalOf,
    write: (configs) => metadata.append([{ kind: 'resource-configured', resourceType, resourceName, configs }]),
  }
}

function clientMetricsRefusal(configs: Readonly<Record<string, string | null>>): Refusal | undefined {
  for (const [name, value] of Object.entries(configs)) {
    if (!Object.hasOwn(clientMetricsConfigDefinitions, name))
      return invalid(`Unknown client metrics configuration ${name}`)
    const error = configError(name, clientMetricsConfigDefinitions[name]!, value ?? '')
    if (error !== undefined) return invalid(error)
  }
  return invalidConfig(clientMatchError(configs['match'] ?? ''))
}

function invalidConfig(message: string | undefined): Refusal | undefined {
  return message === undefined ? undefined : { error: 'INVALID_CONFIG', message }
}

function invalid(message: string): Refusal {
  return { error: 'INVALID_REQUEST', message }
}
