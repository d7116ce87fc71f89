// One column's values for `datagen`.
import { MILLIS_PER_DAY } from '../../functions/calendar.ts'
import { limitPrecision, parseDecimal, powerOfTen, rescale } from '../../functions/decimal.ts'
import { toExact } from '../../functions/int64.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { FieldGenerator } from './datagen-settings.ts'

export interface GeneratorContext {
  readonly random: () => number
  /** ms since 1970. */
  readonly now: () => number
}

type RandomGenerator = Extract<FieldGenerator, { kind: 'random' }>

/** A cell for the row with this number, counted over all subtasks. */
export type ValueGenerator = (rowNumber: number) => Cell

export function createValueGenerator(
  type: LogicalType,
  generator: FieldGenerator,
  context: GeneratorContext,
): ValueGenerator {
  if (generator.kind === 'sequence') return createSequence(type, BigInt(generator.start))
  const next = createRandom(type, generator, context)
  if (generator.nullRate === 0) return next
  return () => (context.random() < generator.nullRate ? null : next())
}

function createSequence(type: LogicalType, start: bigint): ValueGenerator {
  const at = (rowNumber: number): bigint => start + BigInt(rowNumber)
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return (rowNumber) => String(at(rowNumber))
    case 'DECIMAL':
      return (rowNumber) => limitPrecision(at(rowNumber) * powerOfTen(type.scale), type.precision)
    case 'BIGINT':
      return (rowNumber) => toExact(at(rowNumber))
    default:
      return (rowNumber) => Number(at(rowNumber))
  }
}

const INTEGER_BITS: Readonly<Partial<Record<LogicalType['kind'], number>>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INTEGER: 32,
  BIGINT: 64,
  INTERVAL_YEAR_MONTH: 32,
  INTERVAL_DAY_TIME: 53,
}

function createRandom(type: LogicalType, generator: RandomGenerator, context: GeneratorContext): () => Cell {
  const { random, now } = context
  const bits = INTEGER_BITS[type.kind]
  if (bits !== undefined) return createRandomInteger(generator, bits, random)
  switch (type.kind) {
    case 'FLOAT':
      return createRandomDouble(generator, 1.4e-45, 3.4028234663852886e38, (value) => Math.fround(value), random)
    case 'DOUBLE':
      return createRandomDouble(generator, Number.MIN_VALUE, Number.MAX_VALUE, (value) => value, random)
    case 'DECIMAL':
      return createRandomDecimal(generator, type.precision, type.scale, random)
    case 'CHAR':
    case 'VARCHAR':
      return () => randomHex(lengthOf(generator, random), random)
    case 'BINARY':
    case 'VARBINARY':
      return () => Uint8Array.from({ length: lengthOf(generator, random) }, () => Math.floor(random() * 256))
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return () => Math.floor(now() - random() * generator.maxPastMs)
    case 'DATE':
      return () => Math.floor(now() / MILLIS_PER_DAY)
    case 'TIME':
      return () => now() - Math.floor(now() / MILLIS_PER_DAY) * MILLIS_PER_DAY
    default:
      return () => random() < 0.5
  }
}

function lengthOf(generator: RandomGenerator, random: () => number): number {
  return generator.varLen ? 1 + Math.floor(random() * generator.length) : generator.length
}

function randomHex(length: number, random: () => number): string {
  let text = ''
  while (text.length < length)
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, length)
}

function createRandomInteger(generator: RandomGenerator, bits: number, random: () => number): () => Cell {
  const limit = 2n ** BigInt(bits - 1)
  const min = generator.min === null ? -limit : BigInt(generator.min)
  const max = generator.max === null ? limit - 1n : BigInt(generator.max)
  return createUniform(min, max, random)
}

/** Uniform over [min, max]; beyond 53 bits put together from two draws. */
function createUniform(min: bigint, max: bigint, random: () => number): () => number | bigint {
  const count = max - min + 1n
  if (count <= 2n ** 52n && Number.isSafeInteger(Number(min)) && Number.isSafeInteger(Number(max))) {
    const [from, size] = [Number(min), Number(count)]
    return () => from + Math.floor(random() * size)
  }
  return () => {
    const high = BigInt(Math.floor(random() * 2 ** 48))
    const low = BigInt(Math.floor(random() * 2 ** 48))
    return toExact(min + ((((high << 48n) | low) * count) >> 96n))
  }
}

function createRandomDouble(
  generator: RandomGenerator,
  lowest: number,
  highest: number,
  round: (value: number) => number,
  random: () => number,
): () => Cell {
  const min = generator.min === null ? lowest : Number(generator.min)
  const max = generator.max === null ? highest : Number(generator.max)
  return () => {
    const share = random()
    return round(min * (1 - share) + max * share)
  }
}

function createRandomDecimal(
  generator: RandomGenerator,
  precision: number,
  scale: number,
  random: () => number,
): () => Cell {
  const bound = (text: string | null, fallback: bigint): bigint => {
    const parsed = text === null ? undefined : parseDecimal(text)
    return parsed === undefined ? fallback : rescale(parsed.unscaled, parsed.scale, scale)
  }
  const limit = powerOfTen(precision) - 1n
  return createUniform(bound(generator.min, -limit), bound(generator.max, limit), random)
}
