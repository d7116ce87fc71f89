// The pattern of MATCH_RECOGNIZE.
import type { Identifier, Node } from './node.ts'

/** SKIP PAST LAST ROW, SKIP TO NEXT ROW, SKIP TO FIRST a, SKIP TO LAST a (also `SKIP TO a`). */
export interface AfterMatch extends Node {
  readonly kind: 'AfterMatch'
  readonly type: 'PAST LAST ROW' | 'NEXT ROW' | 'FIRST' | 'LAST'
  readonly variable: Identifier | undefined
}
export type RowPattern = PatternVariable | PatternSequence | PatternAlternation | PatternQuantified | PatternExclusion
export interface PatternVariable extends Node {
  readonly kind: 'PatternVariable'
  readonly name: Identifier
}
/** `a b c`; two or more. */
export interface PatternSequence extends Node {
  readonly kind: 'PatternSequence'
  readonly parts: readonly RowPattern[]
}
/** `a | b`; two or more. */
export interface PatternAlternation extends Node {
  readonly kind: 'PatternAlternation'
  readonly parts: readonly RowPattern[]
}
/** `a*`, `a+?`, `a{2,3}`; `max` is undefined without a bound. */
export interface PatternQuantified extends Node {
  readonly kind: 'PatternQuantified'
  readonly part: RowPattern
  readonly min: number
  readonly max: number | undefined
  readonly greedy: boolean
}
/** `{- a -}`. */
export interface PatternExclusion extends Node {
  readonly kind: 'PatternExclusion'
  readonly part: RowPattern
}
