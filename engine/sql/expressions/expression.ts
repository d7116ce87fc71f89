// The typed expression tree: what the binder makes of SQL text, and what planner and code generation work on. Plain data.
import type { TextLocation } from '../../common/errors.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'

interface ExpressionBase {
  readonly type: LogicalType
  /** Where the expression stands in the statement; undefined for what the planner made itself. */
  readonly location?: TextLocation | undefined
}

/** A field of the input row. */
export interface ColumnExpression extends ExpressionBase {
  readonly kind: 'column'
  readonly index: number
  readonly name: string
}

/** A constant in canonical cell form (record-batch.ts). */
export interface LiteralExpression extends ExpressionBase {
  readonly kind: 'literal'
  readonly value: Cell
}

/**
 * A scalar function or operator of the catalogue (function-catalog.ts), by its upper-case name; operators use Calcite's
 * names (`+`, `=`, `AND`, `IS NULL`, `LIKE` …). Operands already have the types that the implementation wants: implicit
 * casts are explicit in the tree.
 */
export interface CallExpression extends ExpressionBase {
  readonly kind: 'call'
  readonly name: string
  readonly operands: readonly Expression[]
  /** What is not a value: the time unit of EXTRACT, the behaviours of JSON_VALUE … Plain data. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** CAST and TRY_CAST; `implicit` where the binder put it in. */
export interface CastExpression extends ExpressionBase {
  readonly kind: 'cast'
  readonly operand: Expression
  readonly mode: 'cast' | 'try-cast'
  readonly implicit: boolean
}

/** Searched CASE; simple CASE, COALESCE, NULLIF and IF arrive in this form. All results have the type of the node. */
export interface CaseExpression extends ExpressionBase {
  readonly kind: 'case'
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
  readonly otherwise: Expression
}

/** A field of a ROW value. */
export interface FieldExpression extends ExpressionBase {
  readonly kind: 'field'
  readonly operand: Expression
  readonly index: number
  readonly name: string
}

/** A call of an aggregate function (aggregate-catalog.ts): the planner replaces it by a column of an aggregation. */
export interface AggregateExpression extends ExpressionBase {
  readonly kind: 'aggregate'
  readonly name: string
  /** Empty for COUNT(*). */
  readonly operands: readonly Expression[]
  readonly distinct: boolean
  /** FILTER (WHERE …), a BOOLEAN. */
  readonly filter?: Expression | undefined
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** A call with OVER: an aggregate or a window function such as ROW_NUMBER. */
export interface OverExpression extends ExpressionBase {
  readonly kind: 'over'
  readonly name: string
  readonly operands: readonly Expression[]
  readonly distinct: boolean
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortExpression[]
  readonly frame?: OverFrame | undefined
}
export interface SortExpression {
  readonly expression: Expression
  readonly descending: boolean
  /** Flink's default: NULLs are the smallest values. */
  readonly nullsFirst: boolean
}
export interface OverFrame {
  readonly unit: 'rows' | 'range'
  readonly start: FrameBound
  readonly end: FrameBound
}
export type FrameBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expression }

export type Expression =
  | ColumnExpression
  | LiteralExpression
  | CallExpression
  | CastExpression
  | CaseExpression
  | FieldExpression
  | AggregateExpression
  | OverExpression

export function column(index: number, name: string, type: LogicalType): ColumnExpression {
  return { kind: 'column', index, name, type }
}

export function literal(value: Cell, type: LogicalType): LiteralExpression {
  return { kind: 'literal', value, type }
}

/** The direct operands, in the order of evaluation. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return []
    case 'call':
      return expression.operands
    case 'cast':
    case 'field':
      return [expression.operand]
    case 'case':
      return [...expression.branches.flatMap((branch) => [branch.when, branch.then]), expression.otherwise]
    case 'aggregate':
      return expression.filter === undefined ? expression.operands : [...expression.operands, expression.filter]
    case 'over':
      return [
        ...expression.operands,
        ...expression.partitionBy,
        ...expression.orderBy.map((sort) => sort.expression),
        ...(expression.frame === undefined
          ? []
          : [...boundOffset(expression.frame.start), ...boundOffset(expression.frame.end)]),
      ]
  }
}

function boundOffset(bound: FrameBound): Expression[] {
  return 'offset' in bound ? [bound.offset] : []
}

function mapBound(bound: FrameBound, change: (child: Expression) => Expression): FrameBound {
  return 'offset' in bound ? { ...bound, offset: change(bound.offset) } : bound
}

/** The same node over changed operands. */
export function mapChildren(expression: Expression, change: (child: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression
    case 'call':
      return { ...expression, operands: expression.operands.map(change) }
    case 'cast':
    case 'field':
      return { ...expression, operand: change(expression.operand) }
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map((branch) => ({ when: change(branch.when), then: change(branch.then) })),
        otherwise: change(expression.otherwise),
      }
    case 'aggregate':
      return {
        ...expression,
        operands: expression.operands.map(change),
        filter: expression.filter === undefined ? undefined : change(expression.filter),
      }
    case 'over':
      return {
        ...expression,
        operands: expression.operands.map(change),
        partitionBy: expression.partitionBy.map(change),
        orderBy: expression.orderBy.map((sort) => ({ ...sort, expression: change(sort.expression) })),
        frame:
          expression.frame === undefined
            ? undefined
            : {
                ...expression.frame,
                start: mapBound(expression.frame.start, change),
                end: mapBound(expression.frame.end, change),
              },
      }
  }
}

/** Top-down replacement: where `replace` gives an expression it stands for the whole subtree. */
export function replaceExpressions(
  expression: Expression,
  replace: (expression: Expression) => Expression | undefined,
): Expression {
  return replace(expression) ?? mapChildren(expression, (child) => replaceExpressions(child, replace))
}

export function someExpression(expression: Expression, test: (expression: Expression) => boolean): boolean {
  return test(expression) || childrenOf(expression).some((child) => someExpression(child, test))
}

/** All nodes of the tree that pass, outermost first. */
export function findExpressions(expression: Expression, test: (expression: Expression) => boolean): Expression[] {
  return [
    ...(test(expression) ? [expression] : []),
    ...childrenOf(expression).flatMap((child) => findExpressions(child, test)),
  ]
}

/** Structural equality, blind to locations and names of columns. */
export function expressionKey(expression: Expression): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'location') return undefined
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Uint8Array) return [...value]
    if (value instanceof Map) return [...(value as Map<Cell, Cell>)]
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
      return Object.is(value, -0) ? '-0' : String(value)
    if (isColumn(value)) return { kind: value.kind, index: value.index, type: value.type }
    return value
  })
}

function isColumn(value: unknown): value is ColumnExpression & { name: string } {
  return typeof value === 'object' && value !== null && (value as Expression).kind === 'column' && 'name' in value
}
