// What the SQL shell works with: the project's session, taken again where it was lost, the statements of what was typed,
// and what can be completed. It knows no terminal.
import {
  commonStart,
  completeSql,
  scanSql,
  splitStatements,
  sourceText,
  sqlPlanner,
  sqlVocabulary,
  type Completion,
  type SourceText,
  type SqlVocabulary,
} from '../../../engine/planner.ts'
import type { Project } from '../../config/project.ts'
import { listJobs } from '../list-jobs.ts'
import { projectConfiguration } from '../project-settings.ts'
import { SqlRunner, type SqlEvent } from '../run-sql.ts'
import { openSession, type Session } from '../session/open-session.ts'
import { backslashCommands } from './backslash-commands.ts'
import { HistoryFile } from './history-file.ts'
import { isKept } from './shell-history.ts'
import { readShellSettings, type ShellSettings } from './shell-settings.ts'

export type { Completion, SourceText }
export { commonStart, scanSql }

export interface SqlShellOptions {
  readonly project: Project
  /** A service died or is back. */
  readonly notice: (line: string) => void
  /** The session ended; once for each. */
  readonly onLost: (line: string) => void
  /** Called with each new session before it is used. */
  readonly onSession: (session: Session) => void
}

export class SqlShell {
  readonly history: HistoryFile
  readonly #options: SqlShellOptions
  readonly #runner: SqlRunner
  readonly #vocabulary: SqlVocabulary
  #session: Promise<Session> | undefined
  /** Jobs that this shell left to run. */
  readonly #jobIds = new Set<string>()
  #closed = false

  constructor(options: SqlShellOptions) {
    this.#options = options
    this.history = new HistoryFile(options.project)
    this.#runner = new SqlRunner({
      session: () => this.session(),
      configuration: projectConfiguration(options.project),
      rowFormat: 'plain-text',
    })
    this.#vocabulary = sqlVocabulary(this.#runner.catalog, () => sqlPlanner.functionNames())
  }

  /** The session; another one where it was lost. */
  session(): Promise<Session> {
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined
      throw error
    })
    return this.#session
  }

  async #open(): Promise<Session> {
    const session = await openSession(this.#options.project)
    this.#options.onSession(session)
    session.onAlarm((line) => this.#options.notice(line))
    session.lost.catch(() => {
      if (this.#closed) return
      this.#session = undefined
      const jobs = this.#jobIds.size === 0 ? '' : `, and with it the ${countOf(this.#jobIds.size, 'job')} of this shell`
      this.#jobIds.clear()
      this.#options.onLost(
        `the session ended${jobs}; the tables of this shell are still declared, the next statement that needs a session starts a new one`,
      )
    })
    return session
  }

  get settings(): ShellSettings {
    return readShellSettings(this.#runner.configuration)
  }

  /** Ends with `ok` or `error`; never throws. */
  async *run(statement: SourceText, signal: AbortSignal): AsyncGenerator<SqlEvent> {
    for await (const event of this.#runner.run(statement, signal)) {
      if (event.kind === 'ok' && event.jobId !== undefined) this.#jobIds.add(event.jobId)
      yield event
    }
  }

  /** How many jobs of this shell go on when it is left; 0 also where that cannot be told. */
  async jobsLeft(): Promise<number> {
    if (this.#jobIds.size === 0 || this.#session === undefined) return 0
    try {
      const running = await listJobs((await this.#session).restAddress)
      return running.filter(({ id }) => this.#jobIds.has(id)).length
    } catch {
      return 0
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const session = await this.#session?.catch(() => undefined)
    session?.release()
  }

  /** What fits at the cursor, names of the shell's own commands too. */
  complete(text: string, cursor: number): Completion {
    const before = text.slice(0, cursor)
    if (/^\\\S*$/.test(before)) {
      const names = Object.keys(backslashCommands).filter((name) => name.startsWith(before))
      return { start: 0, end: cursor, candidates: names.map((name) => ({ text: name, label: name })) }
    }
    const ofTable = /^\\d\s+/.exec(before)
    if (ofTable === null) return completeSql(text, cursor, this.#vocabulary)
    const lead = 'DESCRIBE '
    const shift = ofTable[0].length - lead.length
    const found = completeSql(lead + text.slice(ofTable[0].length), cursor - shift, this.#vocabulary)
    return { ...found, start: found.start + shift, end: found.end + shift }
  }

  /** `\d`: name, kind and connector. */
  objects(): readonly (readonly [name: string, kind: string, connector: string | null])[] {
    const { catalog } = this.#runner
    return catalog
      .objects(catalog.currentCatalog, catalog.currentDatabase)
      .map(([name, object]) => [
        name,
        object.kind,
        object.kind === 'table' ? (object.options['connector'] ?? null) : null,
      ])
  }

  /** WITH options of a table by its written name, values of secrets as stars; none where there is no such. */
  optionsOf(name: string): readonly (readonly [key: string, value: string])[] {
    const parts = scanSql(name).flatMap(({ kind, start, end }) => {
      const part = name.slice(start, end)
      if (kind === 'symbol') return []
      return [kind === 'identifier' ? part.slice(1, -1).replaceAll('``', '`') : part]
    })
    return Object.entries(this.#vocabulary.tableOptions(parts)).map(([key, value]) => [
      key,
      isKept(`'${key}' = '${value}'`) ? value : '****',
    ])
  }
}

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** The statements of a typed text, each with its place in it. */
export function typedStatements(text: string): SourceText[] {
  return splitStatements(sourceText(text))
}

/** Whether the typed text can be run: its last statement ends with a semicolon outside of strings and comments. */
export function isCompleteText(text: string): boolean {
  const parts = scanSql(text)
  if (parts.some(({ isClosed }) => !isClosed)) return false
  const own = parts.filter(({ kind }) => kind !== 'comment')
  if (own.length === 0) return true
  // a statement that ends is followed by nothing: with a word behind it there is one statement more
  return typedStatements(text).length < typedStatements(`${text}\nX`).length
}
