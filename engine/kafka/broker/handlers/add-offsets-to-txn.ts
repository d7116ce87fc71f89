// AddOffsetsToTxn: the transaction will commit offsets of a group (TxnOffsetCommit brings them).
import { errorCode, type Handler } from '../broker-services.ts'
import { errorForVersion, orUnavailable, producerOf } from './transaction-producer.ts'

const fencedKnownFrom = 2

export const addOffsetsToTxn: Handler<'AddOffsetsToTxn'> = (services, request, { version }) => {
  const { error } = orUnavailable(services, () => ({
    error: services.transactions.addOffsetsPartition(request.transactionalId, producerOf(request)),
  }))
  return { throttleTimeMs: 0, errorCode: errorCode(errorForVersion(error, version >= fencedKnownFrom)) }
}
