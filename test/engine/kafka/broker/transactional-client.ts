// A transactional producer at the level of requests, for topic `t`, partition 0, and group `g`.
import { batchOf } from '../log/log-fixture.ts'
import type { RawClient } from './raw-client.ts'

export interface TestProducer {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

export class TransactionalClient {
  readonly client: RawClient

  constructor(client: RawClient) {
    this.client = client
  }

  async init(
    transactionalId: string,
    options: {
      timeoutMs?: number
      version?: number
      expected?: { producerId: bigint; producerEpoch: number }
    } = {},
  ): Promise<TestProducer & { errorCode: number }> {
    const { timeoutMs: transactionTimeoutMs = 60_000, version = 4, expected } = options
    const { producerId, producerEpoch } = expected ?? { producerId: -1n, producerEpoch: -1 }
    const asked = { transactionalId, transactionTimeoutMs, producerId, producerEpoch }
    const answer = await this.client.ask('InitProducerId', version, asked)
    return {
      transactionalId,
      errorCode: answer.errorCode,
      producerId: answer.producerId,
      producerEpoch: answer.producerEpoch,
    }
  }

  async add(producer: TestProducer, topic: string, version = 3): Promise<number[]> {
    const answer = await this.client.ask('AddPartitionsToTxn', version, {
      v3AndBelowTransactionalId: producer.transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    })
    return answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
      resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
    )
  }

  async produce(producer: TestProducer, baseSequence: number, version = 9, value = 'v'): Promise<number> {
    const { transactionalId, producerId, producerEpoch } = producer
    const batch = batchOf([{ value, timestamp: Date.now() }], {
      producerId,
      producerEpoch,
      baseSequence,
      transactional: true,
    })
    return (await this.client.produce('t', batch, { version, transactionalId })).errorCode
  }

  async end(producer: TestProducer, committed: boolean, version = 3): Promise<number> {
    return (await this.client.ask('EndTxn', version, { ...producer, committed })).errorCode
  }

  async endV2(producer: TestProducer, committed: boolean): Promise<[number, bigint, number]> {
    const { errorCode, producerId, producerEpoch } = await this.client.ask('EndTxn', 5, { ...producer, committed })
    return [errorCode, producerId, producerEpoch]
  }

  async latestOffset(isolationLevel: number): Promise<number> {
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1n }] }]
    const answer = await this.client.ask('ListOffsets', 7, { replicaId: -1, isolationLevel, topics })
    return Number(answer.topics[0]!.partitions[0]!.offset)
  }

  async addOffsets(producer: TestProducer): Promise<number> {
    return (await this.client.ask('AddOffsetsToTxn', 3, { ...producer, groupId: 'g' })).errorCode
  }

  async commitOffset(
    producer: TestProducer,
    offset: number,
    options: { version?: number; memberId?: string; generationId?: number } = {},
  ): Promise<number> {
    const { version = 3, memberId = '', generationId = -1 } = options
    const partitions = [{ partitionIndex: 0, committedOffset: BigInt(offset), committedMetadata: '' }]
    const { topics } = await this.client.ask('TxnOffsetCommit', version, {
      ...producer,
      groupId: 'g',
      memberId,
      generationId,
      topics: [{ name: 't', partitions }],
    })
    return topics[0]!.partitions[0]!.errorCode
  }

  /** The group's offset, and the error. */
  async committed(requireStable: boolean): Promise<[number, number]> {
    const groups = [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }]
    const answer = await this.client.ask('OffsetFetch', 8, { groups, requireStable })
    const { committedOffset, errorCode } = answer.groups[0]!.topics[0]!.partitions[0]!
    return [Number(committedOffset), errorCode]
  }
}
