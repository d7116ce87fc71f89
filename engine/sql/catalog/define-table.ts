// CREATE TABLE and ALTER TABLE: the syntax tree's parts as parts of a definition.
import { FlinktsError } from '../../common/errors.ts'
import type { OptionNode } from '../ast/clause.ts'
import type { Node } from '../ast/node.ts'
import type { CreateTable } from '../ast/statement.ts'
import type { ColumnDefinition, TableConstraint, WatermarkDefinition } from '../ast/table-definition.ts'
import { locate, type SourceText } from '../parser/source-text.ts'
import { columnType } from './column-type.ts'
import type { DefinedColumn, TableDefinition } from './table-definition.ts'

/** Without a node the statement's name gets the blame, which the session knows. */
export function invalidTable(source: SourceText, node: Node | undefined, message: string, fix?: string): FlinktsError {
  return new FlinktsError('SQL_VALIDATION', message, { location: node && locate(source, node.span), fix })
}

/** A column, and the error of its type that is kept for later. Bare names (of AS SELECT) are the caller's. */
export function defineColumn(
  node: Exclude<ColumnDefinition, { kind: 'ColumnName' }>,
  source: SourceText,
): { readonly column: DefinedColumn; readonly deferredError: FlinktsError | undefined } {
  const { comment } = node
  const name = node.name.name
  if (node.kind === 'ComputedColumn') {
    const column: DefinedColumn = { kind: 'computed', name, comment, expression: node.expression }
    return { column, deferredError: undefined }
  }
  const { type, deferredError } = columnType(node.type, source)
  if (node.kind === 'PhysicalColumn') return { column: { kind: 'physical', name, comment, type }, deferredError }
  const { key, virtual } = node
  return { column: { kind: 'metadata', name, comment, type, key: key ?? name, virtual }, deferredError }
}

export function defineWatermark(
  node: WatermarkDefinition,
  source: SourceText,
): NonNullable<TableDefinition['watermark']> {
  if (node.column.length > 1) {
    throw new FlinktsError('SQL_UNSUPPORTED', 'A watermark on a field of a row is not supported yet.', {
      location: locate(source, node.span),
      fix: 'Add a computed column for the field and put the watermark on it.',
    })
  }
  return { column: node.column[0]!.name, expression: node.expression }
}

/** The one constraint a table can have: PRIMARY KEY … NOT ENFORCED. */
export function definePrimaryKey(
  constraints: readonly TableConstraint[],
  source: SourceText,
): TableDefinition['primaryKey'] {
  const [first, second] = constraints
  for (const constraint of constraints) {
    if (constraint.type === 'UNIQUE') {
      throw invalidTable(
        source,
        constraint,
        'UNIQUE constraint is not supported yet.',
        'Use PRIMARY KEY … NOT ENFORCED.',
      )
    }
    if (constraint.enforced !== false) {
      const message = 'Flink does not own the data, so a primary key cannot be enforced.'
      throw invalidTable(source, constraint, message, 'Write PRIMARY KEY (…) NOT ENFORCED.')
    }
  }
  if (second !== undefined) throw invalidTable(source, second, 'Duplicate primary key definition.', 'Remove this one.')
  if (first === undefined) return undefined
  const columns = first.columns.map(({ name }) => name)
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined) throw invalidTable(source, first, `The primary key names '${twice}' twice.`)
  return { name: first.name?.name ?? `PK_${columns.join('_')}`, columns }
}

export function optionsOf(nodes: readonly OptionNode[]): Record<string, string> {
  return Object.fromEntries(nodes.map(({ key, value }) => [key, value]))
}

/** Constraints at columns and those on their own. */
export function constraintsOf(
  columns: readonly ColumnDefinition[],
  constraints: readonly TableConstraint[],
): readonly TableConstraint[] {
  const atColumns = columns.flatMap((column) =>
    column.kind === 'PhysicalColumn' && column.constraint !== undefined ? [column.constraint] : [],
  )
  return [...atColumns, ...constraints]
}

/** What the statement itself says, without LIKE and AS. @throws SQL_VALIDATION, SQL_UNSUPPORTED */
export function defineTable(node: CreateTable, source: SourceText): TableDefinition {
  const nodes = node.columns ?? []
  const columns: DefinedColumn[] = []
  let deferredError: FlinktsError | undefined
  for (const each of nodes) {
    if (each.kind === 'ColumnName') continue
    const defined = defineColumn(each, source)
    if (columns.some(({ name }) => name === defined.column.name)) {
      throw invalidTable(source, each.name, `A column named '${each.name.name}' already exists in the table.`)
    }
    columns.push(defined.column)
    deferredError ??= defined.deferredError
  }
  return {
    columns,
    watermark: node.watermark && defineWatermark(node.watermark, source),
    primaryKey: definePrimaryKey(constraintsOf(nodes, node.constraints), source),
    options: optionsOf(node.options),
    comment: node.comment,
    partitionedBy: node.partitionedBy.map(({ name }) => name),
    distribution: node.distribution,
    source,
    createdAt: locate(source, node.name.span),
    deferredError,
  }
}
