import fc from 'fast-check'
import { expect, test } from 'vitest'
import { QuotaRate } from '../../../../../engine/kafka/broker/quotas/quota-rate.ts'

test('ten seconds of the limit may come at once, what is beyond has to be waited for', () => {
  const rate = new QuotaRate()
  expect(rate.record(10_000, 1000, 0)).toBe(0)
  expect(rate.record(1000, 1000, 500)).toBe(1000)
  expect(rate.record(0, 1000, 10_900)).toBe(100)
  expect(rate.record(0, 1000, 11_000)).toBe(0)
  expect([rate.isIdle(21_000), rate.isIdle(22_000)]).toEqual([false, true])
})

test("whoever sends a second's worth at most, and waits as told, is not faster than the limit in the long run", () => {
  const amounts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 100, maxLength: 300 })
  fc.assert(
    fc.property(amounts, fc.integer({ min: 5000, max: 10_000 }), (each, limit) => {
      const rate = new QuotaRate()
      let nowMs = 0
      let sum = 0
      for (const amount of each) {
        sum += amount
        nowMs += rate.record(amount, limit, nowMs) + 1
      }
      // Ten seconds' worth may come at once; a window that ends is forgotten as a whole.
      expect(sum).toBeLessThanOrEqual(1.2 * ((limit * nowMs) / 1000) + 12 * limit)
    }),
  )
})
