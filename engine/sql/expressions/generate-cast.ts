// Code for CAST: what costs nothing on numbers is written out, the rest is engine/functions/cast.ts.
import { MAX_LENGTH, type LogicalType } from '../../types/logical-type.ts'
import { computeStrict, isExactKind, type Block, type Generator, type Value } from './code-context.ts'
import { asDecimal, isInteger } from './common-type.ts'
import type { CastExpression } from './expression.ts'

interface InlineCast {
  /** undefined: the value as it is. */
  readonly code: string | undefined
  readonly isNumber: boolean
}

const INTEGER_ORDER: readonly LogicalType['kind'][] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']

function toDecimal(
  value: Value,
  from: LogicalType,
  to: LogicalType & { precision: number; scale: number },
): InlineCast | undefined {
  const source = asDecimal(from)
  if (source.precision - source.scale > to.precision - to.scale || source.scale > to.scale) return undefined
  const shift = to.scale - source.scale
  if (shift === 0) return { code: undefined, isNumber: value.isNumber }
  if (!value.isNumber || source.precision + shift > 15) return undefined
  return { code: `${value.code} * ${10 ** shift}`, isNumber: true }
}

/** Between TIMESTAMP and TIMESTAMP_LTZ, where both are whole milliseconds. */
function throughZone(generator: Generator, value: Value, from: LogicalType, to: LogicalType): InlineCast | undefined {
  if (!value.isNumber || !('precision' in to) || to.precision < 3) return undefined
  const zone = (): string => generator.context.hoist('functions.createTimeZone(context.sessionTimeZone)', 'z')
  if (from.kind === 'TIMESTAMP_LTZ' && to.kind === 'TIMESTAMP') {
    return { code: `${value.code} + ${zone()}.offsetAt(${value.code})`, isNumber: true }
  }
  if (from.kind === 'TIMESTAMP' && to.kind === 'TIMESTAMP_LTZ')
    return { code: `${zone()}.toUtc(${value.code})`, isNumber: true }
  return undefined
}

function inlineCast(value: Value, from: LogicalType, to: LogicalType): InlineCast | undefined {
  const same = { code: undefined, isNumber: value.isNumber }
  if (isInteger(from) && isInteger(to) && INTEGER_ORDER.indexOf(from.kind) <= INTEGER_ORDER.indexOf(to.kind))
    return same
  if (to.kind === 'INTEGER' && from.kind === 'BIGINT' && value.isNumber)
    return { code: `${value.code} | 0`, isNumber: true }
  if (to.kind === 'DOUBLE') {
    if (from.kind === 'FLOAT' || from.kind === 'DOUBLE') return same
    if (isInteger(from) && value.isNumber) return same
    if (from.kind === 'DECIMAL' && value.isNumber && from.scale < 16)
      return { code: `${value.code} / ${10 ** from.scale}`, isNumber: true }
    return undefined
  }
  if (to.kind === 'FLOAT')
    return from.kind === 'DOUBLE' ? { code: `Math.fround(${value.code})`, isNumber: true } : undefined
  if (to.kind === 'DECIMAL' && (isInteger(from) || from.kind === 'DECIMAL')) return toDecimal(value, from, to)
  if (to.kind === 'VARCHAR' && to.length === MAX_LENGTH && (from.kind === 'CHAR' || from.kind === 'VARCHAR'))
    return same
  if ((to.kind === 'TIMESTAMP' || to.kind === 'TIMESTAMP_LTZ') && from.kind === to.kind) {
    if (from.precision <= to.precision || (value.isNumber && to.precision >= 3)) return same
  }
  return undefined
}

export function generateCast(generator: Generator, expression: CastExpression, block: Block): Value {
  const { operand, type } = expression
  const value = generator.generate(operand, block)
  const inline = inlineCast(value, operand.type, type) ?? throughZone(generator, value, operand.type, type)
  if (inline !== undefined) {
    if (inline.code === undefined) return { ...value, isNumber: inline.isNumber }
    return computeStrict(generator, block, type, [value], (to) => [`${to} = ${inline.code};`], {
      isNumber: inline.isNumber,
    })
  }
  const isTry = expression.mode === 'try-cast'
  const { context } = generator
  const cast = context.scalarFunction(isTry ? 'tryCast' : 'cast', [operand.type], type)
  return computeStrict(
    generator,
    block,
    type,
    [value],
    (to) => [context.markSite(expression), `${to} = ${cast}(${value.code});`],
    { mayBeNull: isTry || type.kind === 'DECIMAL', isNumber: !isExactKind(type) },
  )
}
