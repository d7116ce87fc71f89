import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimeHeap } from '../../../src/generators/time-heap.ts'

test('gives items back in the order of their times, whatever came between', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant('pop' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const heap = new TimeHeap()
      const model: number[] = []
      for (const step of steps) {
        if (step !== 'pop') {
          heap.push(step, step)
          model.push(step)
          model.sort((a, b) => a - b)
        } else if (model.length > 0) expect(heap.pop()).toBe(model.shift())
        expect(heap.nextMs).toBe(model[0] ?? Infinity)
        expect(heap.size).toBe(model.length)
      }
    }),
  )
})

test('grows', () => {
  const heap = new TimeHeap()
  for (let item = 5000; item > 0; item--) heap.push(item, item)
  expect(Array.from({ length: 5000 }, () => heap.pop())).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1))
})
