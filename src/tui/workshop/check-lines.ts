// How the check of an exercise came out, as lines.
import { readFileSync } from 'node:fs'
import { renderError } from '../../output/error-page.ts'
import { formatDuration } from '../../output/quantities.ts'
import type { CheckResult } from '../../workshop/run-check.ts'
import { line, printable, span, wrapText, type ScreenLine } from '../screen-line.ts'

/** The text of the file that an error points into. */
export type ReadSource = (file: string | undefined) => string | undefined

export const readSource: ReadSource = (file) => {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const INDENT = 2

function textLines(text: string, columns: number, indent = INDENT): ScreenLine[] {
  const room = Math.max(20, Math.min(columns, 100) - indent)
  return text
    .split('\n')
    .flatMap((each) => wrapText(printable(each), room).map((part) => line(' '.repeat(indent) + part)))
}

/** A line of the learner's file, or the marks below it: their columns matter. */
const EXCERPT = /^ +\d* *\| /

function errorLines(text: string, columns: number): ScreenLine[] {
  return text
    .split('\n')
    .flatMap((each) => (EXCERPT.test(each) ? [line(`  ${printable(each)}`)] : textLines(each, columns)))
}

function placeOf({ at }: Extract<CheckResult, { kind: 'broken' }>): string {
  return at === undefined ? '' : ` (${at.file ?? 'the check'}:${at.line}:${at.column})`
}

function whatLines(result: CheckResult, columns: number, readSource: ReadSource): ScreenLine[] {
  switch (result.kind) {
    case 'passed':
      return []
    case 'wrong':
      return [...textLines(result.seen, columns), [], ...textLines(result.because, columns)]
    case 'error':
      return errorLines(renderError(result.error, readSource), columns)
    case 'broken':
      return textLines(
        `The check itself breaks${placeOf(result)}: ${result.message}. This is a mistake of the workshop, or your work is something that it does not expect.`,
        columns,
      )
  }
}

/** `title`: `04.2 Kill it in the middle`. */
export function checkLines(
  title: string,
  result: CheckResult,
  columns: number,
  readSource: ReadSource = () => undefined,
): ScreenLine[] {
  const time = span(` (${formatDuration(result.durationMs)})`, 'dim')
  const head = result.kind === 'passed' ? [span('passed', 'good')] : [span('not yet', 'bad')]
  return [
    [...head, span(`  ${title}`, 'bold'), time],
    ...result.notices.flatMap((notice) => textLines(`note: ${notice}`, columns)),
    ...whatLines(result, columns, readSource),
    ...result.notes.flatMap((note) => textLines(`- ${note}`, columns)),
  ]
}
