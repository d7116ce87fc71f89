// DescribeConfigs: of topics, of this broker, of groups and of client metrics.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type {
  DescribeConfigsRequestDescribeConfigsResource,
  DescribeConfigsResponseDescribeConfigsResultInput,
} from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { clientMetricsConfigDefinitions } from '../client-metrics-config.ts'
import { resourceKey } from '../cluster-metadata.ts'
import { configTypeCodes } from '../config-definition.ts'
import { configResourceTypes, configSources, type ShownConfig } from '../config-resource.ts'
import { groupConfigDefinitions } from '../group-config.ts'
import { shownTopicConfigs } from '../topic-config.ts'
import { isValidTopicName } from '../topic-name.ts'
import type { Refusal } from '../topics.ts'
import { brokerRefusal } from './broker-resource.ts'
import { topicConfigEntry } from './config-entries.ts'

type Asked = DescribeConfigsRequestDescribeConfigsResource
type Answer = DescribeConfigsResponseDescribeConfigsResultInput

export const describeConfigs: Handler<'DescribeConfigs'> = (services, request) => ({
  throttleTimeMs: 0,
  results: request.resources.map((asked): Answer => {
    const entries = entriesOf(services, asked)
    if ('error' in entries) return failure(asked, entries.error, entries.message)
    const configs = entries
      .filter(({ name }) => asked.configurationKeys?.includes(name) ?? true)
      .map((entry) => ({ ...entry, documentation: null, synonyms: request.includeSynonyms ? entry.synonyms : [] }))
    const { resourceType, resourceName } = asked
    return { errorCode: 0, errorMessage: null, resourceType, resourceName, configs }
  }),
})

function entriesOf(services: BrokerServices, { resourceType, resourceName }: Asked): ShownConfig[] | Refusal {
  switch (resourceType) {
    case configResourceTypes.topic:
      return topicEntries(services, resourceName)
    case configResourceTypes.broker:
      if (resourceName === '') return services.configs.describeDefaults()
      return brokerRefusal(services, resourceName) ?? services.configs.describe()
    case configResourceTypes.brokerLogger:
      // The log of this broker has no loggers with levels.
      if (resourceName === '') return invalid('Broker id must not be empty')
      return brokerRefusal(services, resourceName) ?? []
    case configResourceTypes.group:
      if (resourceName === '') return invalid('Group name must not be empty')
      return entriesOfResource(services, resourceType, resourceName)
    case configResourceTypes.clientMetrics:
      if (resourceName === '') return invalid('Client metrics subscription name must not be empty')
      return entriesOfResource(services, resourceType, resourceName)
    default:
      return invalid(`Unsupported resource type: ${resourceType}`)
  }
}

function topicEntries({ topics, configs }: BrokerServices, name: string): ShownConfig[] | Refusal {
  if (!isValidTopicName(name)) return { error: 'INVALID_TOPIC_EXCEPTION', message: 'no valid topic name' }
  const topic = topics.get(name)
  if (topic === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'There is no such topic.' }
  return shownTopicConfigs(topic.configs).map((config) => topicConfigEntry(configs, topic.configs, config))
}

/** Those of a group or of client metrics: what was set, else the default. */
function entriesOfResource({ settings, metadata }: BrokerServices, type: number, name: string): ShownConfig[] {
  const isGroup = type === configResourceTypes.group
  const set = metadata.image.resourceConfigs.get(resourceKey(type, name))?.configs ?? {}
  const definitions = isGroup ? groupConfigDefinitions(settings) : clientMetricsConfigDefinitions
  return Object.entries(definitions).map(([config, definition]) => {
    const own = set[config]
    const value = own ?? definition.default
    const ownSource = isGroup ? configSources.group : configSources.clientMetrics
    const source = own === undefined ? configSources.default : ownSource
    // Kafka knows no synonym of the defaults of client metrics.
    const synonyms = own === undefined && !isGroup ? [] : [{ name: config, value, source }]
    const configType = configTypeCodes[definition.type]
    return { name: config, value, readOnly: false, isSensitive: false, configSource: source, configType, synonyms }
  })
}

function invalid(message: string): Refusal {
  return { error: 'INVALID_REQUEST', message }
}

function failure({ resourceType, resourceName }: Asked, error: KafkaErrorName, errorMessage: string): Answer {
  return { errorCode: errorCode(error), errorMessage, resourceType, resourceName, configs: [] }
}
