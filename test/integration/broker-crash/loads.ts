// Clients that work while their broker is killed under them, and know what must be there afterwards. A load does one step
// after the other until it is told to stop; what was on its way when the broker died, it sends again.
import { expect } from 'vitest'
import { batchOf } from '../../engine/kafka/log/log-fixture.ts'
import { AnswerLost, IdempotentWriter, type LastingClient } from './lasting-client.ts'
import { readPartition } from './read-partition.ts'

export interface Load {
  step(): Promise<void>
  /** With nothing under way. */
  check(): Promise<void>
}

/** Idempotent batches: each record is there once, in order, where the broker said. */
export class IdempotentLoad implements Load {
  readonly #client: LastingClient
  readonly #writer: IdempotentWriter
  readonly #place: readonly [topic: string, partition: number]
  readonly #random: () => number
  #count = 0

  constructor(client: LastingClient, place: readonly [string, number], random: () => number) {
    this.#client = client
    this.#writer = new IdempotentWriter(client, ...place)
    this.#place = place
    this.#random = random
  }

  async step(): Promise<void> {
    const count = 1 + Math.floor(this.#random() * 5)
    const records = Array.from({ length: count }, (_, i) => ({ value: `${this.#count + i}` }))
    expect(await this.#writer.write(records)).toBe(this.#count)
    this.#count += count
  }

  async check(): Promise<void> {
    const { records } = await readPartition(this.#client, ...this.#place, { committedOnly: false })
    expect(records.map(({ value }) => value)).toEqual(Array.from({ length: this.#count }, (_, i) => `${i}`))
  }
}

const keyCount = 20

/** Into a topic that is compacted all the time: the last value of each key is there, and no older one behind it. */
export class CompactedLoad implements Load {
  readonly #client: LastingClient
  readonly #writer: IdempotentWriter
  readonly #topic: string
  readonly #random: () => number
  readonly #last = new Map<string, string>()
  #count = 0

  constructor(client: LastingClient, topic: string, random: () => number) {
    this.#client = client
    this.#writer = new IdempotentWriter(client, topic, 0)
    this.#topic = topic
    this.#random = random
  }

  async step(): Promise<void> {
    const records = Array.from({ length: 1 + Math.floor(this.#random() * 5) }, () => ({
      key: `k${Math.floor(this.#random() * keyCount)}`,
      value: `${this.#count++}`,
    }))
    await this.#writer.write(records)
    for (const { key, value } of records) this.#last.set(key, value)
  }

  async check(): Promise<void> {
    const options = { committedOnly: false, mayHaveGaps: true }
    const { records, endOffset } = await readPartition(this.#client, this.#topic, 0, options)
    expect(endOffset).toBe(this.#count)
    // One value for each offset ever written.
    for (const { offset, value } of records) expect(value).toBe(`${offset}`)
    expect(new Map(records.map(({ key, value }) => [key, value]))).toEqual(this.#last)
  }
}

type Outcome = 'committed' | 'aborted' | 'unknown'

interface DoneTransaction {
  readonly values: readonly (readonly string[])[]
  /** Of the group, where the transaction brought one. */
  readonly offset: number | undefined
  outcome: Outcome
}

/** Transactions over the partitions of a topic, and offsets of a group: all of one is seen, or nothing of it. */
export class TransactionalLoad implements Load {
  readonly #client: LastingClient
  readonly #id: string
  readonly #topic: string
  readonly #partitionCount: number
  readonly #random: () => number
  readonly #done: DoneTransaction[] = []
  #producer: { producerId: bigint; producerEpoch: number } | undefined
  #sequences: number[] = []

  constructor(
    client: LastingClient,
    id: string,
    topic: { readonly name: string; readonly partitions: number },
    random: () => number,
  ) {
    this.#client = client
    this.#id = id
    this.#topic = topic.name
    this.#partitionCount = topic.partitions
    this.#random = random
  }

  get outcomes(): Outcome[] {
    return this.#done.map(({ outcome }) => outcome)
  }

  async step(): Promise<void> {
    if (this.#producer === undefined) await this.#init()
    const values = Array.from({ length: this.#partitionCount }, (_, partition) =>
      Array.from(
        { length: Math.floor(this.#random() * 4) },
        (_, i) => `${this.#id}/${this.#done.length}/${partition}/${i}`,
      ),
    )
    const offset = this.#random() < 0.5 ? this.#done.length : undefined
    const done: DoneTransaction = { values, offset, outcome: 'aborted' }
    this.#done.push(done)
    if (values.flat().length > 0) await this.#addPartitions(values)
    for (const [partition, part] of values.entries()) if (part.length > 0) await this.#produce(partition, part)
    if (offset !== undefined) await this.#addOffset(offset)
    if (values.flat().length > 0 || offset !== undefined) await this.#end(done)
  }

  /** As a producer that starts: what it had left open is aborted. */
  async #init(): Promise<void> {
    for (;;) {
      const answer = await this.#client.ask('InitProducerId', 4, {
        transactionalId: this.#id,
        transactionTimeoutMs: 600_000,
        producerId: -1n,
        producerEpoch: -1,
      })
      if (answer.errorCode === concurrentTransactions) continue
      expect(answer.errorCode).toBe(0)
      this.#producer = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
      this.#sequences = Array.from({ length: this.#partitionCount }, () => 0)
      return
    }
  }

  async #addPartitions(values: DoneTransaction['values']): Promise<void> {
    const { producerId, producerEpoch } = this.#producer!
    const partitions = [...values.keys()].filter((partition) => values[partition]!.length > 0)
    const { resultsByTopicV3AndBelow } = await this.#client.ask('AddPartitionsToTxn', 3, {
      v3AndBelowTransactionalId: this.#id,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: this.#topic, partitions }],
    })
    for (const { partitionErrorCode } of resultsByTopicV3AndBelow[0]!.resultsByPartition)
      expect(partitionErrorCode).toBe(0)
  }

  async #produce(partition: number, values: readonly string[]): Promise<void> {
    const records = values.map((value) => ({ value, timestamp: Date.now() }))
    const options = { ...this.#producer!, baseSequence: this.#sequences[partition]!, transactional: true }
    const { responses } = await this.#client.ask('Produce', 9, {
      transactionalId: this.#id,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: this.#topic, partitionData: [{ index: partition, records: batchOf(records, options) }] }],
    })
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
    this.#sequences[partition]! += values.length
  }

  async #addOffset(offset: number): Promise<void> {
    const producer = { transactionalId: this.#id, ...this.#producer!, groupId: this.#id }
    expect((await this.#client.ask('AddOffsetsToTxn', 3, producer)).errorCode).toBe(0)
    const partitions = [{ partitionIndex: 0, committedOffset: BigInt(offset), committedMetadata: '' }]
    const { topics } = await this.#client.ask('TxnOffsetCommit', 3, {
      ...producer,
      topics: [{ name: this.#topic, partitions }],
    })
    expect(topics[0]!.partitions[0]!.errorCode).toBe(0)
  }

  async #end(done: DoneTransaction): Promise<void> {
    const way = this.#random()
    // Some are left open: the next start of the producer aborts them.
    if (way < 0.1) return this.#init()
    const committed = way < 0.7
    const request = { transactionalId: this.#id, ...this.#producer!, committed }
    try {
      expect((await this.#client.askOnce('EndTxn', 3, request)).errorCode).toBe(0)
      done.outcome = committed ? 'committed' : 'aborted'
    } catch (error) {
      if (!(error instanceof AnswerLost)) throw error
      if (this.#random() < 0.5) {
        expect((await this.#client.ask('EndTxn', 3, request)).errorCode).toBe(0)
        done.outcome = committed ? 'committed' : 'aborted'
      } else {
        done.outcome = committed ? 'unknown' : 'aborted'
        await this.#init()
      }
    }
  }

  async check(): Promise<void> {
    const read = (committedOnly: boolean) =>
      Promise.all(
        Array.from({ length: this.#partitionCount }, (_, i) =>
          readPartition(this.#client, this.#topic, i, { committedOnly }),
        ),
      )
    const mine = (partitions: Awaited<ReturnType<typeof read>>): string[][] =>
      partitions.map(({ records }) =>
        records.map(({ value }) => value!).filter((value) => value.startsWith(`${this.#id}/`)),
      )
    const committed = mine(await read(true))
    const offset = await this.#committedOffset()
    // Nobody knew, but now it stands: by its values, or by its offset where it has none.
    for (const [index, done] of this.#done.entries()) {
      if (done.outcome !== 'unknown') continue
      const [first] = done.values.flat()
      const isSeen = first === undefined ? offset === index : committed.flat().includes(first)
      done.outcome = isSeen ? 'committed' : 'aborted'
    }
    const visible = this.#done.filter(({ outcome }) => outcome === 'committed')
    expect(committed).toEqual(valuesByPartition(visible, this.#partitionCount))
    expect(mine(await read(false))).toEqual(valuesByPartition(this.#done, this.#partitionCount))
    expect(offset).toBe(visible.findLast((done) => done.offset !== undefined)?.offset ?? -1)
  }

  async #committedOffset(): Promise<number> {
    const { groups } = await this.#client.ask('OffsetFetch', 8, {
      groups: [{ groupId: this.#id, topics: [{ name: this.#topic, partitionIndexes: [0] }] }],
      requireStable: true,
    })
    const { errorCode, committedOffset } = groups[0]!.topics[0]!.partitions[0]!
    expect(errorCode).toBe(0)
    return Number(committedOffset)
  }
}

const concurrentTransactions = 51

function valuesByPartition(transactions: readonly DoneTransaction[], partitionCount: number): string[][] {
  return Array.from({ length: partitionCount }, (_, i) => transactions.flatMap(({ values }) => values[i]!))
}

/** A member of a group: it stays one, in its generation, and its offsets stay committed. */
export class MemberLoad implements Load {
  readonly #client: LastingClient
  readonly #groupId: string
  readonly #topic: string
  #member: { memberId: string; generationId: number } | undefined
  #committed = -1

  constructor(client: LastingClient, groupId: string, topic: string) {
    this.#client = client
    this.#groupId = groupId
    this.#topic = topic
  }

  async step(): Promise<void> {
    this.#member ??= await this.#join()
    const request = { groupId: this.#groupId, ...this.#member }
    expect((await this.#client.ask('Heartbeat', 3, request)).errorCode).toBe(0)
    const next = this.#committed + 1
    const { topics } = await this.#client.ask('OffsetCommit', 7, {
      groupId: this.#groupId,
      memberId: this.#member.memberId,
      generationIdOrMemberEpoch: this.#member.generationId,
      topics: [
        {
          name: this.#topic,
          partitions: [{ partitionIndex: 0, committedOffset: BigInt(next), committedMetadata: '' }],
        },
      ],
    })
    expect(topics[0]!.partitions[0]!.errorCode).toBe(0)
    this.#committed = next
  }

  async check(): Promise<void> {
    const { groups } = await this.#client.ask('DescribeGroups', 5, { groups: [this.#groupId] })
    const { groupState, members } = groups[0]!
    expect([groupState, members.map(({ memberId }) => memberId)]).toEqual(['Stable', [this.#member!.memberId]])
    expect(Buffer.from(members[0]!.memberAssignment).toString()).toBe('assigned')
    const { topics } = await this.#client.ask('OffsetFetch', 7, {
      groupId: this.#groupId,
      topics: [{ name: this.#topic, partitionIndexes: [0] }],
    })
    expect(Number(topics[0]!.partitions[0]!.committedOffset)).toBe(this.#committed)
  }

  /** As a static member: one that did not get its answer joins again as itself. */
  async #join(): Promise<{ memberId: string; generationId: number }> {
    const protocols = [{ name: 'range', metadata: Buffer.from('m') }]
    const joined = await this.#client.ask('JoinGroup', 5, {
      groupId: this.#groupId,
      sessionTimeoutMs: 300_000,
      rebalanceTimeoutMs: 300_000,
      memberId: '',
      groupInstanceId: 'static',
      protocolType: 'consumer',
      protocols,
    })
    expect(joined.errorCode).toBe(0)
    const { memberId, generationId } = joined
    const synced = await this.#client.ask('SyncGroup', 3, {
      groupId: this.#groupId,
      generationId,
      memberId,
      groupInstanceId: 'static',
      assignments: [{ memberId, assignment: Buffer.from('assigned') }],
    })
    expect([synced.errorCode, Buffer.from(synced.assignment).toString()]).toEqual([0, 'assigned'])
    return { memberId, generationId }
  }
}
