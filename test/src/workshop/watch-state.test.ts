import { describe, expect, it } from 'vitest'
import { loadWorkshop } from '../../../src/workshop/chapters.ts'
import {
  answered,
  checked,
  moved,
  newProgress,
  progressOf,
  skipped,
  stepId,
  stepsOf,
} from '../../../src/workshop/progress.ts'
import type { CheckResult } from '../../../src/workshop/run-check.ts'
import {
  decideWatch,
  openWatch,
  stepOfState,
  type WatchCommand,
  type WatchEvent,
  type WatchState,
} from '../../../src/workshop/watch-state.ts'
import { WORKSHOP_FILES, writeFiles } from '../../helpers/workshop-files.ts'

const workshop = loadWorkshop(writeFiles(WORKSHOP_FILES))
const steps = stepsOf(workshop)
const [one, two, questions, three] = steps
const fresh = newProgress(workshop, null)
const frame = { scroll: 0, scrollMax: 30, pageRows: 10 }

const base = { durationMs: 1, notes: [], notices: [] }
const passed: CheckResult = { ...base, kind: 'passed' }
const wrong: CheckResult = { ...base, kind: 'wrong', seen: 'a', because: 'b' }

const key = (name: string): WatchEvent => ({ kind: 'key', key: name, frame })
const ended = (result: CheckResult | undefined, step = one!): WatchEvent => ({
  kind: 'ended',
  step: stepId(step),
  result,
})
const saved: WatchEvent = { kind: 'saved' }

/** The state after the events, and all commands that they gave. */
function after(state: WatchState, ...events: readonly WatchEvent[]): { state: WatchState; commands: WatchCommand[] } {
  const commands: WatchCommand[] = []
  for (const event of events) {
    const [next, given] = decideWatch(state, event)
    state = next
    commands.push(...given)
  }
  return { state, commands }
}

const open = (progress = fresh): WatchState => openWatch(workshop, progress)

describe('another terminal', () => {
  it('tells what it has done; where the learner stands here stays', () => {
    const elsewhere = moved(checked(fresh, two!, true), three!)
    const { state } = after(open(), { kind: 'steps', steps: elsewhere.steps })
    expect(progressOf(state.progress, two!)).toMatchObject({ state: 'done', attempts: 1 })
    expect(stepOfState(state)).toEqual(one)
  })

  it('whose check was waited for is forgotten when ours has ended', () => {
    const waiting = after(open(), key('c'), { kind: 'notice', text: 'another check runs' }).state
    expect(waiting.notice).toBe('another check runs')
    expect(after(waiting, ended(passed)).state.notice).toBe('')
  })
})

describe('opening', () => {
  it('begins a chapter with its prose, and enter goes to the exercise', () => {
    expect(open().view.kind).toBe('chapter')
    expect(after(open(), key('enter')).state.view.kind).toBe('exercise')
  })

  it('goes on where the learner was', () => {
    expect(open(checked(fresh, one!, false)).view.kind).toBe('exercise')
    expect(open(moved(fresh, two!)).view.kind).toBe('exercise')
    expect(open(moved(fresh, questions!)).view.kind).toBe('question')
  })

  it('has a word at the end', () => {
    const all = steps.reduce((progress, step) => skipped(progress, step), fresh)
    expect(open(all).view.kind).toBe('end')
  })
})

describe('a notice', () => {
  const starting: WatchEvent = { kind: 'notice', text: 'starting' }
  const started: WatchEvent = { kind: 'notice-over', text: 'starting' }

  it('goes when what it told of is over', () => {
    expect(after(open(), starting, started).state.notice).toBe('')
  })

  it('leaves alone what was answered to a key meanwhile', () => {
    expect(after(open(), starting, key('n'), started).state.notice).toMatch(/01\.1 is not done yet/)
  })
})

describe('a saved file', () => {
  it('is checked, and what came out is shown', () => {
    const { state, commands } = after(open(), saved)
    expect(commands).toEqual(['check'])
    expect(state).toMatchObject({ check: 'running', view: { kind: 'exercise' }, scroll: 'result' })
    const failed = after(state, ended(wrong))
    expect(failed.commands).toEqual(['save'])
    expect(failed.state).toMatchObject({ check: 'idle', result: wrong })
    expect(progressOf(failed.state.progress, one!)).toMatchObject({ attempts: 1, state: 'open' })
  })

  it('ends the check that runs, and is checked when that has ended', () => {
    const { state, commands } = after(open(), saved, saved, saved)
    expect(commands).toEqual(['check', 'abort-check'])
    expect(after(state, ended(undefined))).toMatchObject({ commands: ['check'], state: { check: 'running' } })
  })

  it('of an older check: a result that came all the same is not shown', () => {
    const { state } = after(open(), saved, saved, ended(wrong))
    expect(state.result).toBeUndefined()
    expect(progressOf(state.progress, one!).attempts).toBe(0)
  })
})

describe('next', () => {
  it('is refused before the exercise is green, with how to go on', () => {
    const { state, commands } = after(open(), key('n'))
    expect(commands).toEqual([])
    expect(state.notice).toMatch(/01\.1 is not done yet.*k passes over it/)
  })

  it('goes on after a green check, by n or enter', () => {
    for (const name of ['n', 'enter']) {
      const { state, commands } = after(open(), saved, ended(passed), key(name))
      expect(stepId(stepOfState(state))).toBe('01-first/2-two')
      expect(commands).toEqual(['check', 'save', 'save', 'watch'])
      expect(state).toMatchObject({ result: undefined, view: { kind: 'exercise' } })
    }
  })

  it('a result of the exercise that was left does not count for the new one', () => {
    const { state, commands } = after(open(), saved, key('k'), ended(passed))
    expect(commands).toEqual(['check', 'abort-check', 'save', 'watch'])
    expect(stepId(stepOfState(state))).toBe('01-first/2-two')
    expect(progressOf(state.progress, two!).state).toBe('open')
    expect(state).toMatchObject({ check: 'idle', result: undefined })
  })
})

describe('hints and solutions', () => {
  it('come one by one, then no more', () => {
    const { state, commands } = after(open(), key('h'), key('h'))
    expect(commands).toEqual(['save', 'save'])
    expect(progressOf(state.progress, one!).hints).toBe(2)
    expect(after(state, key('h'))).toMatchObject({
      commands: [],
      state: { notice: expect.stringContaining('all hints') as unknown },
    })
  })

  it('a solution is shown after an attempt, or when asked twice as hard', () => {
    expect(after(open(), key('s')).state).toMatchObject({
      view: { kind: 'chapter' },
      notice: expect.stringMatching(/try it once/) as unknown,
    })
    const { state } = after(open(), key('S'))
    expect(state.view.kind).toBe('solution')
    expect(progressOf(state.progress, one!).solutionShown).toBe(true)
    const tried = after(open(), saved, ended(wrong), key('s')).state
    expect(tried.view.kind).toBe('solution')
    expect(after(tried, key('s')).state.view.kind).toBe('exercise')
  })
})

describe('reset', () => {
  it('asks first', () => {
    const asked = after(open(), key('r'))
    expect(asked.commands).toEqual([])
    expect(after(asked.state, key('x')).commands).toEqual([])
    expect(after(asked.state, key('y')).commands).toEqual(['reset'])
  })

  it('opens the exercise again', () => {
    const { state } = after(open(checked(fresh, one!, true)), { kind: 'reset', notice: 'back' })
    expect(progressOf(state.progress, one!)).toMatchObject({ state: 'open', attempts: 0 })
    expect(state.notice).toBe('back')
  })
})

describe('questions', () => {
  const atQuestions = open(moved(fresh, questions!))

  it('are asked one by one, explained, and followed by what Flink does', () => {
    const first = after(atQuestions, key('3')).state
    expect(first.view).toEqual({ kind: 'question', given: [3], isAnswered: true })
    const second = after(first, key('enter'))
    expect(second.state.view).toEqual({ kind: 'question', given: [3], isAnswered: false })
    const told = after(second.state, key('1'), key('enter'))
    expect(told.commands).toEqual(['save'])
    expect(told.state.view).toEqual({ kind: 'flink', given: [3, 1] })
    expect(told.state.progress).toEqual(answered(moved(fresh, questions!), questions!, [3, 1]))
    const next = after(told.state, key('enter'))
    expect(stepId(stepOfState(next.state))).toBe(stepId(three!))
    expect(next.state.view.kind).toBe('chapter')
  })

  it('take numbers of choices only', () => {
    expect(after(atQuestions, key('4')).state).toMatchObject({ notice: 'there are 3 answers', view: { given: [] } })
    expect(after(atQuestions, key('x')).state.view).toEqual(atQuestions.view)
  })
})

describe('the list', () => {
  it('begins where the learner is, and enter goes where it points', () => {
    const { state } = after(open(moved(fresh, two!)), key('l'))
    expect(state.view).toEqual({ kind: 'list', selected: 1 })
    const moved2 = after(state, key('down'), key('down'), key('enter'))
    expect(stepId(stepOfState(moved2.state))).toBe('02-second/1-three')
    expect(moved2.commands).toEqual(['save', 'watch'])
    expect(after(state, key('l')).state.view.kind).toBe('exercise')
  })
})

describe('the screen', () => {
  it('scrolls by lines and pages, within what there is', () => {
    const scroll = (name: string, from: number): unknown =>
      decideWatch(open(), { kind: 'key', key: name, frame: { ...frame, scroll: from } })[0].scroll
    expect([
      scroll('down', 3),
      scroll('up', 0),
      scroll(' ', 3),
      scroll('pageup', 3),
      scroll('end', 3),
      scroll('home', 3),
    ]).toEqual([4, 0, 11, 0, 30, 0])
  })

  it('is left once; a second Ctrl-C leaves at once', () => {
    const { state, commands } = after(open(), saved, key('q'))
    expect(commands).toEqual(['check', 'quit'])
    expect(after(state, saved, key('h'), ended(passed)).commands).toEqual([])
    expect(after(state, key('ctrl-c')).commands).toEqual(['quit'])
  })
})
