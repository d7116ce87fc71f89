// InitProducerId: an id and epoch for an idempotent producer, or for a transactional one, which fences the one before it
// (KIP-98), or goes on after an error (KIP-360).
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { InitProducerIdRequest, ResponseInputByApi } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { ProducerAnswer } from '../transactions/transaction-coordinator.ts'
import { errorForVersion, orUnavailable, producerOf } from './transaction-producer.ts'

const fencedKnownFrom = 4

export const initProducerId: Handler<'InitProducerId'> = (services, request, { version }) => {
  const answer = orUnavailable(services, () => identityFor(services, request))
  if (answer.error !== 'NONE') return failure(errorForVersion(answer.error, version >= fencedKnownFrom))
  return { errorCode: 0, producerId: BigInt(answer.producerId), producerEpoch: answer.producerEpoch }
}

function identityFor(services: BrokerServices, request: InitProducerIdRequest): ProducerAnswer {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
  if (producerId < 0 !== producerEpoch < 0) return { error: 'INVALID_REQUEST' }
  if (transactionalId === null) return { error: 'NONE', producerId: services.producerIds.allocate(), producerEpoch: 0 }
  const expected = producerId < 0 ? undefined : producerOf(request)
  return services.transactions.init(transactionalId, transactionTimeoutMs, expected)
}

function failure(error: KafkaErrorName): ResponseInputByApi['InitProducerId'] {
  return { errorCode: errorCode(error), producerEpoch: -1 }
}
