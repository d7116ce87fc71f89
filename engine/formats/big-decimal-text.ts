// Java's BigDecimal.toString(): scientific where the scale is negative or the number begins behind six zeros.
import { decimalToString, type Unscaled } from '../functions/decimal.ts'

export function bigDecimalToString(value: Unscaled, scale: number): string {
  const digits = String(value < 0 ? -value : value)
  const exponent = digits.length - 1 - scale
  if (scale >= 0 && exponent >= -6) return decimalToString(value, scale)
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`
  return `${value < 0 ? '-' : ''}${mantissa}E${exponent < 0 ? '' : '+'}${exponent}`
}
