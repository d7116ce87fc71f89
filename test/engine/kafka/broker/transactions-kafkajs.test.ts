// Transactions of a real client, from the first record to a restart in the middle of one.
import { CompressionTypes, Kafka, logLevel, type KafkaMessage } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningBroker } from '../../../../engine/broker.ts'
import { temporaryDirectory } from '../log/log-fixture.ts'
import { testBroker } from './raw-client.ts'

function clientOf(broker: RunningBroker): Kafka {
  return new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } })
}

async function transactionalProducer(kafka: Kafka) {
  const producer = kafka.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return producer
}

/** Values of the first `count` records that a reader of committed ones sees. */
async function committedValues(kafka: Kafka, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `reader-${count}`, readUncommitted: false, maxWaitTimeInMs: 50 })
  await consumer.connect()
  onTestFinished(() => consumer.disconnect())
  await consumer.subscribe({ topic: 'rides', fromBeginning: true })
  const values: string[] = []
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: KafkaMessage }): Promise<void> => {
      values.push(message.value!.toString())
      if (values.length === count) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  return values
}

const send = (value: string) => ({ topic: 'rides', compression: CompressionTypes.GZIP, messages: [{ value }] })

test('commits are seen, aborts are not, offsets go with the transaction', { timeout: 30_000 }, async () => {
  const broker = await testBroker({ topics: [{ name: 'rides' }] })
  const kafka = clientOf(broker)
  const producer = await transactionalProducer(kafka)
  const aborted = await producer.transaction()
  await aborted.send(send('aborted'))
  await aborted.sendOffsets({
    consumerGroupId: 'g',
    topics: [{ topic: 'rides', partitions: [{ partition: 0, offset: '5' }] }],
  })
  await aborted.abort()
  const committed = await producer.transaction()
  await committed.send(send('one'))
  await committed.send(send('two'))
  await committed.sendOffsets({
    consumerGroupId: 'g',
    topics: [{ topic: 'rides', partitions: [{ partition: 0, offset: '7' }] }],
  })
  const admin = kafka.admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const offset = async () => (await admin.fetchOffsets({ groupId: 'g', topics: ['rides'] }))[0]!.partitions[0]!.offset
  expect(await offset()).toBe('-1')
  await committed.commit()
  expect(await offset()).toBe('7')
  expect(await committedValues(kafka, 2)).toEqual(['one', 'two'])
})

test(
  'a transaction survives a restart of the broker, and the next producer aborts it',
  { timeout: 30_000 },
  async () => {
    const dataDirectory = temporaryDirectory()
    const broker = await testBroker({ dataDirectory, topics: [{ name: 'rides' }] })
    const first = await transactionalProducer(clientOf(broker))
    await (await first.transaction()).send(send('left open'))
    await first.disconnect()
    await broker.stop()
    const kafka = clientOf(await testBroker({ dataDirectory }))
    const second = await transactionalProducer(kafka)
    const transaction = await second.transaction()
    await transaction.send(send('kept'))
    await transaction.commit()
    expect(await committedValues(kafka, 1)).toEqual(['kept'])
  },
)
