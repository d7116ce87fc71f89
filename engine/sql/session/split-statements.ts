// Statements of a script, as the text arrives: a semicolon ends a statement unless it stands in a string, a quoted
// identifier, a comment or a STATEMENT SET block.
import { sliceSource, sourceText, type SourceText } from '../parser/source-text.ts'

/** The parts that a semicolon may hide in, the semicolon itself, and what words there are. */
const piece =
  /'(?:[^']|'')*'?|`(?:[^`]|``)*`?|--[^\r\n]*|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|;|[A-Za-z_][A-Za-z0-9_]*|\S/g
const isComment = (token: string): boolean => /^(?:--|\/\/|\/\*(?!\+))/.test(token)
const setHead = /^(?:EXPLAIN )?(?:EXECUTE )?STATEMENT SET BEGIN$/

interface Scan {
  /** Where the statement's own text begins, after blanks and comments. */
  readonly start: number
  /** Before the semicolon, or the end of the text. */
  readonly end: number
  /** After the semicolon; undefined where the text ended without one. */
  readonly next: number | undefined
}

/** The next statement from `from`. */
function scan(text: string, from: number): Scan {
  piece.lastIndex = from
  let start = -1
  /** Words and symbols since the last semicolon, as far as they matter. */
  let segment: string[] = []
  let inSet = false
  for (let match = piece.exec(text); match !== null; match = piece.exec(text)) {
    const token = match[0]
    if (isComment(token)) continue
    if (start < 0) start = match.index
    if (token === ';') {
      if (!inSet || (segment.length === 1 && segment[0] === 'END'))
        return { start, end: match.index, next: match.index + 1 }
      segment = []
      continue
    }
    if (segment.length < 6) segment.push(token.toUpperCase())
    if (!inSet && setHead.test(segment.join(' '))) {
      inSet = true
      segment = []
    }
  }
  return { start: start < 0 ? text.length : start, end: text.length, next: undefined }
}

/**
 * All statements of a script, each with its place in it; empty ones are left out. The last needs no semicolon.
 * Placeholders may be substituted before or after.
 */
export function splitStatements(source: SourceText): SourceText[] {
  const statements: SourceText[] = []
  let position = 0
  for (;;) {
    const { start, end, next } = scan(source.text, position)
    if (end > start) statements.push(sliceSource(source, start, end))
    if (next === undefined) return statements
    position = next
  }
}

/** Splits text that arrives in pieces, e.g. from standard input. Places count from the beginning of the whole text. */
export class StatementSplitter {
  private readonly prepare: (source: SourceText) => SourceText
  private text = ''
  private position = 0

  /** `prepare` is applied to each statement's text, e.g. to substitute placeholders. */
  constructor(prepare: (source: SourceText) => SourceText = (source) => source) {
    this.prepare = prepare
  }

  /** The statements that this piece completes. */
  push(piece: string): SourceText[] {
    this.text += piece
    const statements: SourceText[] = []
    for (;;) {
      const { start, end, next } = scan(this.text, this.position)
      if (next === undefined) return statements
      this.position = next
      if (end > start) statements.push(this.source(start, end))
    }
  }

  /** What is left when the text ends without a semicolon. */
  end(): SourceText[] {
    const { start, end } = scan(this.text, this.position)
    this.position = this.text.length
    return end > start ? [this.source(start, end)] : []
  }

  private source(start: number, end: number): SourceText {
    return this.prepare(sliceSource(sourceText(this.text), start, end))
  }
}
