// `flinkts sql` in a terminal: reads statements, runs them one after the other, goes on after errors.
import { setTimeout as delay } from 'node:timers/promises'
import { renderError } from '../../output/error-page.ts'
import { alignedTable } from '../../output/result-table.ts'
import {
  backslashHelp,
  parseBackslashCommand,
  type BackslashCommand,
} from '../../services/sql-shell/backslash-commands.ts'
import { SqlShell, typedStatements, type SourceText, type SqlShellOptions } from '../../services/sql-shell/sql-shell.ts'
import { suspendProcess } from '../suspend-process.ts'
import type { KeyPress } from './editor-state.ts'
import { LineEditor } from './line-editor.ts'
import { LEAVE_SCREEN } from './result-view.ts'
import { StatementOutput } from './statement-output.ts'
import { TerminalKeys } from './terminal-keys.ts'

const LOST_POLL_MS = 20
const LOST_LIMIT_MS = 500

export interface RunSqlShellOptions extends Pick<SqlShellOptions, 'project' | 'onSession'> {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly version: string
  /** Aborted: the shell ends. */
  readonly signal: AbortSignal
}

const textColumns = (...names: readonly string[]): { name: string; type: string }[] =>
  names.map((name) => ({ name, type: 'STRING' }))

function isCommand(text: string): boolean {
  try {
    return parseBackslashCommand(text) !== undefined
  } catch {
    return true // an unknown one: refused when it is run
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

class TerminalShell {
  readonly #options: RunSqlShellOptions
  readonly #shell: SqlShell
  readonly #keys: TerminalKeys
  readonly #editor: LineEditor
  #current: StatementOutput | undefined
  #isUpright = false
  #showsTime = true
  #isLeft = false
  #losses = 0

  constructor(options: RunSqlShellOptions) {
    this.#options = options
    const { project, output, onSession } = options
    const notice = (line: string): void => this.#notice(line)
    this.#shell = new SqlShell({
      project,
      onSession,
      notice,
      onLost: (line) => {
        this.#losses++
        notice(line)
      },
    })
    this.#keys = new TerminalKeys(options.input, output)
    this.#editor = new LineEditor({
      keys: this.#keys,
      output,
      isCommand,
      hasColors: output.hasColors(),
      history: () => this.#shell.history.entries,
      complete: (text, cursor) => this.#shell.complete(text, cursor),
    })
  }

  #print(text: string): void {
    this.#options.output.write(`${text}\n`)
  }

  #notice(line: string): void {
    if (this.#current === undefined) this.#editor.note(`note: ${line}`)
    else this.#current.note(`note: ${line}`)
  }

  async run(): Promise<void> {
    const { signal, version, output } = this.#options
    const restore = (): void => {
      this.#keys.leaveRawMode()
      if (this.#current !== undefined) output.write(LEAVE_SCREEN)
    }
    this.#keys.open()
    process.once('exit', restore) // also where the process ends at once
    try {
      this.#print(`flinkts ${version}: Flink SQL. \\? helps, Tab completes, Ctrl-D leaves.`)
      // what is wrong with it is said by the first statement that needs it
      this.#shell.session().catch(() => undefined)
      while (!this.#isLeft && !signal.aborted) {
        const text = await this.#editor.read(signal)
        if (text === undefined) break
        this.#shell.history.add(text)
        await this.#runText(text)
      }
      const jobs = await this.#shell.jobsLeft()
      if (jobs > 0)
        this.#print(`${jobs === 1 ? 'A job' : `${jobs} jobs`} of this shell goes on: \`flinkts jobs list\`.`)
    } finally {
      process.off('exit', restore)
      this.#keys.close()
      await this.#shell.close()
    }
  }

  async #runText(text: string): Promise<void> {
    try {
      const command = parseBackslashCommand(text)
      if (command !== undefined) return await this.#runCommand(command)
      for (const statement of typedStatements(text)) if (!(await this.#runStatement(statement))) return
    } catch (error) {
      this.#print(renderError(error, () => text))
    }
  }

  async #runCommand({ name, argument }: BackslashCommand): Promise<void> {
    const like = argument === '' ? '' : ` LIKE ${quoted(argument)}`
    switch (name) {
      case '\\q':
        this.#isLeft = true
        return
      case '\\?':
        return this.#help()
      case '\\x':
        this.#isUpright = !this.#isUpright
        return this.#print(`Rows are shown ${this.#isUpright ? 'upright' : 'as a table'}.`)
      case '\\timing':
        this.#showsTime = !this.#showsTime
        return this.#print(`Timing is ${this.#showsTime ? 'on' : 'off'}.`)
      case '\\j':
        return void (await this.#runSql('SHOW JOBS'))
      case '\\df':
        return void (await this.#runSql(`SHOW FUNCTIONS${like}`))
      case '\\dt':
        return this.#objects((kind) => kind === 'table', argument)
      case '\\d':
        return argument === '' ? this.#objects(() => true, '') : this.#describe(argument)
    }
  }

  #objects(isWanted: (kind: string) => boolean, pattern: string): void {
    const regex = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/[%*]/g, '.*')}`, 'i')
    const rows = this.#shell.objects().filter(([name, kind]) => isWanted(kind) && regex.test(name))
    if (rows.length === 0) return this.#print('No tables. CREATE TABLE declares one; they are those of this shell.')
    const shown = rows.map(([name, kind, connector]) => [name, kind, connector ?? ''])
    this.#print(`${alignedTable(textColumns('name', 'kind', 'connector'), shown).join('\n')}\n`)
  }

  async #describe(name: string): Promise<void> {
    if (!(await this.#runSql(`DESCRIBE ${name}`))) return
    const options = this.#shell.optionsOf(name)
    if (options.length > 0)
      this.#print(`Options:\n${options.map(([key, value]) => `  '${key}' = ${quoted(value)}`).join('\n')}\n`)
  }

  #help(): void {
    const keys: [string, string][] = [
      ['Enter', 'runs a text that ends with ; and else begins a line (Alt-Enter always does)'],
      ['Tab', 'completes keywords, tables, columns, functions, options and settings'],
      ['Ctrl-R', 'searches the history; ↑ ↓ go through it'],
      ['Ctrl-C', 'clears the text; stops a running query, not the shell'],
      ['Ctrl-A E U K W Y _', 'begin, end, kill to begin, to end, word; put back; undo'],
    ]
    const statements: [string, string][] = [
      ["SHOW JOBS; STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]];", 'jobs of the session'],
      ['EXPLAIN … ; DESCRIBE t; SHOW CREATE TABLE t;', 'plans and definitions'],
      ["SET 'sql-client.execution.result-mode' = '…';", 'table, changelog or tableau'],
    ]
    const all = [...backslashHelp(), ...keys, ...statements]
    const width = Math.max(...backslashHelp().map(([command]) => command.length), 18)
    this.#print(all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n'))
  }

  async #runSql(text: string): Promise<boolean> {
    const [statement] = typedStatements(text)
    return this.#runStatement(statement!)
  }

  /** Whether it succeeded; errors are shown. */
  async #runStatement(statement: SourceText): Promise<boolean> {
    const controller = new AbortController()
    const signal = AbortSignal.any([controller.signal, this.#options.signal])
    const output = new StatementOutput({
      output: this.#options.output,
      settings: this.#shell.settings,
      isUpright: this.#isUpright,
      showsTime: this.#showsTime,
      sourceText: statement.original,
      stop: () => controller.abort(),
    })
    this.#current = output
    this.#keys.watch((key) => this.#suspendsOn(key, output) || output.onKey(key))
    const losses = this.#losses
    let succeeded = true
    try {
      for await (const event of this.#shell.run(statement, signal)) {
        if (event.kind === 'error') succeeded = false
        const isLoss = event.kind === 'error' && event.error.code === 'SESSION_UNREACHABLE'
        if (isLoss && (await this.#isLost(losses))) output.end()
        else output.show(event)
      }
    } finally {
      this.#keys.watch(undefined)
      this.#current = undefined
    }
    return succeeded && !controller.signal.aborted
  }

  /** Ctrl-Z while a statement runs, which goes on; what it says waits. */
  #suspendsOn(key: KeyPress, output: StatementOutput): boolean {
    if (!(key.ctrl && key.name === 'z')) return false
    suspendProcess({
      leave: () => {
        output.pause()
        this.#keys.leaveRawMode()
      },
      back: () => {
        this.#keys.enterRawMode()
        if (this.#current === output) output.resume()
      },
    })
    return true
  }

  /** Whether the session went while the statement ran: that has been said already. */
  async #isLost(before: number): Promise<boolean> {
    for (let waitedMs = 0; this.#losses === before && waitedMs < LOST_LIMIT_MS; waitedMs += LOST_POLL_MS)
      await delay(LOST_POLL_MS)
    return this.#losses > before
  }
}

/** Until the user leaves. */
export function runSqlShell(options: RunSqlShellOptions): Promise<void> {
  return new TerminalShell(options).run()
}
