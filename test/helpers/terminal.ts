// A person's terminal: tmux holds it, keys are pressed and its screen is read as text.
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const LIMIT_MS = 60_000
let opened = 0

export function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'])
    return true
  } catch {
    return false
  }
}

/** A semicolon at the end of an argument would end tmux's own command. */
const argument = (text: string): string => text.replace(/;$/, '\\;')

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export class Terminal {
  readonly #socket = `flinkts-${process.pid}-${opened++}`

  constructor(folder: string, { columns, rows }: TerminalSize = { columns: 80, rows: 24 }) {
    const size = ['-x', String(columns), '-y', String(rows)]
    this.#tmux('new-session', '-d', '-s', 'main', ...size, '-c', folder, 'bash --norc --noprofile')
    this.type("PS1='PROMPT> '; clear")
  }

  #tmux(...args: string[]): string {
    // where CI is set no screen is shown
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

  press(...keys: string[]): void {
    this.#tmux('send-keys', '-t', 'main', ...keys)
  }
  /** The characters themselves. */
  write(text: string): void {
    this.#tmux('send-keys', '-t', 'main', '-l', '--', argument(text))
  }
  type(line: string): void {
    this.write(line)
    this.press('Enter')
  }
  /** As terminals paste: in brackets where the program asked for them. */
  paste(text: string): void {
    this.#tmux('set-buffer', '--', argument(text))
    this.#tmux('paste-buffer', '-p', '-t', 'main')
  }
  /** Types a command of flinkts; `variables` as the shell has them before a command. */
  flinkts(command: string, variables = ''): void {
    this.type(`${variables} ${process.execPath} ${binary} ${command}; echo EXIT $?`)
  }
  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', 'main', '-x', String(columns), '-y', String(rows))
  }

  async saw(pattern: RegExp, limitMs = LIMIT_MS): Promise<string> {
    return this.#until((text) => pattern.test(text), `no ${pattern}`, limitMs)
  }

  /** As `saw`, where what is looked for may stand on several lines: it is compared as one line with single blanks. */
  async told(pattern: RegExp, limitMs = LIMIT_MS): Promise<string> {
    return this.#until((text) => pattern.test(text.replaceAll(/\s+/g, ' ')), `nobody tells ${pattern}`, limitMs)
  }

  async #until(holds: (text: string) => boolean, what: string, limitMs: number): Promise<string> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const { text } = this
      if (holds(text)) return text
      if (performance.now() > deadline) throw new Error(`${what} on the screen:\n${text}`)
      await delay(50)
    }
  }

  close(): void {
    this.#tmux('kill-server')
  }
}
