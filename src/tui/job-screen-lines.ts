// The job screen as lines: title, tabs, the visible tab or pane, what is in the way, the keys. A pure function of the state.
import { formatCount, formatDuration } from '../output/quantities.ts'
import type { JobView } from '../services/job-view/job-view.ts'
import { cutToWidth, displayWidth } from '../output/display-width.ts'
import { cutLine, line, printable, span, textOfLine, wrapText, type ScreenLine, type Span } from './screen-line.ts'
import { TABS, type Prompt, type ScreenState, type Tab, type TabContent } from './screen-state.ts'
import { checkpointsTab } from './tabs/checkpoints.ts'
import { exceptionsTab } from './tabs/exceptions.ts'
import { graphTab } from './tabs/graph.ts'
import { helpPane } from './tabs/help.ts'
import { jobRates, jobWatermark, lagText, stateStyle, watermarkText } from './tabs/job-figures.ts'
import { logsTab } from './tabs/logs.ts'
import { overviewTab } from './tabs/overview.ts'
import { slotsTab } from './tabs/slots.ts'
import { topicsTab } from './tabs/topics.ts'
import { watermarksTab } from './tabs/watermarks.ts'
import { bannerLine, whyPane } from './tabs/why.ts'

export interface Frame {
  /** As many as the screen has rows, none wider than its columns. */
  readonly lines: readonly ScreenLine[]
  /** How far the body can be scrolled, and how much of it is seen at once. */
  readonly scrollMax: number
  readonly pageRows: number
}

const COLUMNS_MIN = 40
const ROWS_MIN = 10
const TITLE_ROWS_MAX = 2
const NOTICE_ROWS_MAX = 2
const WHY_HINT = '  w why'

const TAB_CONTENTS: Readonly<Record<Tab, (state: ScreenState) => TabContent>> = {
  overview: overviewTab,
  graph: graphTab,
  slots: slotsTab,
  checkpoints: checkpointsTab,
  watermarks: watermarksTab,
  topics: topicsTab,
  logs: logsTab,
  exceptions: exceptionsTab,
}

function titleParts(job: JobView): Span[] {
  const { completed, failed } = job.checkpoints
  const watermark = jobWatermark(job)
  const lag = watermark === undefined || watermark === Infinity ? '' : ` (${lagText(job.now, watermark)})`
  const rates = jobRates(job)
  return [
    span(job.name, 'bold'),
    span(job.state, stateStyle(job.state)),
    span(formatDuration(job.durationMs)),
    span(`checkpoints ${completed}${failed === 0 ? '' : `, ${failed} failed`}`, failed === 0 ? 'plain' : 'warning'),
    span(`restarts ${job.restarts}`, job.restarts === 0 ? 'plain' : 'warning'),
    span(`in ${formatCount(rates.in)}/s  out ${formatCount(rates.out)}/s`),
    span(`watermark ${watermarkText(watermark)}${lag}`),
  ]
}

/** The parts side by side on as many lines as they need, at most so many. */
function flow(parts: readonly Span[], columns: number): ScreenLine[] {
  const lines: Span[][] = [[]]
  for (const part of parts) {
    const current = lines.at(-1)!
    const isFull = displayWidth(textOfLine(current)) + 2 + displayWidth(part.text) > columns
    if (current.length === 0) current.push(part)
    else if (isFull && lines.length < TITLE_ROWS_MAX) lines.push([part])
    else current.push(span('  '), part)
  }
  return lines
}

/** Names with their numbers where there is room, else names, else where the visible one is among them. */
function tabBar({ tab, columns }: ScreenState): ScreenLine {
  const bars = [true, false].map((isNumbered) =>
    TABS.flatMap((name, index): Span[] => {
      const text = isNumbered ? `${index + 1} ${name}` : name
      return name === tab ? [span(`[${text}]`, 'selected')] : [span(` ${text} `, 'dim')]
    }),
  )
  const fitting = bars.find((spans) => displayWidth(textOfLine(spans)) <= columns)
  return fitting ?? [span(`← [${TABS.indexOf(tab) + 1} ${tab}] →`, 'selected'), span(` of ${TABS.length} tabs`, 'dim')]
}

function rule(columns: number, position: string): ScreenLine {
  return line(`${'─'.repeat(Math.max(0, columns - displayWidth(position)))}${position}`, 'dim')
}

function promptLine(prompt: Prompt, job: JobView | undefined): ScreenLine {
  const [asks, hint]: [string, string] = ((): [string, string] => {
    switch (prompt.kind) {
      case 'cancel':
        return [`cancel ${job?.name ?? 'the job'}? y does, other keys do not.`, 'next run: afresh']
      case 'filter':
        return [`lines with: ${prompt.text}_`, 'enter keeps it, esc shows all']
      case 'replay': {
        const { name, bootstrapServers } = prompt.topics[prompt.chosen]!
        const isAmbiguous = prompt.topics.filter((each) => each.name === name).length > 1
        const topic = isAmbiguous ? `${name} at ${bootstrapServers}` : name
        const others = prompt.topics.length > 1 ? ', ↑↓ another topic' : ''
        const hint = prompt.problem ?? `-15m, earliest, 0=120, a time; then a speed (10x, max)${others}`
        return [`replay ${topic} from: ${prompt.text}_`, hint]
      }
      case 'confirm-replay':
        return [
          `write ${prompt.topic.name} again from ${prompt.from} to now, at ${prompt.speed}?`,
          'y does: it is read twice',
        ]
    }
  })()
  return [span(asks, 'warning'), span(`  ${hint}`, 'dim')]
}

function keysLine({ isWatched, isReplaying, tab, pane, columns }: ScreenState): ScreenLine {
  const own = tab === 'logs' ? ['l log', '/ filter'] : tab === 'checkpoints' ? ['↑↓ choose', 'enter open'] : []
  const keys = [
    isWatched ? 'q leave' : 'q stop',
    pane === undefined ? 'w why' : 'esc back',
    ...own,
    's savepoint',
    'x stop',
    'c cancel',
    isReplaying ? 'r end replay' : 'r replay',
    'j job',
    '? help',
  ].filter((key) => !(key === 'x stop' && !isWatched))
  // help is the one that must be seen: others give way to it
  while (displayWidth(keys.join('  ')) > columns && keys.length > 2) keys.splice(-2, 1)
  return line(keys.join('  '), 'dim')
}

function contentOf(state: ScreenState): TabContent {
  if (state.pane === 'help') return helpPane(state)
  if (state.data.job === undefined) return { header: [], lines: [line(state.notice)] }
  if (state.pane === 'why') return whyPane(state)
  const content = TAB_CONTENTS[state.tab](state)
  const { problem } = state.data
  return problem === undefined ? content : { ...content, header: [line(problem, 'warning'), ...content.header] }
}

interface Body {
  readonly lines: readonly ScreenLine[]
  readonly position: string
  readonly scrollMax: number
  readonly pageRows: number
}

function body(state: ScreenState, rows: number): Body {
  const { header, lines, fromEnd, focus } = contentOf(state)
  // Where it is the larger half its last lines stay, the names of columns: else nothing of what is below could be seen.
  const headerRows = Math.min(header.length, Math.max(Math.floor(rows / 2), rows - lines.length))
  const heading = header.slice(header.length - headerRows)
  const pageRows = Math.max(1, rows - headerRows)
  const scrollMax = Math.max(0, lines.length - pageRows)
  let scroll = Math.min(state.scroll, scrollMax)
  if (focus !== undefined) scroll = Math.max(Math.min(scroll, focus), focus - pageRows + 1)
  const first = fromEnd === true ? scrollMax - scroll : scroll
  const shown = lines.slice(first, first + pageRows)
  const position = scrollMax === 0 ? '' : ` ${first + 1}–${first + shown.length} of ${lines.length} ↑↓ `
  return { lines: [...heading, ...shown].slice(0, rows), position, scrollMax, pageRows }
}

function banner({ data, columns, pane }: ScreenState): ScreenLine[] {
  const found = bannerLine(data.findings)
  if (found === undefined || pane !== undefined) return []
  const room = columns - displayWidth(WHY_HINT)
  return [[...cutLine(found, room), span(WHY_HINT, 'bold')]]
}

function tooSmall({ columns, rows }: ScreenState): Frame {
  const texts = [`${columns}×${rows} is too small`, `for the screen: ${COLUMNS_MIN}×${ROWS_MIN}`, 'q leaves']
  return { lines: texts.slice(0, rows).map((text) => line(cutToWidth(text, columns))), scrollMax: 0, pageRows: 1 }
}

function noticeLines({ notice, columns }: ScreenState): ScreenLine[] {
  if (notice === '') return []
  return wrapText(printable(notice), columns, 2)
    .slice(0, NOTICE_ROWS_MAX)
    .map((text) => line(text, 'warning'))
}

export function jobScreen(state: ScreenState): Frame {
  const { columns, rows, data } = state
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return tooSmall(state)
  const title = data.job === undefined ? [] : [...flow(titleParts(data.job), columns), tabBar(state)]
  const isNoticeInBody = data.job === undefined && state.pane === undefined
  const below = [
    ...banner(state),
    ...(isNoticeInBody ? [] : noticeLines(state)),
    state.prompt === undefined ? keysLine(state) : promptLine(state.prompt, data.job),
  ]
  const room = rows - title.length - 1 - below.length
  const { lines, position, scrollMax, pageRows } = body(state, room)
  const filling = Array.from({ length: Math.max(0, room - lines.length) }, () => line(''))
  const all = [...title, rule(columns, position), ...lines, ...filling, ...below]
  return { lines: all.map((each) => cutLine(each, columns)), scrollMax, pageRows }
}
