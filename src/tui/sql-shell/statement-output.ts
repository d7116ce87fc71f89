// What one statement answers in the terminal: a table, a live view, a line; its error with the place in the statement.
import { renderError } from '../../output/error-page.ts'
import { alignedTable, singleText, StreamedTable, uprightTable, type ResultColumn } from '../../output/result-table.ts'
import type { SqlEvent } from '../../services/run-sql.ts'
import { ChangelogRows, MaterializedRows, type ResultRows, type TextRow } from '../../services/sql-shell/result-rows.ts'
import type { ShellSettings } from '../../services/sql-shell/shell-settings.ts'
import { openStatusLine, type StatusLine } from '../status-line.ts'
import type { KeyPress } from './editor-state.ts'
import { ResultView } from './result-view.ts'

const VIEW_COLUMN_WIDTH = 30
/** A query that is answered sooner is not spoken of. */
const STATUS_AFTER_MS = 1000
const STATUS_EVERY_MS = 250

export interface StatementOutputOptions {
  readonly output: NodeJS.WriteStream
  readonly settings: ShellSettings
  readonly isUpright: boolean
  readonly showsTime: boolean
  /** The text that errors point into. */
  readonly sourceText: string
  /** Stops the statement. */
  readonly stop: () => void
}

type ColumnsEvent = Extract<SqlEvent, { kind: 'columns' }>

export class StatementOutput {
  readonly #options: StatementOutputOptions
  readonly #startedAt = performance.now()
  readonly #status: StatusLine
  #columns: readonly ResultColumn[] = []
  #of: ColumnsEvent['of'] = 'catalog'
  #rows: ResultRows = new ChangelogRows(1)
  #streamed: StreamedTable | undefined
  #view: ResultView | undefined
  #jobId: string | undefined
  #statusAt = STATUS_AFTER_MS
  /** Said while the live view is shown. */
  #notices: string[] = []
  #isStopped = false

  constructor(options: StatementOutputOptions) {
    this.#options = options
    this.#status = openStatusLine(options.output)
  }

  /** Whether the key was for the statement. */
  onKey(key: KeyPress): boolean {
    if (this.#view !== undefined) {
      this.#view.onKey(key)
      return true
    }
    const isStop = key.ctrl && key.name === 'c'
    if (isStop) this.stop()
    return isStop
  }

  /** Gives the terminal back until `resume`; the statement goes on. */
  pause(): void {
    this.#view?.pause()
    this.#status.close()
  }

  resume(): void {
    this.#view?.resume()
  }

  stop(): void {
    this.#isStopped = true
    this.#options.stop()
  }

  /** What is said by others meanwhile. */
  note(line: string): void {
    if (this.#view === undefined) this.#status.note(line)
    else this.#notices.push(line)
  }

  show(event: SqlEvent): void {
    switch (event.kind) {
      case 'columns':
        return this.#begin(event)
      case 'submitted':
        this.#jobId = event.jobId
        return this.#view?.setTitle(`job ${event.jobId}   ${event.name}`)
      case 'row':
        return this.#row(event)
      case 'notice':
        return this.note(event.line)
      case 'ok':
        return this.#end(event.jobId)
      case 'error':
        this.#close()
        return this.#print(renderError(event.cause, () => this.#options.sourceText))
    }
  }

  /** The terminal as it was; nothing is said. */
  end(): void {
    this.#close()
  }

  #close(): void {
    this.#view?.close()
    this.#view = undefined
    this.#status.close()
    for (const line of this.#notices) this.#print(line)
    this.#notices = []
  }

  #print(text: string): void {
    this.#options.output.write(`${text}\n`)
  }

  #begin({ columns, of }: ColumnsEvent): void {
    const { settings, output } = this.#options
    const { resultMode, rowsMax, columnWidthMax = VIEW_COLUMN_WIDTH } = settings
    this.#columns = columns
    this.#of = of
    if (of === 'catalog') this.#rows = new ChangelogRows(Number.MAX_SAFE_INTEGER)
    else if (resultMode === 'tableau') {
      this.#streamed = new StreamedTable(columns, columnWidthMax)
      this.#print(this.#streamed.header().join('\n'))
    } else this.#rows = resultMode === 'changelog' ? new ChangelogRows(rowsMax) : new MaterializedRows(rowsMax)
    if (of !== 'unbounded' || resultMode === 'tableau') return
    this.#view = new ResultView({
      output,
      columns,
      columnWidthMax,
      mode: resultMode,
      rows: this.#rows,
      onStop: () => this.stop(),
    })
  }

  #row({ op, values }: Extract<SqlEvent, { kind: 'row' }>): void {
    const row: TextRow = values.map((value) => {
      const cell = JSON.parse(value) as string | boolean | null
      return cell === null ? null : String(cell)
    })
    this.#rows.add({ op, row })
    if (this.#streamed !== undefined) return this.#print(this.#streamed.row(op, row))
    this.#view?.changed()
    if (this.#view === undefined && this.#of === 'bounded') this.#showStatus()
  }

  #showStatus(): void {
    const elapsedMs = performance.now() - this.#startedAt
    if (elapsedMs < this.#statusAt) return
    this.#statusAt = elapsedMs + STATUS_EVERY_MS
    this.#status.show?.(() => `… ${countOf(this.#rows.changes, 'change')}, ${seconds(elapsedMs)} (Ctrl-C stops)`)
  }

  #time(): string {
    return this.#options.showsTime ? seconds(performance.now() - this.#startedAt) : ''
  }

  #end(jobThatGoesOn: string | undefined): void {
    this.#close()
    const time = this.#time()
    const inBrackets = time === '' ? '' : ` (${time})`
    if (jobThatGoesOn !== undefined) return this.#print(`Job ID: ${jobThatGoesOn}${inBrackets}`)
    if (this.#columns.length === 0) return this.#print(`OK${inBrackets}`)
    if (this.#streamed !== undefined) this.#print(this.#streamed.rule)
    const changes = countOf(this.#rows.changes, 'change')
    if (this.#isStopped) return this.#print(`Stopped after ${changes}${time === '' ? '' : `, ${time}`}.`)
    if (this.#of === 'unbounded') return this.#print(`The job ${this.#jobId} ended after ${changes}${inBrackets}.`)
    this.#table(time)
  }

  #table(time: string): void {
    const { settings, isUpright } = this.#options
    const isChangelog = this.#of === 'bounded' && settings.resultMode === 'changelog'
    if (this.#streamed === undefined) {
      const columns = isChangelog ? [{ name: 'op', type: 'STRING' }, ...this.#columns] : this.#columns
      const rows = this.#rows.slice(0, this.#rows.size).map(({ op, row }) => (isChangelog ? [op, ...row] : row))
      const text = singleText(columns, rows)
      if (text !== undefined) return this.#print(text)
      const lines = isUpright ? uprightTable(columns, rows) : alignedTable(columns, rows, settings.columnWidthMax)
      if (!isUpright || rows.length > 0) this.#print(lines.join('\n'))
    }
    const count = this.#streamed === undefined ? this.#rows.size : this.#rows.changes
    const dropped = this.#streamed === undefined ? this.#rows.dropped : 0
    const left =
      dropped === 0 ? '' : `, ${countOf(dropped, 'older one')} not kept (sql-client.execution.max-table-result.rows)`
    this.#print(`(${countOf(count, 'row')}${left}${time === '' ? '' : `, ${time}`})\n`)
  }
}

const countOf = (count: number, noun: string): string =>
  `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${noun}${count === 1 ? '' : 's'}`

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`
