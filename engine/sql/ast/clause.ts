// Small parts of queries that hold no expressions.
import type { Identifier, Node, QualifiedName, TimeUnit } from './node.ts'

/** `/*+ OPTIONS('k' = 'v'), STATE_TTL('t' = '1h'), BROADCAST(t) *\/`; the name is upper case. */
export interface Hint extends Node {
  readonly kind: 'Hint'
  readonly name: string
  /** `'k' = 'v'` pairs, in order. */
  readonly options: readonly OptionNode[]
  /** Plain values: names or literals as text. */
  readonly values: readonly string[]
}
/** `'key' = 'value'`, of WITH, SET, RESET and hints. */
export interface OptionNode extends Node {
  readonly kind: 'Option'
  readonly key: string
  readonly value: string
}
export interface TableAlias extends Node {
  readonly kind: 'TableAlias'
  readonly name: Identifier
  readonly columns: readonly Identifier[]
}
/** `*`, `t.*`. */
export interface StarItem extends Node {
  readonly kind: 'StarItem'
  readonly qualifier: readonly Identifier[]
}
/** A unit as an argument: `EXTRACT(unit, x)`, `FLOOR(x, unit)`, `CEIL(x, unit)`, `TIMESTAMPADD(unit, n, x)`, `TIMESTAMPDIFF(unit, x, y)`. */
export interface TimeUnitArgument extends Node {
  readonly kind: 'TimeUnitArgument'
  readonly unit: TimeUnit
}
/** `COUNT(*)`. */
export interface StarArgument extends Node {
  readonly kind: 'StarArgument'
}
export interface DefaultArgument extends Node {
  readonly kind: 'DefaultArgument'
}
export interface DescriptorArgument extends Node {
  readonly kind: 'DescriptorArgument'
  readonly columns: readonly Identifier[]
}
/** `MODEL m` as an argument of ML_PREDICT: parsed, so that it can be refused by name. */
export interface ModelArgument extends Node {
  readonly kind: 'ModelArgument'
  readonly name: QualifiedName
}
