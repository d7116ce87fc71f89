// FROM: tables, views, subqueries and window functions. Joins come as further cases here.
import { nearestName } from '../../common/near-name.ts'
import { types } from '../../types/logical-type.ts'
import type { Hint } from '../ast/clause.ts'
import type { Identifier, QualifiedName } from '../ast/node.ts'
import type { TableAlias } from '../ast/clause.ts'
import type { QueryNode, TableArgument, TableFunction, TableNode, TableReference } from '../ast/query.ts'
import { column } from '../expressions/expression.ts'
import { project, values } from '../plan/build-node.ts'
import type { LogicalNode } from '../plan/logical-node.ts'
import { bindWindowFunction, windowFunctionName } from './bind-window-function.ts'

import {
  invalid,
  unsupported,
  type BoundRelation,
  type QueryEnvironment,
  type ViewDefinition,
} from './query-environment.ts'
import { readTable } from './read-table.ts'

export type BindQuery = (query: QueryNode, environment: QueryEnvironment) => LogicalNode

/** A relation whose columns go by the node's field names. */
export function relationOf(node: LogicalNode, relation?: string): BoundRelation {
  const columns = node.type.fields.map((field, index) => ({ name: field.name, type: field.type, index, relation }))
  return { node, columns }
}

/** One row without columns: what SELECT without FROM selects from. */
export function oneRow(): BoundRelation {
  return { node: values(types.row([], false), [[]]), columns: [] }
}

function aliased(relation: BoundRelation, alias: TableAlias | undefined, environment: QueryEnvironment): BoundRelation {
  if (alias === undefined) return relation
  const visible = relation.columns.filter((each) => each.hidden !== true)
  if (alias.columns.length > 0 && alias.columns.length !== visible.length) {
    const message = `List of column aliases must have same degree as table; table has ${visible.length} columns, whereas alias list has ${alias.columns.length} columns.`
    throw invalid(environment, alias, message, 'Give one alias per column.')
  }
  let next = 0
  const columns = relation.columns.map((each) => {
    const renamed = each.hidden === true ? undefined : alias.columns[next++]?.name
    return { ...each, name: renamed ?? each.name, relation: alias.name.name }
  })
  return { node: relation.node, columns }
}

function optionsHint(hints: readonly Hint[], environment: QueryEnvironment): Readonly<Record<string, string>> {
  const options: Record<string, string> = {}
  const enabled = 'table.dynamic-table-options.enabled'
  for (const hint of hints) {
    if (hint.name === 'OPTIONS' && environment.configuration[enabled]?.toLowerCase() === 'false') {
      const message = `The 'OPTIONS' hint is allowed only when the config option '${enabled}' is set to true.`
      throw invalid(environment, hint, message, `Leave it out, or SET '${enabled}' = 'true'.`)
    }
    if (hint.name === 'OPTIONS') for (const option of hint.options) options[option.key] = option.value
    else
      throw unsupported(
        environment,
        hint,
        `The hint ${hint.name}`,
        'Leave it out; settings of the whole job are made with SET.',
      )
  }
  return options
}

function tableMissing(name: QualifiedName, environment: QueryEnvironment): Error {
  const written = name.parts.map((part) => part.name).join('.')
  const near = nearestName(name.parts.at(-1)!.name, [...environment.tableNames(), ...environment.commonTables.keys()])
  const fix = near === undefined ? 'Create it first; SHOW TABLES lists what is there.' : `Did you mean '${near}'?`
  return invalid(environment, name, `Object '${written}' not found.`, fix)
}

function bindName(
  name: QualifiedName,
  hints: readonly Hint[],
  environment: QueryEnvironment,
  bindQuery: BindQuery,
): BoundRelation {
  const last = name.parts.at(-1)!.name
  const common = name.parts.length === 1 ? environment.commonTables.get(last) : undefined
  if (common !== undefined) return relationOf(common().node, last)
  const found = environment.lookUp(name)
  if (found === undefined) throw tableMissing(name, environment)
  if (found.kind === 'table')
    return relationOf(readTable(found.path, found.table, optionsHint(hints, environment), environment), last)
  if (hints.length > 0) {
    throw invalid(
      environment,
      hints[0]!,
      `View '${last}' cannot be enriched with new options.`,
      'Put the hint at the table inside the view.',
    )
  }
  return relationOf(bindView(found.view, bindQuery), last)
}

/** The view's query under the view's own column names; columns that its `*` gained since are not seen. */
function bindView(view: ViewDefinition, bindQuery: BindQuery): LogicalNode {
  const node = bindQuery(view.query, view.environment)
  const fields = view.type.fields
  const names = node.type.fields.map((field) => field.name)
  const same = names.length === fields.length
  const expressions = fields.map((field, index) => {
    const from = same ? index : names.indexOf(field.name)
    return column(from, names[from]!, node.type.fields[from]!.type)
  })
  return project(
    node,
    expressions,
    fields.map((field) => field.name),
  )
}

function bindTableReference(table: TableReference, environment: QueryEnvironment, bindQuery: BindQuery): BoundRelation {
  if (table.systemTime !== undefined) {
    throw unsupported(
      environment,
      table,
      'FOR SYSTEM_TIME AS OF (temporal and lookup joins)',
      'Join the tables in Postgres after the job.',
    )
  }
  return aliased(bindName(table.name, table.hints, environment, bindQuery), table.alias, environment)
}

function bindTableArgument(table: TableArgument, environment: QueryEnvironment, bindQuery: BindQuery): BoundRelation {
  if (table.source.kind === 'QualifiedName') return bindName(table.source, [], environment, bindQuery)
  return relationOf(bindQuery(table.source, environment))
}

function bindTableFunction(table: TableFunction, environment: QueryEnvironment, bindQuery: BindQuery): BoundRelation {
  const written = table.call.name.parts.map((part: Identifier) => part.name).join('.')
  const name = table.call.name.parts.length === 1 ? windowFunctionName(written) : undefined
  if (name === undefined) {
    throw unsupported(environment, table.call, `The table function ${written}`, 'Use TUMBLE, HOP, CUMULATE or SESSION.')
  }
  const relation = bindWindowFunction(table.call, name, environment, (argument) =>
    bindTableArgument(argument, environment, bindQuery),
  )
  return aliased(relation, table.alias, environment)
}

export function bindTable(table: TableNode, environment: QueryEnvironment, bindQuery: BindQuery): BoundRelation {
  switch (table.kind) {
    case 'TableReference':
      return bindTableReference(table, environment, bindQuery)
    case 'DerivedTable':
      if (table.lateral)
        throw unsupported(
          environment,
          table,
          'LATERAL (correlated subqueries)',
          'Write the columns into the outer SELECT.',
        )
      return aliased(relationOf(bindQuery(table.query, environment)), table.alias, environment)
    case 'TableFunction':
      return bindTableFunction(table, environment, bindQuery)
    case 'JoinTable':
      throw unsupported(
        environment,
        table,
        `${table.comma ? 'CROSS' : table.type} JOIN`,
        'Write both tables to Postgres and join them there.',
      )
    case 'UnnestTable':
      throw unsupported(environment, table, 'UNNEST', 'Take single elements by index: a[1].')
    case 'MatchRecognizeTable':
      throw unsupported(environment, table, 'MATCH_RECOGNIZE', 'Use a session or tumbling window where it fits.')
  }
}
