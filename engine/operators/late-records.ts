// Rows that an operator drops because all of their windows have fired: how many, by how much, and a few of them to look
// at. Counting costs a flood of them next to nothing, and few are made into text.
import { castToString } from '../functions/cast-to-string.ts'
import { localTimeZone } from '../common/local-time-zone.ts'
import type { LateDiagnostics, LateRecord } from '../metrics/diagnostics.ts'
import type { Counter } from '../metrics/metric-group.ts'
import type { Clock } from '../time/clock.ts'
import type { RowType } from '../types/logical-type.ts'
import { getCell, type RecordBatch } from '../types/record-batch.ts'
import type { OperatorContext } from './operator.ts'

const EXAMPLES_KEPT = 10
/** A row is kept as an example when the last one is at least this old. */
const EXAMPLE_INTERVAL_MS = 200
const TEXT_LENGTH_MAX = 100

/** What is known of late rows by the time that the operator reads from them. */
export interface LateRows {
  readonly type: RowType
  /** The rows are results of an aggregation. */
  readonly isAggregated: boolean
  /** How many of their columns are shown. */
  readonly shownColumns: number
  /** Ms since 1970. */
  readonly eventTime: (time: number) => number
  /** When the row's last window fired, ms since 1970. */
  readonly windowEnd: (time: number) => number
}

export class LateRecords {
  readonly #counter: Counter
  readonly #clock: Clock
  readonly #rows: LateRows
  readonly #zone: string
  readonly #examples: LateRecord[] = []
  #texts: ((cell: ReturnType<typeof getCell>) => string | null)[] | undefined
  #latenessMsMax = 0
  #nextExampleAt = -Infinity

  constructor(context: OperatorContext, rows: LateRows) {
    this.#counter = context.metrics.counter('numLateRecordsDropped')
    this.#clock = context.clock
    this.#rows = rows
    this.#zone = localTimeZone(context.configuration)
  }

  /** Rows `from` ≤ row < `to` are dropped; `times` by row. */
  drop(batch: RecordBatch, from: number, to: number, times: Float64Array, watermark: number): void {
    this.#counter.count += to - from
    let earliest = from
    for (let row = from + 1; row < to; row++) if (times[row]! < times[earliest]!) earliest = row
    const time = times[earliest]!
    const eventTime = this.#rows.eventTime(time)
    if (watermark - eventTime > this.#latenessMsMax) this.#latenessMsMax = watermark - eventTime
    const at = this.#clock.now()
    if (at < this.#nextExampleAt) return
    this.#nextExampleAt = at + EXAMPLE_INTERVAL_MS
    const row = this.#rowText(batch, earliest)
    const example = { at, eventTime, watermark, windowEnd: this.#rows.windowEnd(time), row }
    this.#examples.unshift(this.#rows.isAggregated ? { ...example, isAggregated: true } : example)
    if (this.#examples.length > EXAMPLES_KEPT) this.#examples.pop()
  }

  #rowText(batch: RecordBatch, row: number): Record<string, string> {
    const fields = this.#rows.type.fields.slice(0, this.#rows.shownColumns)
    this.#texts ??= fields.map(({ type }) => castToString(type, this.#zone))
    const cells = fields.map(({ name, type }, column): [string, string] => {
      const cell = getCell(type, batch.columns[column]!, row)
      const text = cell === null ? 'NULL' : (this.#texts![column]!(cell) ?? 'NULL')
      return [name, text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text]
    })
    return Object.fromEntries(cells)
  }

  diagnostics(): LateDiagnostics {
    return { dropped: this.#counter.count, latenessMsMax: this.#latenessMsMax, examples: [...this.#examples] }
  }
}
