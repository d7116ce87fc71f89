// WriteTxnMarkers as an administrator's abortTransaction uses it: codes as Kafka 4.1 gave them.
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'
import { TransactionalClient } from './transactional-client.ts'

interface Marker {
  readonly producerId: bigint
  readonly producerEpoch?: number
  readonly isCommit?: boolean
  readonly coordinatorEpoch?: number
  readonly topic?: string
  readonly partitions?: readonly number[]
}

/** [producer id, topic, partition, code] of each result. */
async function write(client: RawClient, ...markers: readonly Marker[]): Promise<unknown[]> {
  const answer = await client.ask('WriteTxnMarkers', 1, {
    markers: markers.map(({ producerId, producerEpoch = 0, isCommit = false, coordinatorEpoch = 0, ...where }) => ({
      producerId,
      producerEpoch,
      transactionResult: isCommit,
      coordinatorEpoch,
      topics: [{ name: where.topic ?? 't', partitionIndexes: where.partitions ?? [0] }],
    })),
  })
  return answer.markers.flatMap(({ producerId, topics }) =>
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => [Number(producerId), name, partitionIndex, errorCode]),
    ),
  )
}

test('a hanging transaction is aborted, and its producer may begin the next one', async () => {
  const client = await RawClient.connect(await testBroker())
  await client.createTopic('t')
  const txn = new TransactionalClient(client)
  await txn.init('x')
  const producer = await txn.init('x')
  const id = Number(producer.producerId)
  const ofProducer = { producerId: producer.producerId, producerEpoch: producer.producerEpoch }
  await txn.add(producer, 't')
  await txn.produce(producer, 0)
  expect(await txn.latestOffset(1)).toBe(0)
  expect(await write(client, { ...ofProducer, producerEpoch: 0 })).toEqual([[id, 't', 0, 47]])
  expect(await write(client, ofProducer)).toEqual([[id, 't', 0, 0]])
  expect(await txn.latestOffset(1)).toBe(2)
  const { abortedTransactions } = await client.fetch('t', 0, { isolationLevel: 1 })
  expect(abortedTransactions).toEqual([{ producerId: producer.producerId, firstOffset: 0n }])
  expect(await write(client, { ...ofProducer, coordinatorEpoch: 5 })).toEqual([[id, 't', 0, 0]])
  expect(await write(client, { ...ofProducer, coordinatorEpoch: 1 })).toEqual([[id, 't', 0, 52]])
})

test('unknown partitions, producers that never wrote, numbers that are none', async () => {
  const client = await RawClient.connect(await testBroker())
  await client.createTopic('t', 2)
  expect(await write(client)).toEqual([])
  expect(await write(client, { producerId: 9n, topic: 'none' })).toEqual([[9, 'none', 0, 3]])
  expect(await write(client, { producerId: 9n, partitions: [0, 7] })).toEqual([
    [9, 't', 0, 0],
    [9, 't', 7, 3],
  ])
  expect(await write(client, { producerId: 8n, coordinatorEpoch: -1 })).toEqual([[8, 't', 0, 0]])
  expect(await write(client, { producerId: -1n })).toEqual([[-1, 't', 0, -1]])
  expect(await write(client, { producerId: 7n, producerEpoch: -1 })).toEqual([[7, 't', 0, -1]])
  const twice = [{ producerId: 55n }, { producerId: 55n, producerEpoch: 1, isCommit: true, partitions: [1] }]
  expect(await write(client, ...twice)).toEqual([
    [55, 't', 0, 0],
    [55, 't', 1, 0],
  ])
})

test('offsets of a transaction are committed or dropped with a marker in __consumer_offsets, also for the next start', async () => {
  const dataDirectory = temporaryDirectory()
  const broker = await testBroker({ dataDirectory })
  const client = await RawClient.connect(broker)
  await client.createTopic('t')
  const committed = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }]
  await client.ask('OffsetCommit', 8, { groupId: 'other', topics: [{ name: 't', partitions: committed }] })
  const txn = new TransactionalClient(client)
  const producer = await txn.init('x')
  const offsets = { producerId: producer.producerId, topic: '__consumer_offsets' }
  const pending = async (offset: number) => {
    expect([await txn.addOffsets(producer), await txn.commitOffset(producer, offset)]).toEqual([0, 0])
    expect((await txn.committed(true))[1]).toBe(88)
  }
  await pending(7)
  expect(await write(client, { ...offsets, isCommit: true })).toEqual([
    [Number(producer.producerId), '__consumer_offsets', 0, 0],
  ])
  expect(await txn.committed(true)).toEqual([7, 0])
  await pending(8)
  await write(client, offsets)
  expect(await txn.committed(true)).toEqual([7, 0])
  expect(await write(client, { producerId: 5n, topic: '__transaction_state' })).toEqual([
    [5, '__transaction_state', 0, 0],
  ])
  await broker.stop()
  const again = new TransactionalClient(await RawClient.connect(await testBroker({ dataDirectory })))
  expect(await again.committed(true)).toEqual([7, 0])
  // The transaction itself is still open: a new producer has to wait until it is aborted.
  expect((await again.init('x')).errorCode).toBe(51)
  expect((await again.init('x')).errorCode).toBe(0)
})
