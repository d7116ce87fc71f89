// SHOW and DESCRIBE. Source: the recorded cases and Flink's Show*Operation.
import { FlinktsError } from '../../common/errors.ts'
import { types } from '../../types/logical-type.ts'
import type {
  DescribeStatement,
  ShowCreateStatement,
  ShowCurrentStatement,
  ShowFilter,
  ShowStatement,
} from '../ast/statement.ts'
import type { QualifiedName } from '../ast/node.ts'
import type { CatalogManager } from '../catalog/catalog-manager.ts'
import type { CatalogObject } from '../catalog/catalog-object.ts'
import { describeColumns, showCreateTable, showCreateView } from '../catalog/describe-table.ts'
import { quoteIdentifier, quoteString } from '../parser/printer.ts'
import { stringRows, type RowsResult } from './statement-result.ts'

const partsOf = (name: QualifiedName): readonly string[] => name.parts.map((part) => part.name)

/** SQL's LIKE with `%` and `_`; `\` makes the next character plain. */
function matcherOf(like: ShowFilter['like']): (name: string) => boolean {
  if (like === undefined) return () => true
  const pattern = like.pattern.replace(/\\(.)|%|_|[.*+?^${}()|[\]\\]/gs, (token, plain: string | undefined) => {
    if (plain !== undefined) return `\\u{${plain.codePointAt(0)!.toString(16)}}`
    if (token === '%') return '.*'
    return token === '_' ? '.' : `\\${token}`
  })
  const regex = new RegExp(`^${pattern}$`, like.caseInsensitive ? 'isu' : 'su')
  return (name) => regex.test(name) !== like.negated
}

export function executeShow(
  node: ShowStatement,
  catalog: CatalogManager,
  builtInFunctions: () => readonly string[],
): RowsResult {
  const matches = matcherOf(node.like)
  const rows = (column: string, names: readonly string[]): RowsResult => stringRows(column, names.filter(matches))
  switch (node.object) {
    case 'CATALOGS':
      return rows('catalog name', catalog.catalogNames())
    case 'DATABASES':
      return rows('database name', catalog.databaseNames(node.from === undefined ? undefined : partsOf(node.from)[0]))
    case 'TABLES':
      return rows(
        'table name',
        objectsIn(node, catalog).map(([name]) => name),
      )
    case 'VIEWS':
      return rows(
        'view name',
        objectsIn(node, catalog).flatMap(([name, object]) => (object.kind === 'view' ? [name] : [])),
      )
    case 'COLUMNS':
      return showColumns(node, catalog, matches)
    case 'USER FUNCTIONS':
      return rows('function name', catalog.userFunctionNames())
    case 'FUNCTIONS': {
      const names = new Set([...builtInFunctions().map((name) => name.toLowerCase()), ...catalog.userFunctionNames()])
      return rows('function name', [...names].sort())
    }
    case 'MODULES':
      return rows('module name', ['core'])
    case 'JARS':
      return rows('jars', [])
  }
}

function objectsIn({ from }: ShowFilter, catalog: CatalogManager): [string, CatalogObject][] {
  if (from === undefined) return catalog.objects(catalog.currentCatalog, catalog.currentDatabase)
  const [first, second] = partsOf(from)
  return second === undefined ? catalog.objects(catalog.currentCatalog, first!) : catalog.objects(first!, second)
}

function showColumns(node: ShowStatement, catalog: CatalogManager, matches: (name: string) => boolean): RowsResult {
  if (node.from === undefined) {
    throw new FlinktsError('SQL_SYNTAX', 'SHOW COLUMNS needs a table.', { fix: 'Write SHOW COLUMNS FROM table.' })
  }
  const described = describeObject(catalog.require(partsOf(node.from)).object, false)
  return { ...described, rows: described.rows.filter(([name]) => matches(name as string)) }
}

export function executeShowCurrent({ object }: ShowCurrentStatement, catalog: CatalogManager): RowsResult {
  return object === 'CATALOG'
    ? stringRows('current catalog name', [catalog.currentCatalog])
    : stringRows('current database name', [catalog.currentDatabase])
}

export function executeShowCreate(node: ShowCreateStatement, catalog: CatalogManager): RowsResult {
  if (node.object === 'CATALOG') return stringRows('result', [showCreateCatalog(partsOf(node.name)[0]!, catalog)])
  const { path, object, temporary } = catalog.require(partsOf(node.name))
  const wanted = node.object === 'TABLE' ? 'table' : 'view'
  if (object.kind === 'table' && wanted === 'table')
    return stringRows('result', [showCreateTable(path, object, temporary)])
  if (object.kind === 'view' && wanted === 'view')
    return stringRows('result', [showCreateView(path, object, temporary)])
  throw new FlinktsError(
    'SQL_VALIDATION',
    `SHOW CREATE ${node.object} is only supported for ${wanted}s, but ${path.map(quoteIdentifier).join('.')} is a ${object.kind}.`,
    {
      fix: `Use SHOW CREATE ${object.kind.toUpperCase()}.`,
    },
  )
}

function showCreateCatalog(name: string, catalog: CatalogManager): string {
  const { comment, options } = catalog.describeCatalog(name)
  const entries = Object.entries({ type: 'generic_in_memory', ...options }).map(
    ([key, value]) => `  ${quoteString(key)} = ${quoteString(value)}`,
  )
  const said = comment === undefined ? '' : `COMMENT ${quoteString(comment)}\n`
  return `CREATE CATALOG ${quoteIdentifier(name)}\n${said}WITH (\n${entries.join(',\n')}\n)\n`
}

export function executeDescribe(node: DescribeStatement, catalog: CatalogManager): RowsResult {
  const parts = partsOf(node.name)
  switch (node.object) {
    case 'TABLE':
      return describeObject(catalog.require(parts).object, true)
    case 'DATABASE': {
      const [name, inCatalog] = [parts.at(-1)!, parts.at(-2) ?? catalog.currentCatalog]
      const { comment, options } = catalog.describeDatabase(inCatalog, name)
      return infoRows(
        'database',
        { catalog: inCatalog, database: name, ...(comment === undefined ? {} : { comment }) },
        node.extended ? options : {},
      )
    }
    case 'CATALOG': {
      const { comment, options } = catalog.describeCatalog(parts[0]!)
      const facts = { name: parts[0]!, type: 'generic_in_memory', comment: comment ?? '' }
      return infoRows('info', facts, node.extended ? options : {})
    }
    case 'FUNCTION':
      throw new FlinktsError('SQL_UNSUPPORTED', 'DESCRIBE FUNCTION is not supported.', {
        fix: 'SHOW FUNCTIONS lists their names.',
      })
  }
}

function infoRows(
  prefix: string,
  facts: Readonly<Record<string, string>>,
  options: Readonly<Record<string, string>>,
): RowsResult {
  const columns = [`${prefix} name`, `${prefix} value`].map((name) => ({ name, type: types.string() }))
  const extra = Object.entries(options).map(([key, value]) => [`option:${key}`, value])
  return { kind: 'rows', columns, rows: [...Object.entries(facts), ...extra] }
}

/** The comment column is there only where a column has one (of DESCRIBE). */
function describeObject(object: CatalogObject, withComments: boolean): RowsResult {
  const described = describeColumns(object)
  const comments = withComments && described.some((row) => row[6] !== null)
  const names = ['name', 'type', 'null', 'key', 'extras', 'watermark', ...(comments ? ['comment'] : [])]
  const columns = names.map((name) => ({ name, type: name === 'null' ? types.boolean() : types.string() }))
  return { kind: 'rows', columns, rows: described.map((row) => row.slice(0, names.length)) }
}
