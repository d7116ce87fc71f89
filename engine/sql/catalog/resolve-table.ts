// A definition becomes a table: types of computed columns, watermark and primary key are checked. Source: Flink's
// DefaultSchemaResolver.
import { nearestName } from '../../common/near-name.ts'
import { typeToString, withNullability, type LogicalType, type RowField } from '../../types/logical-type.ts'
import type { Node } from '../ast/node.ts'
import type { SourceText } from '../parser/source-text.ts'
import type { Column, ResolvedTable } from './catalog-object.ts'
import { invalidTable } from './define-table.ts'
import type { SchemaBinder } from './schema-binder.ts'
import type { TableDefinition } from './table-definition.ts'

/** @throws SQL_VALIDATION, SQL_UNSUPPORTED */
export function resolveTable(definition: TableDefinition, binder: SchemaBinder): ResolvedTable {
  const { source, watermark, primaryKey, options, comment, partitionedBy, distribution, createdAt, deferredError } =
    definition
  checkPartitions(definition)
  const keys = new Set(primaryKey?.columns)
  const columns = resolveColumns(definition, binder).map((column) =>
    keys.has(column.name) ? { ...column, type: withNullability(column.type, false) } : column,
  )
  checkPrimaryKey(definition, columns)
  const timed = watermark === undefined ? columns : applyWatermark(columns, watermark, source, binder)
  return Object.freeze({
    kind: 'table',
    columns: Object.freeze(timed),
    watermark,
    primaryKey,
    options: Object.freeze({ ...options }),
    comment,
    partitionedBy,
    distribution,
    source,
    createdAt,
    deferredError,
  })
}

function resolveColumns({ columns, source }: TableDefinition, binder: SchemaBinder): Column[] {
  const fields: RowField[] = columns.flatMap((column) =>
    column.kind === 'computed' ? [] : [{ name: column.name, type: column.type }],
  )
  return columns.map((column): Column => {
    if (column.kind !== 'computed') return column
    return { ...column, type: binder.expressionType(column.expression, fields, source) }
  })
}

const listOf = (names: readonly string[]): string => names.join(', ')

function checkPrimaryKey({ primaryKey, source }: TableDefinition, columns: readonly Column[]): void {
  for (const name of primaryKey?.columns ?? []) {
    const column = columns.find((candidate) => candidate.name === name)
    if (column?.kind === 'physical') continue
    const message =
      column === undefined
        ? `Primary key column '${name}' is not defined in the schema.`
        : `Could not create a PRIMARY KEY with column '${name}': it is not a physical column.`
    throw invalidTable(source, undefined, message, suggestion(name, columns))
  }
}

function checkPartitions({ partitionedBy, columns, source }: TableDefinition): void {
  const missing = partitionedBy.find((name) => !columns.some((column) => column.name === name))
  if (missing === undefined) return
  throw invalidTable(
    source,
    undefined,
    `Partition column '${missing}' not defined in the table schema.`,
    suggestion(missing, columns),
  )
}

function suggestion(name: string, columns: readonly { readonly name: string }[]): string {
  const names = columns.map((column) => column.name)
  const near = nearestName(name, names)
  return near === undefined ? `Available columns: ${listOf(names)}.` : `Did you mean '${near}'?`
}

function applyWatermark(
  columns: readonly Column[],
  watermark: NonNullable<TableDefinition['watermark']>,
  source: SourceText,
  binder: SchemaBinder,
): Column[] {
  const { column: name, expression } = watermark
  const timed = columns.find((column) => column.name === name)
  if (timed === undefined) {
    const available = listOf(columns.map((column) => column.name))
    const message = `Invalid column name '${name}' for rowtime attribute in watermark declaration. Available columns are: [${available}]`
    throw invalidTable(source, expression, message, suggestion(name, columns))
  }
  checkRowtime(timed.type, source, expression)
  const type = binder.expressionType(expression, columns, source)
  checkTimestamp(type, 'watermark expression', source, expression)
  return columns.map((column) => {
    if (column !== timed || (column.type.kind !== 'TIMESTAMP' && column.type.kind !== 'TIMESTAMP_LTZ')) return column
    return { ...column, type: { ...column.type, timeAttribute: 'rowtime' } }
  })
}

function checkRowtime(type: LogicalType, source: SourceText, node: Node): void {
  if ('timeAttribute' in type && type.timeAttribute === 'proctime') {
    const message = 'A watermark can not be defined for a processing-time attribute.'
    throw invalidTable(source, node, message, 'Use a column that holds the time of the event.')
  }
  checkTimestamp(type, 'time field', source, node)
}

function checkTimestamp(type: LogicalType, what: string, source: SourceText, node: Node): void {
  if ((type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') && type.precision <= 3) return
  const subject = what === 'time field' ? 'time field' : 'expression'
  const message = `Invalid data type of ${subject} for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, but the ${what} type is ${typeToString(type)}`
  const fix = subject === 'time field' ? 'Declare it TIMESTAMP(3), or add a computed column that is.' : undefined
  throw invalidTable(source, node, message, fix)
}
