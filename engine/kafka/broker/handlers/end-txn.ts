// EndTxn: commits or aborts. From version 5 on (KIP-890) the answer brings the epoch of the next transaction.
import { errorCode, type Handler } from '../broker-services.ts'
import { errorForVersion, orUnavailable, producerOf } from './transaction-producer.ts'

const fencedKnownFrom = 2
const epochBumpFrom = 5

export const endTxn: Handler<'EndTxn'> = (services, request, { version }) => {
  const isVersion2 = version >= epochBumpFrom
  const answer = orUnavailable(services, () =>
    services.transactions.end(request.transactionalId, producerOf(request), request.committed, isVersion2),
  )
  if (answer.error !== 'NONE')
    return { throttleTimeMs: 0, errorCode: errorCode(errorForVersion(answer.error, version >= fencedKnownFrom)) }
  const { producerId, producerEpoch } = answer
  return { throttleTimeMs: 0, errorCode: 0, ...(isVersion2 ? { producerId: BigInt(producerId), producerEpoch } : {}) }
}
