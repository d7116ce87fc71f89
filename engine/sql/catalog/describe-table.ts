// What DESCRIBE, SHOW COLUMNS and SHOW CREATE print. Source: Flink's ShowCreateUtil and DescribeTableOperation.
import { typeToString, withNullability, MAX_LENGTH, type LogicalType } from '../../types/logical-type.ts'
import { printExpression, printQuery } from '../parser/print.ts'
import { quoteIdentifier, quoteString } from '../parser/printer.ts'
import type { CatalogObject, Column, ResolvedTable, ResolvedView } from './catalog-object.ts'

export type ColumnDescription = readonly [
  name: string,
  type: string,
  nullable: boolean,
  key: string | null,
  extras: string | null,
  watermark: string | null,
  comment: string | null,
]

/** One row per column, in order. */
export function describeColumns(object: CatalogObject): readonly ColumnDescription[] {
  if (object.kind === 'view') {
    return object.type.fields.map(({ name, type }) => [name, describeType(type), type.nullable, null, null, null, null])
  }
  const { primaryKey, watermark } = object
  return object.columns.map((column) => [
    column.name,
    describeType(column.type),
    column.type.nullable,
    primaryKey?.columns.includes(column.name) === true ? `PRI(${primaryKey.columns.join(', ')})` : null,
    extrasOf(column),
    watermark?.column === column.name ? printExpression(watermark.expression) : null,
    column.comment ?? null,
  ])
}

function describeType(type: LogicalType): string {
  const attribute =
    'timeAttribute' in type && type.timeAttribute !== undefined ? ` *${type.timeAttribute.toUpperCase()}*` : ''
  return typeToString(withNullability(type, true)) + attribute
}

function extrasOf(column: Column): string | null {
  if (column.kind === 'physical') return null
  if (column.kind === 'computed') return `AS ${printExpression(column.expression)}`
  return metadataClause(column)
}

function metadataClause({ name, key, virtual }: Extract<Column, { kind: 'metadata' }>): string {
  return `METADATA${key === name ? '' : ` FROM ${quoteString(key)}`}${virtual ? ' VIRTUAL' : ''}`
}

/** As Flink's asSerializableString: without the short names STRING, BYTES and TIMESTAMP_LTZ. */
export function serializableType(type: LogicalType): string {
  return bareSerializableType(type) + (type.nullable ? '' : ' NOT NULL')
}

function bareSerializableType(type: LogicalType): string {
  switch (type.kind) {
    case 'VARCHAR':
    case 'VARBINARY':
      return `${type.kind}(${Math.min(type.length, MAX_LENGTH)})`
    case 'TIMESTAMP_LTZ':
      return `TIMESTAMP(${type.precision}) WITH LOCAL TIME ZONE`
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${serializableType(type.element)}>`
    case 'MAP':
      return `MAP<${serializableType(type.key)}, ${serializableType(type.value)}>`
    case 'ROW':
      return `ROW<${type.fields.map((field) => `${quoteIdentifier(field.name)} ${serializableType(field.type)}`).join(', ')}>`
    default:
      return typeToString(withNullability(type, true))
  }
}

const pathText = (path: readonly string[]): string => path.map(quoteIdentifier).join('.')

export function showCreateTable(path: readonly string[], table: ResolvedTable, temporary: boolean): string {
  const { watermark, primaryKey, comment, distribution, partitionedBy } = table
  const elements = table.columns.map((column) => `  ${columnText(column)}`)
  if (watermark !== undefined) {
    elements.push(`  WATERMARK FOR ${quoteIdentifier(watermark.column)} AS ${printExpression(watermark.expression)}`)
  }
  if (primaryKey !== undefined) {
    elements.push(
      `  CONSTRAINT ${quoteIdentifier(primaryKey.name)} PRIMARY KEY ${namesText(primaryKey.columns)} NOT ENFORCED`,
    )
  }
  const options = Object.entries(table.options)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `  ${quoteString(key)} = ${quoteString(value)}`)
  const lines = [`CREATE ${temporary ? 'TEMPORARY ' : ''}TABLE ${pathText(path)} (\n${elements.join(',\n')}\n)`]
  if (comment !== undefined && comment !== '') lines.push(`COMMENT ${quoteString(comment)}`)
  if (distribution !== undefined) {
    const { type, columns, buckets } = distribution
    const by = columns.length === 0 ? '' : ` BY ${type ?? ''}${namesText(columns.map(({ name }) => name))}`
    lines.push(`DISTRIBUTED${by}${buckets === undefined ? '' : ` INTO ${buckets} BUCKETS`}`)
  }
  if (partitionedBy.length > 0) lines.push(`PARTITIONED BY ${namesText(partitionedBy)}`)
  if (options.length > 0) lines.push(`WITH (\n${options.join(',\n')}\n)`)
  return `${lines.join('\n')}\n`
}

function columnText(column: Column): string {
  const comment = column.comment === undefined || column.comment === '' ? '' : ` COMMENT ${quoteString(column.comment)}`
  const name = quoteIdentifier(column.name)
  if (column.kind === 'computed') return `${name} AS ${printExpression(column.expression)}${comment}`
  const type = serializableType(column.type)
  return column.kind === 'physical'
    ? `${name} ${type}${comment}`
    : `${name} ${type} ${metadataClause(column)}${comment}`
}

const namesText = (names: readonly string[]): string => `(${names.map(quoteIdentifier).join(', ')})`

export function showCreateView(path: readonly string[], view: ResolvedView, temporary: boolean): string {
  const columns = view.type.fields.map(({ name }) => `  ${quoteIdentifier(name)}`).join(',\n')
  const comment = view.comment === undefined ? '' : `COMMENT ${quoteString(view.comment)}\n`
  return `CREATE ${temporary ? 'TEMPORARY ' : ''}VIEW ${pathText(path)} (\n${columns}\n)\n${comment}AS ${printQuery(view.expandedQuery)}\n`
}
