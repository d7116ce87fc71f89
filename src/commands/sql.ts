import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Flags } from '@oclif/core'
import { projectConfiguration } from '../services/project-settings.ts'
import { asSqlError, SqlRunner, type RowFormat, type SqlEvent } from '../services/run-sql.ts'
import { checkStatementFile, statementsOf } from '../services/read-statements.ts'
import { BaseCommand } from './base-command.ts'

export default class Sql extends BaseCommand {
  static override summary = 'Run Flink SQL statements, from a file or as they arrive on standard input'
  static override description =
    'Each statement is answered before the next is read. INSERT answers at once, unless table.dml-sync is set; its job goes on in the session. Stops at the first error with exit code 1, or goes on with --keep-going.'
  static override examples = [
    '<%= config.bin %> sql --file queries.sql',
    'echo "SELECT 1 + 1;" | <%= config.bin %> sql --json',
  ]
  static override flags = {
    file: Flags.string({ description: 'file with statements (default: standard input)' }),
    'keep-going': Flags.boolean({ description: 'go on after an error' }),
    'row-format': Flags.option({
      options: ['json', 'plain-text'] as const,
      default: 'json' as const,
      description: 'how --json writes values: typed, or as CAST(… AS STRING) spells them',
    })(),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Sql)
    if (flags.file !== undefined) checkStatementFile(flags.file)
    const { signal, stop } = this.stopRequest()
    const isInteractive = flags.file === undefined && process.stdin.isTTY && !flags.json
    const rowFormat: RowFormat = flags.json ? flags['row-format'] : 'plain-text'
    await this.withSession(async (session) => {
      const runner = new SqlRunner({
        session,
        configuration: projectConfiguration(await this.project()),
        rowFormat,
        signal,
      })
      const input: Readable = flags.file === undefined ? process.stdin : createReadStream(flags.file)
      signal.addEventListener('abort', () => input.destroy())
      const pieces = isInteractive ? promptedLines(stop) : (input as AsyncIterable<Buffer>)
      let number = 0
      const show = async (event: SqlEvent): Promise<void> => {
        if (event.kind === 'error') process.exitCode = 1
        if (flags.json) this.printJson(number, event)
        else await this.printText(event)
      }
      try {
        for await (const statement of statementsOf(pieces, flags.file)) {
          number++
          let failed = false
          for await (const event of runner.run(statement)) {
            failed ||= event.kind === 'error'
            await show(event)
          }
          if (signal.aborted || (failed && !flags['keep-going'] && !isInteractive)) break
        }
      } catch (error) {
        number++
        await show(asSqlError(error, 'plan'))
      }
      if (flags.file === undefined) process.stdin.destroy()
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
      case 'ok':
        return this.print(JSON.stringify({ statement, status: 'OK' }))
      case 'error':
        return this.print(JSON.stringify({ statement, status: 'ERROR', error: event.error }))
    }
  }

  private async printText(event: SqlEvent): Promise<void> {
    if (event.kind === 'columns') this.print(`op | ${event.columns.map((column) => column.name).join(' | ')}`)
    else if (event.kind === 'row')
      this.print(`${event.op} | ${event.values.map((value) => String(JSON.parse(value) ?? 'NULL')).join(' | ')}`)
    else if (event.kind === 'notice') this.note(event.line)
    else if (event.kind === 'ok') this.print('OK')
    else await this.catch(event.cause as Error)
  }
}

/** Lines as they are typed, with a prompt. */
async function* promptedLines(onInterrupt: () => void): AsyncGenerator<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'flinkts> ' })
  lines.on('SIGINT', onInterrupt)
  lines.prompt()
  for await (const line of lines) {
    yield `${line}\n`
    lines.prompt()
  }
}
