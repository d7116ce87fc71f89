// CREATE, ALTER, DROP and USE.
import { FlinktsError } from '../../common/errors.ts'
import { types, withoutTimeAttribute, type RowType } from '../../types/logical-type.ts'
import type { QualifiedName } from '../ast/node.ts'
import type {
  AlterTable,
  AlterView,
  CreateTable,
  CreateView,
  DropStatement,
  InsertStatement,
  Statement,
} from '../ast/statement.ts'
import { alterTable } from '../catalog/alter-table.ts'
import { quotePath, type CatalogManager, type ObjectPath } from '../catalog/catalog-manager.ts'
import type { ResolvedView } from '../catalog/catalog-object.ts'
import { defineTable, invalidTable, optionsOf } from '../catalog/define-table.ts'
import { mergeLike } from '../catalog/merge-like.ts'
import { resolveTable } from '../catalog/resolve-table.ts'
import type { SchemaBinder } from '../catalog/schema-binder.ts'
import { definitionOf, type DefinedColumn, type TableDefinition } from '../catalog/table-definition.ts'
import type { SourceText } from '../parser/source-text.ts'
import { expandQuery } from './expand-query.ts'

export interface DefinitionContext {
  readonly catalog: CatalogManager
  readonly binder: SchemaBinder
  /** The text of the statement. */
  readonly source: SourceText
}

type Definition = Extract<
  Statement,
  {
    kind:
      | 'CreateDatabase'
      | 'CreateCatalog'
      | 'CreateFunction'
      | 'AlterTable'
      | 'AlterView'
      | 'AlterDatabase'
      | 'DropStatement'
      | 'UseStatement'
  }
>
const definitionKinds: ReadonlySet<string> = new Set<Definition['kind']>([
  'CreateDatabase',
  'CreateCatalog',
  'CreateFunction',
  'AlterTable',
  'AlterView',
  'AlterDatabase',
  'DropStatement',
  'UseStatement',
])

export function isDefinition(statement: Statement): statement is Definition {
  return definitionKinds.has(statement.kind)
}

const partsOf = (name: QualifiedName): readonly string[] => name.parts.map((part) => part.name)

/** Catalog and name of a database. */
function databaseOf(name: QualifiedName, catalog: CatalogManager): [catalog: string, database: string] {
  const parts = partsOf(name)
  if (parts.length > 2) {
    throw new FlinktsError('SQL_VALIDATION', `'${parts.join('.')}' has too many parts.`, {
      fix: 'Write catalog.database.',
    })
  }
  return [parts.at(-2) ?? catalog.currentCatalog, parts.at(-1)!]
}

export function executeDefinition(node: Definition, context: DefinitionContext): void {
  const { catalog } = context
  switch (node.kind) {
    case 'CreateDatabase': {
      const [inCatalog, name] = databaseOf(node.name, catalog)
      catalog.createDatabase(
        inCatalog,
        name,
        { comment: node.comment, options: optionsOf(node.options) },
        node.ifNotExists,
      )
      return
    }
    case 'CreateCatalog': {
      const description = { comment: node.comment, options: optionsOf(node.options) }
      catalog.createCatalog(node.name.name, description, node.ifNotExists)
      return
    }
    case 'CreateFunction':
      // Registered as in Flink, which does not look for the class either; a call is refused when it is planned.
      catalog.createFunction(catalog.pathOf(partsOf(node.name)), node.className, node)
      return
    case 'AlterTable':
      executeAlterTable(node, context)
      return
    case 'AlterView':
      executeAlterView(node, context)
      return
    case 'AlterDatabase': {
      const [inCatalog, name] = databaseOf(node.name, catalog)
      catalog.alterDatabase(inCatalog, name, optionsOf(node.options))
      return
    }
    case 'DropStatement':
      executeDrop(node, catalog)
      return
    case 'UseStatement':
      if (node.object === 'CATALOG') catalog.useCatalog(partsOf(node.name)[0]!)
      else catalog.useDatabase(...databaseOf(node.name, catalog))
  }
}

function executeDrop(node: DropStatement, catalog: CatalogManager): void {
  switch (node.object) {
    case 'TABLE':
    case 'VIEW':
      catalog.drop(catalog.pathOf(partsOf(node.name)), node.object === 'TABLE' ? 'table' : 'view', node)
      return
    case 'DATABASE':
      catalog.dropDatabase(...databaseOf(node.name, catalog), node)
      return
    case 'CATALOG':
      catalog.dropCatalog(partsOf(node.name)[0]!, node.ifExists)
      return
    case 'FUNCTION':
      catalog.dropFunction(catalog.pathOf(partsOf(node.name)), node)
  }
}

// ---- tables -----------------------------------------------------------------------------------------------------------

/** The statement's own parts, merged with those of LIKE. */
function definitionWithLike(node: CreateTable, { catalog, source }: DefinitionContext): TableDefinition {
  const own = defineTable(node, source)
  if (node.like === undefined) return own
  const base = catalog.require(partsOf(node.like.table))
  if (base.object.kind === 'view') {
    throw invalidTable(source, node.like.table, `'${base.path.join('.')}' is a view: LIKE needs a table.`)
  }
  return mergeLike(definitionOf(base.object), own, node.like.options)
}

/** CREATE TABLE without AS. `OR REPLACE` replaces nothing: as in Flink it is for AS SELECT only. */
export function createTable(node: CreateTable, context: DefinitionContext): void {
  const { catalog, binder } = context
  const path = catalog.pathOf(partsOf(node.name))
  const definition = definitionWithLike(node, context)
  if (definition.columns.length === 0) {
    throw invalidTable(context.source, node, 'The table has no columns.', 'Name at least one column with its type.')
  }
  const table = resolveTable(definition, binder)
  if (catalog.mayCreate(path, node.temporary, node.ifNotExists)) catalog.put(path, table, node.temporary)
}

/** The table of CREATE TABLE … AS SELECT and the insert that fills it; undefined where it is there already. */
export function createTableAs(
  node: CreateTable,
  context: DefinitionContext,
): { readonly path: ObjectPath; readonly insert: InsertStatement } | undefined {
  const { catalog, binder, source } = context
  const query = node.asQuery!
  if (node.orReplace) {
    throw new FlinktsError('SQL_UNSUPPORTED', 'CREATE OR REPLACE TABLE … AS is not supported.', {
      fix: 'Drop the table, then use CREATE TABLE … AS.',
    })
  }
  const path = catalog.pathOf(partsOf(node.name))
  if (!catalog.mayCreate(path, node.temporary, node.ifNotExists)) return undefined
  const given = binder.queryType(query, source)
  const definition = withQueryColumns(defineTable(node, source), node, given)
  catalog.put(path, resolveTable(definition, binder), node.temporary)
  const columns = given.fields.map(({ name }): QualifiedName => {
    const part = { kind: 'Identifier', name, span: query.span } as const
    return { kind: 'QualifiedName', parts: [part], span: query.span }
  })
  const insert: InsertStatement = {
    kind: 'InsertStatement',
    mode: 'INTO',
    table: node.name,
    hints: [],
    partition: [],
    columns,
    query,
    span: query.span,
  }
  return { path, insert }
}

/** A list of bare names orders the query's columns; columns with types stand before them. */
function withQueryColumns(own: TableDefinition, node: CreateTable, given: RowType): TableDefinition {
  const names = (node.columns ?? []).filter((column) => column.kind === 'ColumnName').map(({ name }) => name)
  const columnOf = ({ name, type }: RowType['fields'][number]): DefinedColumn => ({
    kind: 'physical',
    name,
    comment: undefined,
    type: withoutTimeAttribute(type),
  })
  if (names.length === 0) {
    const defined = new Set(own.columns.map(({ name }) => name))
    return { ...own, columns: [...own.columns, ...given.fields.filter(({ name }) => !defined.has(name)).map(columnOf)] }
  }
  if (names.length !== given.fields.length || own.columns.length > 0) {
    const message = 'The number of columns in the column list must match the number of columns in the source schema.'
    throw invalidTable(own.source, names[0], message)
  }
  const columns = names.map((name) => {
    const field = given.fields.find((candidate) => candidate.name === name.name)
    if (field === undefined) {
      throw invalidTable(own.source, name, `Column '${name.name}' not found in the source schema.`)
    }
    return columnOf(field)
  })
  return { ...own, columns }
}

function executeAlterTable(node: AlterTable, context: DefinitionContext): void {
  const { catalog, binder, source } = context
  const path = catalog.pathOf(partsOf(node.name))
  const table = catalog.permanent(path, 'table')
  if (table === undefined) {
    if (node.ifExists) return
    throw invalidTable(source, node.name, `Table ${quotePath(path)} doesn't exist or is a temporary table.`)
  }
  if (node.action.type === 'rename') {
    catalog.rename(path, renamedPath(node.action.newName, path))
    return
  }
  const changed = alterTable(definitionOf(table), node.action, node, source)
  catalog.put(path, resolveTable(changed, binder), false)
}

/** The new name stands in the database of the old one unless it says otherwise. */
function renamedPath(newName: QualifiedName, from: ObjectPath): ObjectPath {
  const parts = partsOf(newName)
  return { catalog: parts.at(-3) ?? from.catalog, database: parts.at(-2) ?? from.database, name: parts.at(-1)! }
}

// ---- views ------------------------------------------------------------------------------------------------------------

export function createView(node: CreateView, context: DefinitionContext): void {
  const { catalog } = context
  const path = catalog.pathOf(partsOf(node.name))
  const view = resolveView(node, context)
  if (node.orReplace && catalog.permanent(path, 'view') !== undefined) {
    catalog.put(path, view, node.temporary)
  } else if (catalog.mayCreate(path, node.temporary, node.ifNotExists)) {
    catalog.put(path, view, node.temporary)
  }
}

function resolveView(
  node: Pick<CreateView, 'columns' | 'query' | 'comment' | 'span'>,
  { catalog, binder, source }: DefinitionContext,
): ResolvedView {
  const given = binder.queryType(node.query, source)
  const aliases = node.columns
  if (aliases.length > 0 && aliases.length !== given.fields.length) {
    const message = `VIEW definition and input fields not match:\n\tDef fields: [${aliases.map(({ name }) => name).join(', ')}].\n\tInput fields: [${given.fields.map(({ name }) => name).join(', ')}].`
    throw invalidTable(source, aliases[0], message)
  }
  const fields = given.fields.map((field, index) => ({ name: aliases[index]?.name ?? field.name, type: field.type }))
  return Object.freeze({
    kind: 'view',
    type: types.row(fields, false),
    query: node.query,
    expandedQuery: expandQuery(node.query, (parts) => catalog.find(parts)),
    comment: node.comment,
    catalog: catalog.currentCatalog,
    database: catalog.currentDatabase,
    source,
  })
}

function executeAlterView(node: AlterView, context: DefinitionContext): void {
  const { catalog, source } = context
  const path = catalog.pathOf(partsOf(node.name))
  const view = catalog.permanent(path, 'view')
  if (view === undefined) {
    throw invalidTable(source, node.name, `View ${quotePath(path)} does not exist or is a temporary view.`)
  }
  if (node.action.type === 'rename') {
    catalog.rename(path, renamedPath(node.action.newName, path))
    return
  }
  const { query } = node.action
  catalog.put(path, resolveView({ columns: [], query, comment: view.comment, span: node.span }, context), false)
}
