// DescribeCluster: this one node.
import { errorCode, type Handler } from '../broker-services.ts'
import { clusterOperations, operationsUnknown } from './authorized-operations.ts'

const brokerEndpoints = 1

export const describeCluster: Handler<'DescribeCluster'> = (services, request, { listener }) => {
  const { node } = services
  if (request.endpointType !== brokerEndpoints)
    return {
      throttleTimeMs: 0,
      errorCode: errorCode('MISMATCHED_ENDPOINT_TYPE'),
      errorMessage: 'this is a listener for brokers',
      clusterId: node.clusterId,
      brokers: [],
    }
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    clusterId: node.clusterId,
    controllerId: node.nodeId,
    brokers: [{ brokerId: node.nodeId, host: listener.host, port: listener.port, rack: null }],
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : operationsUnknown,
  }
}
