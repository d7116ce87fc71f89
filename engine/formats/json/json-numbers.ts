// Numbers of JSON documents, read exactly.
import { limitPrecision, parseDecimal, rescale, type Unscaled } from '../../functions/decimal.ts'
import { doubleToInt64, toExact, type Int64 } from '../../functions/int64.ts'
import { parseDouble } from '../../functions/floating-point.ts'

const INTEGER_TEXT = /^[+-]?\d+$/

/** Java's trim: everything up to U+0020. */
export function javaTrim(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it trims
  return text.replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, '')
}

/** Long.parseLong within `bits`; undefined where Java throws. */
export function parseInteger(text: string, bits: 8 | 16 | 32 | 64): Int64 | undefined {
  if (!INTEGER_TEXT.test(text)) return undefined
  const number = Number(text)
  if (Number.isSafeInteger(number)) {
    const limit = 2 ** (bits - 1)
    return number >= -limit && number < limit ? number + 0 : undefined
  }
  if (bits < 64) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  return BigInt.asIntN(64, value) === value ? toExact(value) : undefined
}

/** A number with fraction or exponent as an integer: cut towards zero, refused beyond the range of the type. */
export function parseFloatAsInteger(text: string, bits: 32 | 64): Int64 | undefined {
  const value = Number(text)
  if (bits === 32) return value >= -2147483648 && value <= 2147483647 ? Math.trunc(value) + 0 : undefined
  return value >= -(2 ** 63) && value <= 2 ** 63 ? doubleToInt64(value) : undefined
}

/** BigDecimal of the text, half up to the scale: NULL where it does not fit the precision, undefined where it is none. */
export function parseJsonDecimal(text: string, precision: number, scale: number): Unscaled | null | undefined {
  const parsed = parseDecimal(text)
  if (parsed === undefined) return undefined
  return limitPrecision(rescale(parsed.unscaled, parsed.scale, scale), precision)
}

/** Float.parseFloat: rounded once, from the text to 24 bits. */
export function parseFloat32(text: string): number | undefined {
  const value = parseDouble(text)
  if (value === undefined || !Number.isFinite(value)) return value
  const nearest = Math.fround(value)
  if (nearest === value) return nearest
  const other = neighbour(nearest, value > nearest)
  if ((nearest + other) / 2 !== value) return nearest
  // the double lies half way between two floats: the digits it dropped decide
  const exact = parseDecimal(javaTrim(text).replace(/[fFdD]$/, ''))
  if (exact === undefined) return nearest
  const side = compareToDouble(exact.unscaled, exact.scale, value)
  if (side === 0) return nearest
  return side > 0 ? Math.max(nearest, other) : Math.min(nearest, other)
}

const floatView = new Float32Array(1)
const floatBits = new Int32Array(floatView.buffer)

function neighbour(value: number, upwards: boolean): number {
  if (value === 0) return upwards ? 2 ** -149 : -(2 ** -149)
  floatView[0] = value
  floatBits[0]! += value > 0 === upwards ? 1 : -1
  return floatView[0]
}

/** Sign of unscaled / 10^scale − value. */
function compareToDouble(unscaled: bigint, scale: number, value: number): number {
  // value × 2^200 is a whole number for every double that lies between two floats
  const scaled = BigInt(value * 2 ** 200)
  const difference = unscaled * 2n ** 200n - scaled * 10n ** BigInt(scale)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}
