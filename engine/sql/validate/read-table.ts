// A table of the catalogue as a plan: what the connector reads, the computed columns, the watermark. And the table as its
// connector is told of it.
import { FlinktsError } from '../../common/errors.ts'
import type { TableDescription } from '../../connectors/connector.ts'
import { types, withoutTimeAttribute, type RowField } from '../../types/logical-type.ts'
import { bindExpression } from '../expressions/bind-expression.ts'
import { column, type Expression } from '../expressions/expression.ts'
import { createScope, type Scope } from '../expressions/scope.ts'
import type { Column, ResolvedTable } from '../catalog/catalog-object.ts'
import { locate } from '../parser/source-text.ts'
import { project, scan, watermarkAssigner } from '../plan/build-node.ts'
import type { LogicalNode } from '../plan/logical-node.ts'
import type { QueryEnvironment } from './query-environment.ts'

export type Options = Readonly<Record<string, string>>

function ofKind<K extends Column['kind']>(table: ResolvedTable, kind: K): readonly Extract<Column, { kind: K }>[] {
  return table.columns.filter((each): each is Extract<Column, { kind: K }> => each.kind === kind)
}

/** Columns that can be written, in the order declared: physical ones and metadata that is not VIRTUAL. */
function persisted(table: ResolvedTable): readonly Column[] {
  return table.columns.filter((each) => each.kind === 'physical' || (each.kind === 'metadata' && !each.virtual))
}

function asField({ name, type }: Column): RowField {
  return { name, type: withoutTimeAttribute(type) }
}

export function sinkFields(table: ResolvedTable): readonly RowField[] {
  return persisted(table).map(asField)
}

/** The order connectors want: physical columns first. Indexes into `sinkFields`. */
export function consumedOrder(table: ResolvedTable): readonly number[] {
  const columns = [...persisted(table).entries()]
  const of = (kind: Column['kind']): number[] =>
    columns.filter(([, each]) => each.kind === kind).map(([index]) => index)
  return [...of('physical'), ...of('metadata')]
}

/** `side`: sources are told of all metadata columns, sinks of those that can be written. */
export function describeTable(
  path: readonly string[],
  table: ResolvedTable,
  hint: Options,
  environment: QueryEnvironment,
  side: 'source' | 'sink',
): TableDescription {
  const physical = ofKind(table, 'physical')
  const metadata = ofKind(table, 'metadata').filter((each) => side === 'source' || !each.virtual)
  if (table.partitionedBy.length > 0 && table.options['connector'] === 'filesystem') {
    throw new FlinktsError(
      'SQL_UNSUPPORTED',
      `PARTITIONED BY (${table.partitionedBy.join(', ')}) of the filesystem table ${path.at(-1)!} is not supported yet.`,
      { fix: "Leave it out; METADATA FROM 'file.path' tells which folder a row comes from." },
    )
  }
  return {
    name: path.at(-1)!,
    physicalType: types.row(physical.map(asField), false),
    metadata: metadata.map(({ key, type }) => ({ key, type: withoutTimeAttribute(type) })),
    primaryKey: table.primaryKey?.columns.map((name) => physical.findIndex((each) => each.name === name)),
    options: { ...table.options, ...hint },
    configuration: environment.configuration,
  }
}

/** Expressions of the table's own statement: places are in its text, names are its columns. */
function scopeOf(table: ResolvedTable, columns: readonly RowField[], environment: QueryEnvironment): Scope {
  const options = {
    ...environment.options,
    locate: (node: Parameters<NonNullable<typeof environment.options.locate>>[0]) => locate(table.source, node.span),
  }
  return createScope(
    columns.map((field, index) => ({ name: field.name, type: field.type, index })),
    options,
  )
}

function declaredColumns(table: ResolvedTable, environment: QueryEnvironment): Expression[] {
  const read = [...ofKind(table, 'physical'), ...ofKind(table, 'metadata')]
  const scope = scopeOf(table, read.map(asField), environment)
  return table.columns.map((each) => {
    if (each.kind === 'computed') return bindExpression(each.expression, scope)
    return column(read.indexOf(each), each.name, withoutTimeAttribute(each.type))
  })
}

/** `SELECT *` of the table. */
export function readTable(
  path: readonly string[],
  table: ResolvedTable,
  hint: Options,
  environment: QueryEnvironment,
): LogicalNode {
  const description = describeTable(path, table, hint, environment, 'source')
  const all = [...description.physicalType.fields, ...description.metadata]
  const scanned = scan(path, description, [...all.keys()])
  const names = table.columns.map((each) => each.name)
  const declared = project(scanned, declaredColumns(table, environment), names)
  if (table.watermark === undefined) return declared
  const scope = scopeOf(table, declared.type.fields, environment)
  const expression = bindExpression(table.watermark.expression, scope)
  return watermarkAssigner(declared, names.indexOf(table.watermark.column), expression, description.options)
}
