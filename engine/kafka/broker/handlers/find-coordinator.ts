// FindCoordinator: for groups and transactions alike it is this node.
import { errorCode, type Handler } from '../broker-services.ts'

const [group, transaction] = [0, 1] as const

export const findCoordinator: Handler<'FindCoordinator'> = (services, request, { version, listener }) => {
  const { nodeId } = services.node
  const { host, port } = listener
  const isKnown = request.keyType === group || request.keyType === transaction
  const answer = isKnown
    ? { nodeId, host, port, errorCode: 0, errorMessage: null }
    : { nodeId: -1, host: '', port: -1, errorCode: errorCode('INVALID_REQUEST'), errorMessage: 'unknown key type' }
  if (version < 4) return answer
  return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...answer })) }
}
