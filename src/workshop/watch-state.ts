// What the watching screen knows, and what its keys, saved files and ended checks make of it. Pure: (state, event) → the
// state after it and commands for the shell, which does them and reports back.
import type { Workshop } from './chapters.ts'
import {
  answered,
  checked,
  currentStep,
  hinted,
  isOpen,
  moved,
  nextStep,
  progressOf,
  reopened,
  skipped,
  solutionShown,
  stepId,
  stepsOf,
  stepTitle,
  type Progress,
  type Step,
} from './progress.ts'
import type { CheckResult } from './run-check.ts'

export type WatchView =
  /** The chapter's prose. */
  | { readonly kind: 'chapter' }
  | { readonly kind: 'exercise' }
  | { readonly kind: 'solution' }
  /** `selected`: index into the workshop's steps. */
  | { readonly kind: 'list'; readonly selected: number }
  /** `given`: answers so far, from 1; `isAnswered`: the last of them is being explained. */
  | { readonly kind: 'question'; readonly given: readonly number[]; readonly isAnswered: boolean }
  /** What real Flink does, after the questions. */
  | { readonly kind: 'flink'; readonly given: readonly number[] }
  | { readonly kind: 'end' }

/** First line of the body that is shown; a name stands for where that part begins. */
export type Scroll = number | 'result' | 'hint'

export interface WatchState {
  readonly workshop: Workshop
  readonly progress: Progress
  readonly view: WatchView
  readonly scroll: Scroll
  /** Of the step that is shown; undefined: none has ended since it was opened. */
  readonly result: CheckResult | undefined
  readonly check: 'idle' | 'running' | 'again'
  readonly notice: string
  /** `reset` waits for a y. */
  readonly asksReset: boolean
  readonly isLeaving: boolean
}

export type WatchCommand =
  /** Check the current exercise; `ended` follows, also when it is aborted. */
  | 'check'
  | 'abort-check'
  /** The progress has changed: write it. */
  | 'save'
  /** Another exercise's files are to be watched. */
  | 'watch'
  /** Bring the current exercise back as shipped; `reset` follows. */
  | 'reset'
  | 'quit'

export type WatchEvent =
  | { readonly kind: 'key'; readonly key: string; readonly frame: Frame }
  /** A file of the current exercise was saved. */
  | { readonly kind: 'saved' }
  /** `step`: the id of what was checked; `result` undefined: it was aborted. */
  | { readonly kind: 'ended'; readonly step: string; readonly result: CheckResult | undefined }
  | { readonly kind: 'reset'; readonly notice: string }
  | { readonly kind: 'notice'; readonly text: string }
  /** What that notice told of is over; another one stays. */
  | { readonly kind: 'notice-over'; readonly text: string }
  /** A command in another terminal has written what is done; where the learner stands here stays. */
  | { readonly kind: 'steps'; readonly steps: Progress['steps'] }

/** How the screen looked when the key was pressed. */
export interface Frame {
  readonly scroll: number
  readonly scrollMax: number
  readonly pageRows: number
}

export type Decision = readonly [state: WatchState, commands: readonly WatchCommand[]]

/** The word at the end: everything is done or passed over. */
function isOver(workshop: Workshop, progress: Progress): boolean {
  return stepsOf(workshop).every((step) => !isOpen(progress, step))
}

/** What is shown where a step begins: a chapter's prose before its first exercise. */
function viewOf(progress: Progress, step: Step): WatchView {
  if (step.kind === 'questions') return { kind: 'question', given: [], isAnswered: false }
  const isFirst = step.exercise.number === 1 && progressOf(progress, step).attempts === 0
  return { kind: isFirst && isOpen(progress, step) ? 'chapter' : 'exercise' }
}

export function openWatch(workshop: Workshop, progress: Progress): WatchState {
  const view: WatchView = isOver(workshop, progress)
    ? { kind: 'end' }
    : viewOf(progress, currentStep(workshop, progress))
  return {
    workshop,
    progress,
    view,
    scroll: 0,
    result: undefined,
    check: 'idle',
    notice: '',
    asksReset: false,
    isLeaving: false,
  }
}

export function stepOfState({ workshop, progress }: WatchState): Step {
  return currentStep(workshop, progress)
}

function shown(state: WatchState, view: WatchView, scroll: Scroll = 0): WatchState {
  return { ...state, view, scroll }
}

function say(state: WatchState, notice: string): Decision {
  return [{ ...state, notice }, []]
}

function withProgress(state: WatchState, progress: Progress): WatchState {
  return { ...state, progress }
}

/** A check that still runs is of the step that is left. */
function goTo(state: WatchState, step: Step): Decision {
  const progress = moved(state.progress, step)
  const isBusy = state.check !== 'idle'
  const next = { ...state, progress, result: undefined, check: isBusy ? ('running' as const) : state.check }
  return [shown(next, viewOf(progress, step)), [...(isBusy ? (['abort-check'] as const) : []), 'save', 'watch']]
}

function startCheck(state: WatchState): Decision {
  if (stepOfState(state).kind !== 'exercise') return say(state, 'questions are answered, not checked')
  if (state.check !== 'idle') return [{ ...state, check: 'again' }, state.check === 'again' ? [] : ['abort-check']]
  return [{ ...shown(state, { kind: 'exercise' }, 'result'), check: 'running' }, ['check']]
}

function next(state: WatchState): Decision {
  const step = stepOfState(state)
  if (isOpen(state.progress, step)) {
    if (step.kind === 'questions') return back(state)
    return say(state, `${stepTitle(step)} is not done yet: it is checked when you save; k passes over it`)
  }
  const to = nextStep(state.workshop, state.progress, step)
  return to === undefined ? [shown(state, { kind: 'end' }), []] : goTo(state, to)
}

function skip(state: WatchState): Decision {
  const step = stepOfState(state)
  const progress = skipped(state.progress, step)
  const to = nextStep(state.workshop, progress, step)
  const passed = withProgress(state, progress)
  if (to === undefined) return [shown(passed, { kind: 'end' }), ['save']]
  return goTo(passed, to)
}

function hint(state: WatchState): Decision {
  const step = stepOfState(state)
  if (step.kind !== 'exercise') return say(state, 'questions have no hints')
  const { hints } = step.exercise
  const { hints: known } = progressOf(state.progress, step)
  const told = shown(state, { kind: 'exercise' }, 'hint')
  if (known >= hints.length) return say(told, 'that were all hints; s shows the solution')
  return [withProgress(told, hinted(state.progress, step, hints.length)), ['save']]
}

function solution(state: WatchState, isForced: boolean): Decision {
  const step = stepOfState(state)
  if (step.kind !== 'exercise') return say(state, 'answer with a number; then it is explained')
  if (state.view.kind === 'solution') return [shown(state, { kind: 'exercise' }), []]
  if (!isForced && progressOf(state.progress, step).attempts === 0)
    return say(state, 'try it once first: it is checked when you save, or with c. S shows the solution all the same')
  return [withProgress(shown(state, { kind: 'solution' }), solutionShown(state.progress, step)), ['save']]
}

function answer(state: WatchState, key: string): Decision | undefined {
  const { view } = state
  if (view.kind !== 'question') return undefined
  const step = stepOfState(state)
  const { questions } = step.chapter.manifest
  if (view.isAnswered) {
    if (key !== 'enter' && key !== 'n') return undefined
    if (view.given.length < questions.length) return [shown(state, { ...view, isAnswered: false }), []]
    const told = shown(state, { kind: 'flink', given: view.given })
    return [withProgress(told, answered(state.progress, step, view.given)), ['save']]
  }
  if (!/^[1-9]$/.test(key)) return undefined
  const { choices } = questions[view.given.length]!
  if (Number(key) > choices.length) return say(state, `there are ${choices.length} answers`)
  return [shown(state, { ...view, given: [...view.given, Number(key)], isAnswered: true }), []]
}

function inList(state: WatchState, key: string): Decision | undefined {
  const { view } = state
  if (view.kind !== 'list') return undefined
  const steps = stepsOf(state.workshop)
  const move = (by: number): Decision => {
    const selected = Math.max(0, Math.min(steps.length - 1, view.selected + by))
    return [shown(state, { kind: 'list', selected }), []]
  }
  if (key === 'up' || key === 'k') return move(-1)
  if (key === 'down' || key === 'j') return move(1)
  if (key === 'pageup') return move(-10)
  if (key === 'pagedown' || key === ' ') return move(10)
  if (key === 'enter') return goTo(state, steps[view.selected]!)
  return undefined
}

function list(state: WatchState): Decision {
  if (state.view.kind === 'list') return back(state)
  const at = stepId(stepOfState(state))
  const selected = stepsOf(state.workshop).findIndex((step) => stepId(step) === at)
  return [shown(state, { kind: 'list', selected: Math.max(0, selected) }), []]
}

/** To the step that the learner is at. */
function back(state: WatchState): Decision {
  const step = stepOfState(state)
  if (step.kind === 'exercise') return [shown(state, { kind: 'exercise' }), []]
  return [shown(state, { kind: 'question', given: [], isAnswered: false }), []]
}

function enter(state: WatchState): Decision {
  if (state.view.kind === 'chapter' || state.view.kind === 'solution') return back(state)
  if (state.view.kind === 'flink') return next(state)
  if (state.view.kind === 'end') return say(state, 'l lists the chapters: any exercise can be done again')
  if (state.view.kind === 'question') return say(state, 'press the number of your answer')
  // after a green check enter is what a hand does first
  return isOpen(state.progress, stepOfState(state)) ? startCheck(state) : next(state)
}

function scrolled(state: WatchState, key: string, { scroll, scrollMax, pageRows }: Frame): Decision | undefined {
  const to = (line: number): Decision => [{ ...state, scroll: Math.max(0, Math.min(scrollMax, line)) }, []]
  const page = Math.max(1, pageRows - 2)
  switch (key) {
    case 'up':
      return to(scroll - 1)
    case 'down':
      return to(scroll + 1)
    case 'pageup':
    case 'b':
      return to(scroll - page)
    case 'pagedown':
    case ' ':
      return to(scroll + page)
    case 'home':
      return to(0)
    case 'end':
      return to(scrollMax)
    default:
      return undefined
  }
}

function quit(state: WatchState): Decision {
  return [{ ...state, isLeaving: true, notice: 'ending what the checks left running …' }, ['quit']]
}

const KEYS: Readonly<Record<string, (state: WatchState) => Decision>> = {
  c: startCheck,
  enter,
  escape: back,
  h: hint,
  k: skip,
  l: list,
  n: next,
  q: quit,
  'ctrl-c': quit,
  r: (state) =>
    stepOfState(state).kind === 'exercise'
      ? [
          {
            ...state,
            asksReset: true,
            notice: 'bring the files back as they were? yours are kept beside them. y or n',
          },
          [],
        ]
      : say(state, 'questions have no files'),
  s: (state) => solution(state, false),
  S: (state) => solution(state, true),
  t: (state) => [shown(state, { kind: 'chapter' }), []],
}

function pressed(state: WatchState, key: string, frame: Frame): Decision {
  if (state.isLeaving) return key === 'ctrl-c' ? [state, ['quit']] : [state, []]
  if (state.asksReset) {
    const asked = { ...state, asksReset: false, notice: '' }
    return key === 'y' ? [asked, ['reset']] : [asked, []]
  }
  const calm = { ...state, notice: '' }
  return inList(calm, key) ?? answer(calm, key) ?? scrolled(calm, key, frame) ?? KEYS[key]?.(calm) ?? [calm, []]
}

function ended(state: WatchState, checkedStep: string, result: CheckResult | undefined): Decision {
  if (state.isLeaving) return [{ ...state, check: 'idle' }, []]
  if (state.check === 'again') return [{ ...state, check: 'running' }, ['check']]
  const idle = { ...state, check: 'idle' as const }
  const step = stepOfState(state)
  if (result === undefined || stepId(step) !== checkedStep) return [idle, []]
  const progress = checked(state.progress, step, result.kind === 'passed')
  return [
    { ...idle, notice: '', progress, result, scroll: state.view.kind === 'exercise' ? 'result' : state.scroll },
    ['save'],
  ]
}

export function decideWatch(state: WatchState, event: WatchEvent): Decision {
  switch (event.kind) {
    case 'key':
      return pressed(state, event.key, event.frame)
    case 'saved':
      return state.isLeaving ? [state, []] : startCheck({ ...state, notice: '' })
    case 'ended':
      return ended(state, event.step, event.result)
    case 'reset': {
      const progress = reopened(state.progress, stepOfState(state))
      return [{ ...shown(state, { kind: 'exercise' }), progress, result: undefined, notice: event.notice }, ['save']]
    }
    case 'notice':
      return say(state, event.text)
    case 'notice-over':
      return state.notice === event.text ? say(state, '') : [state, []]
    case 'steps':
      return [withProgress(state, { ...state.progress, steps: event.steps }), []]
  }
}
