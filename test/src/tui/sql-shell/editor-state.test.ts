import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCompleteText } from '../../../../src/services/sql-shell/sql-shell.ts'
import {
  applyKey,
  emptyEditor,
  type EditorRequest,
  type EditorState,
  type KeyPress,
} from '../../../../src/tui/sql-shell/editor-state.ts'

const plain = { name: undefined, text: '', ctrl: false, meta: false }
/** `^a` Ctrl-A, `M-b` Alt-B, `<left>` a named key, else the characters themselves. */
function keysOf(typed: string): KeyPress[] {
  return [...typed.matchAll(/\^(.)|M-(.)|<(M-)?(\w+)>|([\s\S])/gu)].map(([, ctrl, meta, withMeta, name, text]) => {
    if (ctrl !== undefined) return { ...plain, name: ctrl, ctrl: true }
    if (meta !== undefined) return { ...plain, name: meta, meta: true }
    if (name !== undefined) return { ...plain, name, meta: withMeta !== undefined }
    return { ...plain, text: text! }
  })
}

interface Typed {
  readonly state: EditorState
  readonly requests: EditorRequest[]
  /** With `|` at the cursor. */
  readonly shown: string
}
function type(typed: string | KeyPress[], history: readonly string[] = []): Typed {
  let state = emptyEditor(history.length)
  const requests: EditorRequest[] = []
  for (const key of typeof typed === 'string' ? keysOf(typed) : typed) {
    const step = applyKey(state, key, { history, isComplete: isCompleteText })
    state = step.state
    if (step.request !== undefined) requests.push(step.request)
  }
  return { state, requests, shown: `${state.text.slice(0, state.cursor)}|${state.text.slice(state.cursor)}` }
}

describe('a text', () => {
  it('begins a line at Enter until its statement ends', () => {
    const { shown, requests } = type('SELECT 1<return>  AS a<return>;<return>')
    expect(shown).toBe('SELECT 1\n  AS a\n  ;|')
    expect(requests).toEqual(['submit'])
  })
  it.each([
    "SELECT ';",
    'SELECT 1 -- ;',
    'SELECT `a;',
    'SELECT 1 /* ;',
    'EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;',
  ])('%s does not end', (text) => expect(type(`${text}<return>`).requests).toEqual([]))
  it.each(["SELECT ';';", 'SELECT 1; -- done', 'SELECT 1; /* done */', '', ';', 'SELECT 1; SELECT 2;'])(
    '%s ends',
    (text) => expect(type(`${text}<return>`).requests).toEqual(['submit']),
  )
  it('takes a paste of many lines as one, without running it', () => {
    const paste = { ...plain, name: 'paste', text: 'SELECT\r\n\t1;\rSELECT 2;\u001b[31m\n' }
    const { shown, requests, state } = type([paste])
    expect(shown).toBe('SELECT\n  1;\nSELECT 2;[31m\n|')
    expect(requests).toEqual([])
    expect(applyKey(state, keysOf('^_')[0]!, { history: [], isComplete: () => false }).state.text).toBe('')
  })
})

describe('moves', () => {
  it.each([
    ['ab<left>', 'a|b'],
    ['ab^a', '|ab'],
    ['ab^a^e', 'ab|'],
    ['ab<M-return>cd^a', 'ab\n|cd'],
    ['ab<M-return>cd<home><left>', 'ab|\ncd'],
    ['SELECT a_b, cM-bM-b', 'SELECT |a_b, c'],
    ['SELECT a_b, c^aM-fM-f', 'SELECT a_b|, c'],
    ['abcd<M-return>x<M-return>abcd<up><up>', 'abcd|\nx\nabcd'],
    ['abcd<M-return>x<M-return>abcd<up><left><down>', 'abcd\nx\n|abcd'],
    ['<M-return>😀<up>a<down>', 'a\n|😀'],
    ['<M-return>a<up>^a', '|\na'],
    ['ab<M-return>e\u0301c<up><left><down>', 'ab\n|e\u0301c'],
    ['a😀<left>', 'a|😀'],
    ['ae\u0301<left>', 'a|e\u0301'],
  ])('%s → %s', (typed, shown) => expect(type(typed).shown).toBe(shown))
})

describe('deletes', () => {
  it.each([
    ['abc<backspace>', 'ab|'],
    ['abc^a<delete>', '|bc'],
    ['abc^a^d', '|bc'],
    ['one two^w', 'one |'],
    ['one a.b^w', 'one |'],
    ['one a.b<M-backspace>', 'one a.|'],
    ['one two^u', '|'],
    ['x<M-return>one two^u', 'x\n|'],
    ['one two^aM-f^k', 'one|'],
    ['one two^u^y^y', 'one twoone two|'],
    ['one two^aM-d', '| two'],
    ['one two^w^_', 'one two|'],
    ['a😀<backspace>', 'a|'],
  ])('%s → %s', (typed, shown) => expect(type(typed).shown).toBe(shown))
})

describe('history', () => {
  const history = ['SELECT 1;', 'CREATE TABLE t\n(a INT);', 'SELECT 2;']
  it.each([
    ['<up>', 'SELECT 2;|'],
    ['<up><up>', 'CREATE TABLE t\n(a INT);|'],
    ['<up><up><up>', 'CREATE T|ABLE t\n(a INT);'],
    ['^p^p^p^p', 'SELECT 1;|'],
    ['draft^p^n', 'draft|'],
    ['draft^p^p^n^n', 'draft|'],
  ])('%s → %s', (typed, shown) => {
    expect(type(typed, history).shown).toBe(shown)
  })
  it('is searched backwards, from the last', () => {
    expect(type('^rsel', history).state.text).toBe('SELECT 2;')
    expect(type('^rsel^r', history).state.text).toBe('SELECT 1;')
    expect(type('^rtable', history).shown).toBe('CREATE |TABLE t\n(a INT);')
    expect(type('^rnope', history).state.search).toMatchObject({ isFound: false, query: 'nope' })
    expect(type('mine^rsel^g', history).shown).toBe('mine|')
    expect(type('^rselx<backspace><return>', history)).toMatchObject({ shown: 'SELECT 2;|', requests: ['submit'] })
  })
})

it('asks the one around', () => {
  expect(type('a^c').requests).toEqual(['interrupt'])
  expect(type('^d').requests).toEqual(['leave'])
  expect(type('a<tab>^l^z').requests).toEqual(['complete', 'clear-screen', 'suspend'])
})

it('the cursor is always inside the text and never inside of a character', () => {
  const key = fc.constantFrom(
    ...keysOf(
      "a; '😀e\u0301^a^e^b^f^k^u^w^y^_^p^n^r^g^cM-bM-fM-d<M-return><return><left><right><up><down><backspace><delete><home><end>",
    ),
  )
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const { text, cursor } = type(keys, ['one', 'two\nthree 😀']).state
      expect(cursor).toBeGreaterThanOrEqual(0)
      expect(cursor).toBeLessThanOrEqual(text.length)
      expect(/[\uD800-\uDBFF]$/.test(text.slice(0, cursor))).toBe(false)
    }),
  )
})
