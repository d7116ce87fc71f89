import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  doubleToInt32,
  doubleToInt64,
  int64Add,
  int64Divide,
  int64Multiply,
  int64Negate,
  int64Remainder,
  int64Subtract,
  int64ToInt32,
  toInt64,
  type Int64,
} from '../../../engine/functions/int64.ts'

const bits = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.bigInt({ min: -100n, max: 100n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 53n - 1n, 0n),
)

function isCanonical(value: Int64): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0)
  return value > 9007199254740991n || value < -9007199254740991n
}

/** The function gives what BigInt arithmetic cut to 64 bits gives, in canonical form. */
function follows(actual: Int64, model: bigint): void {
  expect(isCanonical(actual)).toBe(true)
  expect(BigInt(actual)).toBe(BigInt.asIntN(64, model))
}

describe('64-bit arithmetic wraps around like Java', () => {
  test.each([
    ['add', int64Add, (a: bigint, b: bigint) => a + b],
    ['subtract', int64Subtract, (a: bigint, b: bigint) => a - b],
    ['multiply', int64Multiply, (a: bigint, b: bigint) => a * b],
  ] as const)('%s', (_, operation, model) => {
    fc.assert(fc.property(bits, bits, (a, b) => follows(operation(toInt64(a), toInt64(b)), model(a, b))))
  })

  test('divide and remainder', () => {
    const divisor = bits.filter((value) => value !== 0n)
    fc.assert(
      fc.property(bits, divisor, (a, b) => {
        follows(int64Divide(toInt64(a), toInt64(b)), a / b)
        follows(int64Remainder(toInt64(a), toInt64(b)), a % b)
      }),
    )
  })

  test('negate and narrow', () => {
    fc.assert(
      fc.property(bits, (a) => {
        follows(int64Negate(toInt64(a)), -a)
        expect(BigInt(int64ToInt32(toInt64(a)))).toBe(BigInt.asIntN(32, a))
      }),
    )
  })
})

test('doubles saturate when they become integers', () => {
  expect([NaN, Infinity, -Infinity, 1.9, -1.9, 1e10].map(doubleToInt32)).toEqual([
    0, 2147483647, -2147483648, 1, -1, 2147483647,
  ])
  expect([NaN, 1e300, -1e300, -0.5, 2 ** 60].map(doubleToInt64)).toEqual([
    0,
    2n ** 63n - 1n,
    -(2n ** 63n),
    0,
    2n ** 60n,
  ])
})
