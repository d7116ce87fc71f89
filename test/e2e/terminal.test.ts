// In a terminal: the screen of `run` in 80 × 24, its keys, and the terminal as it was afterwards. Needs tmux.
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'])
    return true
  } catch {
    return false
  }
}

class Terminal {
  readonly #socket = `flinkts-${process.pid}`

  constructor(folder: string) {
    this.#tmux('new-session', '-d', '-s', 'main', '-x', '80', '-y', '24', '-c', folder, 'bash --norc --noprofile')
    this.type("PS1='PROMPT> '; clear")
  }

  #tmux(...args: string[]): string {
    // A person's terminal: where CI is set no screen is shown.
    const { CI: _ci, ...env } = process.env
    return execFileSync('tmux', ['-L', this.#socket, '-f', '/dev/null', ...args], { encoding: 'utf8', env })
  }

  get text(): string {
    return this.#tmux('capture-pane', '-p', '-t', 'main')
  }
  /** Whether the program has taken the second screen, and whether the cursor is shown. */
  get modes(): string {
    return this.#tmux('display', '-p', '-t', 'main', 'alternate=#{alternate_on} cursor=#{cursor_flag}').trim()
  }

  press(key: string): void {
    this.#tmux('send-keys', '-t', 'main', key)
  }
  type(line: string): void {
    this.#tmux('send-keys', '-t', 'main', line, 'Enter')
  }
  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', 'main', '-x', String(columns), '-y', String(rows))
  }

  async saw(pattern: RegExp, limitMs = 30_000): Promise<string> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const { text } = this
      if (pattern.test(text)) return text
      if (performance.now() > deadline) throw new Error(`no ${pattern} on the screen:\n${text}`)
      await delay(50)
    }
  }

  close(): void {
    this.#tmux('kill-server')
  }
}

let project: TestProject
let terminal: Terminal
describe.runIf(hasTmux())('run in a terminal', () => {
  beforeEach(async () => {
    project = TestProject.taxi()
    await project.ok('produce', 'rides', '--file', 'data/trips.csv')
    terminal = new Terminal(project.folder)
    terminal.type(`${process.execPath} ${binary} run jobs/hourly-revenue.sql; echo EXIT $?`)
    await terminal.saw(/RUNNING .* slots \d+\/\d+/)
  })
  afterEach(async () => {
    terminal.close()
    await project.remove()
  })

  it('shows vertices, subtasks with their TaskManager, watermark and checkpoints in 80 columns', async () => {
    const screen = await terminal.saw(/#\d+ +checkpoint +[\d:]+ .* COMPLETED/)
    expect(screen).toMatch(/Source: rides\[\d+\].* in 10\.0k|Source: rides\[\d+\].* in 10k/)
    expect(screen).toMatch(/0 taskmanager-\d+ +RUNNING .* \d+% +\d+% +2019-\d\d-\d\d \d\d:\d\d:\d\d/)
    expect(screen).toMatch(/Checkpoints +completed \d+ +failed 0/)
    expect(screen).toMatch(/q stop +c cancel +\? help/)
    expect(terminal.modes).toContain('alternate=1')
    terminal.press('?')
    await terminal.saw(/stop with a savepoint and leave/)
    terminal.press('?')
    await delay(700)
    expect(terminal.text).not.toContain('stop with a savepoint and leave')
    terminal.resize(120, 30)
    terminal.resize(80, 24)
    await delay(700)
    expect(terminal.text.match(/slots \d+\/\d+/g)).toHaveLength(1)
    terminal.press('q')
    const after = await terminal.saw(/EXIT 0/)
    expect(after).toContain('PROMPT> ')
    expect(after).toContain('note: stopped with savepoint')
    expect(terminal.modes).toBe('alternate=0 cursor=1')
    terminal.type('stty -a | tr " ;" "\\n\\n" | grep -cxE "icanon|echo"')
    await terminal.saw(/^2$/m)
  })

  it('c cancels', async () => {
    terminal.press('c')
    expect(await terminal.saw(/EXIT 0/)).toContain('CANCELED')
    expect(terminal.modes).toBe('alternate=0 cursor=1')
  })

  it('Ctrl-C stops as q does', async () => {
    terminal.press('C-c')
    expect(await terminal.saw(/EXIT \d+/)).toContain('EXIT 0')
    expect(terminal.modes).toBe('alternate=0 cursor=1')
  })
})
