// The text of one statement and where it stands in what the user wrote: a part of a script, with placeholders replaced.
import type { TextLocation } from '../../common/errors.ts'
import { FlinktsError } from '../../common/errors.ts'
import type { SourceSpan } from '../ast/node.ts'

/** Text [start, end), counted as `offset` is, of the parsed text that stands for [originalStart, originalEnd) of the user's text. */
interface Replacement {
  readonly start: number
  readonly end: number
  readonly originalStart: number
  readonly originalEnd: number
}

/** A text to parse. Offsets in it can be traced back to the user's own text. */
export interface SourceText {
  readonly text: string
  readonly file: string | undefined
  /** The whole text the user wrote. */
  readonly original: string
  /** Where `text` begins in the text with placeholders replaced; 0 unless it is a part of a script. */
  readonly offset: number
  readonly replacements: readonly Replacement[]
  /** Where in `file` the text stands whose lines are counted: it is a part of that file, e.g. of a job in TypeScript. */
  readonly start: { readonly line: number; readonly column: number } | undefined
}

export function sourceText(text: string, file?: string, start?: SourceText['start']): SourceText {
  return { text, file, original: text, offset: 0, replacements: [], start }
}

/** `jobs/a.sql:12:10`; `line 12, column 10` where the text has no file. */
export function placeText({ file, line, column }: TextLocation): string {
  return file === undefined ? `line ${line}, column ${column}` : `${file}:${line}:${column}`
}

/** A part [start, end) of a source, as a source of its own. */
export function sliceSource(source: SourceText, start: number, end: number): SourceText {
  return { ...source, text: source.text.slice(start, end), offset: source.offset + start }
}

const placeholder = /\$\{([A-Za-z_][A-Za-z0-9_.:-]*)\}/g

/**
 * Replaces `${NAME}` in a source without replacements, in strings and comments too, as Flink's clients would see plain text. Positions stay those of the
 * user's text: an error inside a replacement points at its placeholder.
 * @throws OPTION_INVALID for a name that has no value
 */
export function substitutePlaceholders(source: SourceText, values: ReadonlyMap<string, string>): SourceText {
  const replacements: Replacement[] = []
  const base = source.offset
  let text = ''
  let copied = 0
  for (const match of source.text.matchAll(placeholder)) {
    const name = match[1]!
    const value = values.get(name)
    const originalEnd = match.index + match[0].length
    if (value === undefined) {
      const known = [...values.keys()].map((key) => `\${${key}}`).join(', ')
      throw new FlinktsError('OPTION_INVALID', `The placeholder ${match[0]} has no value.`, {
        location: locate(source, { start: match.index, end: originalEnd }),
        fix: known === '' ? 'Write the address itself.' : `Use one of ${known}.`,
      })
    }
    text += source.text.slice(copied, match.index)
    const start = base + text.length
    replacements.push({
      start,
      end: start + value.length,
      originalStart: base + match.index,
      originalEnd: base + originalEnd,
    })
    text += value
    copied = originalEnd
  }
  text += source.text.slice(copied)
  return { ...source, text, replacements }
}

function originalOffset(source: SourceText, offset: number, side: 'start' | 'end'): number {
  let shift = 0
  for (const replacement of source.replacements) {
    if (offset < replacement.start || (offset === replacement.start && side === 'end')) break
    if (offset < replacement.end || (offset === replacement.end && side === 'end')) {
      return side === 'start' ? replacement.originalStart : replacement.originalEnd
    }
    shift = replacement.originalEnd - replacement.end
  }
  return offset + shift
}

/** What stands before a template's first line is not known: its columns are those of the template's own place. */
function withinFile(
  file: string | undefined,
  start: NonNullable<SourceText['start']>,
  line: number,
  column: number,
): TextLocation {
  return { file, line: start.line + line - 1, column: line === 1 ? start.column : column }
}

/** Line and column, in the text the user wrote, of a span of `source.text`. */
export function locate(source: SourceText, span: SourceSpan): TextLocation {
  const start = originalOffset(source, source.offset + span.start, 'start')
  const end = originalOffset(source, source.offset + span.end, 'end')
  const before = source.original.slice(0, start)
  const lines = before.split(/\r\n|\r|\n/)
  const column = lines[lines.length - 1]!.length + 1
  if (source.start !== undefined) return withinFile(source.file, source.start, lines.length, column)
  const firstLine = source.original.slice(start, end).split(/[\r\n]/, 1)[0]!
  return { file: source.file, line: lines.length, column, length: Math.max(1, firstLine.length) }
}
