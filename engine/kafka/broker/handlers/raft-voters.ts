// AddRaftVoter and RemoveRaftVoter (KIP-853): the one node is the one voter, for good, as in a Kafka of kraft.version 0.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'

export const addRaftVoter: Handler<'AddRaftVoter'> = (services, { clusterId }) => refused(services, clusterId, 'adding')

export const removeRaftVoter: Handler<'RemoveRaftVoter'> = (services, { clusterId }) =>
  refused(services, clusterId, 'removing')

function refused({ node }: BrokerServices, clusterId: string | null, what: string) {
  const answer = (error: KafkaErrorName, errorMessage: string) => ({
    throttleTimeMs: 0,
    errorCode: errorCode(error),
    errorMessage,
  })
  if (clusterId !== null && clusterId !== node.clusterId)
    return answer(
      'INCONSISTENT_CLUSTER_ID',
      `The given id "${clusterId}" doesn't match the cluster id "${node.clusterId}"`,
    )
  return answer('UNSUPPORTED_VERSION', `Cluster doesn't support ${what} voter because the kraft.version feature is 0`)
}
