// What the requests of transactional producers have in common.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { BrokerServices } from '../broker-services.ts'
import { isStorageError } from '../storage-errors.ts'
import type { ProducerIdentity } from '../transactions/transaction-machine.ts'

export function producerOf(request: { readonly producerId: bigint; readonly producerEpoch: number }): ProducerIdentity {
  return { producerId: Number(request.producerId), producerEpoch: request.producerEpoch }
}

/** Clients before `version` do not know PRODUCER_FENCED. */
export function errorForVersion(error: KafkaErrorName, isFencedKnown: boolean): KafkaErrorName {
  return error === 'PRODUCER_FENCED' && !isFencedKnown ? 'INVALID_PRODUCER_EPOCH' : error
}

/** Where the disk refuses to keep the decision, there is none: the client asks again. */
export function orUnavailable<Answer extends object>(
  services: BrokerServices,
  decide: () => Answer,
): Answer | { readonly error: 'COORDINATOR_NOT_AVAILABLE' } {
  try {
    return decide()
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`transaction coordinator: ${error.message}`)
    return { error: 'COORDINATOR_NOT_AVAILABLE' }
  }
}
