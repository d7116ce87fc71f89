import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { Flags } from '@oclif/core'
import { renderError } from '../output/error-page.ts'
import { projectConfiguration } from '../services/project-settings.ts'
import { expectFile } from '../services/expect-file.ts'
import { statementsOf } from '../services/read-statements.ts'
import { asSqlError, SqlRunner, type RowFormat, type SqlEvent } from '../services/run-sql.ts'
import { BaseCommand, type StopRequest } from './base-command.ts'

interface SqlFlags {
  readonly execute: readonly string[] | undefined
  readonly file: string | undefined
  readonly json: boolean
  readonly 'keep-going': boolean
  readonly 'row-format': RowFormat
}

export default class Sql extends BaseCommand {
  static override summary =
    'Run Flink SQL: a shell in a terminal, statements of a file, of --execute, or of standard input'
  static override description = `In a terminal, without --execute and --file, a shell: statements of several lines, completion with Tab, history, live results; \\? helps there, docs/sql-shell.md tells more.
Else each statement is answered before the next is read. INSERT answers at once, unless table.dml-sync is set; its job goes on in the session. Stops at the first error with exit code 1, or goes on with --keep-going.`
  static override examples = [
    '<%= config.bin %> sql',
    '<%= config.bin %> sql --execute "SHOW JOBS; SELECT 1 + 1;"',
    '<%= config.bin %> sql --file queries.sql',
    'echo "SELECT 1 + 1;" | <%= config.bin %> sql --json',
  ]
  static override flags = {
    execute: Flags.string({
      char: 'e',
      multiple: true,
      multipleNonGreedy: true,
      description: 'statements to run, several separated by semicolons; may be given again',
      exclusive: ['file'],
    }),
    file: Flags.string({ char: 'f', description: 'file with statements (default: standard input)' }),
    'keep-going': Flags.boolean({ description: 'go on after an error' }),
    'row-format': Flags.option({
      options: ['json', 'plain-text'] as const,
      default: 'json' as const,
      description: 'how --json writes values: typed, or as CAST(… AS STRING) spells them',
    })(),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Sql)
    if (flags.file !== undefined) expectFile(flags.file, 'name a file with SQL statements')
    const stopRequest = this.stopRequest()
    const isTerminal = process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb'
    const hasInput = flags.file !== undefined || flags.execute !== undefined
    if (isTerminal && !hasInput && !flags.json) await this.runShell(stopRequest)
    else await this.runStatements(flags, stopRequest)
  }

  private async runShell({ signal }: StopRequest): Promise<void> {
    const { runSqlShell } = await import('../tui/sql-shell/run-sql-shell.ts')
    await runSqlShell({
      project: await this.project(),
      input: process.stdin,
      output: process.stdout,
      version: this.config.version,
      onSession: (session) => void this.showPulls(session),
      signal,
    })
  }

  private async runStatements(flags: SqlFlags, { signal }: StopRequest): Promise<void> {
    const { file, execute, json } = flags
    await this.withSession(async (session) => {
      const runner = new SqlRunner({
        session: () => Promise.resolve(session),
        configuration: projectConfiguration(await this.project()),
        rowFormat: json ? flags['row-format'] : 'plain-text',
      })
      const input = inputOf(file, execute)
      signal.addEventListener('abort', () => input.destroy())
      let number = 0
      const show = (event: SqlEvent, source?: string): void => {
        if (event.kind === 'error') process.exitCode = 1
        if (json) this.printJson(number, event)
        else this.printText(event, source)
      }
      try {
        for await (const statement of statementsOf(input, file)) {
          number++
          let failed = false
          for await (const event of runner.run(statement, signal)) {
            failed ||= event.kind === 'error'
            show(event, statement.original)
          }
          if (signal.aborted || (failed && !flags['keep-going'])) break
        }
      } catch (error) {
        number++
        show(asSqlError(error, 'plan'))
      }
      if (input === process.stdin) process.stdin.destroy()
    })
  }

  private printJson(statement: number, event: SqlEvent): void {
    switch (event.kind) {
      case 'columns':
        return this.print(JSON.stringify({ statement, columns: event.columns }))
      case 'row':
        return this.print(`{"statement":${statement},"op":"${event.op}","row":[${event.values.join(',')}]}`)
      case 'notice':
        return this.note(event.line)
      case 'submitted':
        return
      case 'ok':
        return this.print(JSON.stringify({ statement, status: 'OK', jobId: event.jobId }))
      case 'error':
        return this.print(JSON.stringify({ statement, status: 'ERROR', error: event.error }))
    }
  }

  /** `source`: the text that the place of an error is in. */
  private printText(event: SqlEvent, source: string | undefined): void {
    switch (event.kind) {
      case 'columns':
        return this.print(`op | ${event.columns.map((column) => column.name).join(' | ')}`)
      case 'row':
        return this.print(
          `${event.op} | ${event.values.map((value) => String(JSON.parse(value) ?? 'NULL')).join(' | ')}`,
        )
      case 'notice':
        return this.note(event.line)
      case 'submitted':
        return
      case 'ok':
        if (event.jobId !== undefined) this.note(`Job ID: ${event.jobId}`)
        return this.print('OK')
      case 'error':
        return this.note(renderError(event.cause, () => source))
    }
  }
}

/** Texts of --execute are one script: each ends as with a semicolon. */
function inputOf(file: string | undefined, execute: readonly string[] | undefined): Readable {
  if (execute !== undefined) return Readable.from(execute.map((text) => Buffer.from(`${text}\n;\n`)))
  return file === undefined ? process.stdin : createReadStream(file)
}
