// ListConfigResources (KIP-1142; before, ListClientMetricsResources): what has configurations, by kind.
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { configResourceTypes } from '../config-resource.ts'

const supportedTypes: readonly number[] = Object.values(configResourceTypes)

export const listConfigResources: Handler<'ListConfigResources'> = (services, request, { version }) => {
  // Version 0 knows of client metrics only, and has no word for a kind.
  const asked = version === 0 ? [configResourceTypes.clientMetrics] : request.resourceTypes
  const types = new Set(asked.length === 0 ? supportedTypes : asked)
  if ([...types].some((type) => !supportedTypes.includes(type)))
    return { throttleTimeMs: 0, errorCode: errorCode('UNSUPPORTED_VERSION'), configResources: [] }
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    configResources: [...types].flatMap((resourceType) =>
      namesOf(services, resourceType).map((resourceName) => ({ resourceName, resourceType })),
    ),
  }
}

function namesOf({ node, topics, metadata }: BrokerServices, resourceType: number): string[] {
  if (resourceType === configResourceTypes.topic) return topics.all.map(({ name }) => name)
  if (resourceType === configResourceTypes.broker || resourceType === configResourceTypes.brokerLogger)
    return [String(node.nodeId)]
  return [...metadata.image.resourceConfigs.values()]
    .filter((resource) => resource.resourceType === resourceType)
    .map(({ resourceName }) => resourceName)
}
