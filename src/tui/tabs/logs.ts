// The end of a log: what the command was told, the job's file, or the session's; filtered by a text.
import { line, printable, span, wrapText, type Style } from '../screen-line.ts'
import type { LogSource, ScreenState, TabContent } from '../screen-state.ts'

const TITLES: Readonly<Record<LogSource, string>> = {
  output: 'what this command was told',
  job: "the job's log (all runs)",
  session: "the session's log",
}

function lineStyle(text: string): Style {
  if (/\b(error|failed|FAILED|exception)\b/i.test(text)) return 'bad'
  return /\bwarn(ing)?\b/i.test(text) ? 'warning' : 'plain'
}

function countText(shown: number, all: number, filter: string): string {
  if (all === 0) return 'nothing was logged yet'
  return filter === '' ? `${shown} ${shown === 1 ? 'line' : 'lines'}` : `${shown} of ${all} lines with “${filter}”`
}

export function logsTab({ data, logSource, filter, columns }: ScreenState): TabContent {
  const wanted = filter.toLowerCase()
  const shown = data.log.map(printable).filter((text) => text.toLowerCase().includes(wanted))
  const count = countText(shown.length, data.log.length, filter)
  return {
    header: [[span(TITLES[logSource], 'heading'), span(`  ${count}  `), span('l another log  / filter', 'dim')]],
    lines: shown.flatMap((text) => wrapText(text, columns, 2).map((each) => line(each, lineStyle(text)))),
    fromEnd: true,
  }
}
