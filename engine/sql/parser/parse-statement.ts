// One statement.
import type {
  CreateTable,
  DescribeStatement,
  ExplainDetail,
  ExplainStatement,
  InsertStatement,
  JobStatement,
  PartitionValue,
  ShowFilter,
  ShowStatement,
  Statement,
  StatementSet,
} from '../ast/statement.ts'
import { parseAlter } from './parse-alter.ts'
import { parseCreate, parseDrop } from './parse-create.ts'
import { parseHints } from './parse-query.ts'
import type { Parser } from './parser.ts'

/** Statements of Flink SQL that are recognised in order to be refused by name. */
const unsupported: readonly string[] = [
  'CREATE MATERIALIZED TABLE',
  'CREATE OR ALTER MATERIALIZED TABLE',
  'ALTER MATERIALIZED TABLE',
  'DROP MATERIALIZED TABLE',
  'CREATE MODEL',
  'CREATE TEMPORARY MODEL',
  'ALTER MODEL',
  'DROP MODEL',
  'DROP TEMPORARY MODEL',
  'ALTER CATALOG',
  'ALTER FUNCTION',
  'ALTER TEMPORARY FUNCTION',
  'ALTER TEMPORARY SYSTEM FUNCTION',
  'REPLACE TABLE',
  'SHOW MODELS',
  'SHOW PARTITIONS',
  'SHOW PROCEDURES',
  'SHOW CREATE MATERIALIZED TABLE',
  'SHOW CREATE MODEL',
  'DESCRIBE MODEL',
  'DESC MODEL',
  'LOAD MODULE',
  'UNLOAD MODULE',
  'USE MODULES',
  'ADD JAR',
  'REMOVE JAR',
  'ANALYZE TABLE',
  'TRUNCATE TABLE',
  'COMPILE PLAN',
  'COMPILE AND EXECUTE PLAN',
  'EXECUTE PLAN',
  'EXECUTE IMMEDIATE',
  'CALL',
  'DELETE FROM',
  'UPDATE',
  'MERGE INTO',
]

const starters: readonly string[] = [
  'SELECT',
  'WITH',
  'VALUES',
  'INSERT',
  'UPSERT',
  'EXECUTE',
  'BEGIN',
  'END',
  'EXPLAIN',
  'CREATE',
  'ALTER',
  'DROP',
  'USE',
  'SET',
  'RESET',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'STOP',
]

export function parseStatement(p: Parser): Statement {
  const start = p.peek().start
  const construct = unsupported.find((words) => p.looksLike(0, ...words.split(' ')))
  if (construct !== undefined) {
    while (p.peek().type !== 'end' && !p.looksLike(0, ';')) p.next()
    return p.node(start, { kind: 'UnsupportedStatement', construct })
  }
  const word = starters.find((candidate) => p.at(candidate))
  const parse = word === undefined ? undefined : statements.get(word)
  if (parse !== undefined) return parse(p)
  if (!p.atQuery() && !p.at('(')) throw p.unexpected()
  return p.node(start, { kind: 'QueryStatement', query: p.query() })
}

const statements: ReadonlyMap<string, (p: Parser) => Statement> = new Map([
  ['INSERT', parseInsert],
  ['UPSERT', parseInsert],
  ['EXECUTE', parseExecute],
  ['BEGIN', parseBegin],
  ['END', parseEnd],
  ['EXPLAIN', parseExplain],
  ['CREATE', parseCreate],
  ['ALTER', parseAlter],
  ['DROP', parseDrop],
  ['USE', parseUse],
  ['SET', parseSet],
  ['RESET', parseReset],
  ['SHOW', parseShow],
  ['DESCRIBE', parseDescribe],
  ['DESC', parseDescribe],
  ['STOP', parseStopJob],
])

function parseInsert(p: Parser): InsertStatement {
  const start = p.peek().start
  let mode: InsertStatement['mode'] = 'UPSERT'
  if (p.accept('UPSERT')) p.expect('INTO')
  else {
    p.expect('INSERT')
    mode = p.expectAny(['INTO', 'OVERWRITE'])
  }
  p.accept('TABLE')
  const table = p.qualifiedName('a table name')
  const hints = parseHints(p)
  const partition = p.accept('PARTITION') ? p.parenthesized(() => p.list(() => parsePartitionValue(p))) : []
  const columns =
    p.at('(') && p.atIdentifier(1) ? p.parenthesized(() => p.list(() => p.qualifiedName('a column name'))) : undefined
  return p.node(start, { kind: 'InsertStatement', mode, table, hints, partition, columns, query: p.query() })
}

function parsePartitionValue(p: Parser): PartitionValue {
  const start = p.peek().start
  const column = p.identifier('a column name')
  const value = p.accept('=') ? p.expression() : undefined
  return p.node(start, { kind: 'PartitionValue', column, value })
}

/** `EXECUTE STATEMENT SET BEGIN …; END`, or EXECUTE before a query or an insert, which changes nothing. */
function parseExecute(p: Parser): Statement {
  if (p.looksLike(1, 'STATEMENT', 'SET')) return parseStatementSet(p)
  const start = p.peek().start
  p.expect('EXECUTE')
  if (p.at('INSERT') || p.at('UPSERT')) return parseInsert(p)
  return p.node(start, { kind: 'QueryStatement', query: p.query() })
}

function parseStatementSet(p: Parser): StatementSet {
  const start = p.peek().start
  p.accept('EXECUTE')
  p.expect('STATEMENT', 'SET', 'BEGIN')
  const inserts: InsertStatement[] = []
  while (inserts.length === 0 || !p.at('END')) {
    inserts.push(parseInsert(p))
    p.expect(';')
  }
  p.expect('END')
  return p.node(start, { kind: 'StatementSet', statements: inserts })
}

function parseBegin(p: Parser): Statement {
  const start = p.peek().start
  p.expect('BEGIN', 'STATEMENT', 'SET')
  return p.node(start, { kind: 'BeginStatementSet' })
}

function parseEnd(p: Parser): Statement {
  const start = p.peek().start
  p.expect('END')
  return p.node(start, { kind: 'EndStatementSet' })
}

const explainDetails: readonly ExplainDetail[] = [
  'ESTIMATED_COST',
  'CHANGELOG_MODE',
  'JSON_EXECUTION_PLAN',
  'PLAN_ADVICE',
]

function parseExplain(p: Parser): ExplainStatement {
  const start = p.peek().start
  p.expect('EXPLAIN')
  let details: ExplainDetail[] = []
  if (p.accept('PLAN')) p.expect('FOR')
  else if (p.atAny(explainDetails)) details = p.list(() => p.expectAny(explainDetails))
  return p.node(start, { kind: 'ExplainStatement', details, statement: parseExplained(p) })
}

function parseExplained(p: Parser): ExplainStatement['statement'] {
  const start = p.peek().start
  if (p.at('INSERT') || p.at('UPSERT')) return parseInsert(p)
  if (p.at('EXECUTE') || p.at('STATEMENT')) return parseStatementSet(p)
  if (p.at('CREATE')) {
    const created = parseCreate(p)
    if (isCreateTableAs(created)) return created
    throw p.syntaxError('Of CREATE statements only CREATE TABLE … AS SELECT can be explained.', created.span)
  }
  return p.node(start, { kind: 'QueryStatement', query: p.query() })
}

const isCreateTableAs = (statement: Statement): statement is CreateTable =>
  statement.kind === 'CreateTable' && statement.asQuery !== undefined

function parseUse(p: Parser): Statement {
  const start = p.peek().start
  p.expect('USE')
  const object = p.accept('CATALOG') ? 'CATALOG' : 'DATABASE'
  return p.node(start, { kind: 'UseStatement', object, name: p.qualifiedName() })
}

/** `SET 'key' = 'value'`; as in Flink's client the quotes may be left out: `SET parallelism.default = 4`. */
function parseSet(p: Parser): Statement {
  const start = p.peek().start
  p.expect('SET')
  p.expecting('an option in quotes')
  if (p.peek().type === 'end' || p.looksLike(0, ';')) return p.node(start, { kind: 'SetStatement', option: undefined })
  const optionStart = p.peek().start
  const key = parseKey(p)
  p.expect('=')
  const value = p.peek().type === 'string' ? p.next().value : parseBareText(p, [';'])
  const option = p.node(optionStart, { kind: 'Option', key, value })
  return p.node(start, { kind: 'SetStatement', option })
}

function parseReset(p: Parser): Statement {
  const start = p.peek().start
  p.expect('RESET')
  const none = p.peek().type === 'end' || p.looksLike(0, ';')
  return p.node(start, { kind: 'ResetStatement', key: none ? undefined : parseKey(p) })
}

const parseKey = (p: Parser): string => (p.peek().type === 'string' ? p.next().value : parseBareText(p, ['=', ';']))

/** The text up to a blank or one of the symbols: keys and values without quotes are not made of SQL's tokens. */
function parseBareText(p: Parser, until: readonly string[]): string {
  const start = p.peek().start
  let end = start
  while (p.peek().start === end || end === start) {
    const token = p.peek()
    if (token.type === 'end' || token.type === 'string' || until.some((symbol) => p.looksLike(0, symbol))) break
    end = p.next().end
  }
  if (end === start) throw p.unexpected()
  return p.source.text.slice(start, end)
}

function parseShow(p: Parser): Statement {
  const start = p.peek().start
  p.expect('SHOW')
  if (p.accept('CURRENT')) {
    const current = p.expectAny(['CATALOG', 'DATABASE'])
    return p.node(start, { kind: 'ShowCurrentStatement', object: current })
  }
  if (p.accept('CREATE')) {
    const object = p.expectAny(['TABLE', 'VIEW', 'CATALOG'])
    return p.node(start, { kind: 'ShowCreateStatement', object, name: p.qualifiedName() })
  }
  if (p.accept('JOBS'))
    return p.node(start, {
      kind: 'JobStatement',
      action: 'SHOW',
      jobId: undefined,
      withSavepoint: false,
      withDrain: false,
    })
  const object = p.expectAny(showable)
  return p.node(start, { kind: 'ShowStatement', object, ...parseShowFilter(p) })
}

const showable: readonly ShowStatement['object'][] = [
  'CATALOGS',
  'DATABASES',
  'TABLES',
  'VIEWS',
  'USER FUNCTIONS',
  'FUNCTIONS',
  'COLUMNS',
  'MODULES',
  'JARS',
]

function parseShowFilter(p: Parser): ShowFilter {
  const from = p.acceptAny(['FROM', 'IN']) === undefined ? undefined : p.qualifiedName()
  const negated = p.accept('NOT')
  const operator = negated ? p.expectAny(['LIKE', 'ILIKE']) : p.acceptAny(['LIKE', 'ILIKE'])
  if (operator === undefined) return { from, like: undefined }
  return { from, like: { pattern: p.string('a pattern in quotes'), negated, caseInsensitive: operator === 'ILIKE' } }
}

/** `STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]`. */
function parseStopJob(p: Parser): Statement {
  const start = p.peek().start
  p.expect('STOP', 'JOB')
  const jobId = p.string('the id of a job in quotes')
  const withSavepoint = p.accept('WITH', 'SAVEPOINT')
  const drain = p.peek()
  const withDrain = p.accept('WITH', 'DRAIN')
  if (withDrain && !withSavepoint) throw p.syntaxError('WITH DRAIN stands only behind WITH SAVEPOINT', drain)
  return p.node(start, { kind: 'JobStatement', action: 'STOP', jobId, withSavepoint, withDrain })
}

function parseDescribe(p: Parser): DescribeStatement | JobStatement {
  const start = p.peek().start
  p.expectAny(['DESCRIBE', 'DESC'])
  if (p.looksLike(0, 'JOB') && p.peek(1).type === 'string') {
    p.next()
    const jobId = p.string('the id of a job in quotes')
    return p.node(start, { kind: 'JobStatement', action: 'DESCRIBE', jobId, withSavepoint: false, withDrain: false })
  }
  const object = (['DATABASE', 'CATALOG', 'FUNCTION', 'TABLE'] as const).find(
    (word) => p.looksLike(0, word) && (p.atIdentifier(1) || p.looksLike(1, 'EXTENDED')),
  )
  if (object !== undefined) p.next()
  const extended = p.accept('EXTENDED')
  return p.node(start, { kind: 'DescribeStatement', object: object ?? 'TABLE', extended, name: p.qualifiedName() })
}
