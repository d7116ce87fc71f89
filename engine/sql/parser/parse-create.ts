// CREATE and DROP.
import type { CreateTable, DropStatement, FunctionLanguage, Statement } from '../ast/statement.ts'
import {
  parseComment,
  parseDistribution,
  parseLikeOptions,
  parseOptions,
  parseTableElements,
} from './parse-table-definition.ts'
import type { Parser } from './parser.ts'

export function parseIfNotExists(p: Parser): boolean {
  if (!p.accept('IF')) return false
  p.expect('NOT', 'EXISTS')
  return true
}

export function parseIfExists(p: Parser): boolean {
  if (!p.accept('IF')) return false
  p.expect('EXISTS')
  return true
}

/** What may stand between CREATE and the kind of object. */
interface Modifiers {
  readonly start: number
  readonly orReplace: boolean
  readonly temporary: boolean
}

export function parseCreate(p: Parser): Statement {
  const start = p.peek().start
  p.expect('CREATE')
  const orReplace = p.accept('OR')
  if (orReplace) p.expect('REPLACE')
  const modifiers = { start, orReplace, temporary: p.accept('TEMPORARY') }
  if (modifiers.temporary) {
    if (p.accept('SYSTEM')) {
      p.expect('FUNCTION')
      return parseCreateFunction(p, modifiers, true)
    }
    const object = p.expectAny(['TABLE', 'VIEW', 'FUNCTION'])
    if (object === 'TABLE') return parseCreateTable(p, modifiers)
    return object === 'VIEW' ? parseCreateView(p, modifiers) : parseCreateFunction(p, modifiers, false)
  }
  switch (p.expectAny(['TABLE', 'VIEW', 'DATABASE', 'CATALOG', 'FUNCTION'])) {
    case 'TABLE':
      return parseCreateTable(p, modifiers)
    case 'VIEW':
      return parseCreateView(p, modifiers)
    case 'FUNCTION':
      return parseCreateFunction(p, modifiers, false)
    case 'DATABASE':
      return parseCreateDatabase(p, start)
    case 'CATALOG':
      return parseCreateCatalog(p, start)
  }
}

function parseCreateTable(p: Parser, { start, orReplace, temporary }: Modifiers): CreateTable {
  const ifNotExists = parseIfNotExists(p)
  const name = p.qualifiedName('a table name')
  const elements = p.at('(') ? parseTableElements(p, false) : undefined
  const comment = parseComment(p)
  const distribution = p.accept('DISTRIBUTED') ? parseDistribution(p) : undefined
  const partitionedBy = p.accept('PARTITIONED') ? (p.expect('BY'), p.identifiersInParentheses()) : []
  const options = p.accept('WITH') ? parseOptions(p) : []
  const like = p.accept('LIKE') ? { table: p.qualifiedName('a table name'), options: parseLikeOptions(p) } : undefined
  const asQuery = like === undefined && p.accept('AS') ? p.query() : undefined
  const columns = elements?.columns.map(({ column }) => column)
  const bare = columns?.find((column) => column.kind === 'ColumnName')
  if (bare !== undefined && asQuery === undefined) {
    throw p.syntaxError(`The column ${bare.name.name} has no type.`, bare.span, 'Write the type after the name.')
  }
  return p.node(start, {
    kind: 'CreateTable',
    temporary,
    orReplace,
    ifNotExists,
    name,
    columns,
    watermark: elements?.watermark,
    constraints: elements?.constraints ?? [],
    comment,
    distribution,
    partitionedBy,
    options,
    like,
    asQuery,
  })
}

function parseCreateView(p: Parser, { start, orReplace, temporary }: Modifiers): Statement {
  const ifNotExists = parseIfNotExists(p)
  const name = p.qualifiedName('a view name')
  const columns = p.at('(') ? p.identifiersInParentheses() : []
  const comment = parseComment(p)
  p.expect('AS')
  const query = p.query()
  return p.node(start, { kind: 'CreateView', temporary, orReplace, ifNotExists, name, columns, comment, query })
}

function parseCreateDatabase(p: Parser, start: number): Statement {
  const ifNotExists = parseIfNotExists(p)
  const name = p.qualifiedName('a database name')
  const comment = parseComment(p)
  const options = p.accept('WITH') ? parseOptions(p) : []
  return p.node(start, { kind: 'CreateDatabase', ifNotExists, name, comment, options })
}

function parseCreateCatalog(p: Parser, start: number): Statement {
  const ifNotExists = parseIfNotExists(p)
  const name = p.identifier('a catalog name')
  const comment = parseComment(p)
  const options = p.accept('WITH') ? parseOptions(p) : []
  return p.node(start, { kind: 'CreateCatalog', ifNotExists, name, comment, options })
}

const languages: readonly FunctionLanguage[] = ['JAVA', 'SCALA', 'SQL', 'PYTHON']

function parseCreateFunction(p: Parser, { start, temporary }: Modifiers, system: boolean): Statement {
  const ifNotExists = parseIfNotExists(p)
  const name = p.qualifiedName('a function name')
  p.expect('AS')
  const className = p.string('a class name in quotes')
  const language = p.accept('LANGUAGE') ? p.expectAny(languages) : undefined
  const resources = p.accept('USING') ? p.list(() => parseResource(p)) : []
  return p.node(start, { kind: 'CreateFunction', temporary, system, ifNotExists, name, className, language, resources })
}

function parseResource(p: Parser): { readonly type: 'JAR'; readonly path: string } {
  p.expect('JAR')
  return { type: 'JAR', path: p.string('a path in quotes') }
}

export function parseDrop(p: Parser): Statement {
  const start = p.peek().start
  p.expect('DROP')
  const temporary = p.accept('TEMPORARY')
  const system = temporary && p.accept('SYSTEM')
  const object: DropStatement['object'] = system
    ? p.expectAny(['FUNCTION'])
    : p.expectAny(['TABLE', 'VIEW', 'DATABASE', 'CATALOG', 'FUNCTION'])
  const ifExists = parseIfExists(p)
  const name = p.qualifiedName()
  const cascade = object === 'DATABASE' && p.acceptAny(['CASCADE', 'RESTRICT']) === 'CASCADE'
  return p.node(start, { kind: 'DropStatement', object, temporary, system, ifExists, name, cascade })
}
