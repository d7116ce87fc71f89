// Exact decimals as unscaled integers: Flink's DecimalData and DecimalDataUtils (rounding HALF_UP; what does not fit the
// precision becomes NULL).
import { toExact, type Int64 } from './int64.ts'
import { DIVISION_BY_ZERO, fail } from './evaluation-error.ts'

/** An unscaled value: number where safe, else bigint. */
export type Unscaled = Int64

const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 80 }, (_, exponent) => 10n ** BigInt(exponent))
const SAFE_POWERS_OF_TEN: readonly number[] = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

export function powerOfTen(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent)
}

/** NULL where the value has more digits than the precision allows. */
export function limitPrecision(value: bigint, precision: number): Unscaled | null {
  const limit = powerOfTen(precision)
  return value < limit && value > -limit ? toExact(value) : null
}

/** value / divisor, half away from zero. */
export function divideHalfUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  const remainder = value % divisor
  const doubled = remainder < 0n ? -remainder * 2n : remainder * 2n
  if (doubled < (divisor < 0n ? -divisor : divisor)) return quotient
  return value < 0n === divisor < 0n ? quotient + 1n : quotient - 1n
}

/** The same number with another scale; digits that fall away are rounded half up. */
export function rescale(value: bigint, fromScale: number, toScale: number): bigint {
  if (toScale === fromScale) return value
  if (toScale > fromScale) return value * powerOfTen(toScale - fromScale)
  return divideHalfUp(value, powerOfTen(fromScale - toScale))
}

/** CAST(decimal AS DECIMAL(precision, scale)). */
export function decimalToDecimal(
  value: Unscaled,
  fromScale: number,
  precision: number,
  scale: number,
): Unscaled | null {
  const up = scale - fromScale
  if (typeof value === 'number' && up >= 0 && up < 16 && precision < 16) {
    const scaled = value * SAFE_POWERS_OF_TEN[up]!
    const limit = SAFE_POWERS_OF_TEN[precision]!
    return scaled < limit && scaled > -limit ? scaled : null
  }
  return limitPrecision(rescale(BigInt(value), fromScale, scale), precision)
}

/** How the operands and the result of one decimal operation are scaled. */
export interface DecimalScales {
  readonly left: number
  readonly right: number
  readonly precision: number
  readonly scale: number
}

function fitsSafely(value: number, precision: number): boolean {
  if (!Number.isSafeInteger(value)) return false
  if (precision >= 16) return true
  const limit = SAFE_POWERS_OF_TEN[precision]!
  return value < limit && value > -limit
}

/** Exact where the result is safe; NaN where it would not be. */
function scaleUp(value: number, digits: number): number {
  if (digits === 0) return value
  const scaled = digits < 16 ? value * SAFE_POWERS_OF_TEN[digits]! : NaN
  return Number.isSafeInteger(scaled) ? scaled : NaN
}

export function decimalAdd(left: Unscaled, right: Unscaled, scales: DecimalScales): Unscaled | null {
  const common = Math.max(scales.left, scales.right)
  if (typeof left === 'number' && typeof right === 'number' && common === scales.scale) {
    const sum = scaleUp(left, common - scales.left) + scaleUp(right, common - scales.right)
    if (fitsSafely(sum, scales.precision)) return sum
  }
  const sum = rescale(BigInt(left), scales.left, common) + rescale(BigInt(right), scales.right, common)
  return limitPrecision(rescale(sum, common, scales.scale), scales.precision)
}

export function decimalNegate(value: Unscaled): Unscaled {
  return typeof value === 'number' ? 0 - value : -value
}

export function decimalSubtract(left: Unscaled, right: Unscaled, scales: DecimalScales): Unscaled | null {
  return decimalAdd(left, decimalNegate(right), scales)
}

export function decimalMultiply(left: Unscaled, right: Unscaled, scales: DecimalScales): Unscaled | null {
  if (typeof left === 'number' && typeof right === 'number' && scales.left + scales.right === scales.scale) {
    const product = left * right
    if (fitsSafely(product, scales.precision)) return product + 0
  }
  return limitPrecision(
    rescale(BigInt(left) * BigInt(right), scales.left + scales.right, scales.scale),
    scales.precision,
  )
}

export function decimalDivide(left: Unscaled, right: Unscaled, scales: DecimalScales): Unscaled | null {
  const divisor = BigInt(right)
  if (divisor === 0n) fail(DIVISION_BY_ZERO)
  const shift = scales.scale + scales.right - scales.left
  const quotient =
    shift >= 0
      ? divideHalfUp(BigInt(left) * powerOfTen(shift), divisor)
      : divideHalfUp(BigInt(left), divisor * powerOfTen(-shift))
  return limitPrecision(quotient, scales.precision)
}

export function decimalRemainder(left: Unscaled, right: Unscaled, scales: DecimalScales): Unscaled | null {
  const common = Math.max(scales.left, scales.right)
  const divisor = rescale(BigInt(right), scales.right, common)
  if (divisor === 0n) fail(DIVISION_BY_ZERO)
  const remainder = rescale(BigInt(left), scales.left, common) % divisor
  return limitPrecision(rescale(remainder, common, scales.scale), scales.precision)
}

export function compareDecimals(left: Unscaled, leftScale: number, right: Unscaled, rightScale: number): number {
  let first: Unscaled = left
  let second: Unscaled = right
  if (leftScale !== rightScale) {
    const common = Math.max(leftScale, rightScale)
    first = rescale(BigInt(left), leftScale, common)
    second = rescale(BigInt(right), rightScale, common)
  }
  return first < second ? -1 : first > second ? 1 : 0
}

/** BigDecimal.toPlainString. */
export function decimalToString(value: Unscaled, scale: number): string {
  if (scale === 0) return String(value)
  const negative = value < 0
  const digits = String(negative ? -value : value).padStart(scale + 1, '0')
  const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return negative ? `-${text}` : text
}

export function decimalToDouble(value: Unscaled, scale: number): number {
  // the quotient of two exact doubles is correctly rounded; else the text is parsed, which is too
  if (typeof value === 'number' && scale < 16) return value / SAFE_POWERS_OF_TEN[scale]!
  return Number(decimalToString(value, scale))
}

/** Java's BigDecimal.valueOf(double), i.e. from the shortest decimal text, rounded to precision and scale. */
export function doubleToDecimal(value: number, precision: number, scale: number): Unscaled | null {
  if (!Number.isFinite(value)) return null
  const parsed = parseDecimal(String(value))
  return parsed === undefined ? null : limitPrecision(rescale(parsed.unscaled, parsed.scale, scale), precision)
}

export interface ParsedDecimal {
  readonly unscaled: bigint
  readonly scale: number
}

const DECIMAL_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** A decimal number as text, with exponent; undefined where it is none. */
export function parseDecimal(text: string): ParsedDecimal | undefined {
  const match = DECIMAL_TEXT.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const shift = Number(exponent)
  if (Math.abs(shift) > 400) return undefined
  const digits = BigInt(whole + fraction)
  const unscaled = sign === '-' ? -digits : digits
  const scale = fraction.length - shift
  return scale >= 0 ? { unscaled, scale } : { unscaled: unscaled * powerOfTen(-scale), scale: 0 }
}

/** The whole part, truncated towards zero. */
export function decimalToBigInt(value: Unscaled, scale: number): bigint {
  return BigInt(value) / powerOfTen(scale)
}
