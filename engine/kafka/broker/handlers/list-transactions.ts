// ListTransactions: all transactional ids, or those of some states, producers, durations (KIP-994) and names (KIP-1152).
import { errorCode, type Handler } from '../broker-services.ts'
import { transactionStates } from '../transactions/transaction.ts'

/** Kafka knows these two as well; nothing is ever in them here. */
const otherStates = ['Dead', 'PrepareEpochFence']

export const listTransactions: Handler<'ListTransactions'> = (services, request) => {
  const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request
  const isKnownState = (name: string): boolean => [...transactionStates, ...otherStates].includes(name)
  const unknownStateFilters = stateFilters.filter((name) => !isKnownState(name))
  const pattern = patternOf(transactionalIdPattern)
  if (pattern === null)
    return {
      throttleTimeMs: 0,
      errorCode: errorCode('INVALID_REGULAR_EXPRESSION'),
      unknownStateFilters: [],
      transactionStates: [],
    }
  const nowMs = services.clock.now()
  const found = services.transactions.all.filter(
    ({ transactionalId, state, producerId, startedAtMs }) =>
      (stateFilters.length === 0 || stateFilters.includes(state)) &&
      (producerIdFilters.length === 0 || producerIdFilters.includes(BigInt(producerId))) &&
      (durationFilter < 0n || nowMs - startedAtMs > Number(durationFilter)) &&
      (pattern === undefined || pattern.test(transactionalId)),
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

/** Of the whole id. Undefined where nothing is asked for; null where it is no regular expression. */
function patternOf(text: string | null): RegExp | undefined | null {
  if (text === null || text === '') return undefined
  try {
    return new RegExp(`^(?:${text})$`)
  } catch {
    return null
  }
}
