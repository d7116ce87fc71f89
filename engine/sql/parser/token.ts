// Tokens and the lexer: Calcite's, as Flink configures it (back-quoted identifiers, no backslash escapes).
import { FlinktsError } from '../../common/errors.ts'
import { locate, type SourceText } from './source-text.ts'

export type TokenType =
  | 'word'
  | 'quoted-identifier'
  | 'string'
  | 'unicode-string'
  | 'binary-string'
  | 'number'
  | 'symbol'
  | 'hint-start'
  | 'end'

export interface Token {
  readonly type: TokenType
  readonly start: number
  readonly end: number
  /** Words in upper case; identifiers and strings unquoted; hexadecimal digits; numbers and symbols as written. */
  readonly value: string
  /** Of `_UTF16'…'` and `N'…'` strings. */
  readonly charset?: string | undefined
}

const symbols = ['=>', '<>', '<=', '>=', '!=', '||', '==', '::', '->', ...'()[]{},;.:=<>+-*/%?|&^~!@#$"\\']
const wordPattern = /[\p{L}_$][\p{L}\p{N}\p{M}_$]*/uy
const numberPattern = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const blankPattern = /[\s\uFEFF]+/y
const lineCommentPattern = /(?:--|\/\/)[^\r\n]*/y

class Lexer {
  private readonly source: SourceText
  private readonly text: string
  private readonly tokens: Token[] = []
  private position = 0
  /** Inside a hint, where `*\/` is a token. */
  private inHint = false

  constructor(source: SourceText) {
    this.source = source
    this.text = source.text
  }

  run(): readonly Token[] {
    while ((this.skipBlanks(), this.position < this.text.length)) this.next()
    // JavaCC, and so Flink, puts the end of the statement at its last character.
    this.tokens.push({ type: 'end', start: Math.max(0, this.text.length - 1), end: this.text.length, value: '' })
    return this.tokens
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position
    return pattern.exec(this.text)?.[0]
  }

  private skipBlanks(): void {
    for (;;) {
      const skipped = this.match(blankPattern) ?? this.match(lineCommentPattern)
      if (skipped !== undefined) {
        this.position += skipped.length
      } else if (this.text.startsWith('/*', this.position) && this.text[this.position + 2] !== '+') {
        const end = this.text.indexOf('*/', this.position + 2)
        if (end < 0) throw this.unterminated('comment', '*/', this.position, this.position + 2)
        this.position = end + 2
      } else {
        return
      }
    }
  }

  private push(type: TokenType, end: number, value: string, charset?: string): void {
    this.tokens.push({ type, start: this.position, end, value, charset })
    this.position = end
  }

  private next(): void {
    const start = this.position
    const first = this.text[start]!
    if (first === "'") return this.string('string', start)
    if (first === '`') return this.push('quoted-identifier', ...this.quoted('`', start, 'quoted identifier'))
    const number = this.match(numberPattern)
    if (number !== undefined) return this.push('number', start + number.length, number)
    const word = this.match(wordPattern)
    if (word !== undefined) return this.word(word)
    if (this.text.startsWith('/*+', start)) {
      this.inHint = true
      return this.push('hint-start', start + 3, '/*+')
    }
    if (this.inHint && this.text.startsWith('*/', start)) {
      this.inHint = false
      return this.push('symbol', start + 2, '*/')
    }
    const symbol = symbols.find((candidate) => this.text.startsWith(candidate, start))
    if (symbol === undefined) throw this.unknownCharacter(start)
    this.push('symbol', start + symbol.length, symbol)
  }

  private word(word: string): void {
    const end = this.position + word.length
    const upper = word.toUpperCase()
    if (this.text[end] === "'") {
      if (upper === 'X') return this.binaryString(end)
      if (upper === 'N') return this.string('string', end, 'ISO-8859-1')
      if (upper === '_UTF8' || upper === '_UTF16' || upper === '_UTF32' || /^_(LATIN1|ISO_8859_1)$/.test(upper)) {
        return this.string('string', end, upper.slice(1))
      }
    }
    if (upper === 'U' && this.text.startsWith("&'", end)) return this.string('unicode-string', end + 1)
    this.push('word', end, upper)
  }

  private string(type: TokenType, quoteAt: number, charset?: string): void {
    const [end, value] = this.quoted("'", quoteAt, 'string')
    this.push(type, end, value, charset)
  }

  private binaryString(quoteAt: number): void {
    const [end, value] = this.quoted("'", quoteAt, 'binary string')
    if (!/^([0-9A-Fa-f]{2})*$/.test(value)) {
      throw new FlinktsError(
        'SQL_SYNTAX',
        `A binary string has an even number of hexadecimal digits, not '${value}'.`,
        {
          location: locate(this.source, { start: this.position, end }),
        },
      )
    }
    this.push('binary-string', end, value.toUpperCase())
  }

  /** The end and the content of a quoted text, in which a doubled quote stands for one. */
  private quoted(quote: string, quoteAt: number, what: string): [end: number, value: string] {
    let value = ''
    let from = quoteAt + 1
    for (;;) {
      const at = this.text.indexOf(quote, from)
      if (at < 0) throw this.unterminated(what, quote, this.position, quoteAt + 1)
      value += this.text.slice(from, at)
      if (this.text[at + 1] !== quote) return [at + 1, value]
      value += quote
      from = at + 2
    }
  }

  private unterminated(what: string, closing: string, start: number, end: number): FlinktsError {
    return new FlinktsError('SQL_SYNTAX', `This ${what} is never closed.`, {
      location: locate(this.source, { start, end }),
      fix: `End it with ${closing}.`,
    })
  }

  private unknownCharacter(at: number): FlinktsError {
    const character = String.fromCodePoint(this.text.codePointAt(at)!)
    return new FlinktsError('SQL_SYNTAX', `Unexpected character ${JSON.stringify(character)}.`, {
      location: locate(this.source, { start: at, end: at + character.length }),
    })
  }
}

/** @throws SQL_SYNTAX for an unknown character or something unterminated */
export function tokenize(source: SourceText): readonly Token[] {
  return new Lexer(source).run()
}
