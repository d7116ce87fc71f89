// DescribeTransactions: what the coordinator knows of transactional ids (KIP-664).
import type { DescribeTransactionsResponseTransactionStateInput } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'
import { partitionsByTopic } from '../transactions/transaction-records.ts'

type TransactionAnswer = DescribeTransactionsResponseTransactionStateInput

export const describeTransactions: Handler<'DescribeTransactions'> = (services, request) => ({
  throttleTimeMs: 0,
  transactionStates: request.transactionalIds.map((transactionalId): TransactionAnswer => {
    const transaction = services.transactions.get(transactionalId)
    if (transaction === undefined) return unknown(transactionalId)
    return {
      errorCode: 0,
      transactionalId,
      transactionState: transaction.state,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStartTimeMs: BigInt(transaction.startedAtMs),
      producerId: BigInt(transaction.producerId),
      producerEpoch: transaction.producerEpoch,
      topics: partitionsByTopic(transaction.partitions).map(({ topic, partitionIds }) => ({
        topic,
        partitions: partitionIds,
      })),
    }
  }),
})

function unknown(transactionalId: string): TransactionAnswer {
  return {
    errorCode: errorCode(transactionalId === '' ? 'INVALID_REQUEST' : 'TRANSACTIONAL_ID_NOT_FOUND'),
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0n,
    producerId: 0n,
    producerEpoch: 0,
    topics: [],
  }
}
