// ListTransactions: all transactional ids, or those of some states, producers, durations (KIP-994) and names (KIP-1152).
import { errorCode, type Handler } from '../broker-services.ts'
import { matchingTopics } from '../groups/topic-regex.ts'
import { transactionStates } from '../transactions/transaction.ts'

/** Kafka knows these two as well; nothing is ever in them here. */
const otherStates = ['Dead', 'PrepareEpochFence']

export const listTransactions: Handler<'ListTransactions'> = (services, request) => {
  const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request
  const isKnownState = (name: string): boolean => [...transactionStates, ...otherStates].includes(name)
  const unknownStateFilters = stateFilters.filter((name) => !isKnownState(name))
  const { all } = services.transactions
  const named = idsMatching(
    transactionalIdPattern,
    all.map(({ transactionalId }) => transactionalId),
  )
  if (named === undefined) {
    const error = errorCode('INVALID_REGULAR_EXPRESSION')
    return { throttleTimeMs: 0, errorCode: error, unknownStateFilters: [], transactionStates: [] }
  }
  const nowMs = services.clock.now()
  const found = all.filter(
    ({ transactionalId, state, producerId, startedAtMs }) =>
      (stateFilters.length === 0 || stateFilters.includes(state)) &&
      (producerIdFilters.length === 0 || producerIdFilters.includes(BigInt(producerId))) &&
      (durationFilter < 0n || nowMs - startedAtMs > Number(durationFilter)) &&
      named.has(transactionalId),
  )
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    unknownStateFilters,
    transactionStates: found.map(({ transactionalId, producerId, state }) => ({
      transactionalId,
      producerId: BigInt(producerId),
      transactionState: state,
    })),
  }
}

/** All where no pattern is given; undefined where it is no regular expression. */
function idsMatching(pattern: string | null, ids: readonly string[]): ReadonlySet<string> | undefined {
  if (pattern === null || pattern === '') return new Set(ids)
  try {
    return new Set(matchingTopics(pattern, ids))
  } catch {
    return undefined
  }
}
