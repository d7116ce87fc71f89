// Columns, constraints, watermarks and the other parts of CREATE TABLE and ALTER TABLE.
import type { OptionNode } from '../ast/clause.ts'
import type {
  ColumnDefinition,
  Distribution,
  LikeFeature,
  LikeOption,
  PositionedColumn,
  TableConstraint,
  WatermarkDefinition,
} from '../ast/table-definition.ts'
import type { Identifier } from '../ast/node.ts'
import type { Parser } from './parser.ts'

export interface TableElements {
  readonly columns: readonly PositionedColumn[]
  readonly watermark: WatermarkDefinition | undefined
  readonly constraints: readonly TableConstraint[]
}

/** `(column, …, PRIMARY KEY …, WATERMARK …)`, or one such element without parentheses. */
export function parseTableElements(p: Parser, positions: boolean): TableElements {
  const columns: PositionedColumn[] = []
  const constraints: TableConstraint[] = []
  let watermark: WatermarkDefinition | undefined
  const element = (): void => {
    if (p.at('WATERMARK')) {
      const second = parseWatermark(p)
      if (watermark !== undefined) {
        throw p.syntaxError('A table can have only one WATERMARK.', second.span, 'Remove this one.')
      }
      watermark = second
    } else if (p.atAny(['CONSTRAINT', 'PRIMARY', 'UNIQUE'])) {
      constraints.push(parseConstraint(p))
    } else {
      columns.push(parsePositionedColumn(p, positions))
    }
  }
  if (p.at('(')) p.parenthesized(() => p.list(element))
  else element()
  return { columns, watermark, constraints }
}

function parsePositionedColumn(p: Parser, positions: boolean): PositionedColumn {
  const start = p.peek().start
  const column = parseColumn(p)
  let position: PositionedColumn['position']
  if (positions && p.accept('FIRST')) position = { type: 'FIRST' }
  else if (positions && p.accept('AFTER')) position = { type: 'AFTER', column: p.identifier('a column name') }
  return p.node(start, { kind: 'PositionedColumn', column, position })
}

function parseColumn(p: Parser): ColumnDefinition {
  const start = p.peek().start
  const name = p.identifier('a column name')
  if (p.accept('AS')) {
    const expression = p.expression()
    return p.node(start, { kind: 'ComputedColumn', name, expression, comment: parseComment(p) })
  }
  if (p.at(',') || p.at(')')) return p.node(start, { kind: 'ColumnName', name })
  const type = p.dataType()
  if (p.accept('METADATA')) {
    const key = p.accept('FROM') ? p.string('the key of the metadata') : undefined
    const virtual = p.accept('VIRTUAL')
    return p.node(start, { kind: 'MetadataColumn', name, type, key, virtual, comment: parseComment(p) })
  }
  const constraint = p.atAny(['CONSTRAINT', 'PRIMARY', 'UNIQUE']) ? parseConstraint(p, name) : undefined
  return p.node(start, { kind: 'PhysicalColumn', name, type, constraint, comment: parseComment(p) })
}

/** `COMMENT 'text'`, or nothing. */
export function parseComment(p: Parser): string | undefined {
  return p.accept('COMMENT') ? p.string('a comment in quotes') : undefined
}

/** `[CONSTRAINT name] PRIMARY KEY [(a, b)] [NOT ENFORCED]`; `column` when written at a column, where no list follows. */
function parseConstraint(p: Parser, column?: Identifier): TableConstraint {
  const start = p.peek().start
  const name = p.accept('CONSTRAINT') ? p.identifier('the name of the constraint') : undefined
  const type = p.expectAny(['PRIMARY KEY', 'UNIQUE'])
  const columns = column === undefined ? p.identifiersInParentheses() : [column]
  let enforced: boolean | undefined
  if (p.accept('ENFORCED')) enforced = true
  else if (p.accept('NOT')) {
    p.expect('ENFORCED')
    enforced = false
  }
  return p.node(start, { kind: 'TableConstraint', name, type, columns, enforced })
}

function parseWatermark(p: Parser): WatermarkDefinition {
  const start = p.peek().start
  p.expect('WATERMARK', 'FOR')
  const column = p.qualifiedName('a column name').parts
  p.expect('AS')
  return p.node(start, { kind: 'WatermarkDefinition', column, expression: p.expression() })
}

/** `('key' = 'value', …)`. */
export function parseOptions(p: Parser): OptionNode[] {
  return p.parenthesized(() => (p.at(')') ? [] : p.list(() => parseOption(p))))
}

function parseOption(p: Parser): OptionNode {
  const start = p.peek().start
  const key = p.string('an option in quotes')
  p.expect('=')
  return p.node(start, { kind: 'Option', key, value: p.string('a value in quotes') })
}

/** After DISTRIBUTED or DISTRIBUTION: `[BY [HASH | RANGE] (a, b)] [INTO n BUCKETS]`. */
export function parseDistribution(p: Parser): Distribution {
  const start = p.previous.start
  let type: Distribution['type']
  let columns: Identifier[] = []
  let buckets: number | undefined
  const by = p.accept('BY')
  if (by) {
    type = p.acceptAny(['HASH', 'RANGE'])
    columns = p.identifiersInParentheses()
  }
  if (by ? p.accept('INTO') : (p.expect('INTO'), true)) {
    buckets = p.unsignedInteger()
    p.expect('BUCKETS')
  }
  return p.node(start, { kind: 'Distribution', type, columns, buckets })
}

const likeFeatures: readonly LikeFeature[] = [
  'ALL',
  'CONSTRAINTS',
  'DISTRIBUTION',
  'GENERATED',
  'METADATA',
  'OPTIONS',
  'PARTITIONS',
  'WATERMARKS',
]

/** `(INCLUDING ALL EXCLUDING OPTIONS …)`, or nothing. */
export function parseLikeOptions(p: Parser): LikeOption[] {
  if (!p.accept('(')) return []
  const options: LikeOption[] = []
  while (options.length === 0 || !p.at(')')) {
    const start = p.peek().start
    const strategy = p.expectAny(['INCLUDING', 'EXCLUDING', 'OVERWRITING'])
    const feature = p.expectAny(likeFeatures)
    options.push(p.node(start, { kind: 'LikeOption', strategy, feature }))
  }
  p.expect(')')
  return options
}
