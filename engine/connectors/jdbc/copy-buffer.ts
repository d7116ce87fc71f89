// The append writer: rows are encoded into chunks at once, chunks go out by COPY while the next are filled.
//
// A COPY is one transaction: its rows become visible when it ends, which happens after `sink.buffer-flush.interval`
// (1 s by default, as Flink's), after `sink.buffer-flush.max-rows` where it is set, after 16 MB, before a barrier and at
// the end. Flink's default of 100 rows per flush would cost a commit per 100 rows; here it has no row limit by default.
//
// Everything sent within a COPY that has not ended is kept: when the connection is lost it is sent again on a new one.
// Only a loss between the commit and its answer writes rows twice (at-least-once).
import type { RecordBatch } from '../../types/record-batch.ts'
import { CopyChunk } from './copy-chunk.ts'
import type { RowEncoder } from './copy-encoder.ts'
import type { CopyIn, PostgresConnection } from './postgres-connection.ts'
import { quoteIdentifier } from './postgres-name.ts'
import type { PostgresTable } from './postgres-table.ts'
import type { WriteBuffer } from './write-buffer.ts'

const CHUNK_BYTES = 256 * 1024
/** Room behind the limit for the row that passes it. */
const CHUNK_SLACK_BYTES = 16 * 1024
const RUN_BYTES_MAX = 16 * 1024 * 1024
/** Rows taken but not yet committed: two COPYs' worth. */
const BUFFERED_BYTES_MAX = 2 * RUN_BYTES_MAX

/** The rows of one COPY. */
class CopyRun {
  readonly chunks: CopyChunk[] = []
  byteCount = 0
  rowCount = 0
  isSealed = false
  /** Wakes the sender that waits for more chunks. */
  wake: (() => void) | undefined

  add(chunk: CopyChunk): void {
    this.chunks.push(chunk)
    this.byteCount += chunk.length
    this.rowCount += chunk.rowCount
    this.wake?.()
  }

  seal(): void {
    this.isSealed = true
    this.wake?.()
  }

  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }
}

export class CopyBuffer implements WriteBuffer {
  readonly #encoder: RowEncoder
  readonly #statement: string
  readonly #rowsMax: number
  readonly #queue: CopyRun[] = []
  readonly #spare: CopyChunk[] = []
  #run = new CopyRun()
  #chunk: CopyChunk
  #bufferedBytes = 0
  sentPieceCount = 0

  /** @param rowsMax - rows after which a COPY ends; 0: no limit */
  constructor(table: PostgresTable, encoder: RowEncoder, rowsMax: number) {
    this.#statement = copyStatement(table)
    this.#encoder = encoder
    this.#rowsMax = rowsMax
    this.#chunk = this.#takeChunk()
  }

  get isFull(): boolean {
    return this.#bufferedBytes >= BUFFERED_BYTES_MAX
  }

  get hasUnsealedRows(): boolean {
    return this.#run.rowCount + this.#chunk.rowCount > 0
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0 && !this.hasUnsealedRows
  }

  get pieceCount(): number {
    return this.#queue.length
  }

  get sealedPieceCount(): number {
    return this.#queue.length - (this.#queue.at(-1)?.isSealed === false ? 1 : 0)
  }

  write(batch: RecordBatch): void {
    for (let row = 0; row < batch.rowCount;) {
      row = this.#encoder.encodeRows(batch, row, this.#chunk, CHUNK_BYTES)
      const isDue = this.#rowsMax > 0 && this.#run.rowCount + this.#chunk.rowCount >= this.#rowsMax
      if (this.#chunk.length >= CHUNK_BYTES || isDue) {
        this.#finishChunk()
        if (isDue || this.#run.byteCount >= RUN_BYTES_MAX) this.seal()
      }
    }
  }

  seal(): void {
    if (!this.#chunk.isEmpty) this.#finishChunk()
    if (this.#run.rowCount === 0) return
    this.#run.seal()
    this.#run = new CopyRun()
  }

  async sendFirst(connection: PostgresConnection): Promise<void> {
    const run = this.#queue[0]!
    await sendCopyRun(connection, this.#statement, run)
    this.#queue.shift()
    this.sentPieceCount++
    this.#bufferedBytes -= run.byteCount
    for (const chunk of run.chunks) {
      chunk.clear()
      if (this.#spare.length < BUFFERED_BYTES_MAX / CHUNK_BYTES) this.#spare.push(chunk)
    }
  }

  #finishChunk(): void {
    const run = this.#run
    if (run.chunks.length === 0) this.#queue.push(run)
    this.#bufferedBytes += this.#chunk.length
    run.add(this.#chunk)
    this.#chunk = this.#takeChunk()
  }

  #takeChunk(): CopyChunk {
    return this.#spare.pop() ?? new CopyChunk(CHUNK_BYTES + CHUNK_SLACK_BYTES)
  }
}

function copyStatement(table: PostgresTable): string {
  const columns = table.columns.map((column) => quoteIdentifier(column.name))
  return `COPY ${table.name} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`
}

/** Sends one COPY from its first chunk to its last, which may still be to come; resolves when it is committed. */
async function sendCopyRun(connection: PostgresConnection, statement: string, run: CopyRun): Promise<void> {
  const copy = await connection.beginCopy(statement)
  for (let index = 0; ; index++) {
    while (index === run.chunks.length && !run.isSealed) await changedOrFailed(copy, run)
    if (index === run.chunks.length) break
    if (!copy.write(run.chunks[index]!.toCopyData())) await connection.drained(copy)
  }
  await connection.finish(copy)
}

/** The server may end a COPY that waits for rows: a shutdown, a bad row. */
function changedOrFailed(copy: CopyIn, run: CopyRun): Promise<void> {
  return Promise.race([run.changed(), copy.failed])
}
