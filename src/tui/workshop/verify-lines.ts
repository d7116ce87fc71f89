// What `workshop verify` proves, as lines.
import { formatDuration } from '../../output/quantities.ts'
import { exerciseTitle } from '../../workshop/chapters.ts'
import { failsAsShipped, type VerifyEvent, type VerifyTotals } from '../../workshop/verify.ts'
import { line, span, type ScreenLine } from '../screen-line.ts'
import { checkLines, type ReadSource } from './check-lines.ts'

export interface VerifyLinesOptions {
  readonly columns: number
  readonly readSource: ReadSource
  /** Also what learners would see of checks that came out as they have to. */
  readonly isVerbose: boolean
}

function exerciseLines(
  event: Extract<VerifyEvent, { kind: 'exercise' }>,
  { columns, readSource, isVerbose }: VerifyLinesOptions,
): ScreenLine[] {
  const { exercise, problems, asShipped, solved } = event
  const title = `  ${exerciseTitle(exercise)} ${exercise.title}`
  if (asShipped === undefined || solved === undefined)
    return [line(title), ...problems.map((problem) => line(`    ${problem}`, 'bad'))]
  const fails = failsAsShipped(event)
  const isGood = fails && solved.kind === 'passed'
  const head = [
    span(`${title}: `),
    fails
      ? span('fails as shipped', 'good')
      : span(asShipped.kind === 'passed' ? 'PASSES as shipped' : 'BREAKS as shipped', 'bad'),
    span(` (${formatDuration(asShipped.durationMs)}), `),
    solved.kind === 'passed' ? span('solution passes', 'good') : span('solution DOES NOT PASS', 'bad'),
    span(` (${formatDuration(solved.durationMs)})`),
  ]
  const show = (what: string, result: typeof solved): ScreenLine[] =>
    checkLines(what, result, columns - 4, readSource).map((each) => [span('    '), ...each])
  return [
    head,
    ...(isVerbose || !fails ? show('as shipped', asShipped) : []),
    ...(isVerbose || !isGood ? show('the solution', solved) : []),
  ]
}

export function verifyLines(event: VerifyEvent, options: VerifyLinesOptions): ScreenLine[] {
  if (event.kind === 'exercise') return exerciseLines(event, options)
  const { chapter, problems } = event
  return [
    line(`${chapter.name}  ${chapter.manifest.title}`, 'bold'),
    ...problems.map((problem) => line(`  ${problem}`, 'bad')),
  ]
}

export function totalLines({ passed, failed, skipped, medianMs }: VerifyTotals): ScreenLine[] {
  return [
    ...(medianMs === undefined ? [] : [line(`Median of the solutions' checks: ${formatDuration(medianMs)}`)]),
    line(`${passed} passed, ${failed} failed, ${skipped} skipped`),
  ]
}
