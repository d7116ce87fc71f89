// Random histories of logs and transactions, at a real Kafka and at our broker: the answers must be the same.
import { describe, test } from 'vitest'
import { testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { assertSameAnswers, historySeeds } from './differential/history.ts'
import { logHistories, transactionHistories } from './differential/log-histories.ts'
import { realKafka } from './real-kafka.ts'

describe.skipIf(realKafka === undefined)('against a real Kafka, any history', () => {
  test.for(historySeeds())('of logs, seed %i', async (seed) => {
    await assertSameAnswers(await testBroker(), seed, logHistories)
  })

  test.for(historySeeds())('of transactions, seed %i', async (seed) => {
    await assertSameAnswers(await testBroker(), seed, transactionHistories)
  })
})
