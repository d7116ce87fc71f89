import { describe, expect, it } from 'vitest'
import { editorScreen, offerLines, PROMPT } from '../../../../src/tui/sql-shell/editor-screen.ts'
import { emptyEditor, type EditorState } from '../../../../src/tui/sql-shell/editor-state.ts'

const size = { columns: 20, rows: 10 }
function screen(marked: string, more: Partial<EditorState> = {}, hasColors = false) {
  const cursor = marked.indexOf('|')
  return editorScreen({ ...emptyEditor(0), text: marked.replace('|', ''), cursor, ...more }, size, hasColors)
}

describe('lines', () => {
  it('have a prompt, and another one behind the first', () => {
    expect(screen('SELECT\n1|')).toEqual({ lines: ['flinkts> SELECT', '    ...> 1'], cursorRow: 1, cursorColumn: 10 })
  })
  it('are wrapped at the width of the terminal, wide letters as such', () => {
    expect(screen('SELECT abcdefgh|').lines).toEqual(['flinkts> SELECT abcd', 'efgh'])
    expect(screen('SELECT abc世|')).toMatchObject({
      lines: ['flinkts> SELECT abc', '世'],
      cursorRow: 1,
      cursorColumn: 2,
    })
  })
  it('the cursor behind a full row stands on the next', () => {
    expect(screen('SELECT abcd|')).toMatchObject({ cursorRow: 1, cursorColumn: 0 })
  })
  it('no more than the terminal has, around the cursor', () => {
    const text = Array.from({ length: 40 }, (_, index) => String(index)).join('\n')
    const { lines, cursorRow } = screen(`${text.slice(0, 60)}|${text.slice(60)}`)
    expect(lines).toHaveLength(10)
    expect(cursorRow).toBe(5)
  })
})

it('colours keywords, strings, numbers and comments, and nothing without colours', () => {
  const [line] = screen("SELECT 'a', 12|", {}, true).lines
  expect(line).toContain('\u001b[36mSELECT\u001b[39m')
  expect(screen("SELECT 'a', 12 -- c|", {}, true).lines.join('')).toContain("\u001b[32m'a'\u001b[39m")
  // eslint-disable-next-line no-control-regex
  expect(screen("SELECT 'a', 12 -- c|").lines.join('')).not.toMatch(/\u001b/)
})

it('shows a search in place of the prompt', () => {
  const search = { query: 'sel', index: 0, isFound: false, before: { text: '', cursor: 0 } }
  expect(editorScreen({ ...emptyEditor(0), search }, { columns: 80, rows: 24 }, false).lines).toEqual([
    "(failed search)'sel': ",
  ])
  expect(PROMPT).toBe('flinkts> ')
})

it('shows candidates below, in columns, with how many are left', () => {
  expect(screen('S|', { offers: ['SELECT', 'SET', 'SHOW'] }).lines).toEqual(['flinkts> S', 'SELECT  SHOW', 'SET'])
  const many = Array.from({ length: 50 }, (_, index) => `name${index}`)
  expect(offerLines(many, { columns: 40, rows: 3 }).at(-1)).toMatch(/^… and \d+ more$/)
})
