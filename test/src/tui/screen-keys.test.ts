import { describe, expect, it } from 'vitest'
import { jobScreen } from '../../../src/tui/job-screen-lines.ts'
import { pressKey, type ScreenAction } from '../../../src/tui/screen-keys.ts'
import { textOfLine } from '../../../src/tui/screen-line.ts'
import type { ScreenState } from '../../../src/tui/screen-state.ts'
import { healthy } from '../../helpers/screen-states.ts'

function press(state: ScreenState, ...keys: readonly string[]): { state: ScreenState; actions: ScreenAction[] } {
  const actions: ScreenAction[] = []
  for (const key of keys) {
    const result = pressKey(state, key, jobScreen(state))
    state = result.state
    if (result.action !== undefined) actions.push(result.action)
  }
  return { state, actions }
}

function keyLine(state: ScreenState): string {
  return textOfLine(jobScreen(state).lines.at(-1)!)
}

describe('tabs', () => {
  it.each([
    [['4'], 'checkpoints'],
    [['8', 'right'], 'overview'],
    [['left'], 'exceptions'],
    [['tab', 'tab', 'shift-tab'], 'graph'],
    [['w', '3'], 'slots'],
  ])('%j', (keys, tab) => {
    const { state } = press(healthy(), ...keys)
    expect(state).toMatchObject({ tab, pane: undefined, scroll: 0 })
  })

  it('scrolls within what there is', () => {
    const graph = healthy({ tab: 'graph' })
    const { scrollMax } = jobScreen(graph)
    expect(press(graph, 'end').state.scroll).toBe(scrollMax)
    expect(press(graph, 'end', 'down', 'up').state.scroll).toBe(scrollMax - 1)
    expect(press(graph, 'pagedown', 'home').state.scroll).toBe(0)
    expect(press(graph, 'up').state.scroll).toBe(0)
  })

  it('scrolls logs up from their end', () => {
    const state = healthy({ tab: 'logs' })
    const long = { ...state, data: { ...state.data, log: Array.from({ length: 60 }, (_, index) => `line ${index}`) } }
    expect(press(long, 'down').state.scroll).toBe(0)
    expect(press(long, 'up', 'up').state.scroll).toBe(2)
    expect(press(long, 'home').state.scroll).toBe(jobScreen(long).scrollMax)
  })

  it('chooses a checkpoint and opens it; it stays chosen when newer ones come', () => {
    const { state } = press(healthy({ tab: 'checkpoints' }), 'down', 'down', 'enter')
    expect(state).toMatchObject({ openCheckpoint: 23, selectedCheckpoint: 23 })
    expect(press(state, 'enter').state.openCheckpoint).toBeUndefined()
    expect(press(state, 'escape').state.openCheckpoint).toBeUndefined()
    expect(press(state, 'up', 'up', 'up', 'up').state.selectedCheckpoint).toBe(25)
  })
})

describe('commands', () => {
  it.each([
    [['q'], [{ kind: 'quit', atOnce: false }]],
    [['ctrl-c'], [{ kind: 'quit', atOnce: true }]],
    [['c', 'ctrl-c'], [{ kind: 'quit', atOnce: true }]],
    [['s'], [{ kind: 'savepoint' }]],
    [['x'], [{ kind: 'stop' }]],
    [['S'], [{ kind: 'stop' }]],
    [['j'], [{ kind: 'next-job' }]],
    [['r'], [{ kind: 'ask-replay' }]],
    [['c', 'y'], [{ kind: 'cancel' }]],
    [['c', 'n'], []],
    [['c', 'c'], []],
    [['c', 'q'], []],
    [['y'], []],
    [['k', 'f5', 'pageup'], []],
  ])('%j', (keys, actions) => {
    expect(press(healthy(), ...keys).actions).toEqual(actions)
  })

  it('asks before it cancels', () => {
    expect(keyLine(press(healthy(), 'c').state)).toMatch(/^cancel hourly-revenue\? y does/)
    expect(keyLine(press(healthy(), 'c', 'n').state)).toMatch(/^q stop/)
  })

  it('shows why and help, and goes back', () => {
    expect(press(healthy(), 'w').state.pane).toBe('why')
    expect(press(healthy(), 'w', 'w').state.pane).toBeUndefined()
    expect(press(healthy(), '?', 'escape').state.pane).toBeUndefined()
  })

  it('ends a replay that goes on', () => {
    expect(press(healthy({ isReplaying: true }), 'r').actions).toEqual([{ kind: 'end-replay' }])
  })
})

describe('the filter of logs', () => {
  it('takes letters that are keys elsewhere', () => {
    const { state, actions } = press(healthy(), '/', 'q', 'c', '1', 'backspace')
    expect(state).toMatchObject({ tab: 'logs', filter: 'qc' })
    expect(actions).toEqual([])
    expect(press(state, 'enter').state).toMatchObject({ prompt: undefined, filter: 'qc' })
    expect(press(state, 'escape').state).toMatchObject({ prompt: undefined, filter: '' })
    expect(press(state, 'ctrl-u').state.filter).toBe('')
  })

  it('goes round the logs', () => {
    expect(press(healthy({ tab: 'logs' }), 'l').state.logSource).toBe('job')
    expect(press(healthy({ tab: 'logs' }), 'l', 'l', 'l').state.logSource).toBe('output')
    expect(press(healthy(), 'l').state.logSource).toBe('output')
  })
})

describe('replay', () => {
  const [rides, zones] = ['rides', 'zones'].map((name) => ({ name, bootstrapServers: '127.0.0.1:9092' }))
  const asking = healthy({ prompt: { kind: 'replay', topics: [rides!, zones!], chosen: 0, text: '' } })

  it('asks from where, says what will happen, and does it', () => {
    const asked = press(asking, 'down', ...'-15m 10x')
    expect(keyLine(asked.state)).toMatch(/^replay zones from: -15m 10x_/)
    const confirming = press(asked.state, 'enter')
    expect(keyLine(confirming.state)).toMatch(/^write zones again from -15m to now, at 10x\? {2}y does/)
    expect(press(confirming.state, 'y').actions).toEqual([{ kind: 'replay', topic: zones, from: '-15m', speed: '10x' }])
    expect(press(confirming.state, 'n')).toMatchObject({ actions: [], state: { prompt: undefined } })
  })

  it('tells topics of the same name apart by their clusters', () => {
    const elsewhere = { name: 'rides', bootstrapServers: 'kafka.example:9092' }
    const state = healthy({ prompt: { kind: 'replay', topics: [rides!, elsewhere], chosen: 1, text: '' } })
    expect(keyLine(state)).toMatch(/^replay rides at kafka\.example:9092 from: _/)
    expect(press(state, ...'earliest', 'enter', 'y').actions).toMatchObject([{ topic: elsewhere }])
  })

  it('goes at its own pace where no speed is said', () => {
    expect(press(asking, ...'earliest', 'enter').state.prompt).toEqual({
      kind: 'confirm-replay',
      topic: rides,
      from: 'earliest',
      speed: '1x',
    })
  })

  it.each(['yesterday', '-15m quickly', '-15m 1x now'])('refuses %j and lets it be corrected', (text) => {
    const { state } = press(asking, ...text, 'enter')
    expect(state.prompt).toMatchObject({ kind: 'replay', text, problem: expect.any(String) as string })
    expect(press(state, 'backspace').state.prompt).toMatchObject({ problem: undefined })
    expect(press(state, 'escape').state.prompt).toBeUndefined()
  })
})
