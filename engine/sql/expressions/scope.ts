// The names that an expression may use, and what they stand for.
import { FlinktsError, type TextLocation } from '../../common/errors.ts'
import { withNullability, type LogicalType, type RowType } from '../../types/logical-type.ts'
import type { Identifier, Node } from '../ast/node.ts'
import { column, type Expression } from './expression.ts'
import { nearestName } from '../../common/near-name.ts'

export interface ScopeColumn {
  readonly name: string
  readonly type: LogicalType
  /** Field of the input row. */
  readonly index: number
  /** Alias or name of the table it comes from. */
  readonly relation?: string | undefined
}

/** What the session, and the statement's text, add to the meaning of an expression. */
export interface ExpressionOptions {
  readonly sessionTimeZone: string
  /** Batch mode: CURRENT_TIMESTAMP and its kin stand still during a query. */
  readonly isBatch?: boolean | undefined
  /** Where a node stands in the user's text. */
  readonly locate?: ((node: Node) => TextLocation) | undefined
}

export interface Scope {
  readonly columns: readonly ScopeColumn[]
  readonly options: ExpressionOptions
  /** The clause being bound, for messages: SELECT, WHERE … */
  readonly clause?: string | undefined
}

export function createScope(columns: readonly ScopeColumn[], options: ExpressionOptions): Scope {
  return { columns, options }
}

export function scopeOfRow(type: RowType, options: ExpressionOptions, relation?: string): Scope {
  return createScope(
    type.fields.map((field, index) => ({ name: field.name, type: field.type, index, relation })),
    options,
  )
}

export function locate(options: ExpressionOptions, node: Node): TextLocation | undefined {
  return options.locate?.(node)
}

export function invalidExpression(options: ExpressionOptions, node: Node, message: string, fix?: string): FlinktsError {
  return new FlinktsError('SQL_VALIDATION', message, { location: locate(options, node), fix })
}

/** Refuses what Flink has and flinkts has not. */
export function unsupportedExpression(
  options: ExpressionOptions,
  node: Node,
  construct: string,
  fix?: string,
): FlinktsError {
  return new FlinktsError('SQL_UNSUPPORTED', `${construct} is not supported.`, { location: locate(options, node), fix })
}

/** A field of a row value; undefined where the type has none of that name. */
export function accessField(operand: Expression, name: string): Expression | undefined {
  if (operand.type.kind !== 'ROW') return undefined
  const index = operand.type.fields.findIndex((field) => field.name === name)
  const field = operand.type.fields[index]
  if (field === undefined) return undefined
  const type = operand.type.nullable ? withNullability(field.type, true) : field.type
  return { kind: 'field', operand, index, name, type, location: operand.location }
}

function findColumn(name: string, relation: string | undefined, scope: Scope, node: Node): ScopeColumn | undefined {
  const found = scope.columns.filter(
    (candidate) => candidate.name === name && (relation === undefined || candidate.relation === relation),
  )
  if (found.length > 1) {
    const relations = found.map((candidate) => candidate.relation).filter((each) => each !== undefined)
    throw invalidExpression(
      scope.options,
      node,
      `Column '${name}' is ambiguous`,
      relations.length > 0
        ? `Write which one is meant: ${relations.map((each) => `${each}.${name}`).join(' or ')}.`
        : undefined,
    )
  }
  return found[0]
}

/** Column, then fields of rows; the table's name may come first. */
function resolveParts(
  parts: readonly Identifier[],
  scope: Scope,
  node: Node,
): { column: ScopeColumn; used: number } | undefined {
  const [first, second] = parts
  if (second !== undefined) {
    const qualified = findColumn(second.name, first!.name, scope, node)
    if (qualified !== undefined) return { column: qualified, used: 2 }
    // catalog.database.table.column and database.table.column
    for (let used = parts.length; used > 2; used--) {
      const deep = findColumn(parts[used - 1]!.name, parts[used - 2]!.name, scope, node)
      if (deep !== undefined) return { column: deep, used }
    }
  }
  const simple = findColumn(first!.name, undefined, scope, node)
  return simple === undefined ? undefined : { column: simple, used: 1 }
}

function unknownName(parts: readonly Identifier[], scope: Scope, node: Node): FlinktsError {
  const relations = [...new Set(scope.columns.map((each) => each.relation).filter((each) => each !== undefined))]
  const [first, second] = parts
  if (second !== undefined && !relations.includes(first!.name)) {
    const near = nearestName(first!.name, relations)
    const known = relations.length === 0 ? undefined : `Tables here: ${relations.join(', ')}.`
    return invalidExpression(
      scope.options,
      first!,
      `Table '${first!.name}' not found`,
      near === undefined ? known : `Did you mean '${near}'?`,
    )
  }
  const name = second === undefined ? first!.name : second.name
  const names = scope.columns
    .filter((each) => second === undefined || each.relation === first!.name)
    .map((each) => each.name)
  const near = nearestName(name, names)
  const message =
    second === undefined
      ? `Column '${name}' not found in any table`
      : `Column '${name}' not found in table '${first!.name}'`
  return invalidExpression(
    scope.options,
    node,
    near === undefined ? message : `${message}; did you mean '${near}'?`,
    near === undefined
      ? `Columns here: ${[...new Set(names)].join(', ') || 'none'}.`
      : `Write '${near}'. Names are case-sensitive.`,
  )
}

/**
 * What a name stands for.
 * @throws SQL_VALIDATION with the nearest name where there is none, or where several columns have it
 */
export function resolveIdentifier(parts: readonly Identifier[], scope: Scope, node: Node): Expression {
  const found = resolveParts(parts, scope, node)
  if (found === undefined) throw unknownName(parts, scope, node)
  const { index, name, type } = found.column
  let expression: Expression = { ...column(index, name, type), location: locate(scope.options, node) }
  for (const part of parts.slice(found.used)) {
    const next = accessField(expression, part.name)
    if (next === undefined) {
      const fields = expression.type.kind === 'ROW' ? expression.type.fields.map((field) => field.name) : []
      const near = nearestName(part.name, fields)
      throw invalidExpression(
        scope.options,
        part,
        `Column '${parts.map((each) => each.name).join('.')}' not found in any table`,
        near === undefined ? undefined : `Did you mean '${near}'?`,
      )
    }
    expression = next
  }
  return expression
}
