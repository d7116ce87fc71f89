// Rows of a job's SELECT on their way to the one who reads them. Without a reader they wait, and the job with them.
import type { EncodedRow } from './messages/output.ts'

export interface ResultRows {
  readonly rows: readonly EncodedRow[]
  /** Call once the rows are passed on: the sink may then send more. */
  readonly taken: () => void
}

export class JobResults {
  #waiting: ResultRows[] = []
  #reader: ((rows: ResultRows) => void) | undefined

  add(rows: ResultRows): void {
    if (this.#reader === undefined) this.#waiting.push(rows)
    else this.#reader(rows)
  }

  /** Gives what waits and all that comes to `reader`, until the returned function is called. */
  read(reader: (rows: ResultRows) => void): () => void {
    this.#reader = reader
    const waiting = this.#waiting
    this.#waiting = []
    for (const rows of waiting) reader(rows)
    return () => {
      if (this.#reader === reader) this.#reader = undefined
    }
  }
}
