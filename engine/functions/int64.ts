// 64-bit integer arithmetic with Java's wrap-around on canonical BIGINT cells (number where safe, else bigint).

export type Int64 = number | bigint

/** The canonical cell of a 64-bit value; wraps around. */
export function toInt64(value: bigint): Int64 {
  return toExact(BigInt.asIntN(64, value))
}

/** The canonical cell of an integer of any size. */
export function toExact(value: bigint): Int64 {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
}

export function int64Add(left: Int64, right: Int64): Int64 {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right
    if (Number.isSafeInteger(sum)) return sum
  }
  return toInt64(BigInt(left) + BigInt(right))
}

export function int64Subtract(left: Int64, right: Int64): Int64 {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right
    if (Number.isSafeInteger(difference)) return difference
  }
  return toInt64(BigInt(left) - BigInt(right))
}

export function int64Multiply(left: Int64, right: Int64): Int64 {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right
    // + 0 turns -0 into 0: integers have no negative zero
    if (Number.isSafeInteger(product)) return product + 0
  }
  return toInt64(BigInt(left) * BigInt(right))
}

/** Truncates towards zero; the divisor is not 0. */
export function int64Divide(left: Int64, right: Int64): Int64 {
  // left - left % right is a multiple of right, so the quotient of the doubles is exact
  if (typeof left === 'number' && typeof right === 'number') return (left - (left % right)) / right + 0
  return toInt64(BigInt(left) / BigInt(right))
}

/** The remainder has the sign of the dividend; the divisor is not 0. */
export function int64Remainder(left: Int64, right: Int64): Int64 {
  if (typeof left === 'number' && typeof right === 'number') return (left % right) + 0
  return toInt64(BigInt(left) % BigInt(right))
}

export function int64Negate(value: Int64): Int64 {
  return typeof value === 'number' ? 0 - value : toInt64(-value)
}

export function compareInt64(left: Int64, right: Int64): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** Java's `(int) long`. */
export function int64ToInt32(value: Int64): number {
  // ToInt32 is exact for safe integers
  return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value))
}

/** Java's narrowing of a double to long: NaN is 0, out of range saturates. */
export function doubleToInt64(value: number): Int64 {
  if (value !== value) return 0
  const whole = Math.trunc(value)
  if (Number.isSafeInteger(whole)) return whole + 0
  if (whole >= 2 ** 63) return 9223372036854775807n
  if (whole <= -(2 ** 63)) return -9223372036854775808n
  return toExact(BigInt(whole))
}

/** Java's narrowing of a double to int: NaN is 0, out of range saturates. */
export function doubleToInt32(value: number): number {
  if (value !== value) return 0
  if (value >= 2147483647) return 2147483647
  if (value <= -2147483648) return -2147483648
  return value | 0
}
