// Literals as written.
import type { IntervalQualifier, Node } from './node.ts'

/** `text` keeps every digit as written: `1.50` is DECIMAL(3, 2). `approximate` has an exponent and is a DOUBLE. */
export interface NumberLiteral extends Node {
  readonly kind: 'NumberLiteral'
  readonly form: 'integer' | 'decimal' | 'approximate'
  readonly text: string
}
/** `value` after unescaping of `''` and, for `U&'…'`, of code points. `charset` of `_UTF16'…'`. */
export interface StringLiteral extends Node {
  readonly kind: 'StringLiteral'
  readonly value: string
  readonly charset: string | undefined
}
/** `X'CAFE'`: an even number of hexadecimal digits, upper case. */
export interface BinaryLiteral extends Node {
  readonly kind: 'BinaryLiteral'
  readonly hex: string
}
/** `value` is null for UNKNOWN. */
export interface BooleanLiteral extends Node {
  readonly kind: 'BooleanLiteral'
  readonly value: boolean | null
}
export interface NullLiteral extends Node {
  readonly kind: 'NullLiteral'
}
/** `DATE '2024-01-02'`, `TIME '…'`, `TIMESTAMP '…'`; the text in quotes is checked to be of that form. */
export interface DateTimeLiteral extends Node {
  readonly kind: 'DateTimeLiteral'
  readonly type: 'DATE' | 'TIME' | 'TIMESTAMP'
  readonly text: string
}
/** `INTERVAL -'1 10' DAY TO HOUR`; the text in quotes is checked when the expression is bound. */
export interface IntervalLiteral extends Node {
  readonly kind: 'IntervalLiteral'
  readonly negative: boolean
  readonly text: string
  readonly qualifier: IntervalQualifier
}
export type LiteralNode =
  NumberLiteral | StringLiteral | BinaryLiteral | BooleanLiteral | NullLiteral | DateTimeLiteral | IntervalLiteral
