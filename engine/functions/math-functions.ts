// Mathematics on DOUBLE, rounding on every numeric type.
import type { LogicalType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { compareCells } from './comparison.ts'
import {
  decimalToDecimal,
  divideHalfUp,
  limitPrecision,
  parseDecimal,
  powerOfTen,
  rescale,
  type Unscaled,
} from './decimal.ts'
import type { CallInfo, ScalarFunctions } from './function-context.ts'
import { toInt64, type Int64 } from './int64.ts'

type Rounding = 'half-up' | 'down'

/** Rounds to `digits` after the point (before it where negative); on the shortest decimal text, as BigDecimal.valueOf. */
function roundDouble(value: number, digits: number, rounding: Rounding): number {
  if (!Number.isFinite(value)) return value
  const parsed = parseDecimal(String(value))!
  if (parsed.scale <= digits) return value
  const rounded = roundUnscaled(parsed.unscaled, parsed.scale, digits, rounding)
  return Number(`${rounded}e${-digits}`)
}

/** The value at scale `digits`, which may be negative. */
function roundUnscaled(value: bigint, scale: number, digits: number, rounding: Rounding): bigint {
  const divisor = powerOfTen(scale - digits)
  return rounding === 'half-up' ? divideHalfUp(value, divisor) : value / divisor
}

function roundInteger(value: Int64, digits: number, rounding: Rounding): Int64 {
  if (digits >= 0) return value
  const unit = powerOfTen(-digits)
  return toInt64((rounding === 'half-up' ? divideHalfUp(BigInt(value), unit) : BigInt(value) / unit) * unit)
}

function decimalScale(type: LogicalType): number {
  return type.kind === 'DECIMAL' ? type.scale : 0
}

function roundBy(rounding: Rounding): (call: CallInfo) => (value: never, digits?: number) => Cell {
  return ({ operandTypes, resultType }) => {
    const type = operandTypes[0]!
    if (type.kind === 'DECIMAL') {
      const target = resultType as LogicalType & { precision: number; scale: number }
      return (value: Unscaled, digits = 0) => {
        const exact = BigInt(value)
        const kept = Math.min(digits, type.scale)
        const rounded = kept >= type.scale ? exact : roundUnscaled(exact, type.scale, kept, rounding)
        const atScale = kept < 0 ? rounded * powerOfTen(-kept) : rounded
        return limitPrecision(rescale(atScale, Math.max(kept, 0), target.scale), target.precision)
      }
    }
    if (type.kind === 'DOUBLE') return (value: number, digits = 0) => roundDouble(value, digits, rounding)
    if (type.kind === 'FLOAT') return (value: number, digits = 0) => Math.fround(roundFloat(value, digits, rounding))
    return (value: Int64, digits = 0) => roundInteger(value, digits, rounding)
  }
}

function roundFloat(value: number, digits: number, rounding: Rounding): number {
  for (let precision = 1; precision <= 9; precision++) {
    const shortest = Number(value.toPrecision(precision))
    if (Math.fround(shortest) === value) return roundDouble(shortest, digits, rounding)
  }
  return value
}

function floorOrCeil(direction: 'floor' | 'ceil'): (call: CallInfo) => (value: never) => Cell {
  return ({ operandTypes, resultType }) => {
    const type = operandTypes[0]!
    if (type.kind === 'DECIMAL') {
      const unit = powerOfTen(type.scale)
      const { precision } = resultType as LogicalType & { precision: number }
      return (value: Unscaled) => {
        const exact = BigInt(value)
        const quotient = exact / unit
        const remainder = exact % unit
        if (direction === 'floor' && remainder < 0n) return limitPrecision(quotient - 1n, precision)
        return limitPrecision(direction === 'ceil' && remainder > 0n ? quotient + 1n : quotient, precision)
      }
    }
    if (type.kind === 'DOUBLE' || type.kind === 'FLOAT') return direction === 'floor' ? Math.floor : Math.ceil
    return (value: Int64) => value
  }
}

function extreme(wanted: 1 | -1): (call: CallInfo) => (...values: Cell[]) => Cell {
  return ({ resultType }) => {
    const compare = compareCells(resultType)
    return (...values) => values.reduce((best, value) => (compare(value, best) * wanted > 0 ? value : best))
  }
}

function sign({ operandTypes }: CallInfo): (value: never) => Cell {
  const scale = decimalScale(operandTypes[0]!)
  const one = operandTypes[0]!.kind === 'DECIMAL' ? decimalToDecimal(1, 0, 38, scale)! : 1
  return (value: number | bigint) => {
    if (value > 0) return one
    return value < 0 ? -one : typeof value === 'bigint' ? 0 : value
  }
}

function logarithm(value: number, base: number): number {
  if (base === 2) return Math.log2(value)
  if (base === 10) return Math.log10(value)
  return Math.log(value) / Math.log(base)
}

const BITS: Partial<Record<LogicalType['kind'], number>> = { TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64 }

export const mathFunctions: ScalarFunctions = {
  absolute: ({ resultType }) => {
    if (resultType.kind === 'DOUBLE' || resultType.kind === 'FLOAT' || resultType.kind === 'DECIMAL') {
      return (value: number | bigint) => (typeof value === 'number' ? Math.abs(value) : value < 0n ? -value : value)
    }
    const bits = BITS[resultType.kind] ?? 64
    // the smallest integer has no positive counterpart: Java's Math.abs gives it back
    return (value: Int64) => (value < 0 ? toInt64(BigInt.asIntN(bits, -BigInt(value))) : value)
  },
  sign,
  round: roundBy('half-up'),
  truncate: roundBy('down'),
  floorNumber: floorOrCeil('floor'),
  ceilNumber: floorOrCeil('ceil'),
  greatest: extreme(1),
  least: extreme(-1),
  power: () => (base: number, exponent: number) =>
    Math.abs(base) === 1 && !Number.isFinite(exponent) ? NaN : base ** exponent,
  squareRoot: () => Math.sqrt,
  exponential: () => Math.exp,
  naturalLogarithm: () => Math.log,
  logarithm10: () => Math.log10,
  logarithm2: () => Math.log2,
  logarithm: () => (first: number, second?: number) =>
    second === undefined ? Math.log(first) : logarithm(second, first),
  sine: () => Math.sin,
  cosine: () => Math.cos,
  tangent: () => Math.tan,
  arcSine: () => Math.asin,
  arcCosine: () => Math.acos,
  arcTangent: () => Math.atan,
  arcTangent2: () => Math.atan2,
  hyperbolicSine: () => Math.sinh,
  hyperbolicCosine: () => Math.cosh,
  hyperbolicTangent: () => Math.tanh,
  cotangent: () => (value: number) => 1 / Math.tan(value),
  degrees: () => (radians: number) => radians * (180 / Math.PI),
  radians: () => (degrees: number) => degrees * (Math.PI / 180),
  pi: () => () => Math.PI,
  eulersNumber: () => () => Math.E,
  random:
    ({ context }) =>
    () =>
      context.random(),
  randomInteger:
    ({ context }) =>
    (...operands: number[]) =>
      Math.floor(context.random() * operands[operands.length - 1]!),
}
