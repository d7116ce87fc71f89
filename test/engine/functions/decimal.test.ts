import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareDecimals,
  decimalAdd,
  decimalDivide,
  decimalMultiply,
  decimalRemainder,
  decimalSubtract,
  decimalToDecimal,
  decimalToString,
  divideHalfUp,
  doubleToDecimal,
  parseDecimal,
  type DecimalScales,
} from '../../../engine/functions/decimal.ts'
import { toExact } from '../../../engine/functions/int64.ts'

const unscaled = fc.oneof(
  fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
)
const scale = fc.integer({ min: 0, max: 12 })

/** An exact fraction rounded half away from zero, or null where it has too many digits. */
function model(numerator: bigint, denominator: bigint, result: DecimalScales): bigint | null {
  const rounded = divideHalfUp(numerator * 10n ** BigInt(result.scale), denominator)
  const limit = 10n ** BigInt(result.precision)
  return rounded < limit && rounded > -limit ? rounded : null
}

function big(value: number | bigint | null): bigint | null {
  return value === null ? null : BigInt(value)
}

describe('decimals agree with exact fractions', () => {
  const operands = fc.record({
    a: unscaled,
    b: unscaled,
    left: scale,
    right: scale,
    scale,
    precision: fc.integer({ min: 12, max: 38 }),
  })

  test('add, subtract, multiply', () => {
    fc.assert(
      fc.property(operands, ({ a, b, ...scales }) => {
        const [one, other] = [10n ** BigInt(scales.left), 10n ** BigInt(scales.right)]
        const [x, y] = [toExact(a), toExact(b)]
        expect(big(decimalAdd(x, y, scales))).toBe(model(a * other + b * one, one * other, scales))
        expect(big(decimalSubtract(x, y, scales))).toBe(model(a * other - b * one, one * other, scales))
        expect(big(decimalMultiply(x, y, scales))).toBe(model(a * b, one * other, scales))
      }),
    )
  })

  test('divide, remainder, compare', () => {
    fc.assert(
      fc.property(operands, ({ a, b, ...scales }) => {
        fc.pre(b !== 0n)
        const [one, other] = [10n ** BigInt(scales.left), 10n ** BigInt(scales.right)]
        const [x, y] = [toExact(a), toExact(b)]
        expect(big(decimalDivide(x, y, scales))).toBe(model(a * other, b * one, scales))
        expect(big(decimalRemainder(x, y, scales))).toBe(model((a * other) % (b * one), one * other, scales))
        const difference = a * other - b * one
        expect(compareDecimals(x, scales.left, y, scales.right)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
      }),
    )
  })

  test('text round trip', () => {
    fc.assert(
      fc.property(unscaled, scale, (value, digits) => {
        expect(parseDecimal(decimalToString(toExact(value), digits))).toEqual({ unscaled: value, scale: digits })
      }),
    )
  })
})

test('a decimal that does not fit is NULL', () => {
  expect(decimalToDecimal(12345, 3, 3, 2)).toBeNull()
  expect(decimalToDecimal(-5, 3, 3, 2)).toBe(-1)
  expect(doubleToDecimal(NaN, 10, 2)).toBeNull()
  expect(doubleToDecimal(1e21, 10, 2)).toBeNull()
  expect(doubleToDecimal(0.125, 10, 2)).toBe(13)
})

test('a division by zero says so', () => {
  const scales = { left: 0, right: 0, precision: 10, scale: 2 }
  expect(() => decimalDivide(1, 0, scales)).toThrow('Division by zero')
  expect(() => decimalRemainder(1, 0, scales)).toThrow('Division by zero')
})
