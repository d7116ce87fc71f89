// The watching screen: one title, a body that scrolls, and three lines of notice, progress and keys.
import { exerciseFolder } from '../../workshop/learner-project.ts'
import { isOpen, progressOf, stepId, stepsOf, stepTitle } from '../../workshop/progress.ts'
import { stepOfState, type Frame, type WatchState } from '../../workshop/watch-state.ts'
import { cutLine, fit, line, span, type ScreenLine } from '../screen-line.ts'
import {
  chapterLines,
  endLines,
  exerciseLines,
  explanationLines,
  flinkLines,
  hintLines,
  listLines,
  questionLines,
  solutionLines,
  tallySpans,
} from './chapter-lines.ts'
import { checkLines, type ReadSource } from './check-lines.ts'

export interface WatchScreen {
  readonly columns: number
  readonly rows: number
  /** The learner's project. */
  readonly folder: string
  readonly readSource: ReadSource
}

export interface WatchFrame extends Frame {
  readonly lines: readonly ScreenLine[]
}

/** The body, and where parts of it begin. */
interface Body {
  readonly lines: readonly ScreenLine[]
  readonly marks: Readonly<Partial<Record<'result' | 'hint' | 'selected', number>>>
}

const TITLE_ROWS = 1
const FOOTER_ROWS = 3

function exerciseBody(state: WatchState, { columns, folder, readSource }: WatchScreen): Body {
  const step = stepOfState(state)
  if (step.kind !== 'exercise') return { lines: [], marks: {} }
  const { exercise } = step
  const { hints } = progressOf(state.progress, step)
  const lines = [...exerciseLines(exercise, exerciseFolder({ folder }, exercise), columns)]
  const marks: Record<string, number> = {}
  if (hints > 0) {
    lines.push([])
    const told = hintLines(exercise, hints, columns)
    const last = hintLines(exercise, hints - 1, columns).length
    marks['hint'] = lines.length + last
    lines.push(...told)
  }
  lines.push([])
  marks['result'] = lines.length
  if (state.check !== 'idle') lines.push(line('checking …', 'warning'))
  else if (state.result !== undefined) {
    lines.push(...checkLines(`${stepTitle(step)} ${exercise.title}`, state.result, columns, readSource))
    if (state.result.kind === 'passed') lines.push([], line('n goes on.', 'good'))
  } else if (isOpen(state.progress, step)) lines.push(line('Save a file of the exercise, and it is checked.', 'dim'))
  else lines.push(line('Done before. Save, or press c, to check it again; n goes on.', 'dim'))
  return { lines, marks }
}

function questionBody(state: WatchState, columns: number): ScreenLine[] {
  const { view } = state
  if (view.kind !== 'question') return []
  const { questions } = stepOfState(state).chapter.manifest
  const at = view.isAnswered ? view.given.length - 1 : view.given.length
  const question = questions[at]!
  return [
    ...questionLines(question, at + 1, questions.length, columns),
    ...(view.isAnswered
      ? [[], ...explanationLines(question, view.given[at]!, columns), [], line('enter goes on.', 'dim')]
      : []),
  ]
}

function bodyOf(state: WatchState, screen: WatchScreen): Body {
  const { view, workshop, progress } = state
  const { columns } = screen
  const step = stepOfState(state)
  const plain = (lines: readonly ScreenLine[]): Body => ({ lines, marks: {} })
  switch (view.kind) {
    case 'chapter':
      return plain([...chapterLines(step.chapter, columns), [], line('enter goes to the exercise.', 'dim')])
    case 'exercise':
      return exerciseBody(state, screen)
    case 'solution':
      return step.kind === 'exercise'
        ? plain([line(`A solution of ${stepTitle(step)}`, 'bold'), [], ...solutionLines(step.exercise)])
        : plain([])
    case 'list': {
      const selected = stepId(stepsOf(workshop)[view.selected]!)
      const listed = listLines(workshop, { progress, selected })
      const at = listed.findIndex((each) => each.step !== undefined && stepId(each.step) === selected)
      return { lines: listed.map((each) => each.line), marks: { selected: at } }
    }
    case 'question':
      return plain(questionBody(state, columns))
    case 'flink':
      return plain([...flinkLines(step.chapter, view.given, columns), [], line('enter goes on.', 'dim')])
    case 'end':
      return plain(endLines(workshop, progress, columns))
  }
}

/** The body's first line that is asked for; the selected line of the list stays in sight. */
function askedScroll({ scroll }: WatchState, { marks }: Body, pageRows: number): number {
  if (marks.selected !== undefined) return marks.selected - Math.floor(pageRows / 2)
  return typeof scroll === 'number' ? scroll : (marks[scroll] ?? 0)
}

function keysOf({ view }: WatchState): string {
  switch (view.kind) {
    case 'chapter':
      return 'enter exercise  space page  l list  q quit'
    case 'exercise':
      return 'h hint  s solution  c check  n next  k skip  r reset  t chapter  l list  q quit'
    case 'solution':
      return 's back  space page  l list  q quit'
    case 'list':
      return '↑ ↓ choose  enter go there  l back  q quit'
    case 'question':
      return view.isAnswered
        ? 'enter goes on  t chapter  l list  q quit'
        : '1-4 answer  k skip  t chapter  l list  q quit'
    case 'flink':
      return 'enter next chapter  space page  t chapter  l list  q quit'
    case 'end':
      return 'l list  q quit'
  }
}

function titleOf(state: WatchState): string {
  const step = stepOfState(state)
  if (state.view.kind === 'end') return ' The end'
  const { title } = step.chapter.manifest
  const what = step.kind === 'exercise' ? `${stepTitle(step)} ${step.exercise.title}` : 'questions'
  return ` ${title} · ${what}`
}

function progressLine({ progress, workshop, check }: WatchState, more: boolean): ScreenLine {
  const doing = check === 'idle' ? '' : '  checking …'
  const below = more ? '  more below: space' : ''
  return [...tallySpans(progress, workshop.chapters), span(doing, 'warning'), span(below, 'dim')]
}

export function watchFrame(state: WatchState, screen: WatchScreen): WatchFrame {
  const { columns, rows } = screen
  const pageRows = Math.max(1, rows - TITLE_ROWS - FOOTER_ROWS)
  const body = bodyOf(state, screen)
  const scrollMax = Math.max(0, body.lines.length - pageRows)
  const scroll = Math.max(0, Math.min(scrollMax, askedScroll(state, body, pageRows)))
  const shown = body.lines.slice(scroll, scroll + pageRows)
  const blank = Array.from({ length: pageRows - shown.length }, (): ScreenLine => [])
  const lines = [
    [span(fit(titleOf(state), columns), 'selected')],
    ...shown,
    ...blank,
    line(state.notice, 'warning'),
    progressLine(state, scroll < scrollMax),
    line(keysOf(state), 'dim'),
  ]
  // where there is room for nothing else, the keys stay
  return { lines: lines.slice(-rows).map((each) => cutLine(each, columns)), scroll, scrollMax, pageRows }
}
