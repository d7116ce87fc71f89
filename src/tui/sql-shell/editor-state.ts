// The editor of the SQL shell as a state machine: a text of several lines, a cursor, keys as in a Unix shell. Pure.

export interface KeyPress {
  /** `left`, `return`, `a` …; `paste` with its text; undefined for other characters. */
  readonly name: string | undefined
  /** What is inserted. */
  readonly text: string
  readonly ctrl: boolean
  readonly meta: boolean
}

interface Snapshot {
  readonly text: string
  /** Offset in the text, never inside of a character. */
  readonly cursor: number
}

export interface SearchState {
  readonly query: string
  /** Of the entry shown; the history's length where none is. */
  readonly index: number
  readonly isFound: boolean
  readonly before: Snapshot
}

export interface EditorState extends Snapshot {
  /** The column that moves up and down keep to. */
  readonly wantedColumn: number | undefined
  readonly killed: string
  readonly undo: readonly Snapshot[]
  /** The entry shown; the history's length: the draft. */
  readonly historyIndex: number
  readonly draft: string
  readonly search: SearchState | undefined
  /** What can be completed, shown below the text until the next key. */
  readonly offers: readonly string[]
}

export interface EditorContext {
  /** Oldest first. */
  readonly history: readonly string[]
  /** Whether Enter runs the text. */
  readonly isComplete: (text: string) => boolean
}

/** What the one around has to do. */
export type EditorRequest = 'submit' | 'interrupt' | 'leave' | 'complete' | 'clear-screen' | 'suspend'

export interface EditorStep {
  readonly state: EditorState
  readonly request?: EditorRequest
}

const UNDO_MAX = 200

export function emptyEditor(historyLength: number): EditorState {
  const snapshot = { text: '', cursor: 0 }
  const nothing = { killed: '', undo: [], draft: '', search: undefined, offers: [], wantedColumn: undefined }
  return { ...snapshot, ...nothing, historyIndex: historyLength }
}

// ---- places -----------------------------------------------------------------------------------------------------------

const lineStart = ({ text, cursor }: Snapshot): number => (cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1)
const lineEnd = ({ text, cursor }: Snapshot): number => {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}

/** The character before or behind, with the marks that belong to it. */
function characterBefore(text: string, cursor: number): number {
  const match = /(?:\r\n|\P{M}\p{M}*|\p{M}+)$/u.exec(text.slice(0, cursor))
  return match === null ? 0 : match.index
}
function characterBehind(text: string, cursor: number): number {
  const match = /^(?:\P{M}\p{M}*|\p{M}+)/u.exec(text.slice(cursor))
  return cursor + (match?.[0].length ?? 0)
}
/** The last place between two characters that is not behind `to`, from one at `from` on. */
function placeUpTo(text: string, from: number, to: number): number {
  for (let place = from; ;) {
    const next = characterBehind(text, place)
    if (next > to || next === place) return place
    place = next
  }
}

function wordBefore(text: string, cursor: number): number {
  return /[\p{L}\p{N}_$]*[^\p{L}\p{N}_$]*$/u.exec(text.slice(0, cursor))!.index
}
function wordBehind(text: string, cursor: number): number {
  return cursor + /^[^\p{L}\p{N}_$]*[\p{L}\p{N}_$]*/u.exec(text.slice(cursor))![0].length
}

// ---- changes ----------------------------------------------------------------------------------------------------------

function moved(state: EditorState, cursor: number): EditorStep {
  return { state: { ...state, cursor, wantedColumn: undefined } }
}

/** `text` instead of [from, to). */
export function replaced(state: EditorState, from: number, to: number, text: string): EditorState {
  const undo = [...state.undo, { text: state.text, cursor: state.cursor }].slice(-UNDO_MAX)
  const next = state.text.slice(0, from) + text + state.text.slice(to)
  return { ...state, text: next, cursor: from + text.length, undo, wantedColumn: undefined }
}

function killed(state: EditorState, from: number, to: number): EditorStep {
  if (from === to) return { state }
  return { state: { ...replaced(state, from, to, ''), killed: state.text.slice(from, to) } }
}

function inserted(state: EditorState, text: string): EditorStep {
  return { state: replaced(state, state.cursor, state.cursor, text) }
}

function shown(state: EditorState, index: number, text: string): EditorStep {
  return { state: { ...state, text, cursor: text.length, historyIndex: index, undo: [], wantedColumn: undefined } }
}

// ---- history ----------------------------------------------------------------------------------------------------------

function older(state: EditorState, { history }: EditorContext): EditorStep {
  const index = state.historyIndex - 1
  if (index < 0) return { state }
  const draft = state.historyIndex === history.length ? state.text : state.draft
  return shown({ ...state, draft }, index, history[index]!)
}

function newer(state: EditorState, { history }: EditorContext): EditorStep {
  const index = state.historyIndex + 1
  if (index > history.length) return { state }
  return shown(state, index, history[index] ?? state.draft)
}

function vertically(state: EditorState, context: EditorContext, by: -1 | 1): EditorStep {
  const start = lineStart(state)
  const end = lineEnd(state)
  if (by < 0 && start === 0) return older(state, context)
  if (by > 0 && end === state.text.length) return newer(state, context)
  const column = state.wantedColumn ?? state.cursor - start
  const target = by < 0 ? { ...state, cursor: start - 1 } : { ...state, cursor: end + 1 }
  const targetStart = lineStart(target)
  const cursor = placeUpTo(state.text, targetStart, Math.min(targetStart + column, lineEnd(target)))
  return { state: { ...state, cursor, wantedColumn: column } }
}

// ---- reverse search ---------------------------------------------------------------------------------------------------

function searched(state: EditorState, query: string, from: number, history: readonly string[]): EditorStep {
  const search = state.search!
  const wanted = query.toLowerCase()
  const index = history.findLastIndex((entry, at) => at <= from && entry.toLowerCase().includes(wanted))
  if (query === '' || index < 0) return { state: { ...state, search: { ...search, query, isFound: query === '' } } }
  const text = history[index]!
  const cursor = text.toLowerCase().indexOf(wanted)
  return { state: { ...state, text, cursor, historyIndex: index, search: { ...search, query, index, isFound: true } } }
}

function inSearch(state: EditorState, key: KeyPress, context: EditorContext): EditorStep {
  const search = state.search!
  const { history } = context
  if (key.ctrl && key.name === 'r') return searched(state, search.query, search.index - 1, history)
  if (key.name === 'backspace') return searched(state, search.query.slice(0, -1), history.length - 1, history)
  const leaves = key.name === 'escape' || (key.ctrl && (key.name === 'g' || key.name === 'c'))
  if (leaves) return { state: { ...state, ...search.before, historyIndex: history.length, search: undefined } }
  const isText = !key.ctrl && !key.meta && key.name !== 'return' && key.name !== 'tab' && isInsertable(key.text)
  if (isText) return searched(state, search.query + key.text, search.index, history)
  const found = { ...state, search: undefined }
  return key.name === 'tab' ? { state: found } : applyKey(found, key, context)
}

// ---- keys -------------------------------------------------------------------------------------------------------------

type Binding = (state: EditorState, context: EditorContext) => EditorStep

const deleteBehind: Binding = (state) => ({
  state: replaced(state, state.cursor, characterBehind(state.text, state.cursor), ''),
})
const toLineStart: Binding = (state) => moved(state, lineStart(state))
const toLineEnd: Binding = (state) => moved(state, lineEnd(state))
const toWordBefore: Binding = (state) => moved(state, wordBefore(state.text, state.cursor))
const toWordBehind: Binding = (state) => moved(state, wordBehind(state.text, state.cursor))
const killWordBefore: Binding = (state) => killed(state, wordBefore(state.text, state.cursor), state.cursor)
const newLine: Binding = (state) => {
  const indent = /^[ \t]*/.exec(state.text.slice(lineStart(state), state.cursor))![0]
  return inserted(state, `\n${indent}`)
}
const undone: Binding = (state) => {
  const last = state.undo.at(-1)
  return last === undefined ? { state } : { state: { ...state, ...last, undo: state.undo.slice(0, -1) } }
}

const bindings: Readonly<Record<string, Binding>> = {
  left: (state) => moved(state, characterBefore(state.text, state.cursor)),
  right: (state) => moved(state, characterBehind(state.text, state.cursor)),
  up: (state, context) => vertically(state, context, -1),
  down: (state, context) => vertically(state, context, 1),
  home: toLineStart,
  end: toLineEnd,
  backspace: (state) => ({ state: replaced(state, characterBefore(state.text, state.cursor), state.cursor, '') }),
  delete: deleteBehind,
  tab: (state) => ({ state, request: 'complete' }),
  enter: newLine, // a line feed: Ctrl-J
  return: (state, context) =>
    context.isComplete(state.text)
      ? { state: { ...state, cursor: state.text.length }, request: 'submit' }
      : newLine(state, context),
}

const controlBindings: Readonly<Record<string, Binding>> = {
  a: toLineStart,
  e: toLineEnd,
  b: bindings['left']!,
  f: bindings['right']!,
  n: (state, context) => newer(state, context),
  p: (state, context) => older(state, context),
  h: bindings['backspace']!,
  j: newLine,
  c: (state) => ({ state, request: 'interrupt' }),
  d: (state, context) => (state.text === '' ? { state, request: 'leave' } : deleteBehind(state, context)),
  k: (state) => {
    const end = lineEnd(state)
    return killed(state, state.cursor, end === state.cursor ? characterBehind(state.text, end) : end)
  },
  u: (state) => killed(state, lineStart(state), state.cursor),
  w: (state) =>
    killed(state, state.cursor - /\S*\s*$/.exec(state.text.slice(0, state.cursor))![0].length, state.cursor),
  y: (state) => inserted(state, state.killed),
  l: (state) => ({ state, request: 'clear-screen' }),
  z: (state) => ({ state, request: 'suspend' }),
  r: (state, { history }) => {
    const before = { text: state.text, cursor: state.cursor }
    return { state: { ...state, search: { query: '', index: history.length, isFound: true, before } } }
  },
  left: toWordBefore,
  right: toWordBehind,
  home: (state) => moved(state, 0),
  end: (state) => moved(state, state.text.length),
  _: undone,
}

const metaBindings: Readonly<Record<string, Binding>> = {
  b: toWordBefore,
  f: toWordBehind,
  left: toWordBefore,
  right: toWordBehind,
  d: (state) => killed(state, state.cursor, wordBehind(state.text, state.cursor)),
  backspace: killWordBefore,
  return: newLine,
  enter: newLine,
  '<': (state) => moved(state, 0),
  '>': (state) => moved(state, state.text.length),
}

// eslint-disable-next-line no-control-regex
const isInsertable = (text: string): boolean => text !== '' && !/[\u0000-\u0008\u000B-\u001F\u007F]/.test(text)

/** Lines as they are kept, without what would move the cursor. */
function pastedText(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').replaceAll('\t', '  ')
  return [...lines].filter((character) => character === '\n' || isInsertable(character)).join('')
}

/** One key. */
export function applyKey(before: EditorState, key: KeyPress, context: EditorContext): EditorStep {
  const state = before.offers.length === 0 ? before : { ...before, offers: [] }
  if (state.search !== undefined) return inSearch(state, key, context)
  if (key.name === 'paste') return inserted(state, pastedText(key.text))
  const table = key.ctrl ? controlBindings : key.meta ? metaBindings : bindings
  const binding = key.name !== undefined && Object.hasOwn(table, key.name) ? table[key.name] : undefined
  if (binding !== undefined) return binding(state, context)
  if (!key.ctrl && !key.meta && isInsertable(key.text)) return inserted(state, key.text)
  return { state }
}
