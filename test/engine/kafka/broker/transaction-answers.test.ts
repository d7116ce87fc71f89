// What a real Kafka 4.1.0 answered to transactional producers and their readers, check by check.
import { describe, expect, test } from 'vitest'
import type { BrokerOptions } from '../../../../engine/broker.ts'
import { batchOf } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'
import { TransactionalClient } from './transactional-client.ts'

async function fresh(options: BrokerOptions = {}): Promise<{ client: RawClient; txn: TransactionalClient }> {
  const client = await RawClient.connect(await testBroker(options))
  await client.createTopic('t')
  return { client, txn: new TransactionalClient(client) }
}

const [readUncommitted, readCommitted] = [0, 1] as const

async function fetchAt(client: RawClient, offset: number, isolationLevel: number) {
  const answer = await client.fetch('t', offset, { isolationLevel })
  const aborted = answer.abortedTransactions?.map(({ firstOffset }) => Number(firstOffset)) ?? null
  const hasRecords = (answer.records?.length ?? 0) > 0
  return [Number(answer.highWatermark), Number(answer.lastStableOffset), aborted, hasRecords]
}

describe('transactions of clients before KIP-890', () => {
  test('transaction_v1_codes', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x')
    expect(await txn.end(producer, true)).toBe(48)
    expect(await txn.add(producer, 'none')).toEqual([3])
    expect(await txn.add({ ...producer, producerId: producer.producerId + 1n }, 't')).toEqual([49])
    expect(await txn.add({ ...producer, producerEpoch: 5 }, 't')).toEqual([90])
    expect(await txn.produce(producer, 0)).toBe(48)
    expect(await txn.add(producer, 't')).toEqual([0])
    expect(await txn.produce(producer, 0)).toBe(0)
    expect(await fetchAt(client, 0, readCommitted)).toEqual([1, 0, [], false])
    expect(await fetchAt(client, 0, readUncommitted)).toEqual([1, 0, null, true])
    expect(await txn.latestOffset(readCommitted)).toBe(0)
    expect(await txn.latestOffset(readUncommitted)).toBe(1)
    expect([await txn.end(producer, true), await txn.end(producer, true), await txn.end(producer, false)]).toEqual([
      0, 0, 48,
    ])
    expect(await fetchAt(client, 0, readCommitted)).toEqual([2, 2, [], true])
    expect(await txn.produce(producer, 1)).toBe(48)
    expect(await txn.add(producer, 't')).toEqual([0])
    expect(await txn.produce(producer, 1)).toBe(0)
    expect(await txn.end(producer, false)).toBe(0)
    expect(await fetchAt(client, 2, readCommitted)).toEqual([4, 4, [2], true])
    expect(await fetchAt(client, 0, readCommitted)).toEqual([4, 4, [2], true])
    const next = await txn.init('x')
    expect([next.errorCode, next.producerId, next.producerEpoch]).toEqual([0, producer.producerId, 1])
    expect(await txn.add(producer, 't')).toEqual([90])
    expect(await txn.end(producer, true)).toBe(90)
    expect(await txn.produce(producer, 2)).toBe(47)
  })

  test('old clients are told of an invalid epoch, newer ones that they are fenced', async () => {
    const { txn } = await fresh()
    const producer = await txn.init('x')
    await txn.init('x')
    expect([await txn.add(producer, 't', 1), await txn.add(producer, 't', 2)]).toEqual([[47], [90]])
    expect([await txn.end(producer, true, 1), await txn.end(producer, true, 2)]).toEqual([47, 90])
  })

  test('one partition that does not exist, and none is added', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x')
    const answer = await client.ask('AddPartitionsToTxn', 3, {
      v3AndBelowTransactionalId: 'x',
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: 0,
      v3AndBelowTopics: [{ name: 't', partitions: [0, 7] }],
    })
    const [result] = answer.resultsByTopicV3AndBelow
    expect(result!.resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode)).toEqual([55, 3])
    expect(await txn.produce(producer, 0)).toBe(48)
  })

  test('batched requests may ask for a check only', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x')
    const ask = async (verifyOnly: boolean, version = 5) => {
      const topics = [{ name: 't', partitions: [0] }]
      const { producerId, producerEpoch } = producer
      const transactions = [{ transactionalId: 'x', producerId, producerEpoch, verifyOnly, topics }]
      const answer = await client.ask('AddPartitionsToTxn', version, { transactions })
      return answer.resultsByTransaction[0]!.topicResults[0]!.resultsByPartition[0]!.partitionErrorCode
    }
    expect([await ask(true), await ask(false), await ask(true), await ask(true, 4)]).toEqual([120, 0, 0, 0])
  })

  test('a batch outside of the transaction of its producer', async () => {
    const { client, txn } = await fresh()
    const { producerId } = await txn.init('x')
    await txn.add({ transactionalId: 'x', producerId, producerEpoch: 0 }, 't')
    await txn.produce({ transactionalId: 'x', producerId, producerEpoch: 0 }, 0)
    const plain = batchOf([{ value: 'v' }], { producerId, producerEpoch: 0, baseSequence: 1 })
    expect((await client.produce('t', plain)).errorCode).toBe(48)
  })
})

describe('transactions of KIP-890', () => {
  test('transaction_v2_implicit_add', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x', { version: 5 })
    expect(await txn.produce(producer, 0, 12)).toBe(0)
    expect((await fetchAt(client, 0, readCommitted))[1]).toBe(0)
    const ended = await txn.endV2(producer, true)
    expect(ended).toEqual([0, producer.producerId, 1])
    expect((await fetchAt(client, 0, readCommitted))[1]).toBe(2)
    // The same once more, which the answer was lost of; the other end of it; and the next transaction.
    expect(await txn.endV2(producer, true)).toEqual([0, producer.producerId, 1])
    expect((await txn.endV2(producer, false))[0]).toBe(48)
    expect(await txn.produce(producer, 0, 12)).toBe(47)
    expect(await txn.produce({ ...producer, producerEpoch: 1 }, 0, 12)).toBe(0)
    expect(await txn.endV2({ ...producer, producerEpoch: 1 }, false)).toEqual([0, producer.producerId, 2])
    expect(await fetchAt(client, 2, readCommitted)).toEqual([4, 4, [2], true])
  })

  test('an abort without a transaction brings an epoch, a commit does not', async () => {
    const { txn } = await fresh()
    const producer = await txn.init('x', { version: 5 })
    expect((await txn.endV2(producer, true))[0]).toBe(48)
    expect(await txn.endV2(producer, false)).toEqual([0, producer.producerId, 1])
  })

  test('ApiVersions says that transactions are those of KIP-890', async () => {
    const { client } = await fresh()
    const named = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }
    const answer = await client.ask('ApiVersions', 4, named)
    expect(answer.finalizedFeatures).toContainEqual({
      name: 'transaction.version',
      minVersionLevel: 2,
      maxVersionLevel: 2,
    })
    expect(answer.finalizedFeaturesEpoch).toBeGreaterThanOrEqual(0n)
    const older = await client.ask('ApiVersions', 3, named)
    expect(older.supportedFeatures).toEqual([{ name: 'metadata.version', minVersion: 7, maxVersion: 27 }])
    expect(older.finalizedFeatures).toEqual(answer.finalizedFeatures)
  })
})

describe('offsets', () => {
  test.each([
    ['before KIP-890', 3, false],
    ['with KIP-890', 5, true],
  ])('transaction_offsets, %s', async (_name, version, isVersion2) => {
    const { txn } = await fresh()
    let producer = await txn.init('x')
    if (!isVersion2) {
      expect(await txn.commitOffset(producer, 7, { version })).toBe(48)
      expect(await txn.addOffsets(producer)).toBe(0)
    }
    expect(await txn.commitOffset(producer, 7, { version, memberId: 'm', generationId: 3 })).toBe(22)
    expect(await txn.commitOffset(producer, 7, { version })).toBe(0)
    expect(await txn.commitOffset({ ...producer, producerEpoch: 4 }, 7, { version })).toBe(47)
    expect([await txn.committed(false), await txn.committed(true)]).toEqual([
      [-1, 0],
      [-1, 88],
    ])
    const end = async (isCommit: boolean) => {
      if (!isVersion2) return txn.end(producer, isCommit)
      const [error, producerId, producerEpoch] = await txn.endV2(producer, isCommit)
      producer = { ...producer, producerId, producerEpoch }
      return error
    }
    expect(await end(true)).toBe(0)
    expect(await txn.committed(true)).toEqual([7, 0])
    if (!isVersion2) await txn.addOffsets(producer)
    expect(await txn.commitOffset(producer, 9, { version })).toBe(0)
    expect(await txn.committed(true)).toEqual([-1, 88])
    expect(await end(false)).toBe(0)
    expect(await txn.committed(true)).toEqual([7, 0])
  })

  test('offsets of a deleted group do not come back with the commit', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x')
    await txn.addOffsets(producer)
    await txn.commitOffset(producer, 7)
    expect((await client.ask('DeleteGroups', 2, { groupsNames: ['g'] })).results[0]!.errorCode).toBe(0)
    expect(await txn.end(producer, true)).toBe(0)
    expect(await txn.committed(true)).toEqual([-1, 0])
  })
})

describe('the coordinator', () => {
  test('init_producer_id_codes', async () => {
    const { txn } = await fresh()
    const first = await txn.init('x')
    expect([first.errorCode, first.producerEpoch]).toEqual([0, 0])
    const second = await txn.init('x')
    expect([second.errorCode, second.producerId === first.producerId, second.producerEpoch]).toEqual([0, true, 1])
    expect((await txn.init('x', { expected: second })).producerEpoch).toBe(2)
    expect((await txn.init('x', { expected: second })).producerEpoch).toBe(2)
    expect((await txn.init('x', { expected: first })).errorCode).toBe(90)
    expect((await txn.init('x', { expected: first, version: 3 })).errorCode).toBe(47)
    expect((await txn.init('x', { expected: { producerId: 99n, producerEpoch: 0 } })).errorCode).toBe(90)
    expect((await txn.init('x', { expected: { producerId: 99n, producerEpoch: -1 } })).errorCode).toBe(42)
    expect((await txn.init('')).errorCode).toBe(42)
    expect((await txn.init('y', { timeoutMs: 0 })).errorCode).toBe(50)
    expect((await txn.init('y', { timeoutMs: 15 * 60 * 1000 + 1 })).errorCode).toBe(50)
  })

  test('transaction_init_aborts_open', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x')
    await txn.add(producer, 't')
    await txn.produce(producer, 0)
    expect((await txn.init('x')).errorCode).toBe(51)
    const next = await txn.init('x')
    expect([next.errorCode, next.producerId === producer.producerId, next.producerEpoch]).toEqual([0, true, 2])
    expect(await fetchAt(client, 0, readCommitted)).toEqual([2, 2, [0], true])
  })

  test('transaction_timeout_aborts', async () => {
    const { client, txn } = await fresh({ settings: { transactionAbortIntervalMs: 10 } })
    const producer = await txn.init('x', { timeoutMs: 50 })
    await txn.add(producer, 't')
    await txn.produce(producer, 0)
    const waiting = await client.fetch('t', 0, { isolationLevel: readCommitted, maxWaitMs: 20_000 })
    expect(waiting.abortedTransactions!.map(({ firstOffset }) => firstOffset)).toEqual([0n])
    expect(await txn.end(producer, true)).toBe(90)
    expect(await txn.produce(producer, 1)).toBe(47)
  })

  test('describe_transactions, describe_producers', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x')
    const describe = async () => {
      const { transactionStates } = await client.ask('DescribeTransactions', 0, { transactionalIds: ['x', 'no'] })
      return transactionStates.map(({ errorCode, transactionState, topics }) => [errorCode, transactionState, topics])
    }
    const unknown = [105, '', []]
    expect(await describe()).toEqual([[0, 'Empty', []], unknown])
    const producers = async (partition: number) => {
      const asked = { topics: [{ name: 't', partitionIndexes: [partition] }] }
      const { topics } = await client.ask('DescribeProducers', 0, asked)
      const { errorCode, activeProducers } = topics[0]!.partitions[0]!
      const shapes = activeProducers.map((active) => [
        active.producerId === producer.producerId,
        active.producerEpoch,
        active.lastSequence,
        Number(active.currentTxnStartOffset),
      ])
      return [errorCode, shapes]
    }
    await txn.add(producer, 't')
    await txn.produce(producer, 0)
    expect(await describe()).toEqual([[0, 'Ongoing', [{ topic: 't', partitions: [0] }]], unknown])
    expect([await producers(0), await producers(7)]).toEqual([
      [0, [[true, 0, 0, 0]]],
      [3, []],
    ])
    await txn.end(producer, true)
    expect(await describe()).toEqual([[0, 'CompleteCommit', []], unknown])
    expect(await producers(0)).toEqual([0, [[true, 0, 0, -1]]])
  })

  test('list_transactions, by state, producer, duration and pattern', async () => {
    const { client, txn } = await fresh()
    const one = await txn.init('orders-1')
    await txn.init('payments')
    await txn.add(one, 't')
    const list = async (more: object, version = 2) => {
      const answer = await client.ask('ListTransactions', version, { stateFilters: [], producerIdFilters: [], ...more })
      return answer.errorCode === 0
        ? [answer.transactionStates.map(({ transactionalId }) => transactionalId), answer.unknownStateFilters]
        : answer.errorCode
    }
    expect(await list({})).toEqual([['orders-1', 'payments'], []])
    expect(await list({ stateFilters: ['Ongoing', 'Nonsense'] })).toEqual([['orders-1'], ['Nonsense']])
    expect(await list({ producerIdFilters: [one.producerId] })).toEqual([['orders-1'], []])
    expect(await list({ durationFilter: 3_600_000n, stateFilters: ['Ongoing'] })).toEqual([[], []])
    expect(await list({ transactionalIdPattern: 'orders-.*' })).toEqual([['orders-1'], []])
    expect(await list({ transactionalIdPattern: '(' })).toBe(128)
  })
})
