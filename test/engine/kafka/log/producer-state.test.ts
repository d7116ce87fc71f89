import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lastSequenceOf, ProducerState, type ProducerBatch } from '../../../../engine/kafka/log/producer-state.ts'

const batch = (baseSequence: number, count = 1, producerEpoch = 0, baseOffset = baseSequence): ProducerBatch => ({
  producerId: 1,
  producerEpoch,
  baseSequence,
  lastSequence: lastSequenceOf(baseSequence, count - 1),
  baseOffset,
  lastOffset: baseOffset + count - 1,
  timestamp: 0,
  isTransactional: false,
})

function stateAfter(...batches: ProducerBatch[]): ProducerState {
  const state = new ProducerState()
  for (const each of batches) state.appended(each, 0)
  return state
}

describe('sequences of an idempotent producer', () => {
  const state = stateAfter(batch(0, 3), batch(3), batch(4), batch(5), batch(6), batch(7))
  test.each([
    ['the next', batch(8), { kind: 'in-order' }],
    ['a gap', batch(9), { kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }],
    ['the last again', batch(7), { kind: 'duplicate', baseOffset: 7 }],
    ['the fifth last again', batch(3), { kind: 'duplicate', baseOffset: 3 }],
    ['one beyond the window', batch(0, 3), { kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }],
    ['a new epoch', batch(0, 1, 1), { kind: 'in-order' }],
    ['a new epoch that begins elsewhere', batch(1, 1, 1), { kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }],
    ['an old epoch', batch(8, 1, -1), { kind: 'refused', error: 'INVALID_PRODUCER_EPOCH' }],
    ['an unknown producer, anywhere', { ...batch(77), producerId: 2 }, { kind: 'in-order' }],
  ])('%s', (_name, next, expected) => expect(state.judge(next)).toMatchObject(expected))

  test('sequences begin anew after 2^31-1, also inside a batch', () => {
    const max = 0x7fffffff
    expect(lastSequenceOf(max - 1, 3)).toBe(1)
    expect(stateAfter(batch(max, 1)).judge(batch(0))).toEqual({ kind: 'in-order' })
    expect(stateAfter(batch(max - 1, 4)).judge(batch(2))).toEqual({ kind: 'in-order' })
  })

  test('an in-order producer is never refused, and its last five batches are always duplicates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        (counts, start) => {
          const producer = new ProducerState()
          const sent: ProducerBatch[] = []
          let sequence = (0x7fffffff - (start % 40)) | 0
          let offset = 0
          for (const count of counts) {
            const next = batch(sequence, count, 0, offset)
            expect(producer.judge(next)).toEqual({ kind: 'in-order' })
            producer.appended(next, 0)
            sent.push(next)
            sequence = next.lastSequence === 0x7fffffff ? 0 : next.lastSequence + 1
            offset += count
          }
          for (const again of sent.slice(-5))
            expect(producer.judge(again)).toMatchObject({ kind: 'duplicate', baseOffset: again.baseOffset })
        },
      ),
    )
  })

  test('silent producers are forgotten', () => {
    const old = stateAfter(batch(0))
    old.forgetBefore(1)
    expect(old.entries).toEqual([])
  })
})
