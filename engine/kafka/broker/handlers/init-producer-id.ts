// InitProducerId: a producer id for an idempotent producer. Transactional ones are refused: transactions are not here yet.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { InitProducerIdRequest } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'

/** Kafka's transaction.max.timeout.ms */
const transactionTimeoutMsMax = 15 * 60 * 1000

export const initProducerId: Handler<'InitProducerId'> = (services, request) => {
  const error = errorOf(request)
  if (error !== undefined) return { errorCode: errorCode(error), producerEpoch: -1 }
  return { errorCode: 0, producerId: BigInt(services.producerIds.allocate()), producerEpoch: 0 }
}

function errorOf(request: InitProducerIdRequest): KafkaErrorName | undefined {
  const { transactionalId, transactionTimeoutMs } = request
  if (transactionalId === '') return 'INVALID_REQUEST'
  if (request.producerId < 0 !== request.producerEpoch < 0) return 'INVALID_REQUEST'
  if (transactionalId === null) return undefined
  const isTimeoutPossible = transactionTimeoutMs > 0 && transactionTimeoutMs <= transactionTimeoutMsMax
  return isTimeoutPossible ? 'UNSUPPORTED_VERSION' : 'INVALID_TRANSACTION_TIMEOUT'
}
