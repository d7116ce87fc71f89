// The logical plan: relational algebra over typed expressions, as frozen plain data. The validator builds it, the rules
// rewrite it, the physical planner reads it.
//
// Expressions of a node count columns of the node's input from 0 (`union` and scans have none). `type` is the row the
// node gives. A new kind makes every visitor below stop compiling until it is handled.
import type { TableDescription } from '../../connectors/connector.ts'
import type { AggregateCallSpec, WindowProperty } from '../../operators/operator-spec.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { WindowShape, WindowTime } from '../../windows/window-spec.ts'
import type { Expression, SortExpression } from '../expressions/expression.ts'

interface LogicalNodeBase {
  readonly type: RowType
}

/** A table read: physical columns, then metadata columns, of the table as declared. Computed columns stand above. */
export interface ScanNode extends LogicalNodeBase {
  readonly kind: 'scan'
  /** `catalog, database, table`. */
  readonly path: readonly string[]
  readonly table: TableDescription
  /** Kept columns: indexes into physical columns followed by metadata columns, ascending. */
  readonly columns: readonly number[]
}

/**
 * A table read with what belongs into the source: computed columns and the watermark, which each split keeps for itself.
 * What rules make of watermark assigner, projection and scan.
 */
export interface TableSourceNode extends LogicalNodeBase {
  readonly kind: 'table-source'
  readonly path: readonly string[]
  readonly table: TableDescription
  /** As ScanNode.columns: what the connector reads. */
  readonly columns: readonly number[]
  /** The node's columns, over `columns`. */
  readonly expressions: readonly Expression[]
  readonly watermark: SourceWatermark | undefined
}
export interface SourceWatermark {
  /** Column of the node; `expression` is over the node's columns. */
  readonly rowtime: number
  readonly expression: Expression
  readonly options: Readonly<Record<string, string>>
}

/** Rows of constants. */
export interface ValuesNode extends LogicalNodeBase {
  readonly kind: 'values'
  readonly rows: readonly (readonly Cell[])[]
}

export interface ProjectNode extends LogicalNodeBase {
  readonly kind: 'project'
  readonly input: LogicalNode
  readonly expressions: readonly Expression[]
}

export interface FilterNode extends LogicalNodeBase {
  readonly kind: 'filter'
  readonly input: LogicalNode
  readonly condition: Expression
}

/** Projection after an optional filter: what rules make of projects and filters. */
export interface CalcNode extends LogicalNodeBase {
  readonly kind: 'calc'
  readonly input: LogicalNode
  readonly expressions: readonly Expression[]
  readonly condition: Expression | undefined
}

/** Declares a rowtime: the watermark of each row is the value of `watermark`. */
export interface WatermarkAssignerNode extends LogicalNodeBase {
  readonly kind: 'watermark-assigner'
  readonly input: LogicalNode
  readonly rowtime: number
  readonly watermark: Expression
  /** The table's options: `scan.watermark.emit.strategy` and its siblings. */
  readonly options: Readonly<Record<string, string>>
}

/** A window over a time: what WindowSpec says, without the session's settings. */
export interface LogicalWindow {
  readonly shape: WindowShape
  readonly time: WindowTime
  /** The time windowed first was a TIMESTAMP_LTZ: bounds are wall clock times of the session's zone. */
  readonly ltz: boolean
}

/** TUMBLE, HOP, CUMULATE, SESSION: the input's columns, then window_start, window_end, window_time. */
export interface WindowFunctionNode extends LogicalNodeBase {
  readonly kind: 'window-function'
  readonly input: LogicalNode
  readonly window: LogicalWindow
}

/** GROUP BY columns of the input. Output: keys, then aggregates. No keys: one group of everything. */
export interface AggregateNode extends LogicalNodeBase {
  readonly kind: 'aggregate'
  readonly input: LogicalNode
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCallSpec[]
}

/** GROUP BY window_start, window_end [, keys]. Output: keys, aggregates, properties. */
export interface WindowAggregateNode extends LogicalNodeBase {
  readonly kind: 'window-aggregate'
  readonly input: LogicalNode
  readonly window: LogicalWindow
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCallSpec[]
  readonly properties: readonly WindowProperty[]
}

/** Each input row once per projection (grouping sets). */
export interface ExpandNode extends LogicalNodeBase {
  readonly kind: 'expand'
  readonly input: LogicalNode
  readonly projections: readonly (readonly Expression[])[]
}

/** UNION ALL; two or more inputs of equal types. */
export interface UnionNode extends LogicalNodeBase {
  readonly kind: 'union'
  readonly inputs: readonly LogicalNode[]
}

/** ORDER BY with offset and limit (rows). No sort keys: the first rows that arrive. */
export interface SortNode extends LogicalNodeBase {
  readonly kind: 'sort'
  readonly input: LogicalNode
  readonly orderBy: readonly SortExpression[]
  readonly offset: number
  readonly limit: number | undefined
}

/** Where the rows of a statement go. */
export interface SinkNode extends LogicalNodeBase {
  readonly kind: 'sink'
  readonly input: LogicalNode
  readonly target: SinkTarget
}
export type SinkTarget =
  | { readonly kind: 'collect' }
  | {
      readonly kind: 'table'
      readonly path: readonly string[]
      readonly table: TableDescription
      /** Columns that may not be NULL: declared so, or of the primary key. */
      readonly notNullColumns: readonly number[]
    }

export type LogicalNode =
  | ScanNode
  | TableSourceNode
  | ValuesNode
  | ProjectNode
  | FilterNode
  | CalcNode
  | WatermarkAssignerNode
  | WindowFunctionNode
  | AggregateNode
  | WindowAggregateNode
  | ExpandNode
  | UnionNode
  | SortNode
  | SinkNode

export function freeze<T extends LogicalNode>(node: T): T {
  return Object.freeze(node)
}

/** One function per kind; complete by construction. */
export type LogicalVisitor<R> = {
  readonly [K in LogicalNode['kind']]: (node: Extract<LogicalNode, { kind: K }>) => R
}

export function visit<R>(node: LogicalNode, visitor: LogicalVisitor<R>): R {
  return (visitor[node.kind] as (node: LogicalNode) => R)(node)
}

export function inputsOf(node: LogicalNode): readonly LogicalNode[] {
  switch (node.kind) {
    case 'scan':
    case 'table-source':
    case 'values':
      return []
    case 'union':
      return node.inputs
    default:
      return [node.input]
  }
}

export function withInputs(node: LogicalNode, inputs: readonly LogicalNode[]): LogicalNode {
  if (inputsOf(node).every((input, index) => input === inputs[index])) return node
  switch (node.kind) {
    case 'scan':
    case 'table-source':
    case 'values':
      return node
    case 'union':
      return freeze({ ...node, inputs })
    default:
      return freeze({ ...node, input: inputs[0]! })
  }
}

/** Bottom-up rewriting: every node is offered once, after its inputs were rewritten. */
export function rewrite(node: LogicalNode, change: (node: LogicalNode) => LogicalNode): LogicalNode {
  return change(
    withInputs(
      node,
      inputsOf(node).map((input) => rewrite(input, change)),
    ),
  )
}

export function typeOf(node: LogicalNode, column: number): LogicalType {
  return node.type.fields[column]!.type
}
