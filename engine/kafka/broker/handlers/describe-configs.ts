// DescribeConfigs: of topics and of this broker.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type {
  DescribeConfigsRequestDescribeConfigsResource,
  DescribeConfigsResponseDescribeConfigsResultInput,
} from '../../protocol/schemas.ts'
import { brokerConfigs } from '../broker-settings.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { shownTopicConfigs } from '../topic-config.ts'
import { isValidTopicName } from '../topic-name.ts'
import {
  brokerConfigEntry,
  brokerResource,
  topicConfigEntry,
  topicResource,
  type ShownConfig,
} from './config-entries.ts'

type Asked = DescribeConfigsRequestDescribeConfigsResource
type Answer = DescribeConfigsResponseDescribeConfigsResultInput

export const describeConfigs: Handler<'DescribeConfigs'> = (services, request) => ({
  throttleTimeMs: 0,
  results: request.resources.map((asked): Answer => {
    const entries = entriesOf(services, asked)
    if (!Array.isArray(entries)) return failure(asked, entries.error, entries.message)
    const configs = entries
      .filter(({ name }) => asked.configurationKeys?.includes(name) ?? true)
      .map((entry) => (request.includeSynonyms ? entry : { ...entry, synonyms: [] }))
    const { resourceType, resourceName } = asked
    return { errorCode: 0, errorMessage: null, resourceType, resourceName, configs }
  }),
})

function entriesOf(
  services: BrokerServices,
  { resourceType, resourceName }: Asked,
): ShownConfig[] | { error: KafkaErrorName; message: string } {
  if (resourceType === topicResource) {
    if (!isValidTopicName(resourceName)) return { error: 'INVALID_TOPIC_EXCEPTION', message: 'no valid topic name' }
    const topic = services.topics.get(resourceName)
    if (topic === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'There is no such topic.' }
    return shownTopicConfigs(topic.configs).map((name) => topicConfigEntry(topic.configs, name))
  }
  const { node, settings } = services
  if (resourceType !== brokerResource)
    return { error: 'INVALID_REQUEST', message: `resource type ${resourceType} has no configurations here` }
  // The empty name stands for what is set for all brokers dynamically: nothing.
  if (resourceName === '') return []
  if (resourceName !== String(node.nodeId))
    return { error: 'INVALID_REQUEST', message: `Unexpected broker id, expected ${node.nodeId}` }
  return Object.entries(brokerConfigs(settings, node)).map(([name, entry]) => brokerConfigEntry(name, entry))
}

function failure({ resourceType, resourceName }: Asked, error: KafkaErrorName, errorMessage: string): Answer {
  return { errorCode: errorCode(error), errorMessage, resourceType, resourceName, configs: [] }
}
