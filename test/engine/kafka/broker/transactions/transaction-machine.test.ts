import { describe, expect, test } from 'vitest'
import {
  completed,
  fenced,
  onAdd,
  onEnd,
  onInit,
  type Decision,
} from '../../../../../engine/kafka/broker/transactions/transaction-machine.ts'
import {
  decodeTransactionRecord,
  encodeTransactionRecord,
} from '../../../../../engine/kafka/broker/transactions/transaction-records.ts'
import {
  isExpired,
  isTimedOut,
  newTransaction,
  type Transaction,
} from '../../../../../engine/kafka/broker/transactions/transaction.ts'

const newProducerId = (): number => 99
const partition = { topic: 't', partition: 0 }
const offset = { groupId: 'g', topic: 't', partition: 0, offset: 7, leaderEpoch: 3, metadata: 'm' }
const nowMs = 1000

function next(decision: Decision): Transaction {
  if (decision.kind !== 'next') throw new Error(JSON.stringify(decision))
  return decision.next
}

const init = (transaction: Transaction, expected?: { producerId: number; producerEpoch: number }): Decision =>
  onInit(transaction, { expected, timeoutMs: 500, nowMs, newProducerId })
const end = (transaction: Transaction, isCommit: boolean, isVersion2: boolean, identity: object = {}): Decision =>
  onEnd(transaction, { ...transaction, ...identity, isCommit, isVersion2, nowMs, newProducerId })

const empty = next(init(newTransaction('x', 5, 500, 0)))
const ongoing = next(onAdd(empty, empty, [partition], nowMs, [offset]))
const atEpoch = (transaction: Transaction, producerEpoch: number): Transaction => ({ ...transaction, producerEpoch })

describe('a transaction', () => {
  test('goes from empty to ongoing to prepared to complete, and on', () => {
    expect(empty).toMatchObject({ state: 'Empty', producerId: 5, producerEpoch: 0, partitions: [] })
    expect(ongoing).toMatchObject({ state: 'Ongoing', partitions: [partition], startedAtMs: nowMs })
    const prepared = next(end(ongoing, true, false))
    expect(prepared).toMatchObject({ state: 'PrepareCommit', producerEpoch: 0, pendingOffsets: [offset] })
    const done = completed(prepared, 2000)
    expect(done).toMatchObject({ state: 'CompleteCommit', partitions: [], pendingOffsets: [], updatedAtMs: 2000 })
    expect(next(onAdd(done, done, [partition], 3000))).toMatchObject({ state: 'Ongoing', startedAtMs: 3000 })
  })

  test('holds each partition once, and of each offset the last', () => {
    expect(onAdd(ongoing, ongoing, [partition], nowMs)).toEqual({ kind: 'unchanged' })
    const later = { ...offset, offset: 9 }
    const more = next(onAdd(ongoing, ongoing, [partition, { topic: 't', partition: 1 }], nowMs, [later]))
    expect([more.partitions.length, more.pendingOffsets]).toEqual([2, [later]])
  })

  test('while it is prepared everybody waits', () => {
    const prepared = next(end(ongoing, false, false))
    const waits = { kind: 'refused', error: 'CONCURRENT_TRANSACTIONS' }
    expect([init(prepared), onAdd(prepared, prepared, [partition], nowMs), end(prepared, false, false)]).toEqual([
      waits,
      waits,
      waits,
    ])
    expect(end(prepared, true, false)).toEqual({ kind: 'refused', error: 'INVALID_TXN_STATE' })
  })

  test('times out when it lasts longer than it may, and its id is forgotten when it is idle for long', () => {
    expect([isTimedOut(ongoing, 1500), isTimedOut(ongoing, 1501), isTimedOut(empty, 9999)]).toEqual([
      false,
      true,
      false,
    ])
    expect([isExpired(ongoing, 1e9, 10), isExpired(empty, 1009, 10), isExpired(empty, 1010, 10)]).toEqual([
      false,
      false,
      true,
    ])
  })
})

describe('epochs', () => {
  test('an end of KIP-890 brings a new one; the same end again is recognised by the one before', () => {
    const done = completed(next(end(ongoing, true, true)), nowMs)
    expect(done).toMatchObject({ producerEpoch: 1, lastProducerEpoch: 0 })
    expect(end(done, true, true, { producerEpoch: 0 })).toEqual({ kind: 'unchanged' })
    expect(end(done, false, true, { producerEpoch: 0 })).toEqual({ kind: 'refused', error: 'INVALID_TXN_STATE' })
    expect(end(done, true, false, { producerEpoch: 0 })).toEqual({ kind: 'refused', error: 'PRODUCER_FENCED' })
  })

  test('the last epoch is kept for fencing: an end of KIP-890 moves on to a new producer id', () => {
    const last = atEpoch(ongoing, 0x7ffe)
    const prepared = next(end(last, true, true))
    expect(prepared).toMatchObject({ producerId: 5, producerEpoch: 0x7fff, nextProducerId: 99 })
    const done = completed(prepared, nowMs)
    expect(done).toMatchObject({ producerId: 99, producerEpoch: 0, previousProducerId: 5, nextProducerId: -1 })
    expect(end(done, true, true, { producerId: 5, producerEpoch: 0x7ffe })).toEqual({ kind: 'unchanged' })
    expect(end(done, true, true, { producerId: 5, producerEpoch: 3 })).toEqual({
      kind: 'refused',
      error: 'INVALID_PRODUCER_ID_MAPPING',
    })
  })

  test('InitProducerId moves on to a new id when the epochs are used up', () => {
    const last = atEpoch(empty, 0x7ffe)
    expect(next(init(last))).toMatchObject({ producerId: 99, producerEpoch: 0, lastProducerEpoch: -1 })
    const moved = next(init(last, { producerId: 5, producerEpoch: 0x7ffe }))
    expect(moved).toMatchObject({ producerId: 99, producerEpoch: 0, previousProducerId: 5 })
    // The answer was lost: the producer comes again as what it was.
    expect(next(init(moved, { producerId: 5, producerEpoch: 0x7ffe }))).toMatchObject({
      producerId: 99,
      producerEpoch: 0,
    })
  })

  test('fencing never runs out of epochs, and leaves the decision to abort', () => {
    const last = fenced(atEpoch(ongoing, 0x7ffe), { nowMs, newProducerId })
    expect(last).toMatchObject({ state: 'PrepareAbort', producerEpoch: 0x7fff, nextProducerId: 99 })
    expect(next(init(completed(last, nowMs)))).toMatchObject({ producerId: 99, producerEpoch: 1 })
  })
})

test('records are read as they were written', () => {
  for (const transaction of [empty, ongoing, next(end(ongoing, true, true)), fenced(ongoing, { nowMs, newProducerId })])
    expect(decodeTransactionRecord(encodeTransactionRecord({ transactionalId: 'x', transaction }))).toEqual({
      transactionalId: 'x',
      transaction,
    })
  const forgotten = { transactionalId: 'x', transaction: null }
  expect(decodeTransactionRecord(encodeTransactionRecord(forgotten))).toEqual(forgotten)
})
