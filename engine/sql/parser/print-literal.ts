import type { IntervalQualifier } from '../ast/node.ts'
import type { LiteralNode } from '../ast/literal.ts'
import { quoteString } from './printer.ts'

export function printLiteral(node: LiteralNode): string {
  switch (node.kind) {
    case 'NumberLiteral':
      // `DECIMAL '-5'`: a sign, or no point, cannot be part of a plain decimal number.
      return node.form === 'decimal' && !/^(\d+\.\d*|\.\d+)$/.test(node.text) ? `DECIMAL '${node.text}'` : node.text
    case 'StringLiteral': {
      const prefix = node.charset === undefined ? '' : node.charset === 'ISO-8859-1' ? 'N' : `_${node.charset}`
      return prefix + quoteString(node.value)
    }
    case 'BinaryLiteral':
      return `X'${node.hex}'`
    case 'BooleanLiteral':
      return node.value === null ? 'UNKNOWN' : node.value ? 'TRUE' : 'FALSE'
    case 'NullLiteral':
      return 'NULL'
    case 'DateTimeLiteral':
      return `${node.type} ${quoteString(node.text)}`
    case 'IntervalLiteral':
      return `INTERVAL ${node.negative ? '-' : ''}${quoteString(node.text)} ${printIntervalQualifier(node.qualifier)}`
  }
}

/** `DAY(3) TO SECOND(2)`. */
export function printIntervalQualifier({ from, to, precision, fractionalPrecision }: IntervalQualifier): string {
  const leading =
    precision === undefined
      ? undefined
      : to === undefined && fractionalPrecision !== undefined
        ? `${precision}, ${fractionalPrecision}`
        : `${precision}`
  const first = leading === undefined ? from : `${from}(${leading})`
  if (to === undefined) return first
  return `${first} TO ${to}${fractionalPrecision === undefined ? '' : `(${fractionalPrecision})`}`
}
