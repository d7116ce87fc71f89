// Which broker the configurations of a resource are asked of.
import type { BrokerServices } from '../broker-services.ts'
import type { Refusal } from '../topics.ts'

/** Undefined where it is this one. */
export function brokerRefusal({ node }: BrokerServices, resourceName: string): Refusal | undefined {
  if (resourceName === String(node.nodeId)) return undefined
  const message = /^[+-]?\d+$/.test(resourceName)
    ? `Unexpected broker id, expected ${node.nodeId}, but received ${resourceName}`
    : `Node id must be an integer, but it is: ${resourceName}`
  return { error: 'INVALID_REQUEST', message }
}
