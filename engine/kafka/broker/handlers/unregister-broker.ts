// UnregisterBroker: only this node is registered, and it stays so: Kafka accepts the request, but a broker that runs cannot
// be sent away by it.
import { errorCode, type Handler } from '../broker-services.ts'

export const unregisterBroker: Handler<'UnregisterBroker'> = ({ node }, { brokerId }) =>
  brokerId === node.nodeId
    ? { throttleTimeMs: 0, errorCode: 0, errorMessage: '' }
    : {
        throttleTimeMs: 0,
        errorCode: errorCode('BROKER_ID_NOT_REGISTERED'),
        errorMessage: `Broker ID ${brokerId} is not currently registered`,
      }
