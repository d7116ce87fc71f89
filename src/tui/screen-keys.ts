// What a key does: the state after it, and what is to be done outside. Pure.
import { parseOffsetSpec } from '../services/offset-spec.ts'
import { parseSpeed } from '../services/replay/parse-speed.ts'
import type { Frame } from './job-screen-lines.ts'
import { LOG_SOURCES, TABS, type Prompt, type ReplayTopic, type ScreenState, type Tab } from './screen-state.ts'
import { selectedCheckpoint } from './tabs/checkpoints.ts'

export type ScreenAction =
  /** q, Ctrl-C: stop with a savepoint what this command runs, or leave what it only watches. */
  | { readonly kind: 'quit'; readonly atOnce: boolean }
  | { readonly kind: 'stop' | 'savepoint' | 'cancel' | 'next-job' | 'ask-replay' | 'end-replay' }
  | { readonly kind: 'replay'; readonly topic: ReplayTopic; readonly from: string; readonly speed: string }

export interface KeyResult {
  readonly state: ScreenState
  readonly action?: ScreenAction | undefined
}

/** As `flinkts replay` has it. */
const SPEED_DEFAULT = '1x'

function showTab(state: ScreenState, tab: Tab): ScreenState {
  return { ...state, tab, pane: undefined, scroll: 0, data: { ...state.data, problem: undefined } }
}

function turnTab(state: ScreenState, by: 1 | -1): ScreenState {
  const index = (TABS.indexOf(state.tab) + by + TABS.length) % TABS.length
  return showTab(state, TABS[index]!)
}

/** On checkpoints the arrows choose one; elsewhere they scroll. */
function selectCheckpoint(state: ScreenState, by: number): ScreenState {
  const history = state.data.checkpoints?.history ?? []
  const selected = selectedCheckpoint(state)
  const at = history.findIndex(({ id }) => id === selected)
  const next = history[Math.max(0, Math.min(history.length - 1, at + by))]
  return next === undefined ? state : { ...state, selectedCheckpoint: next.id }
}

function scrolled(state: ScreenState, frame: Frame, by: number): ScreenState {
  if (state.tab === 'checkpoints' && state.pane === undefined) return selectCheckpoint(state, by)
  // the end of a log is where its lines begin to be read
  const down = state.tab === 'logs' && state.pane === undefined ? -by : by
  const scroll = Math.max(0, Math.min(frame.scrollMax, Math.min(state.scroll, frame.scrollMax) + down))
  return { ...state, scroll }
}

function toggleCheckpoint(state: ScreenState): ScreenState {
  const selected = selectedCheckpoint(state)
  if (state.tab !== 'checkpoints' || selected === undefined) return state
  const openCheckpoint = state.openCheckpoint === selected ? undefined : selected
  return { ...state, openCheckpoint, selectedCheckpoint: selected }
}

function moved(state: ScreenState, key: string, frame: Frame): ScreenState | undefined {
  if (/^[1-8]$/.test(key)) return showTab(state, TABS[Number(key) - 1]!)
  switch (key) {
    case 'tab':
    case 'right':
      return turnTab(state, 1)
    case 'shift-tab':
    case 'left':
      return turnTab(state, -1)
    case 'up':
      return scrolled(state, frame, -1)
    case 'down':
      return scrolled(state, frame, 1)
    case 'pageup':
      return scrolled(state, frame, -frame.pageRows)
    case 'pagedown':
      return scrolled(state, frame, frame.pageRows)
    case 'home':
      return scrolled(state, frame, -Infinity)
    case 'end':
      return scrolled(state, frame, Infinity)
    case 'enter':
      return toggleCheckpoint(state)
    default:
      return undefined
  }
}

function togglePane(state: ScreenState, pane: 'why' | 'help'): ScreenState {
  return { ...state, pane: state.pane === pane ? undefined : pane, scroll: 0 }
}

function nextLog(state: ScreenState): ScreenState {
  if (state.tab !== 'logs') return state
  const next = LOG_SOURCES[(LOG_SOURCES.indexOf(state.logSource) + 1) % LOG_SOURCES.length]!
  return { ...state, logSource: next, scroll: 0 }
}

function back(state: ScreenState): ScreenState {
  if (state.pane !== undefined) return { ...state, pane: undefined, scroll: 0 }
  if (state.openCheckpoint !== undefined) return { ...state, openCheckpoint: undefined }
  return { ...state, filter: '', notice: state.data.job === undefined ? state.notice : '' }
}

function commanded(state: ScreenState, key: string): KeyResult {
  switch (key) {
    case 'w':
      return { state: togglePane(state, 'why') }
    case '?':
      return { state: togglePane(state, 'help') }
    case 'escape':
      return { state: back(state) }
    case 'l':
      return { state: nextLog(state) }
    case '/':
      return { state: { ...showTab(state, 'logs'), prompt: { kind: 'filter', text: state.filter } } }
    case 'q':
      return { state, action: { kind: 'quit', atOnce: false } }
    case 's':
      return { state, action: { kind: 'savepoint' } }
    case 'x':
    case 'S':
      return { state, action: { kind: 'stop' } }
    case 'c':
      return { state: { ...state, prompt: { kind: 'cancel' } } }
    case 'j':
      return { state, action: { kind: 'next-job' } }
    case 'r':
      return { state, action: { kind: state.isReplaying ? 'end-replay' : 'ask-replay' } }
    default:
      return { state }
  }
}

/** The text after a key; undefined: the key does not edit. */
function edited(text: string, key: string): string | undefined {
  if (key === 'backspace') return [...text].slice(0, -1).join('')
  if (key === 'ctrl-u') return ''
  return [...key].length === 1 ? text + key : undefined
}

type ReplayPrompt = Extract<Prompt, { kind: 'replay' }>

/** `-15m 10x`: from where, and how fast. */
function confirmReplay(prompt: ReplayPrompt): Prompt {
  const [from = '', speed = SPEED_DEFAULT, ...more] = prompt.text.trim().split(/\s+/)
  try {
    parseOffsetSpec(from)
    parseSpeed(speed)
    if (more.length > 0) return { ...prompt, problem: `what is '${more.join(' ')}'? -15m 10x` }
    return { kind: 'confirm-replay', topic: prompt.topics[prompt.chosen]!, from, speed }
  } catch (error) {
    return { ...prompt, problem: (error as Error).message }
  }
}

function replayPrompted(prompt: ReplayPrompt, key: string): Prompt | undefined {
  const { topics, chosen } = prompt
  if (key === 'escape') return undefined
  if (key === 'enter') return confirmReplay(prompt)
  if (key === 'down' || key === 'tab') return { ...prompt, chosen: (chosen + 1) % topics.length }
  if (key === 'up') return { ...prompt, chosen: (chosen + topics.length - 1) % topics.length }
  const text = edited(prompt.text, key)
  return text === undefined ? prompt : { ...prompt, text, problem: undefined }
}

function prompted(state: ScreenState, prompt: Prompt, key: string): KeyResult {
  const closed = { ...state, prompt: undefined }
  switch (prompt.kind) {
    case 'cancel':
      return key === 'y' ? { state: closed, action: { kind: 'cancel' } } : { state: closed }
    case 'confirm-replay': {
      const { topic, from, speed } = prompt
      return key === 'y' ? { state: closed, action: { kind: 'replay', topic, from, speed } } : { state: closed }
    }
    case 'replay':
      return { state: { ...state, prompt: replayPrompted(prompt, key) } }
    case 'filter': {
      if (key === 'escape') return { state: { ...closed, filter: '' } }
      if (key === 'enter') return { state: closed }
      const text = edited(prompt.text, key)
      if (text === undefined) return { state }
      return { state: { ...state, prompt: { kind: 'filter', text }, filter: text, scroll: 0 } }
    }
  }
}

/** `key`: a character, or up, pagedown, shift-tab, enter, ctrl-c … `frame`: what is on the screen. */
export function pressKey(state: ScreenState, key: string, frame: Frame): KeyResult {
  if (key === 'ctrl-c') return { state: { ...state, prompt: undefined }, action: { kind: 'quit', atOnce: true } }
  if (state.prompt !== undefined) return prompted(state, state.prompt, key)
  const next = moved(state, key, frame)
  return next === undefined ? commanded(state, key) : { state: next }
}
