// What can be told of a statement that is still being typed: its words before the cursor, the tables it names, the columns
// it declares, the list of options the cursor stands in. Nothing is refused.
import { tableWords } from './completion-words.ts'
import { scanSql, type SqlPart } from './scan-sql.ts'

export interface OutlinePart extends SqlPart {
  /** Keywords in upper case; names and strings without their quotes; else as written. */
  readonly value: string
}

export interface TableReference {
  readonly name: readonly string[]
  readonly alias: string | undefined
}

export interface OptionList {
  /** WITH of CREATE TABLE or CREATE CATALOG, SET or RESET of ALTER TABLE, the OPTIONS hint behind a table. */
  readonly of: 'CREATE TABLE' | 'CREATE CATALOG' | 'ALTER TABLE' | 'HINT' | 'OTHER'
  readonly options: Readonly<Record<string, string>>
  /** The key whose value stands at the cursor; undefined: a key does. */
  readonly key: string | undefined
}

function valueOf(text: string, { kind, start, end, isClosed }: SqlPart): string {
  const written = text.slice(start, end)
  if (kind === 'keyword') return written.toUpperCase()
  if (kind !== 'string' && kind !== 'identifier') return written
  const quote = written[0]!
  return written.slice(1, isClosed ? -1 : undefined).replaceAll(quote + quote, quote)
}

/** The parts of the statement that `cursor` lies in, without comments and semicolons. */
export function statementParts(text: string, cursor: number): OutlinePart[] {
  const parts = scanSql(text).filter(({ kind }) => kind !== 'comment')
  const isEnd = (part: SqlPart): boolean => text[part.start] === ';' && part.kind === 'symbol'
  const first = parts.findLastIndex((part) => isEnd(part) && part.end <= cursor) + 1
  const last = parts.findIndex((part, index) => index >= first && isEnd(part))
  const own = parts.slice(first, last < 0 ? undefined : last)
  return own.map((part) => ({ ...part, value: valueOf(text, part) }))
}

const isName = (part: OutlinePart | undefined): part is OutlinePart =>
  part?.kind === 'word' || part?.kind === 'identifier'

const isSymbol = (part: OutlinePart | undefined, symbol: string): boolean =>
  part?.kind === 'symbol' && part.value === symbol

/** A name of one to three parts at `index`, and where it ends. */
export function nameAt(parts: readonly OutlinePart[], index: number): { name: string[]; next: number } {
  const name: string[] = []
  let next = index
  while (isName(parts[next])) {
    name.push(parts[next]!.value)
    next++
    if (!isSymbol(parts[next], '.')) break
    next++
  }
  return { name, next }
}

function aliasAt(parts: readonly OutlinePart[], index: number): { alias: string | undefined; next: number } {
  const next = parts[index]?.value === 'AS' ? index + 1 : index
  return isName(parts[next]) ? { alias: parts[next].value, next: next + 1 } : { alias: undefined, next: index }
}

/** Tables behind FROM, JOIN, INTO, TABLE …, subqueries' too. */
export function referencedTables(parts: readonly OutlinePart[]): TableReference[] {
  const found: TableReference[] = []
  for (let index = 0; index < parts.length; index++) {
    const { kind, value } = parts[index]!
    if (kind !== 'keyword' || !tableWords.has(value)) continue
    for (let at = index + 1; ;) {
      const { name, next } = nameAt(parts, at)
      if (name.length === 0) break
      const { alias, next: behind } = aliasAt(parts, next)
      found.push({ name, alias })
      if (value !== 'FROM' || !isSymbol(parts[behind], ',')) break
      at = behind + 1
    }
  }
  return found
}

/** Names of `WITH name AS (`. */
export function commonTables(parts: readonly OutlinePart[]): string[] {
  return parts.flatMap((part, index) => {
    const before = parts[index - 1]
    const isNew = before?.value === 'WITH' || isSymbol(before, ',')
    return isName(part) && isNew && parts[index + 1]?.value === 'AS' && isSymbol(parts[index + 2], '(')
      ? [part.value]
      : []
  })
}

/** Names of the columns that a CREATE TABLE declares: the first words of its list. */
export function declaredColumns(parts: readonly OutlinePart[]): string[] {
  if (parts[0]?.value !== 'CREATE') return []
  const columns: string[] = []
  let depth = 0
  for (const [index, part] of parts.entries()) {
    if (isSymbol(part, '(')) depth++
    else if (isSymbol(part, ')') && --depth === 0) return columns
    const opens = depth === 1 && (isSymbol(part, '(') || isSymbol(part, ','))
    const next = parts[index + 1]
    if (opens && isName(next)) columns.push(next.value)
  }
  return columns
}

/** Where the parenthesis opens that is still open behind `parts`; -1: none is. */
export function openParenthesis(parts: readonly OutlinePart[]): number {
  let closed = 0
  for (let index = parts.length - 1; index >= 0; index--) {
    if (isSymbol(parts[index], ')')) closed++
    else if (isSymbol(parts[index], '(') && closed-- === 0) return index
  }
  return -1
}

function kindOfList(parts: readonly OutlinePart[], open: number): OptionList['of'] | undefined {
  const before = parts[open - 1]?.value
  const start = parts[0]?.value
  if (before === 'OPTIONS') return 'HINT'
  if (start === 'ALTER' && (before === 'SET' || before === 'RESET')) return 'ALTER TABLE'
  if (start !== 'CREATE' || before !== 'WITH') return undefined
  if (parts[1]?.value === 'TABLE' || parts[2]?.value === 'TABLE') return 'CREATE TABLE'
  return parts[1]?.value === 'CATALOG' ? 'CREATE CATALOG' : 'OTHER'
}

/** The list of options that is open at the cursor; `before`: the parts before what is being typed there. */
export function optionListAt(parts: readonly OutlinePart[], before: readonly OutlinePart[]): OptionList | undefined {
  const open = openParenthesis(before)
  const of = open < 0 ? undefined : kindOfList(before, open)
  if (of === undefined) return undefined
  const options: Record<string, string> = {}
  for (let index = open + 1; index < parts.length && !isSymbol(parts[index], ')'); index++) {
    const [key, equals, value] = parts.slice(index, index + 3)
    if (key?.kind === 'string' && isSymbol(equals, '=') && value?.kind === 'string') options[key.value] = value.value
  }
  const isValue = isSymbol(before.at(-1), '=')
  return { of, options, key: isValue ? before.at(-2)?.value : undefined }
}
