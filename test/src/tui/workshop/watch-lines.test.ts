import { describe, expect, it } from 'vitest'
import { loadWorkshop } from '../../../../src/workshop/chapters.ts'
import { newProgress } from '../../../../src/workshop/progress.ts'
import type { CheckResult } from '../../../../src/workshop/run-check.ts'
import { openWatch, type WatchState } from '../../../../src/workshop/watch-state.ts'
import { displayWidth } from '../../../../src/output/display-width.ts'
import { textOfLine } from '../../../../src/tui/screen-line.ts'
import { watchFrame } from '../../../../src/tui/workshop/watch-lines.ts'
import { WORKSHOP_FILES, writeFiles } from '../../../helpers/workshop-files.ts'

const long = Array.from({ length: 40 }, (_, index) => `Paragraph ${index}.`).join('\n\n')
const workshop = loadWorkshop(
  writeFiles({ ...WORKSHOP_FILES, '01-first/exercises/1-one/README.md': `# Title of 1-one\n\n${long}\n` }),
)
const opened = openWatch(workshop, newProgress(workshop, null))
const base = { durationMs: 1200, notes: ['a fact'], notices: [] }
const results: Record<string, CheckResult> = {
  passed: { ...base, kind: 'passed' },
  wrong: { ...base, kind: 'wrong', seen: 'rows: 9, expected 10', because: 'One is late.' },
  error: {
    ...base,
    kind: 'error',
    error: Object.assign(
      new Error('no such table; but there are others, whose names are longer than a line of a terminal is'),
      {
        code: 'SQL_VALIDATION',
        location: { file: 'job.sql', line: 2, column: 3 },
      },
    ),
  },
  broken: { ...base, kind: 'broken', message: 'x is undefined', at: { file: 'check.ts', line: 7, column: 1 } },
}

function screen(state: WatchState, columns = 80, rows = 24): string[] {
  const { lines } = watchFrame(state, { columns, rows, folder: '/learner', readSource: () => 'one\n  two\n' })
  expect(lines).toHaveLength(rows)
  for (const line of lines) expect(displayWidth(textOfLine(line))).toBeLessThanOrEqual(columns)
  return lines.map(textOfLine)
}

describe('the watching screen', () => {
  it.each([
    ['chapter', /Prose of the first/],
    ['solution', /SELECT 2;/],
    ['end', /You are at the end/],
  ] as const)('shows %s', (kind, what) => {
    expect(screen({ ...opened, view: { kind } }).join('\n')).toMatch(what)
  })

  it('scrolls to what the check saw, below a long text', () => {
    for (const [kind, result] of Object.entries(results)) {
      const text = screen({ ...opened, view: { kind: 'exercise' }, scroll: 'result', result }).join('\n')
      expect(text).toMatch(kind === 'passed' ? /passed {2}01\.1 .*1\.2 s/ : /not yet {2}01\.1/)
      expect(text).toContain('a fact')
    }
  })

  it('shows an error as every command does, with the line of the file', () => {
    const text = screen({ ...opened, view: { kind: 'exercise' }, scroll: 'result', result: results['error'] }).join(
      '\n',
    )
    expect(text).toMatch(/Error: no such table; [\s\S]*terminal is[\s\S]*\[SQL_VALIDATION\]/)
    expect(text).toMatch(/2 \| {3}two/)
  })

  it('says that there is more below, and not at the end', () => {
    const above = { ...opened, view: { kind: 'exercise' } } as const
    expect(screen(above).at(-2)).toMatch(/0 of 3 exercises.*more below/)
    expect(screen({ ...above, scroll: 10_000 }).at(-2)).not.toMatch(/more below/)
  })

  it('fits small and large terminals', () => {
    for (const [columns, rows] of [
      [40, 10],
      [200, 60],
      [20, 4],
    ] as const)
      for (const view of [{ kind: 'chapter' }, { kind: 'exercise' }, { kind: 'list', selected: 3 }] as const)
        screen({ ...opened, view }, columns, rows)
  })

  it('keeps what is chosen in the list in sight', () => {
    for (const selected of [0, 3, 4])
      expect(screen({ ...opened, view: { kind: 'list', selected } }, 80, 8).join('\n')).toContain(
        ['01.1 ', '01.2 ', 'Questions', '02.1 ', 'Questions'][selected],
      )
  })

  it('marks where the learner is in the list, and what is chosen', () => {
    const lines = screen({ ...opened, view: { kind: 'list', selected: 2 } })
    expect(lines.slice(1).find((line) => line.includes('Title of 1-one'))).toMatch(/^ > \[ \] 01\.1/)
    expect(lines.filter((line) => line.includes('Questions'))).toHaveLength(2)
  })
})
