// Whole screens as they are to look, in test/src/tui/screens; `npx vitest run test/src/tui -u` writes them anew.
import { describe, expect, it, test } from 'vitest'
import { jobScreen } from '../../../src/tui/job-screen-lines.ts'
import { displayWidth } from '../../../src/output/display-width.ts'
import { textOfLine } from '../../../src/tui/screen-line.ts'
import { TABS, type ScreenState } from '../../../src/tui/screen-state.ts'
import {
  finished,
  healthy,
  idlePartition,
  joined,
  noJobYet,
  restarting,
  slowSink,
} from '../../helpers/screen-states.ts'

const JOBS = { healthy, idlePartition, slowSink, restarting, finished, joined, noJobYet }
const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 60 },
] as const

function textOf(state: ScreenState): string {
  return `${jobScreen(state)
    .lines.map((line) => textOfLine(line).trimEnd())
    .join('\n')}\n`
}

describe.each(SIZES)('at $columns × $rows', (size) => {
  const name = (what: string): string => `screens/${what}-${size.columns}x${size.rows}.txt`

  it.each(TABS)('shows a healthy job on %s', async (tab) => {
    await expect(textOf(healthy({ ...size, tab }))).toMatchFileSnapshot(name(`healthy-${tab}`))
  })

  it.each(['idlePartition', 'slowSink', 'restarting', 'finished', 'noJobYet'] as const)('shows %s', async (job) => {
    await expect(textOf(JOBS[job](size))).toMatchFileSnapshot(name(`${job}-overview`))
  })

  it.each([
    ['idlePartition', 'watermarks'],
    ['slowSink', 'graph'],
    ['restarting', 'exceptions'],
    ['joined', 'graph'],
  ] as const)('shows %s on %s', async (job, tab) => {
    await expect(textOf(JOBS[job]({ ...size, tab }))).toMatchFileSnapshot(name(`${job}-${tab}`))
  })

  it.each(['idlePartition', 'slowSink', 'restarting'] as const)('leads from %s to its cause by w', async (job) => {
    const [finding] = JOBS[job]().data.findings
    const before = textOf(JOBS[job](size))
    expect(before).toMatch(/cause: .* w why\n/)
    expect(before).toContain(finding!.text.slice(0, 40))
    await expect(textOf(JOBS[job]({ ...size, pane: 'why' }))).toMatchFileSnapshot(name(`${job}-why`))
  })

  it('shows the end of paths that are too long, and all of the one that is opened', () => {
    const folder = `file:/home/${'somebody/'.repeat(12)}.flinkts/jobs/hourly-revenue-3f2a3f2a/checkpoints/`
    const { data } = healthy()
    const history = data.checkpoints!.history.map((each) => ({ ...each, path: `${folder}chk-${each.id}` }))
    const restored = { ...data.checkpoints!.restored!, path: `${folder}chk-3` }
    const checkpoints = { ...data.checkpoints!, history, restored }
    const state = healthy({ ...size, tab: 'checkpoints', openCheckpoint: 25 })
    const text = textOf({ ...state, data: { ...state.data, checkpoints } })
    expect(text).toMatch(/restored from #3 at .* ….*\/chk-3\n/)
    expect(text.replaceAll(/\n */g, '')).toContain(`${folder}chk-25`)
    if (size.columns > 140) expect(text).toMatch(/#24 .* COMPLETED {2}….*\/checkpoints\/chk-24\n/)
  })

  it('opens a checkpoint', async () => {
    const opened = healthy({ ...size, tab: 'checkpoints', openCheckpoint: 25 })
    await expect(textOf(opened)).toMatchFileSnapshot(name('healthy-checkpoint-25'))
  })
})

test('the help is whole in 80 columns, for who runs a job and for who watches one', () => {
  const own = textOf(healthy({ pane: 'help' }))
  expect(own).not.toContain('…,'.repeat(2))
  expect(own).toContain('stop with a savepoint and leave')
  expect(textOf(healthy({ pane: 'help', isWatched: true }))).toContain('leave; the job goes on')
  for (const line of own.split('\n').slice(4, 18)) expect(line.endsWith('…')).toBe(false)
})

test('the help is whole in 40 columns, too: meanings go below their keys', () => {
  const lines = textOf(healthy({ pane: 'help', columns: 40, rows: 50 })).split('\n')
  const text = lines.slice(4).join('\n')
  expect(text).not.toMatch(/…$/m)
  expect(text.replace(/\s+/g, ' ')).toContain('q, ctrl-c stop with a savepoint and leave; ctrl-c again: at once s take')
})

test('whoever is asked sees what to answer in 80 columns', () => {
  const topic = { name: 'clickstream', bootstrapServers: '127.0.0.1:9092' }
  const confirm = { kind: 'confirm-replay', topic, from: '-15m', speed: '10x' } as const
  for (const prompt of [{ kind: 'cancel' }, confirm] as const)
    expect(jobScreen(healthy({ prompt })).lines.map(textOfLine).at(-1)).toMatch(/\? {1,2}y does.*[^…]$/)
})

test('every screen fits every terminal', () => {
  const panes = [undefined, 'why', 'help'] as const
  for (const make of Object.values(JOBS))
    for (const tab of TABS)
      for (const pane of panes)
        for (const columns of [1, 20, 39, 40, 57, 80, 120, 171, 240])
          for (const rows of [1, 5, 10, 13, 24, 70]) {
            const { lines } = jobScreen(make({ columns, rows, tab, pane, notice: 'x'.repeat(100) }))
            const isTiny = columns < 40 || rows < 10
            expect(lines.length <= rows && (isTiny || lines.length === rows), `${tab} ${columns}×${rows}`).toBe(true)
            for (const line of lines) expect(displayWidth(textOfLine(line))).toBeLessThanOrEqual(columns)
          }
})

test('the smallest terminal shows lines of every list, and a long notice hides none', () => {
  for (const notice of ['', 'x'.repeat(100)])
    expect(textOf(healthy({ columns: 40, rows: 10, tab: 'checkpoints', notice }))).toMatch(/^►/m)
})

test('a terminal that is too small is told so', () => {
  expect(textOf(healthy({ columns: 38, rows: 8 }))).toBe('38×8 is too small\nfor the screen: 40×10\nq leaves\n')
})

test('scrolls what does not fit, and says where it is', () => {
  const first = jobScreen(healthy({ tab: 'graph' }))
  expect(first.scrollMax).toBeGreaterThan(0)
  const last = jobScreen(healthy({ tab: 'graph', scroll: 99 }))
  const text = last.lines.map(textOfLine).join('\n')
  expect(text).toMatch(/ \d+–(\d+) of \1 ↑↓ /)
  expect(text).toContain('└──')
})

test('logs begin at their end, filtered, without what would command the terminal', () => {
  const log = Array.from({ length: 100 }, (_, index) => `line ${index} \u001b[2J\u0007`)
  const state = healthy({ tab: 'logs' })
  const text = textOf({ ...state, data: { ...state.data, log } })
  expect(text).toContain('line 99')
  expect(text).not.toContain('line 0 ')
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  const filtered = textOf({ ...state, filter: 'INE 4', data: { ...state.data, log } })
  expect(filtered).toContain('11 of 100 lines with “INE 4”')
  expect(filtered).not.toContain('line 99')
})

test('an empty log is said to be one', () => {
  const state = healthy({ tab: 'logs' })
  const empty = { ...state, data: { ...state.data, log: [] } }
  expect(textOf(empty)).toContain('nothing was logged yet')
  expect(textOf({ ...empty, filter: 'x' })).not.toMatch(/\b0 (of|lines)\b/)
})

test('what could not be read is said above what was read before', () => {
  const state = healthy({ tab: 'slots' })
  const text = textOf({ ...state, data: { ...state.data, problem: 'Vertex not found' } })
  expect(text).toContain('Vertex not found')
  expect(text).toContain('taskmanager-1')
})

test('names in wide characters leave the columns where they are', () => {
  const state = healthy()
  const { job } = state.data
  const vertices = job!.vertices.map((vertex) => ({ ...vertex, name: `${'漢字'.repeat(30)}` }))
  const { lines } = jobScreen({ ...state, tab: 'graph', data: { ...state.data, job: { ...job!, vertices } } })
  const widths = new Set(
    lines
      .map(textOfLine)
      .filter((text) => /^[┌│└]/.test(text))
      .map((text) => displayWidth(text.trimEnd())),
  )
  expect(widths.size).toBe(1)
})
