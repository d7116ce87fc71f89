// DescribeClientQuotas and AlterClientQuotas (KIP-546): kept in the metadata journal. Bytes and shares of requests are
// enforced (quotas/); controller_mutation_rate and connection_creation_rate are kept and shown only.
import { isIP } from 'node:net'
import type {
  AlterClientQuotasRequestEntryData,
  AlterClientQuotasResponseEntryDataInput,
  DescribeClientQuotasRequest,
} from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { quotaEntityKey, type QuotaEntity } from '../cluster-metadata.ts'
import { isStorageError } from '../storage-errors.ts'
import type { Refusal } from '../topics.ts'

const entityTypes = ['user', 'client-id', 'ip']
/** Key to whether it counts in whole numbers. */
const userQuotas: Readonly<Record<string, boolean>> = {
  producer_byte_rate: true,
  consumer_byte_rate: true,
  request_percentage: false,
  controller_mutation_rate: false,
}
const ipQuotas: Readonly<Record<string, boolean>> = { connection_creation_rate: true }
const intMax = 0x7fffffff

/** DescribeClientQuotasRequest.ComponentData.MatchType */
const [matchExact, matchDefault, matchSpecified] = [0, 1, 2] as const

export const describeClientQuotas: Handler<'DescribeClientQuotas'> = (services, request) => {
  const refusal = filterRefusal(request)
  if (refusal !== undefined)
    return { throttleTimeMs: 0, errorCode: errorCode(refusal.error), errorMessage: refusal.message, entries: null }
  const entries = [...services.metadata.image.clientQuotas.values()]
    .filter(({ entity }) => matches(entity, request))
    .map(({ entity, values }) => ({
      entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
      values: Object.entries(values).map(([key, value]) => ({ key, value })),
    }))
  return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, entries }
}

export const alterClientQuotas: Handler<'AlterClientQuotas'> = (services, request) => ({
  throttleTimeMs: 0,
  entries: request.entries.map((asked): AlterClientQuotasResponseEntryDataInput => {
    // A type that is named twice counts as named last.
    const entity = [...new Map(asked.entity.map((part) => [part.entityType, part])).values()]
    const entry = { ...asked, entity }
    const refusal = entryRefusal(entry) ?? (request.validateOnly ? undefined : alter(services, entry))
    return {
      errorCode: errorCode(refusal?.error ?? 'NONE'),
      errorMessage: refusal?.message ?? null,
      entity: entry.entity,
    }
  }),
})

function filterRefusal({ components }: DescribeClientQuotasRequest): Refusal | undefined {
  const types = new Set<string>()
  for (const { entityType, matchType, match } of components) {
    if (entityType === '') return invalid('Invalid empty entity type.')
    if (types.has(entityType)) return invalid(`Entity type ${entityType} cannot appear more than once in the filter.`)
    if (!entityTypes.includes(entityType))
      return { error: 'UNSUPPORTED_VERSION', message: `Unsupported entity type ${entityType}` }
    if (matchType !== matchExact && matchType !== matchDefault && matchType !== matchSpecified)
      return invalid(`Unknown match type ${matchType}`)
    if ((matchType === matchExact) !== (match !== null))
      return invalid('A match string goes with MATCH_TYPE_EXACT, and only with it.')
    types.add(entityType)
  }
  if (types.has('ip') && types.size > 1)
    return invalid('IP filter component should not be used with user or clientId filter component.')
  return undefined
}

function matches(entity: QuotaEntity, { components, strict }: DescribeClientQuotasRequest): boolean {
  if (strict && Object.keys(entity).length !== components.length) return false
  return components.every(
    ({ entityType, matchType, match }) =>
      Object.hasOwn(entity, entityType) && (matchType === matchSpecified || entity[entityType] === match),
  )
}

function entryRefusal({ entity, ops }: AlterClientQuotasRequestEntryData): Refusal | undefined {
  if (entity.length === 0) return invalid('Invalid empty client quota entity')
  const types = new Set<string>()
  for (const { entityType, entityName } of entity) {
    if (!entityTypes.includes(entityType)) return invalid(`Unhandled client quota entity type: ${entityType}`)
    if (entityName === '') return invalid(`Empty ${entityType} not supported`)
    if (entityType === 'ip' && entityName !== null && isIP(entityName) === 0)
      return invalid(`${entityName} is not a valid IP`)
    types.add(entityType)
  }
  if (types.has('ip') && types.size > 1)
    return invalid('Invalid quota entity combination, IP entity should not be combined with User or ClientId')
  const keys = new Set(ops.map(({ key }) => key))
  if (keys.size < ops.length) return invalid('Duplicate quota key')
  const known = types.has('ip') ? ipQuotas : userQuotas
  for (const op of ops) {
    const refusal = op.remove ? undefined : valueRefusal(known, op.key, op.value)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function valueRefusal(known: Readonly<Record<string, boolean>>, key: string, value: number): Refusal | undefined {
  if (!Object.hasOwn(known, key)) return invalid(`Invalid configuration key ${key}`)
  if (!(value > 0)) return invalid(`Quota ${key} must be greater than 0`)
  if (known[key] && Math.abs(value % 1) > 1e-6) return invalid(`${key} cannot be a fractional value.`)
  if (known === ipQuotas && value > intMax) return invalid(`Proposed value for ${key} is too large for an INT.`)
  return undefined
}

function alter({ metadata }: BrokerServices, entry: AlterClientQuotasRequestEntryData): Refusal | undefined {
  const entity: QuotaEntity = Object.fromEntries(
    entry.entity.map(({ entityType, entityName }) => [entityType, entityName]),
  )
  const values = { ...metadata.image.clientQuotas.get(quotaEntityKey(entity))?.values }
  for (const { key, value, remove } of entry.ops) {
    if (remove) delete values[key]
    else values[key] = value
  }
  try {
    metadata.append([{ kind: 'client-quota-altered', entity, values }])
    return undefined
  } catch (error) {
    if (!isStorageError(error)) throw error
    return { error: 'KAFKA_STORAGE_ERROR', message: error.message }
  }
}

function invalid(message: string): Refusal {
  return { error: 'INVALID_REQUEST', message }
}
