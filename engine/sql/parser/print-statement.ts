import type {
  AlterTable,
  CreateFunction,
  CreateTable,
  InsertStatement,
  SchemaChange,
  ShowFilter,
  Statement,
} from '../ast/statement.ts'
import type {
  ColumnDefinition,
  Distribution,
  PositionedColumn,
  TableConstraint,
  WatermarkDefinition,
} from '../ast/table-definition.ts'
import type { OptionNode } from '../ast/clause.ts'
import { printHints } from './print-query.ts'
import { join, printOption, quoteIdentifier, quoteString, type Printer } from './printer.ts'

export function printStatement(printer: Printer, node: Statement): string {
  switch (node.kind) {
    case 'QueryStatement':
      return printer.query(node.query)
    case 'InsertStatement':
      return printInsert(printer, node)
    case 'StatementSet':
      return [
        'EXECUTE STATEMENT SET',
        'BEGIN',
        ...node.statements.map((insert) => `${printInsert(printer, insert)};`),
        'END',
      ].join('\n')
    case 'BeginStatementSet':
      return 'BEGIN STATEMENT SET'
    case 'EndStatementSet':
      return 'END'
    case 'ExplainStatement': {
      const statement = printStatement(printer, node.statement)
      return join('EXPLAIN', node.details.join(', '), statement)
    }
    case 'CreateTable':
      return printCreateTable(printer, node)
    case 'CreateView': {
      const head = join(
        'CREATE',
        node.orReplace && 'OR REPLACE',
        node.temporary && 'TEMPORARY',
        'VIEW',
        node.ifNotExists && 'IF NOT EXISTS',
        printer.name(node.name),
      )
      return `${join(head, node.columns.length > 0 && printer.names(node.columns), printComment(node.comment))}\nAS ${printer.query(node.query)}`
    }
    case 'CreateDatabase':
    case 'CreateCatalog': {
      const object = node.kind === 'CreateDatabase' ? 'DATABASE' : 'CATALOG'
      const name = node.name.kind === 'Identifier' ? quoteIdentifier(node.name.name) : printer.name(node.name)
      return join(
        'CREATE',
        object,
        node.ifNotExists && 'IF NOT EXISTS',
        name,
        printComment(node.comment),
        printWith(node.options),
      )
    }
    case 'CreateFunction':
      return printCreateFunction(printer, node)
    case 'AlterTable':
      return printAlterTable(printer, node)
    case 'AlterView': {
      const action =
        node.action.type === 'as'
          ? `AS\n${printer.query(node.action.query)}`
          : `RENAME TO ${printer.name(node.action.newName)}`
      return `ALTER VIEW ${printer.name(node.name)} ${action}`
    }
    case 'AlterDatabase':
      return `ALTER DATABASE ${printer.name(node.name)} SET ${printOptions(node.options)}`
    default:
      return printSessionStatement(printer, node)
  }
}

type SessionStatement = Extract<
  Statement,
  {
    kind:
      | 'DropStatement'
      | 'UseStatement'
      | 'SetStatement'
      | 'ResetStatement'
      | 'ShowStatement'
      | 'ShowCurrentStatement'
      | 'ShowCreateStatement'
      | 'DescribeStatement'
      | 'JobStatement'
      | 'UnsupportedStatement'
  }
>

function printSessionStatement(printer: Printer, node: SessionStatement): string {
  switch (node.kind) {
    case 'DropStatement':
      return join(
        'DROP',
        node.temporary && 'TEMPORARY',
        node.system && 'SYSTEM',
        node.object,
        node.ifExists && 'IF EXISTS',
        printer.name(node.name),
        node.cascade && 'CASCADE',
      )
    case 'UseStatement':
      return join('USE', node.object === 'CATALOG' && 'CATALOG', printer.name(node.name))
    case 'SetStatement':
      return join('SET', node.option && printOption(node.option))
    case 'ResetStatement':
      return join('RESET', node.key !== undefined && quoteString(node.key))
    case 'ShowStatement':
      return join('SHOW', node.object, printShowFilter(printer, node))
    case 'ShowCurrentStatement':
      return `SHOW CURRENT ${node.object}`
    case 'ShowCreateStatement':
      return `SHOW CREATE ${node.object} ${printer.name(node.name)}`
    case 'DescribeStatement':
      return join(
        'DESCRIBE',
        node.object !== 'TABLE' && node.object,
        node.extended && 'EXTENDED',
        printer.name(node.name),
      )
    case 'JobStatement':
      return node.action === 'SHOW'
        ? 'SHOW JOBS'
        : join(
            node.action,
            'JOB',
            quoteString(node.jobId!),
            node.withSavepoint && 'WITH SAVEPOINT',
            node.withDrain && 'WITH DRAIN',
          )
    case 'UnsupportedStatement':
      return node.construct
  }
}

function printShowFilter(printer: Printer, { from, like }: ShowFilter): string {
  const pattern =
    like && join(like.negated && 'NOT', like.caseInsensitive ? 'ILIKE' : 'LIKE', quoteString(like.pattern))
  return join(from && `FROM ${printer.name(from)}`, pattern)
}

function printInsert(printer: Printer, node: InsertStatement): string {
  const partition = node.partition.map(({ column, value }) =>
    join(quoteIdentifier(column.name), value && `= ${printer.expression(value)}`),
  )
  const head = join(
    node.mode === 'UPSERT' ? 'UPSERT INTO' : `INSERT ${node.mode}`,
    printer.name(node.table),
    printHints(node.hints),
    partition.length > 0 && `PARTITION (${partition.join(', ')})`,
    node.columns && `(${node.columns.map((column) => printer.name(column)).join(', ')})`,
  )
  const query = printer.query(node.query)
  return `${head}\n${node.query.kind === 'WithQuery' ? `(${query})` : query}`
}

function printCreateFunction(printer: Printer, node: CreateFunction): string {
  const resources = node.resources.map(({ type, path }) => `${type} ${quoteString(path)}`)
  return join(
    'CREATE',
    node.temporary && 'TEMPORARY',
    node.system && 'SYSTEM',
    'FUNCTION',
    node.ifNotExists && 'IF NOT EXISTS',
    printer.name(node.name),
    `AS ${quoteString(node.className)}`,
    node.language && `LANGUAGE ${node.language}`,
    resources.length > 0 && `USING ${resources.join(', ')}`,
  )
}

const printComment = (comment: string | undefined): string | undefined =>
  comment === undefined ? undefined : `COMMENT ${quoteString(comment)}`
const printOptions = (options: readonly OptionNode[]): string => `(${options.map(printOption).join(', ')})`
const printWith = (options: readonly OptionNode[]): string | undefined =>
  options.length === 0 ? undefined : `WITH ${printOptions(options)}`

function printCreateTable(printer: Printer, node: CreateTable): string {
  const elements = [
    ...(node.columns ?? []).map((column) => printColumn(printer, column)),
    ...(node.watermark === undefined ? [] : [printWatermark(printer, node.watermark)]),
    ...node.constraints.map((constraint) => printConstraint(printer, constraint)),
  ]
  const head = join(
    'CREATE',
    node.orReplace && 'OR REPLACE',
    node.temporary && 'TEMPORARY',
    'TABLE',
    node.ifNotExists && 'IF NOT EXISTS',
    printer.name(node.name),
  )
  const like =
    node.like &&
    join(
      `LIKE ${printer.name(node.like.table)}`,
      node.like.options.length > 0 &&
        `(${node.like.options.map(({ strategy, feature }) => `${strategy} ${feature}`).join(' ')})`,
    )
  return [
    elements.length === 0 ? head : `${head} (\n${elements.map((element) => `  ${element}`).join(',\n')}\n)`,
    printComment(node.comment),
    node.distribution && `DISTRIBUTED ${printDistribution(printer, node.distribution)}`,
    node.partitionedBy.length > 0 && `PARTITIONED BY ${printer.names(node.partitionedBy)}`,
    node.options.length > 0 && `WITH (\n${node.options.map((option) => `  ${printOption(option)}`).join(',\n')}\n)`,
    like,
    node.asQuery && `AS ${printer.query(node.asQuery)}`,
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('\n')
}

export function printColumn(printer: Printer, column: ColumnDefinition): string {
  const name = quoteIdentifier(column.name.name)
  switch (column.kind) {
    case 'PhysicalColumn': {
      const constraint = column.constraint && printConstraint(printer, { ...column.constraint, columns: [] })
      return join(name, printer.dataType(column.type), constraint, printComment(column.comment))
    }
    case 'ComputedColumn':
      return join(name, `AS ${printer.expression(column.expression)}`, printComment(column.comment))
    case 'MetadataColumn':
      return join(
        name,
        printer.dataType(column.type),
        'METADATA',
        column.key !== undefined && `FROM ${quoteString(column.key)}`,
        column.virtual && 'VIRTUAL',
        printComment(column.comment),
      )
    case 'ColumnName':
      return name
  }
}

export function printWatermark(printer: Printer, { column, expression }: WatermarkDefinition): string {
  return `WATERMARK FOR ${printer.name(column)} AS ${printer.expression(expression)}`
}

export function printConstraint(printer: Printer, { name, type, columns, enforced }: TableConstraint): string {
  const enforcement = enforced === undefined ? undefined : enforced ? 'ENFORCED' : 'NOT ENFORCED'
  return join(
    name && `CONSTRAINT ${quoteIdentifier(name.name)}`,
    type,
    columns.length > 0 && printer.names(columns),
    enforcement,
  )
}

export function printDistribution(printer: Printer, { type, columns, buckets }: Distribution): string {
  const by = columns.length === 0 ? undefined : `BY ${type ?? ''}${printer.names(columns)}`
  return join(by, buckets !== undefined && `INTO ${buckets} BUCKETS`)
}

function printAlterTable(printer: Printer, { ifExists, name, action }: AlterTable): string {
  const head = join('ALTER TABLE', ifExists && 'IF EXISTS', printer.name(name))
  switch (action.type) {
    case 'rename':
      return `${head} RENAME TO ${printer.name(action.newName)}`
    case 'rename-column':
      return `${head} RENAME ${quoteIdentifier(action.column.name)} TO ${quoteIdentifier(action.newName.name)}`
    case 'set-options':
      return `${head} SET ${printOptions(action.options)}`
    case 'reset-options':
      return `${head} RESET (${action.keys.map(quoteString).join(', ')})`
    case 'add':
    case 'modify':
      return `${head} ${action.type.toUpperCase()} ${printSchemaChange(printer, action)}`
    case 'drop-columns':
      return `${head} DROP ${printer.names(action.columns)}`
    case 'drop-primary-key':
      return `${head} DROP PRIMARY KEY`
    case 'drop-constraint':
      return `${head} DROP CONSTRAINT ${quoteIdentifier(action.name.name)}`
    case 'drop-watermark':
      return `${head} DROP WATERMARK`
    case 'drop-distribution':
      return `${head} DROP DISTRIBUTION`
  }
}

function printSchemaChange(printer: Printer, change: SchemaChange): string {
  if (change.distribution !== undefined) return `DISTRIBUTION ${printDistribution(printer, change.distribution)}`
  const elements = [
    ...change.columns.map((column) => printPositioned(printer, column)),
    ...(change.watermark === undefined ? [] : [printWatermark(printer, change.watermark)]),
    ...change.constraints.map((constraint) => printConstraint(printer, constraint)),
  ]
  return `(${elements.join(', ')})`
}

function printPositioned(printer: Printer, { column, position }: PositionedColumn): string {
  const place = position && (position.type === 'FIRST' ? 'FIRST' : `AFTER ${quoteIdentifier(position.column.name)}`)
  return join(printColumn(printer, column), place)
}
