// The parts of CREATE TABLE and ALTER TABLE.
import type { DataTypeNode } from './data-type.ts'
import type { Identifier, Node } from './node.ts'
import type { ExpressionNode } from './query.ts'

export interface PhysicalColumn extends Node {
  readonly kind: 'PhysicalColumn'
  readonly name: Identifier
  readonly type: DataTypeNode
  /** `PRIMARY KEY [NOT ENFORCED]` written at the column; has this one column. */
  readonly constraint: TableConstraint | undefined
  readonly comment: string | undefined
}
/** `name AS expression`. */
export interface ComputedColumn extends Node {
  readonly kind: 'ComputedColumn'
  readonly name: Identifier
  readonly expression: ExpressionNode
  readonly comment: string | undefined
}
/** `name type METADATA [FROM 'key'] [VIRTUAL]`. */
export interface MetadataColumn extends Node {
  readonly kind: 'MetadataColumn'
  readonly name: Identifier
  readonly type: DataTypeNode
  /** `undefined`: the column's name. */
  readonly key: string | undefined
  readonly virtual: boolean
  readonly comment: string | undefined
}
/** A bare name in the column list of CREATE TABLE … AS SELECT, which reorders the query's columns. */
export interface ColumnName extends Node {
  readonly kind: 'ColumnName'
  readonly name: Identifier
}
export type ColumnDefinition = PhysicalColumn | ComputedColumn | MetadataColumn | ColumnName

/** `WATERMARK FOR column AS expression`; the column may be a field of a row (`a.b`). */
export interface WatermarkDefinition extends Node {
  readonly kind: 'WatermarkDefinition'
  readonly column: readonly Identifier[]
  readonly expression: ExpressionNode
}
export interface TableConstraint extends Node {
  readonly kind: 'TableConstraint'
  readonly name: Identifier | undefined
  readonly type: 'PRIMARY KEY' | 'UNIQUE'
  readonly columns: readonly Identifier[]
  /** `undefined` where neither ENFORCED nor NOT ENFORCED was written (Flink refuses this later). */
  readonly enforced: boolean | undefined
}
/** `DISTRIBUTED [BY [HASH | RANGE] (a, b)] [INTO n BUCKETS]`. */
export interface Distribution extends Node {
  readonly kind: 'Distribution'
  readonly type: 'HASH' | 'RANGE' | undefined
  readonly columns: readonly Identifier[]
  readonly buckets: number | undefined
}
export type LikeFeature =
  'ALL' | 'CONSTRAINTS' | 'DISTRIBUTION' | 'GENERATED' | 'METADATA' | 'OPTIONS' | 'PARTITIONS' | 'WATERMARKS'
export interface LikeOption extends Node {
  readonly kind: 'LikeOption'
  readonly strategy: 'INCLUDING' | 'EXCLUDING' | 'OVERWRITING'
  readonly feature: LikeFeature
}
/** Where ALTER TABLE … ADD or MODIFY puts a column. */
export type ColumnPosition = { readonly type: 'FIRST' } | { readonly type: 'AFTER'; readonly column: Identifier }

export interface PositionedColumn extends Node {
  readonly kind: 'PositionedColumn'
  readonly column: ColumnDefinition
  readonly position: ColumnPosition | undefined
}
