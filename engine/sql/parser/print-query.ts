// Queries and tables, each clause on a line of its own as Flink shows them.
import type { Hint, TableAlias } from '../ast/clause.ts'
import type {
  CommonTable,
  GroupItem,
  JoinTable,
  MatchRecognizeTable,
  QueryNode,
  RowConstructor,
  SelectItem,
  SelectQuery,
  TableNode,
} from '../ast/query.ts'
import type { AfterMatch, RowPattern } from '../ast/row-pattern.ts'
import { printOrderBy, printWindowSpecification } from './print-window.ts'
import { join, printOption, quoteIdentifier, quoteString, type Printer } from './printer.ts'

const lines = (...parts: readonly (string | undefined | false)[]): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== '').join('\n')

export function printQuery(printer: Printer, node: QueryNode): string {
  switch (node.kind) {
    case 'SelectQuery':
      return printSelect(printer, node)
    case 'SetOperation': {
      const operator = `${node.operator}${node.all ? ' ALL' : ''}`
      return lines(
        printOperand(printer, node.left, node, false),
        operator,
        printOperand(printer, node.right, node, true),
      )
    }
    case 'ValuesQuery':
      return `VALUES ${node.rows.map((row) => printRow(printer, row)).join(', ')}`
    case 'ExplicitTableQuery':
      return `TABLE ${printer.name(node.name)}`
    case 'OrderedQuery': {
      const inner = node.query.kind === 'OrderedQuery' || node.query.kind === 'WithQuery'
      const query = inner ? `(${printer.query(node.query)})` : printer.query(node.query)
      return lines(
        query,
        printOrderBy(printer, node.orderBy),
        node.offset !== undefined && `OFFSET ${printer.expression(node.offset)} ROWS`,
        node.limit !== undefined && `FETCH NEXT ${printer.expression(node.limit)} ROWS ONLY`,
        node.orderBy.length === 0 && node.offset === undefined && node.limit === undefined && 'LIMIT ALL',
      )
    }
    case 'WithQuery': {
      const tables = node.tables.map((table) => printCommonTable(printer, table)).join(',\n')
      const body = node.query.kind === 'WithQuery' ? `(${printer.query(node.query)})` : printer.query(node.query)
      return `WITH ${node.recursive ? 'RECURSIVE ' : ''}${tables}\n${body}`
    }
  }
}

/** An operand of a set operation, in parentheses where it would be read otherwise. */
function printOperand(
  printer: Printer,
  node: QueryNode,
  parent: { readonly operator: string },
  right: boolean,
): string {
  const text = printer.query(node)
  if (node.kind === 'OrderedQuery' || node.kind === 'WithQuery') return `(${text})`
  if (node.kind !== 'SetOperation') return text
  const tight = (operator: string): number => (operator === 'INTERSECT' ? 1 : 0)
  const needs = right ? tight(node.operator) <= tight(parent.operator) : tight(node.operator) < tight(parent.operator)
  return needs ? `(${text})` : text
}

function printCommonTable(printer: Printer, { name, columns, query }: CommonTable): string {
  return join(quoteIdentifier(name.name), columns.length > 0 && printer.names(columns), `AS (${printer.query(query)})`)
}

/** A row of one value is no row in parentheses, but VALUES reads it as one. */
const printRow = (printer: Printer, row: RowConstructor): string =>
  `${row.explicit ? 'ROW' : ''}(${printer.expressions(row.elements)})`

function printSelect(printer: Printer, node: SelectQuery): string {
  const items = node.items.map((item) => printItem(printer, item)).join(', ')
  return lines(
    join('SELECT', printHints(node.hints), node.quantifier, items),
    node.from !== undefined && `FROM ${printer.table(node.from)}`,
    node.where !== undefined && `WHERE ${printer.expression(node.where)}`,
    node.groupBy !== undefined &&
      join(
        'GROUP BY',
        node.groupByDistinct && 'DISTINCT',
        node.groupBy.map((item) => printGroupItem(printer, item)).join(', '),
      ),
    node.having !== undefined && `HAVING ${printer.expression(node.having)}`,
    node.windows.length > 0 &&
      `WINDOW ${node.windows.map(({ name, specification }) => `${quoteIdentifier(name.name)} AS ${printWindowSpecification(printer, specification)}`).join(', ')}`,
    node.qualify !== undefined && `QUALIFY ${printer.expression(node.qualify)}`,
  )
}

function printItem(printer: Printer, item: SelectItem): string {
  if (item.kind === 'StarItem') return item.qualifier.length === 0 ? '*' : `${printer.name(item.qualifier)}.*`
  const text = printer.expression(item.expression)
  return item.alias === undefined ? text : `${text} AS ${quoteIdentifier(item.alias.name)}`
}

function printGroupItem(printer: Printer, item: GroupItem): string {
  if (item.kind === 'GroupingKeys') {
    return item.expressions.length === 1
      ? printer.expression(item.expressions[0]!)
      : `(${printer.expressions(item.expressions)})`
  }
  return `${item.type} (${item.items.map((inner) => printGroupItem(printer, inner)).join(', ')})`
}

export function printHints(hints: readonly Hint[]): string | undefined {
  if (hints.length === 0) return undefined
  const texts = hints.map(({ name, options, values }) => {
    const parts = [...options.map(printOption), ...values.map(quoteString)]
    return `${quoteIdentifier(name)}(${parts.join(', ')})`
  })
  return `/*+ ${texts.join(', ')} */`
}

// ---- tables ---------------------------------------------------------------------------------------------------------

export function printTable(printer: Printer, node: TableNode): string {
  switch (node.kind) {
    case 'TableReference': {
      const time =
        node.systemTime === undefined ? undefined : `FOR SYSTEM_TIME AS OF ${printer.expression(node.systemTime)}`
      return join(printer.name(node.name), printHints(node.hints), time, printAlias(printer, node.alias))
    }
    case 'DerivedTable':
      return join(node.lateral && 'LATERAL', `(${printer.query(node.query)})`, printAlias(printer, node.alias))
    case 'TableFunction':
      return join(node.lateral && 'LATERAL', `TABLE(${printer.expression(node.call)})`, printAlias(printer, node.alias))
    case 'UnnestTable':
      return join(
        node.lateral && 'LATERAL',
        `UNNEST(${printer.expressions(node.operands)})`,
        node.withOrdinality && 'WITH ORDINALITY',
        printAlias(printer, node.alias),
      )
    case 'JoinTable':
      return printJoin(printer, node)
    case 'MatchRecognizeTable':
      return printMatchRecognize(printer, node)
  }
}

function printAlias(printer: Printer, alias: TableAlias | undefined): string | undefined {
  if (alias === undefined) return undefined
  return join(`AS ${quoteIdentifier(alias.name.name)}`, alias.columns.length > 0 && printer.names(alias.columns))
}

function printJoin(printer: Printer, node: JoinTable): string {
  const left =
    node.left.kind === 'JoinTable' && node.left.comma && !node.comma
      ? `(${printer.table(node.left)})`
      : printer.table(node.left)
  const right =
    node.right.kind === 'JoinTable' && (!node.comma || node.right.comma)
      ? `(${printer.table(node.right)})`
      : printer.table(node.right)
  if (node.comma) return `${left},\n${right}`
  const operator = join(node.natural && 'NATURAL', node.type, 'JOIN')
  const condition = node.on === undefined ? undefined : `ON ${printer.expression(node.on)}`
  return `${left}\n${join(operator, right, condition, node.using !== undefined && `USING ${printer.names(node.using)}`)}`
}

// ---- MATCH_RECOGNIZE ------------------------------------------------------------------------------------------------

function printMatchRecognize(printer: Printer, node: MatchRecognizeTable): string {
  const measures = node.measures.map(
    ({ expression, alias }) => `${printer.expression(expression)} AS ${quoteIdentifier(alias!.name)}`,
  )
  const definitions = node.definitions.map(
    ({ variable, condition }) => `${quoteIdentifier(variable.name)} AS ${printer.expression(condition)}`,
  )
  const rows = node.rowsPerMatch === 'ONE' ? 'ONE ROW PER MATCH' : 'ALL ROWS PER MATCH'
  const body = lines(
    node.partitionBy.length > 0 && `PARTITION BY ${printer.expressions(node.partitionBy)}`,
    printOrderBy(printer, node.orderBy),
    measures.length > 0 && `MEASURES ${measures.join(', ')}`,
    node.rowsPerMatch !== undefined && rows,
    node.afterMatch && `AFTER MATCH SKIP ${printAfterMatch(node.afterMatch)}`,
    join(`PATTERN (${printPattern(node.pattern, 0)})`, node.within && `WITHIN ${printer.expression(node.within)}`),
    `DEFINE ${definitions.join(', ')}`,
  )
  return join(`${printer.table(node.input)} MATCH_RECOGNIZE(\n${body}\n)`, printAlias(printer, node.alias))
}

function printAfterMatch({ type, variable }: AfterMatch): string {
  if (variable !== undefined) return `TO ${type} ${quoteIdentifier(variable.name)}`
  return type === 'PAST LAST ROW' ? type : `TO ${type}`
}

/** `above`: 0 an alternation may stand here, 1 a sequence, 2 a quantified part, 3 a single part. */
function printPattern(pattern: RowPattern, above: 0 | 1 | 2 | 3): string {
  const within = (level: number, text: string): string => (above > level ? `(${text})` : text)
  switch (pattern.kind) {
    case 'PatternVariable':
      return quoteIdentifier(pattern.name.name)
    case 'PatternSequence':
      return within(1, pattern.parts.map((part) => printPattern(part, 2)).join(' '))
    case 'PatternAlternation':
      return within(0, pattern.parts.map((part) => printPattern(part, 1)).join(' | '))
    case 'PatternExclusion':
      return `{- ${printPattern(pattern.part, 0)} -}`
    case 'PatternQuantified': {
      const { min, max, greedy } = pattern
      const bounds =
        max === undefined
          ? min === 0
            ? '*'
            : min === 1
              ? '+'
              : `{${min},}`
          : min === 0 && max === 1
            ? '?'
            : min === max
              ? `{${min}}`
              : `{${min},${max}}`
      return within(2, `${printPattern(pattern.part, 3)}${bounds}${greedy ? '' : '?'}`)
    }
  }
}
