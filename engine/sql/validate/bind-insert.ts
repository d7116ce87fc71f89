// INSERT INTO: the query's columns are matched to the table's by position (or to the named ones), widened where that
// loses nothing, and the rest is NULL. Source: Flink's PreValidateReWriter and DynamicSinkUtils.validateSchemaAndApplyImplicitCast.
import { nearestName } from '../../common/near-name.ts'
import {
  typeToString,
  withNullability,
  withoutTimeAttribute,
  type RowField,
  type RowType,
} from '../../types/logical-type.ts'
import type { InsertStatement } from '../ast/statement.ts'
import { canWidenForSink, castTo } from '../expressions/cast-to.ts'
import { literal, type Expression } from '../expressions/expression.ts'
import { columnsOf, project, sink } from '../plan/build-node.ts'
import { isIdentity } from '../plan/expression-columns.ts'
import type { LogicalNode, SinkNode } from '../plan/logical-node.ts'
import { bindQuery } from './bind-query.ts'
import { invalid, unsupported, type QueryEnvironment } from './query-environment.ts'
import { consumedOrder, describeTable, sinkFields } from './read-table.ts'

function refuse(statement: InsertStatement, environment: QueryEnvironment): void {
  if (statement.mode === 'OVERWRITE')
    throw unsupported(environment, statement, 'INSERT OVERWRITE', 'Empty the table, then use INSERT INTO.')
  if (statement.mode === 'UPSERT')
    throw unsupported(environment, statement, 'UPSERT INTO', 'Use INSERT INTO: a table with a primary key is upserted.')
  const partition = statement.partition[0]
  if (partition !== undefined)
    throw unsupported(environment, partition, 'INSERT … PARTITION', 'Give the value in SELECT.')
}

function schemaText(fields: readonly RowField[]): string {
  return `[${fields.map((field) => `${field.name}: ${typeToString(withoutTimeAttribute(field.type))}`).join(', ')}]`
}

interface Target {
  readonly path: readonly string[]
  readonly fields: readonly RowField[]
}

function mismatch(
  statement: InsertStatement,
  target: Target,
  query: RowType,
  cause: string,
  environment: QueryEnvironment,
): Error {
  const message =
    `Column types of query result and sink for '${target.path.join('.')}' do not match.\nCause: ${cause}\n\n` +
    `Query schema: ${schemaText(query.fields)}\nSink schema:  ${schemaText(target.fields)}`
  return invalid(environment, statement.query, message, 'Select one column per column of the table, cast to its type.')
}

/** For each of the table's columns the query's column, or undefined where the column list leaves it out. */
function targets(
  statement: InsertStatement,
  target: Target,
  environment: QueryEnvironment,
): readonly (number | undefined)[] {
  const { columns } = statement
  if (columns === undefined) return target.fields.map((_, index) => index)
  const names = columns.map((column) => {
    const name = column.parts.map((part) => part.name).join('.')
    if (target.fields.some((field) => field.name === name)) return name
    const near = nearestName(
      name,
      target.fields.map((field) => field.name),
    )
    throw invalid(
      environment,
      column,
      `Unknown target column '${name}'`,
      near === undefined ? undefined : `Did you mean '${near}'?`,
    )
  })
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice >= 0)
    throw invalid(environment, columns[twice]!, `Target column '${names[twice]}' is assigned more than once`)
  return target.fields.map((field) => {
    const index = names.indexOf(field.name)
    if (index < 0 && !field.type.nullable) {
      const message = `Column '${field.name}' has no default value and does not allow NULLs`
      throw invalid(environment, statement.table, message, `Add ${field.name} to the column list.`)
    }
    return index < 0 ? undefined : index
  })
}

function castToSink(expression: Expression, field: RowField): Expression {
  return castTo({ ...expression, type: withoutTimeAttribute(expression.type) }, field.type)
}

/** The query's rows in the connector's order and the table's types. */
function alignToSink(
  query: LogicalNode,
  statement: InsertStatement,
  target: Target,
  order: readonly number[],
  environment: QueryEnvironment,
): LogicalNode {
  const sources = targets(statement, target, environment)
  const given = sources.filter((source) => source !== undefined).length
  if (query.type.fields.length !== given)
    throw mismatch(statement, target, query.type, 'Different number of columns.', environment)
  const columns = columnsOf(query)
  const expressions = target.fields.map((field, position) => {
    const source = sources[position]
    if (source === undefined) return literal(null, withNullability(field.type, true))
    const expression = columns[source]!
    if (canWidenForSink(expression.type, field.type)) return castToSink(expression, field)
    const cause = `Incompatible types for sink column '${field.name}' at position ${position}.`
    throw mismatch(statement, target, query.type, cause, environment)
  })
  const ordered = order.map((index) => expressions[index]!)
  if (isIdentity(ordered, query.type.fields.length)) return query
  return project(
    query,
    ordered,
    order.map((index) => target.fields[index]!.name),
  )
}

/** @throws SQL_VALIDATION, SQL_UNSUPPORTED */
export function bindInsert(statement: InsertStatement, environment: QueryEnvironment): SinkNode {
  refuse(statement, environment)
  const found = environment.lookUp(statement.table)
  const written = statement.table.parts.map((part) => part.name).join('.')
  if (found?.kind !== 'table') {
    const near = nearestName(written, environment.tableNames())
    const why =
      found === undefined
        ? `Sink '${written}' does not exist.`
        : `Sink '${found.path.join('.')}' does not exist: it is a view.`
    throw invalid(
      environment,
      statement.table,
      why,
      near === undefined ? 'Create the table first.' : `Did you mean '${near}'?`,
    )
  }
  const fields = sinkFields(found.table)
  const target = { path: found.path, fields }
  const query = bindQuery(statement.query, environment)
  const order = consumedOrder(found.table)
  const aligned = alignToSink(query, statement, target, order, environment)
  const hint =
    statement.hints.length === 0
      ? {}
      : Object.fromEntries(statement.hints.flatMap((each) => each.options.map((option) => [option.key, option.value])))
  return sink(aligned, {
    kind: 'table',
    path: found.path,
    table: describeTable(found.path, found.table, hint, environment, 'sink'),
    notNullColumns: order.flatMap((index, position) => (fields[index]!.type.nullable ? [] : [position])),
  })
}

/** SELECT at the console. */
export function bindCollect(query: LogicalNode): SinkNode {
  return sink(query, { kind: 'collect' })
}
