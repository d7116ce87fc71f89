// The query of a view with every `*` written out and every name in full, so that it stays what it was when the tables
// behind it change. Source: Flink's expanded query of a view (SHOW CREATE VIEW).
import type { Identifier, Node, QualifiedName } from '../ast/node.ts'
import type {
  ColumnReference,
  ExpressionNode,
  FunctionArgumentNode,
  QueryNode,
  SelectItem,
  SelectQuery,
  TableFunction,
  TableNode,
} from '../ast/query.ts'
import { rowTypeOf } from '../catalog/catalog-object.ts'
import type { FoundObject } from '../catalog/catalog-manager.ts'

export type FindObject = (parts: readonly string[]) => FoundObject | undefined

/** A table in FROM as its columns are spoken of; `columns` is undefined where they cannot be told from the text. */
interface Relation {
  readonly name: string | undefined
  readonly columns: readonly string[] | undefined
}
interface Scope {
  readonly relations: readonly Relation[]
  /** Columns that the SELECT list names, which ORDER BY may use. */
  readonly outputs: ReadonlySet<string>
  readonly outer: Scope | undefined
}
/** What names of tables stand for within a query. */
interface Environment {
  readonly find: FindObject
  readonly commonTables: ReadonlyMap<string, readonly string[] | undefined>
}

const identifier = (name: string, { span }: Node): Identifier => Object.freeze({ kind: 'Identifier', name, span })

/** The same query with nothing left to look up; what cannot be told from the text stays as written. */
export function expandQuery(query: QueryNode, find: FindObject): QueryNode {
  return expandIn(query, { find, commonTables: new Map() }, undefined).query
}

interface Expanded {
  readonly query: QueryNode
  readonly columns: readonly string[] | undefined
}

function expandIn(query: QueryNode, environment: Environment, outer: Scope | undefined): Expanded {
  switch (query.kind) {
    case 'SelectQuery':
      return expandSelect(query, environment, outer).expanded
    case 'SetOperation': {
      const left = expandIn(query.left, environment, outer)
      const right = expandIn(query.right, environment, outer)
      return { query: { ...query, left: left.query, right: right.query }, columns: left.columns }
    }
    case 'OrderedQuery':
      return expandOrdered(query, environment, outer)
    case 'WithQuery': {
      let inner = environment
      const tables = query.tables.map((table) => {
        const body = expandIn(table.query, inner, outer)
        const columns = table.columns.length > 0 ? table.columns.map(({ name }) => name) : body.columns
        inner = { ...inner, commonTables: new Map([...inner.commonTables, [table.name.name, columns]]) }
        return { ...table, query: body.query }
      })
      const body = expandIn(query.query, inner, outer)
      return { query: { ...query, tables, query: body.query }, columns: body.columns }
    }
    case 'ExplicitTableQuery': {
      const { name, columns } = expandName(query.name, environment)
      return { query: { ...query, name }, columns }
    }
    case 'ValuesQuery':
      return { query, columns: query.rows[0]!.elements.map((_, index) => `EXPR$${index}`) }
  }
}

function expandOrdered(
  query: Extract<QueryNode, { kind: 'OrderedQuery' }>,
  environment: Environment,
  outer: Scope | undefined,
): Expanded {
  if (query.query.kind !== 'SelectQuery') {
    const body = expandIn(query.query, environment, outer)
    return { query: { ...query, query: body.query }, columns: body.columns }
  }
  const { expanded, scope } = expandSelect(query.query, environment, outer)
  const orderScope = { ...scope, outputs: new Set(expanded.columns) }
  const orderBy = query.orderBy.map((item) => ({
    ...item,
    expression: expandNode(item.expression, environment, orderScope),
  }))
  return { query: { ...query, query: expanded.query, orderBy }, columns: expanded.columns }
}

function expandSelect(
  query: SelectQuery,
  environment: Environment,
  outer: Scope | undefined,
): { expanded: Expanded; scope: Scope } {
  const relations: Relation[] = []
  const scope: Scope = { relations, outputs: new Set(), outer }
  const from = query.from && expandTable(query.from, environment, scope, relations)
  const items = query.items.flatMap((item) => expandItem(item, environment, scope))
  const expression = <E extends ExpressionNode | undefined>(node: E): E =>
    node === undefined ? node : expandNode(node, environment, scope)
  const expanded: SelectQuery = {
    ...query,
    items,
    from,
    where: expression(query.where),
    groupBy: query.groupBy?.map((item) => expandNode(item, environment, scope)),
    having: expression(query.having),
    windows: query.windows.map((window) => expandNode(window, environment, scope)),
    qualify: expression(query.qualify),
  }
  const columns = items.map((item, index) => outputName(item, index))
  const known = columns.every((column) => column !== undefined)
  return { expanded: { query: expanded, columns: known ? columns : undefined }, scope }
}

function outputName(item: SelectItem, index: number): string | undefined {
  if (item.kind === 'StarItem') return undefined
  if (item.alias !== undefined) return item.alias.name
  return item.expression.kind === 'ColumnReference' ? item.expression.parts.at(-1)!.name : `EXPR$${index}`
}

function expandItem(item: SelectItem, environment: Environment, scope: Scope): SelectItem[] {
  if (item.kind === 'ExpressionItem') {
    const expression = expandNode(item.expression, environment, scope)
    return [{ ...item, expression }]
  }
  const relations = scope.relations.filter(
    ({ name }) => item.qualifier.length === 0 || name === item.qualifier.at(-1)!.name,
  )
  if (relations.length === 0 || relations.some(({ name, columns }) => name === undefined || columns === undefined))
    return [item]
  return relations.flatMap(({ name, columns }) =>
    columns!.map((column): SelectItem => {
      const parts = [identifier(name!, item), identifier(column, item)]
      const expression: ColumnReference = { kind: 'ColumnReference', parts, span: item.span }
      return { kind: 'ExpressionItem', expression, alias: undefined, span: item.span }
    }),
  )
}

// ---- tables ---------------------------------------------------------------------------------------------------------

function expandName(
  name: QualifiedName,
  environment: Environment,
): { name: QualifiedName; columns: readonly string[] | undefined } {
  const parts = name.parts.map((part) => part.name)
  if (parts.length === 1 && environment.commonTables.has(parts[0]!))
    return { name, columns: environment.commonTables.get(parts[0]!) }
  const found = environment.find(parts)
  if (found === undefined) return { name, columns: undefined }
  const columns = rowTypeOf(found.object).fields.map((field) => field.name)
  return { name: { ...name, parts: found.path.map((part) => identifier(part, name)) }, columns }
}

/** The table with names in full; what it adds to the scope goes to `relations`. */
function expandTable(table: TableNode, environment: Environment, scope: Scope, relations: Relation[]): TableNode {
  const add = (alias: typeof aliased.alias, name: string | undefined, columns: readonly string[] | undefined): void => {
    const renamed =
      alias !== undefined && alias.columns.length > 0 ? alias.columns.map((column) => column.name) : columns
    relations.push({ name: alias?.name.name ?? name, columns: renamed })
  }
  if (table.kind === 'JoinTable') {
    const left = expandTable(table.left, environment, scope, relations)
    const right = expandTable(table.right, environment, scope, relations)
    const merges = table.natural || table.using !== undefined
    // `*` of such a join has the common columns once: left to the binder.
    if (merges) relations.forEach((relation, index) => (relations[index] = { ...relation, columns: undefined }))
    return { ...table, left, right, on: table.on && expandNode(table.on, environment, scope) }
  }
  const aliased = table
  switch (aliased.kind) {
    case 'TableReference': {
      const written = aliased.name.parts.at(-1)!
      const { name, columns } = expandName(aliased.name, environment)
      add(aliased.alias, written.name, columns)
      const alias = aliased.alias ?? { kind: 'TableAlias', name: written, columns: [], span: written.span }
      return {
        ...aliased,
        name,
        alias,
        systemTime: aliased.systemTime && expandNode(aliased.systemTime, environment, scope),
      }
    }
    case 'DerivedTable': {
      const { query, columns } = expandIn(aliased.query, environment, aliased.lateral ? scope : scope.outer)
      add(aliased.alias, undefined, columns)
      return { ...aliased, query }
    }
    case 'TableFunction': {
      const { call, columns } = expandTableFunction(aliased, environment, scope)
      add(aliased.alias, undefined, columns)
      return { ...aliased, call }
    }
    case 'UnnestTable':
      add(aliased.alias, undefined, undefined)
      return { ...aliased, operands: aliased.operands.map((operand) => expandNode(operand, environment, scope)) }
    case 'MatchRecognizeTable': {
      add(aliased.alias, undefined, undefined)
      return { ...aliased, input: expandTable(aliased.input, environment, scope, []) }
    }
  }
}

/** A window function gives the columns of its table and the window's three. */
function expandTableFunction(
  { call }: TableFunction,
  environment: Environment,
  scope: Scope,
): { call: TableFunction['call']; columns: readonly string[] | undefined } {
  let columns: readonly string[] | undefined
  const expand = (argument: FunctionArgumentNode): FunctionArgumentNode => {
    if (argument.kind === 'NamedArgument') return { ...argument, value: expand(argument.value) }
    if (argument.kind !== 'TableArgument') return argument
    if (argument.source.kind === 'QualifiedName') {
      const source = expandName(argument.source, environment)
      columns = source.columns
      return { ...argument, source: source.name }
    }
    const source = expandIn(argument.source, environment, scope.outer)
    columns = source.columns
    return { ...argument, source: source.query }
  }
  const expanded = { ...call, arguments: call.arguments.map(expand) }
  const isWindow = /^(TUMBLE|HOP|CUMULATE|SESSION)$/i.test(call.name.parts.at(-1)!.name)
  return {
    call: expanded,
    columns: isWindow && columns !== undefined ? [...columns, 'window_start', 'window_end', 'window_time'] : undefined,
  }
}

// ---- expressions ----------------------------------------------------------------------------------------------------

/** Any node without tables of its own: its names in full, its subqueries expanded in this scope. */
function expandNode<N extends Node>(node: N, environment: Environment, scope: Scope): N {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (typeof value !== 'object' || value === null) return value
    const kind = (value as Partial<Node>).kind
    if (kind === 'ColumnReference') return qualify(value as ColumnReference, scope)
    if (kind !== undefined && queryKinds.has(kind)) return expandIn(value as QueryNode, environment, scope).query
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, key === 'span' ? part : visit(part)]))
  }
  return visit(node) as N
}

const queryKinds: ReadonlySet<string> = new Set<QueryNode['kind']>([
  'SelectQuery',
  'SetOperation',
  'ValuesQuery',
  'ExplicitTableQuery',
  'OrderedQuery',
  'WithQuery',
])

/** `a` as `t.a`, where exactly one table has it; else as written. */
function qualify(reference: ColumnReference, scope: Scope): ColumnReference {
  const first = reference.parts[0]!
  for (let level: Scope | undefined = scope; level !== undefined; level = level.outer) {
    if (level.outputs.has(first.name) && reference.parts.length === 1) return reference
    if (level.relations.some(({ name }) => name === first.name)) return reference
    const owners = level.relations.filter(({ columns }) => columns?.includes(first.name) === true)
    if (owners.length === 1 && owners[0]!.name !== undefined) {
      return { ...reference, parts: [identifier(owners[0]!.name, first), ...reference.parts] }
    }
    if (owners.length > 0 || level.relations.some(({ columns }) => columns === undefined)) return reference
  }
  return reference
}
