// Random histories of classic groups, at a real Kafka and at our broker: the answers must be the same.
import { describe, test } from 'vitest'
import { testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { groupHistories } from './differential/group-histories.ts'
import { assertSameAnswers, historySeeds } from './differential/history.ts'
import { realKafka } from './real-kafka.ts'

describe.skipIf(realKafka === undefined)('against a real Kafka, any history', () => {
  test.for(historySeeds())('of a classic group, seed %i', async (seed) => {
    await assertSameAnswers(await testBroker(), seed, groupHistories)
  })
})
