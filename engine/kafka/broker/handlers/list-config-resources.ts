// ListConfigResources (KIP-1142; before, ListClientMetricsResources): what has configurations, by kind.
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { brokerResource, topicResource } from './config-entries.ts'

/** ConfigResource.Type */
const [brokerLoggerResource, clientMetricsResource, groupResource] = [8, 16, 32] as const
const supportedTypes = [topicResource, brokerResource, brokerLoggerResource, clientMetricsResource, groupResource]

export const listConfigResources: Handler<'ListConfigResources'> = (services, request, { version }) => {
  // Version 0 knows of client metrics only, and has no word for a kind.
  const asked = version === 0 ? [clientMetricsResource] : request.resourceTypes
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

/** Nothing can be set for client metrics and groups here, so none of them is listed. */
function namesOf({ node, topics }: BrokerServices, resourceType: number): string[] {
  if (resourceType === topicResource) return topics.all.map(({ name }) => name)
  return resourceType === brokerResource || resourceType === brokerLoggerResource ? [String(node.nodeId)] : []
}
