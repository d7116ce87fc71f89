// AlterConfigs replaces all configurations of a resource, IncrementalAlterConfigs changes some.
import type { IncrementalAlterConfigsRequestAlterableConfig } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { listOf } from '../config-definition.ts'
import { configResourceTypes } from '../config-resource.ts'
import { isStorageError } from '../storage-errors.ts'
import type { Refusal } from '../topics.ts'
import { resourceToAlter, type Configs, type ResourceToAlter } from './resource-to-alter.ts'

type Operation = IncrementalAlterConfigsRequestAlterableConfig

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

type Change = (resource: ResourceToAlter) => Readonly<Record<string, string | null>> | Refusal

const [setValue, deleteValue, appendValue, subtractValue] = [0, 1, 2, 3] as const

export const alterConfigs: Handler<'AlterConfigs'> = (services, request) => ({
  throttleTimeMs: 0,
  responses: request.resources.map((resource) =>
    alter(services, resource, request.validateOnly, () => {
      if (resource.resourceType === configResourceTypes.brokerLogger)
        return invalid(`Unknown resource type ${resource.resourceType}`)
      const missing = resource.configs.find(({ value }) => value === null)
      if (missing !== undefined) return invalid(`Null value not supported for : ${missing.name}`)
      return Object.fromEntries(resource.configs.map(({ name, value }) => [name, value]))
    }),
  ),
})

export const incrementalAlterConfigs: Handler<'IncrementalAlterConfigs'> = (services, request) => ({
  throttleTimeMs: 0,
  responses: request.resources.map((resource) =>
    alter(services, resource, request.validateOnly, (target) => {
      const names = new Set(resource.configs.map(({ name }) => name))
      if (names.size < resource.configs.length) return invalid('Error due to duplicate config keys')
      const missing = resource.configs.find(
        ({ configOperation, value }) => configOperation !== deleteValue && value === null,
      )
      if (missing !== undefined) return invalid(`Null value not supported for : ${missing.name}`)
      let after = target.configs
      for (const operation of resource.configs) {
        const changed = applyOperation(target, after, operation)
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
  const refusal = refusalOrDone(resourceToAlter(services, resourceType, resourceName), isValidateOnly, change)
  return {
    errorCode: errorCode(refusal?.error ?? 'NONE'),
    errorMessage: refusal?.message ?? null,
    resourceType,
    resourceName,
  }
}

function refusalOrDone(
  target: ResourceToAlter | Refusal,
  isValidateOnly: boolean,
  change: Change,
): Refusal | undefined {
  if (isRefusal(target)) return target
  const after = change(target)
  if (isRefusal(after)) return after
  const refusal = target.refusal(after)
  if (refusal !== undefined || isValidateOnly) return refusal
  try {
    target.write(after as Configs)
    return undefined
  } catch (error) {
    if (!isStorageError(error)) throw error
    return { error: 'KAFKA_STORAGE_ERROR', message: error.message }
  }
}

function applyOperation(target: ResourceToAlter, configs: Configs, operation: Operation): Configs | Refusal {
  const { name, configOperation, value } = operation
  if (configOperation === deleteValue) {
    const { [name]: _removed, ...rest } = configs
    return rest
  }
  if (configOperation === setValue) return { ...configs, [name]: value! }
  if (configOperation !== appendValue && configOperation !== subtractValue)
    return { error: 'UNKNOWN_SERVER_ERROR', message: `Unknown operation ${configOperation}` }
  if (target.definitions[name]?.type !== 'list')
    return {
      error: 'INVALID_CONFIG',
      message: `${name} is no list: nothing can be appended to it or taken from it`,
    }
  const before = listOf(configs[name] ?? target.inherited(name))
  const given = listOf(value!)
  const after =
    configOperation === appendValue
      ? [...before, ...given.filter((element) => !before.includes(element))]
      : before.filter((element) => !given.includes(element))
  return { ...configs, [name]: after.join(',') }
}

function invalid(message: string): Refusal {
  return { error: 'INVALID_REQUEST', message }
}

function isRefusal(value: object): value is Refusal {
  return 'error' in value && 'message' in value
}
