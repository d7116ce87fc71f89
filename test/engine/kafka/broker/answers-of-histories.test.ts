// What real Kafka answers, as random histories found it out (test/integration/kafka/differential.test.ts).
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../../../engine/kafka/protocol/crc32c.ts'
import { checkedBytesStart } from '../../../../engine/kafka/protocol/record-batch.ts'
import { batchOf, now, recordsIn } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'
import { TransactionalClient } from './transactional-client.ts'

const [corrupt, unknownPartition, unsupported, outOfOrder, unknownGroup] = [2, 3, 35, 45, 69] as const

async function fresh(configs: Record<string, string> = {}) {
  const broker = await testBroker()
  const client = await RawClient.connect(broker)
  const topicId = await client.createTopic('t', 1, { 'retention.ms': '-1', ...configs })
  return { client, txn: new TransactionalClient(client), topicId }
}

function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  change(batch)
  batch.writeUInt32BE(crc32c(batch, checkedBytesStart, batch.length), 17)
  return batch
}

const isLogAppendTime = (batch: Buffer): void => void batch.writeInt16BE(batch.readInt16BE(21) | 8, 21)

describe('produce', () => {
  test('what the log refuses is answered with its start, what is too large is not', async () => {
    const { client } = await fresh({ 'cleanup.policy': 'compact', 'max.message.bytes': '200' })
    const keyless = await client.produce('t', batchOf([{ value: 'v' }]))
    expect([keyless.errorCode, keyless.logStartOffset]).toEqual([87, 0n])
    const large = await client.produce('t', batchOf([{ key: 'k', value: 'v'.repeat(300) }]))
    expect([large.errorCode, large.logStartOffset]).toEqual([10, -1n])
  })

  test('behind the batch the beginning of another one may lie, a whole one may not', async () => {
    const { client } = await fresh()
    const batch = (): Buffer => batchOf([{ value: 'v' }])
    const followed = async (rest: Buffer): Promise<number> =>
      (await client.produce('t', Buffer.concat([batch(), rest]))).errorCode
    expect(await followed(Buffer.alloc(1))).toBe(0)
    expect(await followed(batch().subarray(0, 40))).toBe(0)
    expect(await followed(batch())).toBe(87)
    expect(await followed(Buffer.alloc(30))).toBe(corrupt)
    const { records } = await client.fetch('t', 0)
    expect(recordsIn(Buffer.from(records!))).toHaveLength(2)
  })

  test('something that is no batch is the error of all partitions of the request', async () => {
    const { client } = await fresh()
    const bad = batchOf([{ value: 'v' }])
    bad[16] = 3
    const partitionData = [
      { index: 0, records: batchOf([{ value: 'v' }]) },
      { index: 7, records: bad },
    ]
    const topicData = [{ name: 't', partitionData }]
    const { responses } = await client.ask('Produce', 9, { acks: -1, timeoutMs: 1000, topicData })
    expect(responses[0]!.partitionResponses.map(({ errorCode }) => errorCode)).toEqual([corrupt, corrupt])
  })

  test('a producer that says LogAppendTime is not believed, and refused where the topic says so itself', async () => {
    const { client } = await fresh()
    const times = [{ value: 'a' }, { value: 'b', timestamp: now + 5 }]
    const answer = await client.produce('t', changed(batchOf(times), isLogAppendTime))
    expect([answer.errorCode, answer.logAppendTimeMs]).toEqual([0, -1n])
    const { records } = await client.fetch('t', 0)
    expect(recordsIn(Buffer.from(records!)).map(({ timestamp }) => timestamp)).toEqual([now, now + 5])
    await client.createTopic('l', 1, { 'message.timestamp.type': 'LogAppendTime' })
    const refused = await client.produce('l', changed(batchOf(times), isLogAppendTime))
    expect([refused.errorCode, refused.recordErrors.map(({ batchIndex }) => batchIndex)]).toEqual([32, [0, 1]])
  })

  test('records out of time are named', async () => {
    const { client } = await fresh()
    const answer = await client.produce('t', batchOf([{ value: 'a' }, { value: 'b', timestamp: Date.now() + 1e9 }]))
    expect([answer.errorCode, answer.recordErrors.map(({ batchIndex }) => batchIndex)]).toEqual([32, [1]])
  })

  test('records without a time do not make the next ones roll the segment', async () => {
    const { client } = await fresh()
    await client.produceRecords('t', [{ value: 'a', timestamp: -1 }])
    await client.produceRecords('t', [{ value: 'b' }])
    const { records } = await client.fetch('t', 0)
    expect(recordsIn(Buffer.from(records!))).toHaveLength(2)
  })

  test('a batch that was there before is answered with its time', async () => {
    const { client } = await fresh()
    const { producerId } = await client.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1000 })
    const options = { producerId, producerEpoch: 0, baseSequence: 0 }
    const send = async (): Promise<bigint> =>
      (await client.produce('t', batchOf([{ value: 'v' }], options))).logAppendTimeMs
    expect([await send(), await send()]).toEqual([-1n, BigInt(now)])
  })

  test('an epoch of -1 is taken, and followed by any sequence', async () => {
    const { client } = await fresh()
    const { producerId } = await client.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1000 })
    const send = async (producerEpoch: number, baseSequence: number): Promise<number> =>
      (await client.produce('t', batchOf([{ value: 'v' }], { producerId, producerEpoch, baseSequence }))).errorCode
    expect([await send(-1, 0), await send(0, 5), await send(-1, 1)]).toEqual([0, 0, 47])
  })
})

describe('transactions', () => {
  test('a batch does not overtake the first one of its transaction, which was refused', async () => {
    const { txn } = await fresh()
    const producer = await txn.init('x')
    expect(await txn.produce(producer, 0)).toBe(48)
    expect(await txn.add(producer, 't')).toEqual([0])
    expect(await txn.produce(producer, 1)).toBe(outOfOrder)
    expect(await txn.produce(producer, 0)).toBe(0)
    expect(await txn.produce(producer, 1)).toBe(0)
  })

  test('a producer of KIP-890 begins with sequence 0 where nothing is known of it', async () => {
    const { txn } = await fresh()
    const producer = await txn.init('x')
    expect(await txn.produce(producer, 3, 12)).toBe(outOfOrder)
    expect(await txn.produce(producer, 0, 12)).toBe(0)
  })

  test('a group does not come to be by offsets that were refused', async () => {
    const { client, txn } = await fresh()
    const producer = await txn.init('x')
    const stale = { ...producer, producerEpoch: 7 }
    expect(await txn.commitOffset(stale, 1, { version: 5 })).toBe(47)
    const topics = [{ name: 'none', partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }] }]
    await client.ask('OffsetCommit', 8, { groupId: 'g', topics })
    const { results } = await client.ask('DeleteGroups', 2, { groupsNames: ['g'] })
    expect(results[0]!.errorCode).toBe(unknownGroup)
  })

  test('what began before the start of the log holds the last stable offset at the batch that the log starts in', async () => {
    const { client, txn } = await fresh()
    const { producerId, producerEpoch } = await txn.init('x')
    await txn.add({ transactionalId: 'x', producerId, producerEpoch }, 't')
    const options = { producerId, producerEpoch, baseSequence: 0, transactional: true }
    const batch = batchOf([{ value: 'a' }, { value: 'b' }, { value: 'c' }], options)
    expect((await client.produce('t', batch, { transactionalId: 'x' })).errorCode).toBe(0)
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2n }] }]
    await client.ask('DeleteRecords', 2, { topics, timeoutMs: 1000 })
    const { lastStableOffset, logStartOffset, records } = await client.fetch('t', 2, { isolationLevel: 1 })
    expect([lastStableOffset, logStartOffset, records?.length]).toEqual([0n, 2n, 0])
  })
})

test('the first generation of a group does not wait for those who have a member id only; that one of them leaves begins another', async () => {
  const { client } = await fresh()
  const join = (version: number) =>
    client.ask('JoinGroup', version, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      ...(version > 0 ? { rebalanceTimeoutMs: 10_000 } : {}),
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    })
  expect((await join(6)).errorCode).toBe(79)
  expect(await join(0)).toMatchObject({ errorCode: 0, generationId: 1 })
  const { memberId } = await join(6)
  expect((await client.ask('LeaveGroup', 3, { groupId: 'g', members: [{ memberId }] })).errorCode).toBe(0)
  const { groups } = await client.ask('DescribeGroups', 6, { groups: ['g'] })
  expect(groups[0]!.groupState).toBe('PreparingRebalance')
})

describe('reading', () => {
  test('the epoch that was fetched last must be one of the log', async () => {
    const { client, topicId } = await fresh()
    await client.produceRecords('t', [{ value: 'v' }])
    const fetch = async (fetchOffset: bigint, lastFetchedEpoch: number) => {
      const partitions = [{ partition: 0, fetchOffset, lastFetchedEpoch, partitionMaxBytes: 1000 }]
      const asked = { maxWaitMs: 0, minBytes: 0, topics: [{ topicId, partitions }] }
      return (await client.ask('Fetch', 16, asked)).responses[0]!.partitions[0]!
    }
    expect((await fetch(0n, 0)).records).not.toHaveLength(0)
    expect((await fetch(0n, 1)).errorCode).toBe(1)
    const diverging = await fetch(9n, 0)
    expect([diverging.errorCode, diverging.divergingEpoch]).toEqual([0, { epoch: 0, endOffset: 1n }])
  })

  test('no aborted transactions are listed for a partition that does not exist', async () => {
    const { client } = await fresh()
    const unknown = await client.fetch('t', 0, { partition: 5 })
    expect([unknown.errorCode, unknown.abortedTransactions]).toEqual([unknownPartition, []])
    expect((await client.fetch('t', 9)).abortedTransactions).toBeNull()
  })

  test('aborted transactions are listed as far as the index of offsets is vague, none where nothing fits', async () => {
    const { client, txn } = await fresh()
    await client.createTopic('u')
    await client.produce('u', batchOf([{ value: 'v', timestamp: Date.now() }]))
    await client.produce('t', batchOf([{ value: 'v', timestamp: Date.now() }]))
    const producer = await txn.init('x')
    await txn.add(producer, 't')
    await txn.produce(producer, 0)
    await txn.end(producer, false)
    const fetch = async (maxBytes: number, partitionMaxBytes: number) => {
      const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes }]
      const topics = ['u', 't'].map((topic) => ({ topic, partitions }))
      const { responses } = await client.ask('Fetch', 11, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes,
        isolationLevel: 1,
        topics,
      })
      const { abortedTransactions, records } = responses[1]!.partitions[0]!
      return [recordsIn(Buffer.from(records!)).length, abortedTransactions?.map(({ firstOffset }) => firstOffset)]
    }
    expect(await fetch(1000, 100)).toEqual([1, [1n]])
    expect(await fetch(100, 100)).toEqual([0, undefined])
    expect(await fetch(1, 100)).toEqual([0, [1n]])
  })

  test('what the version does not know is refused before the partition is looked for', async () => {
    const { client } = await fresh()
    const topics = [{ name: 'none', partitions: [{ partitionIndex: 0, timestamp: -5n }] }]
    const answer = await client.ask('ListOffsets', 7, { replicaId: -1, topics })
    expect(answer.topics[0]!.partitions[0]!.errorCode).toBe(unsupported)
  })

  test('the greatest timestamp is found also among records that were deleted', async () => {
    const { client } = await fresh()
    await client.produceRecords('t', [{ value: 'a', timestamp: now + 9 }])
    await client.produceRecords('t', [{ value: 'b' }])
    await client.ask('DeleteRecords', 2, {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1n }] }],
      timeoutMs: 1000,
    })
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -3n }] }]
    const answer = await client.ask('ListOffsets', 7, { replicaId: -1, topics })
    expect(answer.topics[0]!.partitions[0]!).toMatchObject({ offset: 0n, timestamp: BigInt(now + 9) })
  })
})
