// AlterConfigs replaces all configurations of a topic, IncrementalAlterConfigs changes some. Those of the broker are set
// when it is started.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { listOf } from '../config-definition.ts'
import { isStorageError } from '../storage-errors.ts'
import { topicConfig, topicConfigDefinitions, topicConfigsError, type TopicConfigs } from '../topic-config.ts'
import { brokerResource, topicResource } from './config-entries.ts'

interface Refusal {
  readonly error: KafkaErrorName
  readonly message: string
}

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

type Change = (before: TopicConfigs) => Readonly<Record<string, string | null>> | Refusal

const [setValue, deleteValue, appendValue, subtractValue] = [0, 1, 2, 3] as const

export const alterConfigs: Handler<'AlterConfigs'> = (services, request) => ({
  throttleTimeMs: 0,
  responses: request.resources.map((resource) =>
    alter(services, resource, request.validateOnly, () =>
      Object.fromEntries(resource.configs.map(({ name, value }) => [name, value])),
    ),
  ),
})

export const incrementalAlterConfigs: Handler<'IncrementalAlterConfigs'> = (services, request) => ({
  throttleTimeMs: 0,
  responses: request.resources.map((resource) =>
    alter(services, resource, request.validateOnly, (before) => {
      const names = new Set(resource.configs.map(({ name }) => name))
      if (names.size < resource.configs.length)
        return { error: 'INVALID_REQUEST', message: 'Error due to duplicate config keys' }
      let after: TopicConfigs = before
      for (const operation of resource.configs) {
        const changed = applyOperation(after, operation)
        if (isRefusal(changed)) return changed
        after = changed
      }
      return after
    }),
  ),
})

function alter(
  services: BrokerServices,
  { resourceType, resourceName }: Resource,
  isValidateOnly: boolean,
  change: Change,
): { errorCode: number; errorMessage: string | null; resourceType: number; resourceName: string } {
  const refusal = alterTopic(services, { resourceType, resourceName }, isValidateOnly, change)
  return {
    errorCode: errorCode(refusal?.error ?? 'NONE'),
    errorMessage: refusal?.message ?? null,
    resourceType,
    resourceName,
  }
}

function alterTopic(
  services: BrokerServices,
  { resourceType, resourceName }: Resource,
  isValidateOnly: boolean,
  change: Change,
): Refusal | undefined {
  if (resourceType === brokerResource)
    return { error: 'INVALID_REQUEST', message: 'The configurations of this broker are set when it is started.' }
  if (resourceType !== topicResource)
    return { error: 'INVALID_REQUEST', message: `resource type ${resourceType} has no configurations here` }
  const topic = services.topics.get(resourceName)
  if (topic === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'There is no such topic.' }
  const after = change(topic.configs)
  if (isRefusal(after)) return after
  const message = topicConfigsError(after)
  if (message !== undefined) return { error: 'INVALID_CONFIG', message }
  if (isValidateOnly) return undefined
  try {
    services.topics.configure(topic, after as TopicConfigs)
    return undefined
  } catch (error) {
    if (!isStorageError(error)) throw error
    return { error: 'KAFKA_STORAGE_ERROR', message: error.message }
  }
}

function applyOperation(
  configs: TopicConfigs,
  operation: { readonly name: string; readonly configOperation: number; readonly value: string | null },
): TopicConfigs | Refusal {
  const { name, configOperation, value } = operation
  if (!Object.hasOwn(topicConfigDefinitions, name))
    return { error: 'INVALID_CONFIG', message: `Unknown topic config name: ${name}` }
  if (configOperation === deleteValue) {
    const { [name]: _removed, ...rest } = configs
    return rest
  }
  if (value === null) return { error: 'INVALID_REQUEST', message: `Null value not supported for ${name}` }
  if (configOperation === setValue) return { ...configs, [name]: value }
  if (configOperation !== appendValue && configOperation !== subtractValue)
    return { error: 'INVALID_REQUEST', message: `Unknown operation ${configOperation}` }
  if (topicConfigDefinitions[name]!.type !== 'list')
    return { error: 'INVALID_CONFIG', message: `${name} is no list: nothing can be appended to it or taken from it` }
  const before = listOf(topicConfig(configs, name))
  const given = listOf(value)
  const after =
    configOperation === appendValue
      ? [...before, ...given.filter((element) => !before.includes(element))]
      : before.filter((element) => !given.includes(element))
  return { ...configs, [name]: after.join(',') }
}

function isRefusal(value: object): value is Refusal {
  return 'error' in value && 'message' in value
}
