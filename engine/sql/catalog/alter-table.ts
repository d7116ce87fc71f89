// ALTER TABLE on definitions; the result is resolved again. Source: Flink's documentation of ALTER TABLE.
import { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import type { Identifier, Node } from '../ast/node.ts'
import type { AlterTableAction, SchemaChange } from '../ast/statement.ts'
import type { PositionedColumn } from '../ast/table-definition.ts'
import { locate, type SourceText } from '../parser/source-text.ts'
import { referencedColumns } from './referenced-columns.ts'
import { constraintsOf, defineColumn, definePrimaryKey, defineWatermark, optionsOf } from './define-table.ts'
import type { DefinedColumn, TableDefinition } from './table-definition.ts'

/** Renaming the table itself is the catalog's. */
export type SchemaAction = Exclude<AlterTableAction, { type: 'rename' }>

class TableChange {
  private readonly table: TableDefinition
  private readonly source: SourceText

  constructor(table: TableDefinition, source: SourceText) {
    this.table = table
    this.source = source
  }

  fail(node: Node, message: string, fix?: string): FlinktsError {
    return new FlinktsError('SQL_VALIDATION', `Failed to execute ALTER TABLE statement.\n${message}`, {
      location: locate(this.source, node.span),
      fix,
    })
  }

  indexOf(column: Identifier): number {
    const names = this.table.columns.map(({ name }) => name)
    const index = names.indexOf(column.name)
    if (index >= 0) return index
    const near = nearestName(column.name, names)
    const fix = near === undefined ? undefined : `Did you mean '${near}'?`
    throw this.fail(column, `The column \`${column.name}\` does not exist in the base table.`, fix)
  }

  /** Refuses to drop or rename what others are made of. */
  checkUnused(column: Identifier): void {
    const { name } = column
    const { columns, watermark, primaryKey, partitionedBy, distribution } = this.table
    const dependents = columns.filter(
      (each) => each.kind === 'computed' && referencedColumns(each.expression).has(name),
    )
    const used = (what: string): FlinktsError => this.fail(column, `The column \`${name}\` is ${what}.`)
    if (dependents.length > 0) {
      throw used(`referenced by computed column ${dependents.map((each) => `\`${each.name}\``).join(', ')}`)
    }
    if (watermark?.column === name || (watermark !== undefined && referencedColumns(watermark.expression).has(name))) {
      throw used('referenced by watermark expression')
    }
    if (primaryKey?.columns.includes(name) === true) throw used('used as the primary key')
    if (partitionedBy.includes(name)) throw used('used as the partition keys')
    if (distribution?.columns.some((each) => each.name === name) === true) throw used('used as a distribution key')
  }

  add(change: SchemaChange): TableDefinition {
    const { table, source } = this
    if (change.watermark !== undefined && table.watermark !== undefined) {
      throw this.fail(
        change.watermark,
        `The base table has already defined a watermark on \`${table.watermark.column}\`.`,
        'Use MODIFY, or drop it first.',
      )
    }
    const constraints = this.constraints(change)
    if (constraints.length > 0 && table.primaryKey !== undefined) {
      throw this.fail(
        constraints[0]!,
        `The base table has already defined the primary key constraint [${table.primaryKey.columns.map((name) => `\`${name}\``).join(', ')}].`,
        'Use MODIFY, or drop it first.',
      )
    }
    if (change.distribution !== undefined && table.distribution !== undefined) {
      throw this.fail(change.distribution, 'The base table has already defined a distribution.', 'Use MODIFY.')
    }
    const columns = [...table.columns]
    let { deferredError } = table
    for (const node of change.columns) {
      const { name } = node.column
      if (columns.some((each) => each.name === name.name)) {
        throw this.fail(name, `Try to add a column \`${name.name}\` which already exists in the table.`)
      }
      const defined = this.define(node)
      deferredError ??= defined.deferredError
      this.insert(columns, defined.column, node, columns.length)
    }
    return { ...table, ...this.parts(change), columns, deferredError, source }
  }

  modify(change: SchemaChange): TableDefinition {
    const { table, source } = this
    if (change.watermark !== undefined && table.watermark === undefined) {
      throw this.fail(change.watermark, 'The base table does not define any watermark.', 'Use ADD.')
    }
    const constraints = this.constraints(change)
    if (constraints.length > 0 && table.primaryKey === undefined) {
      throw this.fail(constraints[0]!, 'The base table does not define any primary key constraint.', 'Use ADD.')
    }
    const columns = [...table.columns]
    let { deferredError } = table
    for (const node of change.columns) {
      this.indexOf(node.column.name)
      const defined = this.define(node)
      deferredError ??= defined.deferredError
      const index = columns.findIndex((each) => each.name === node.column.name.name)
      const comment = defined.column.comment ?? columns[index]!.comment
      columns.splice(index, 1)
      this.insert(columns, { ...defined.column, comment }, node, index)
    }
    return { ...table, ...this.parts(change), columns, deferredError, source }
  }

  private define(node: PositionedColumn): ReturnType<typeof defineColumn> {
    if (node.column.kind === 'ColumnName') {
      throw this.fail(node, `The column \`${node.column.name.name}\` has no type.`, 'Write the type after the name.')
    }
    return defineColumn(node.column, this.source)
  }

  private insert(
    columns: DefinedColumn[],
    column: DefinedColumn,
    { position }: PositionedColumn,
    standard: number,
  ): void {
    if (position === undefined) columns.splice(standard, 0, column)
    else if (position.type === 'FIRST') columns.unshift(column)
    else {
      const after = columns.findIndex((each) => each.name === position.column.name)
      if (after < 0) {
        throw this.fail(
          position.column,
          `Referenced column \`${position.column.name}\` by 'AFTER' does not exist in the table.`,
        )
      }
      columns.splice(after + 1, 0, column)
    }
  }

  private constraints(change: SchemaChange): ReturnType<typeof constraintsOf> {
    return constraintsOf(
      change.columns.map(({ column }) => column),
      change.constraints,
    )
  }

  /** Watermark, key and distribution: of the change, else of the table. */
  private parts(change: SchemaChange): Pick<TableDefinition, 'watermark' | 'primaryKey' | 'distribution'> {
    const constraints = this.constraints(change)
    return {
      watermark: change.watermark === undefined ? this.table.watermark : defineWatermark(change.watermark, this.source),
      primaryKey: constraints.length === 0 ? this.table.primaryKey : definePrimaryKey(constraints, this.source),
      distribution: change.distribution ?? this.table.distribution,
    }
  }
}

/** @throws SQL_VALIDATION with a place in `source`, the text of the ALTER statement `node` */
export function alterTable(
  table: TableDefinition,
  action: SchemaAction,
  node: Node,
  source: SourceText,
): TableDefinition {
  const change = new TableChange(table, source)
  const missing = (what: string): FlinktsError => change.fail(node, `The base table does not define any ${what}.`)
  switch (action.type) {
    case 'rename-column': {
      const index = change.indexOf(action.column)
      change.checkUnused(action.column)
      const { name } = action.newName
      if (table.columns.some((each) => each.name === name)) {
        throw change.fail(action.newName, `The column \`${name}\` already existed in table schema.`)
      }
      return { ...table, columns: table.columns.map((each, at) => (at === index ? { ...each, name } : each)) }
    }
    case 'set-options':
      return { ...table, options: { ...table.options, ...optionsOf(action.options) } }
    case 'reset-options': {
      if (action.keys.includes('connector'))
        throw change.fail(node, "ALTER TABLE RESET does not support changing 'connector'.")
      return {
        ...table,
        options: Object.fromEntries(Object.entries(table.options).filter(([key]) => !action.keys.includes(key))),
      }
    }
    case 'add':
      return change.add(action)
    case 'modify':
      return change.modify(action)
    case 'drop-columns': {
      let rest = table
      for (const column of action.columns) {
        const one = new TableChange(rest, source)
        one.indexOf(column)
        one.checkUnused(column)
        rest = { ...rest, columns: rest.columns.filter((each) => each.name !== column.name) }
      }
      return rest
    }
    case 'drop-primary-key':
      if (table.primaryKey === undefined) throw missing('primary key')
      return { ...table, primaryKey: undefined }
    case 'drop-constraint':
      if (table.primaryKey?.name !== action.name.name) {
        throw change.fail(action.name, `The base table does not define a constraint named '${action.name.name}'.`)
      }
      return { ...table, primaryKey: undefined }
    case 'drop-watermark':
      if (table.watermark === undefined) throw missing('watermark strategy')
      return { ...table, watermark: undefined }
    case 'drop-distribution':
      if (table.distribution === undefined) throw missing('distribution')
      return { ...table, distribution: undefined }
  }
}
