// Failures of the job, newest first, each with its first cause first: what happened, how to fix it, where, what came of it.
import { formatTimestamp } from '../../output/quantities.ts'
import type { ExceptionView } from '../../services/job-view/exceptions-view.ts'
import { line, printable, span, wrapText, type ScreenLine, type Style } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'

interface FailureGroup {
  readonly newest: ExceptionView
  readonly oldestAt: number
  readonly count: number
}

/** The same failure again and again is one entry: a job that restarts for ever has one cause. */
function grouped(entries: readonly ExceptionView[]): FailureGroup[] {
  const groups: FailureGroup[] = []
  for (const entry of entries) {
    const last = groups.at(-1)
    if (last !== undefined && last.newest.code === entry.code && last.newest.message === entry.message)
      groups[groups.length - 1] = { ...last, oldestAt: entry.at, count: last.count + 1 }
    else groups.push({ newest: entry, oldestAt: entry.at, count: 1 })
  }
  return groups
}

function wrapped(text: string, columns: number, style: Style): ScreenLine[] {
  return wrapText(printable(text), columns, 4).map((each) => line(each, style))
}

function groupLines({ newest, oldestAt, count }: FailureGroup, columns: number): ScreenLine[] {
  const { at, code, message, details, task, taskManager, consequence } = newest
  const repeated = count === 1 ? '' : `  ×${count} since ${formatTimestamp(oldestAt).slice(11)}`
  return [
    [span(formatTimestamp(at), 'heading'), span(`  ${code}`, 'bold'), span(repeated, 'warning')],
    ...wrapped(`  ${message}`, columns, 'bad'),
    ...details.flatMap((text) => wrapped(`  ${text}`, columns, 'plain')),
    ...(task === undefined ? [] : wrapped(`  in ${task} on ${taskManager ?? '?'}`, columns, 'dim')),
    ...(consequence === undefined ? [] : wrapped(`  then: ${consequence}`, columns, 'dim')),
    line(''),
  ]
}

export function exceptionsTab({ data, columns }: ScreenState): TabContent {
  const view = data.exceptions
  if (view === undefined) return { header: [], lines: [line('asking for failures …', 'dim')] }
  if (view.entries.length === 0) return { header: [], lines: [line('the job has not failed', 'dim')] }
  const lines = grouped(view.entries).flatMap((group) => groupLines(group, columns))
  return { header: [], lines: view.isTruncated ? [...lines, line('older ones are left out', 'dim')] : lines }
}
