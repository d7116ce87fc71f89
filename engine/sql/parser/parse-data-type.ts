// Data types, with Calcite's and Flink's aliases.
import type { DataTypeNode, RowDataTypeField, SimpleDataTypeName } from '../ast/data-type.ts'
import type { Parser } from './parser.ts'

/** Each spelling, longest first, and how many parameters it may have. */
const simpleTypes: readonly (readonly [words: string, name: SimpleDataTypeName, parameters: 0 | 1 | 2])[] = [
  ['CHARACTER VARYING', 'VARCHAR', 1],
  ['CHAR VARYING', 'VARCHAR', 1],
  ['CHARACTER', 'CHAR', 1],
  ['CHAR', 'CHAR', 1],
  ['VARCHAR', 'VARCHAR', 1],
  ['STRING', 'STRING', 0],
  ['BINARY VARYING', 'VARBINARY', 1],
  ['BINARY', 'BINARY', 1],
  ['VARBINARY', 'VARBINARY', 1],
  ['BYTES', 'BYTES', 0],
  ['BOOLEAN', 'BOOLEAN', 0],
  ['TINYINT', 'TINYINT', 0],
  ['SMALLINT', 'SMALLINT', 0],
  ['INTEGER', 'INT', 0],
  ['INT', 'INT', 0],
  ['BIGINT', 'BIGINT', 0],
  ['DOUBLE PRECISION', 'DOUBLE', 0],
  ['DOUBLE', 'DOUBLE', 0],
  ['FLOAT', 'FLOAT', 0],
  ['REAL', 'FLOAT', 0],
  ['DECIMAL', 'DECIMAL', 2],
  ['DEC', 'DECIMAL', 2],
  ['NUMERIC', 'DECIMAL', 2],
  ['DATE', 'DATE', 0],
  ['TIMESTAMP_LTZ', 'TIMESTAMP_LTZ', 1],
  ['NULL', 'NULL', 0],
]

/** A type with its `[NOT] NULL` and any `ARRAY` or `MULTISET` after it. */
export function parseDataType(p: Parser): DataTypeNode {
  const start = p.peek().start
  let type = parseUnqualifiedType(p, start)
  for (let length = 1; ; length++) {
    const nullable = parseNullability(p)
    if (nullable !== undefined)
      type = Object.freeze({ ...type, nullable, span: Object.freeze({ start, end: p.previous.end }) })
    const collection = p.acceptAny(['ARRAY', 'MULTISET'])
    if (collection === undefined) return type
    p.chained(length * 10)
    type = p.node(start, { kind: 'CollectionDataType', name: collection, element: type, nullable: undefined })
  }
}

function parseNullability(p: Parser): boolean | undefined {
  if (p.looksLike(0, 'NOT', 'NULL') && p.accept('NOT', 'NULL')) return false
  // `RETURNING INT NULL ON ERROR`: a clause, not the type's nullability.
  return !p.looksLike(1, 'ON') && p.accept('NULL') ? true : undefined
}

function parseUnqualifiedType(p: Parser, start: number): DataTypeNode {
  p.expecting('a data type')
  const found = simpleTypes.find(([words]) => p.looksLike(0, ...words.split(' ')))
  if (found !== undefined) {
    const [words, name, most] = found
    p.expect(...words.split(' '))
    return p.node(start, { kind: 'SimpleDataType', name, parameters: parseParameters(p, most), nullable: undefined })
  }
  if (p.looksLike(0, 'TIME') || p.looksLike(0, 'TIMESTAMP')) return parseTimeType(p, start)
  if (p.looksLike(0, 'ROW')) return parseRowType(p, start)
  if (p.looksLike(0, 'ARRAY') || p.looksLike(0, 'MULTISET')) {
    const name = p.expectAny(['ARRAY', 'MULTISET'])
    p.expect('<')
    const element = p.dataType()
    p.expect('>')
    return p.node(start, { kind: 'CollectionDataType', name, element, nullable: undefined })
  }
  if (p.looksLike(0, 'MAP', '<')) {
    p.expect('MAP', '<')
    const key = p.dataType()
    p.expect(',')
    const value = p.dataType()
    p.expect('>')
    return p.node(start, { kind: 'MapDataType', key, value, nullable: undefined })
  }
  if (p.looksLike(0, 'RAW', '(')) return parseRawType(p, start)
  if (!p.atIdentifier()) throw p.unexpected()
  return p.node(start, { kind: 'NamedDataType', name: p.qualifiedName('a data type'), nullable: undefined })
}

function parseParameters(p: Parser, most: 0 | 1 | 2): number[] {
  if (most === 0 || !p.accept('(')) return []
  const parameters = [p.unsignedInteger()]
  if (most === 2 && p.accept(',')) parameters.push(p.unsignedInteger())
  p.expect(')')
  return parameters
}

/** TIME[(p)] and TIMESTAMP[(p)] with their time zones. */
function parseTimeType(p: Parser, start: number): DataTypeNode {
  const word = p.expectAny(['TIME', 'TIMESTAMP'])
  const parameters = parseParameters(p, 1)
  let name: SimpleDataTypeName = word
  if (p.accept('WITHOUT')) {
    p.expect('TIME', 'ZONE')
  } else if (p.looksLike(0, 'WITH', 'LOCAL') || p.looksLike(0, 'WITH', 'TIME')) {
    p.expect('WITH')
    const local = p.accept('LOCAL')
    p.expect('TIME', 'ZONE')
    if (word === 'TIME') throw p.syntaxError('TIME has no time zone in Flink SQL.', { start, end: p.previous.end })
    name = local ? 'TIMESTAMP_LTZ' : 'TIMESTAMP_TZ'
  }
  return p.node(start, { kind: 'SimpleDataType', name, parameters, nullable: undefined })
}

function parseRowType(p: Parser, start: number): DataTypeNode {
  p.expect('ROW')
  const closing = p.expectAny(['<', '(', '<>']) === '(' ? ')' : '>'
  const fields: RowDataTypeField[] = []
  if (p.previous.value !== '<>') {
    if (!p.at(closing)) fields.push(...p.list(() => parseRowField(p)))
    p.expect(closing)
  }
  return p.node(start, { kind: 'RowDataType', fields, nullable: undefined })
}

function parseRowField(p: Parser): RowDataTypeField {
  const start = p.peek().start
  const name = p.identifier('a field name')
  const type = p.dataType()
  const comment = p.peek().type === 'string' ? p.next().value : undefined
  return p.node(start, { kind: 'RowDataTypeField', name, type, comment })
}

function parseRawType(p: Parser, start: number): DataTypeNode {
  p.expect('RAW', '(')
  const className = p.string('a class name')
  p.expect(',')
  const serializer = p.string('a serializer')
  p.expect(')')
  return p.node(start, { kind: 'RawDataType', className, serializer, nullable: undefined })
}
