// The `collect` sinks of a TaskManager: rows of a SELECT go to the JobManager as messages, and wait when nobody takes them.
import { encodeCell } from '../connectors/values/cell-json.ts'
import { rowFromBatch, type RecordBatch } from '../types/record-batch.ts'
import { rowKindToString, RowKind } from '../types/row-kind.ts'
import type { ConnectorRuntime, SinkWriter } from '../connectors/connector.ts'
import type { EncodedRow } from './messages/output.ts'

/** Rows of one sink that may be under way. */
const ROWS_UNDER_WAY_MAX = 10_000

class CollectWriter implements SinkWriter {
  readonly #send: (rows: readonly EncodedRow[]) => void
  readonly #closed: () => void
  #underWay = 0
  #waiting: (() => void)[] = []

  constructor(send: (rows: readonly EncodedRow[]) => void, closed: () => void) {
    this.#send = send
    this.#closed = closed
  }

  async open(): Promise<void> {}

  write(batch: RecordBatch): void {
    const rows = Array.from({ length: batch.rowCount }, (_, row) => ({
      op: rowKindToString((batch.rowKinds?.[row] ?? RowKind.INSERT) as RowKind),
      cells: rowFromBatch(batch, row).map(encodeCell),
    }))
    this.#underWay += rows.length
    this.#send(rows)
  }

  isAvailable(): boolean {
    return this.#underWay < ROWS_UNDER_WAY_MAX
  }

  available(): Promise<void> {
    return this.isAvailable() ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  taken(count: number): void {
    this.#underWay -= count
    if (!this.isAvailable()) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed()
  }
}

export class CollectSinks {
  readonly #writers = new Map<number, CollectWriter>()
  #count = 0

  runtime(send: (sink: number, rows: readonly EncodedRow[]) => void): ConnectorRuntime {
    return {
      createWriter: () => {
        const sink = this.#count++
        const writer = new CollectWriter(
          (rows) => send(sink, rows),
          () => this.#writers.delete(sink),
        )
        this.#writers.set(sink, writer)
        return writer
      },
    }
  }

  taken(sink: number, count: number): void {
    this.#writers.get(sink)?.taken(count)
  }
}
