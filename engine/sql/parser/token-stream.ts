// What every part of the grammar works on: the tokens, what was expected where, and the limit on nesting.
import { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import type { Identifier, QualifiedName, SourceSpan } from '../ast/node.ts'
import { reservedWords } from './keywords.ts'
import { locate, type SourceText } from './source-text.ts'
import { tokenize, type Token } from './token.ts'

/** Deeper trees would overflow the stack of the parser or of those who walk the tree. */
const maxNesting = 150
const maxChain = 1000

type Plain = Readonly<Record<string, unknown>>

export class TokenStream {
  readonly source: SourceText
  private readonly tokens: readonly Token[]
  private index = 0
  private nesting = 0
  /** What the grammar tried at the current token; cleared when it moves on. */
  private readonly expected = new Set<string>()

  constructor(source: SourceText) {
    this.source = source
    this.tokens = tokenize(source)
  }

  // ---- looking --------------------------------------------------------------------------------------------------

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)]!
  }

  get previous(): Token {
    return this.tokens[Math.max(0, this.index - 1)]!
  }

  /** Whether the tokens from here are these words (upper case) or symbols; records the first as expected. */
  at(...words: readonly string[]): boolean {
    this.expected.add(words.join(' '))
    return this.looksLike(0, ...words)
  }

  atAny(words: readonly string[]): boolean {
    return words.some((word) => this.at(word))
  }

  /** As `at`, further ahead and without recording. */
  looksLike(ahead: number, ...words: readonly string[]): boolean {
    return words.every((word, offset) => {
      const token = this.peek(ahead + offset)
      return (token.type === 'word' || token.type === 'symbol') && token.value === word
    })
  }

  expecting(what: string): void {
    this.expected.add(what)
  }

  // ---- moving ---------------------------------------------------------------------------------------------------

  next(): Token {
    const token = this.peek()
    if (token.type !== 'end') this.index++
    this.expected.clear()
    return token
  }

  accept(...words: readonly string[]): boolean {
    if (!this.at(...words)) return false
    for (let i = 0; i < words.length; i++) this.next()
    return true
  }

  /** The one of these words that stands here. */
  acceptAny<W extends string>(words: readonly W[]): W | undefined {
    return words.find((word) => this.accept(...word.split(' ')))
  }

  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.unexpected()
  }

  expectAny<W extends string>(words: readonly W[]): W {
    const found = this.acceptAny(words)
    if (found === undefined) throw this.unexpected()
    return found
  }

  /** One or more, separated by commas. */
  list<T>(item: () => T): T[] {
    const items = [item()]
    while (this.accept(',')) items.push(item())
    return items
  }

  parenthesized<T>(item: () => T): T {
    this.expect('(')
    const value = item()
    this.expect(')')
    return value
  }

  // ---- nodes ----------------------------------------------------------------------------------------------------

  /** A node from `start` to the last token read. */
  node<const N extends Plain>(start: number, fields: N): Readonly<N & { span: SourceSpan }> {
    const span = Object.freeze({ start, end: Math.max(start, this.previous.end) })
    return freeze({ ...fields, span })
  }

  atIdentifier(ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.type === 'quoted-identifier' || (token.type === 'word' && !reservedWords.has(token.value))
  }

  identifier(what = 'a name'): Identifier {
    this.expecting(what)
    if (!this.atIdentifier()) throw this.unexpected()
    return this.anyWord()
  }

  /** The token here as an identifier, reserved or not. */
  anyWord(): Identifier {
    const token = this.next()
    const name = token.type === 'word' ? this.source.text.slice(token.start, token.end) : token.value
    return this.node(token.start, { kind: 'Identifier', name })
  }

  qualifiedName(what = 'a name'): QualifiedName {
    const start = this.peek().start
    const parts = [this.identifier(what)]
    while (this.looksLike(0, '.') && this.accept('.')) parts.push(this.identifier(what))
    return this.node(start, { kind: 'QualifiedName', parts })
  }

  identifiersInParentheses(): Identifier[] {
    return this.parenthesized(() => this.list(() => this.identifier('a column name')))
  }

  string(what = 'a string'): string {
    this.expecting(what)
    if (this.peek().type !== 'string') throw this.unexpected()
    return this.next().value
  }

  unsignedInteger(): number {
    this.expecting('an unsigned integer')
    const token = this.peek()
    if (token.type !== 'number' || !/^\d{1,10}$/.test(token.value)) throw this.unexpected()
    return Number(this.next().value)
  }

  // ---- limits ---------------------------------------------------------------------------------------------------

  /** Runs one level of a recursive rule. */
  nested<T>(rule: () => T): T {
    if (++this.nesting > maxNesting) throw this.tooComplex(`more than ${maxNesting} levels of nesting`)
    try {
      return rule()
    } finally {
      this.nesting--
    }
  }

  /** To be told the length of a chain (`a + b + …`) as it grows. */
  chained(length: number): void {
    if (length > maxChain) throw this.tooComplex(`more than ${maxChain} operators in a row`)
  }

  // ---- errors ---------------------------------------------------------------------------------------------------

  syntaxError(message: string, span: SourceSpan = this.peek(), fix?: string): FlinktsError {
    return new FlinktsError('SQL_SYNTAX', message, { location: locate(this.source, span), fix })
  }

  /** The error for the token here, in view of what was expected. */
  unexpected(): FlinktsError {
    const token = this.peek()
    const shown =
      token.type === 'end' ? 'end of the statement' : `'${shorten(this.source.text.slice(token.start, token.end))}'`
    const reserved = this.couldBeName(token)
    const about = reserved ? ` (a reserved word)` : ''
    return this.syntaxError(`Unexpected ${shown}${about}; expected ${this.expectations()}.`, token, this.fix(token))
  }

  private fix(token: Token): string | undefined {
    const special = symbolAdvice.get(token.type === 'symbol' ? token.value : '')
    if (special !== undefined) return special
    const words = [...this.expected].map((item) => item.split(' ')[0]!).filter((item) => /^[A-Z_]+$/.test(item))
    const own = token.type === 'word' ? nearestName(token.value, words) : undefined
    if (own !== undefined) return `Did you mean ${own}?`
    // `SELECT a FORM t`: the misspelt keyword was taken for an alias, and the word after it is what does not fit.
    const before = this.index > 1 ? this.previous : undefined
    const alias =
      before?.type === 'word' && !reservedWords.has(before.value)
        ? nearestName(before.value, [...words, ...clauseWords])
        : undefined
    if (alias !== undefined) return `Did you mean ${alias} instead of ${before!.value}?`
    if (this.couldBeName(token)) {
      return `To use it as a name, put it in back-quotes: \`${this.source.text.slice(token.start, token.end)}\`.`
    }
    return undefined
  }

  /** Whether a reserved word stands where a name in back-quotes could. */
  private couldBeName(token: Token): boolean {
    if (token.type !== 'word' || !reservedWords.has(token.value)) return false
    const wanted = [...this.expected]
    return wanted.some(isName) || (wanted.includes('an expression') && !structuralWords.has(token.value))
  }

  private expectations(): string {
    const described = [...this.expected].sort((a, b) => Number(isDescription(b)) - Number(isDescription(a)))
    const shown = described.map((item) => (/^[^A-Za-z]+$/.test(item) ? `'${item}'` : item))
    if (shown.length === 0) return 'something else'
    if (shown.length > 8) shown.splice(8, shown.length, 'another continuation')
    const last = shown.pop()!
    return shown.length === 0 ? last : `${shown.join(', ')} or ${last}`
  }

  private tooComplex(what: string): FlinktsError {
    return this.syntaxError(`The statement has ${what}.`, this.peek(), 'Split it into views.')
  }
}

/** Freezes what is not frozen yet: parts that are nodes already are. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

const isName = (expectation: string): boolean => expectation.includes('name')
const isDescription = (expectation: string): boolean => /^[a-z]/.test(expectation)
const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/** Reserved words that are hardly meant as names where an expression is missing. */
const structuralWords: ReadonlySet<string> = new Set(
  'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET FETCH UNION EXCEPT INTERSECT AS ON USING AND OR NOT IN IS LIKE BETWEEN THEN ELSE END WHEN JOIN INTO WITH SET'.split(
    ' ',
  ),
)

/** Clauses whose misspelt keyword reads as an alias. */
const clauseWords = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', 'UNION', 'JOIN', 'LEFT', 'INNER']

const symbolAdvice = new Map([
  ['!=', "Write '<>' for 'not equal'."],
  ['==', "Write '=' for 'equal'."],
  ['"', 'Put strings in single quotes and names in back-quotes.'],
  ['::', 'Write CAST(value AS type).'],
  ['&', 'Flink SQL has no bit operators.'],
  ['^', 'Write POWER(x, y).'],
])
