// The writer of the `jdbc` sink: one connection, one piece of work at a time, repeated when the connection is lost.
import { localTimeZone } from '../../common/local-time-zone.ts'
import type { RecordBatch } from '../../types/record-batch.ts'
import type { Timer } from '../../time/clock.ts'
import type { Json, RuntimeContext, SinkSpec, SinkWriter } from '../connector.ts'
import { CopyBuffer } from './copy-buffer.ts'
import { createRowEncoder } from './copy-encoder.ts'
import type { JdbcSinkSettings } from './jdbc-settings.ts'
import { addressOf, PostgresConnection } from './postgres-connection.ts'
import { connectError, lostError, mayHeal, writeError } from './postgres-errors.ts'
import { describeTable, type PostgresTable } from './postgres-table.ts'
import { UpsertBuffer } from './upsert-buffer.ts'
import type { WriteBuffer } from './write-buffer.ts'
import { takeOver } from './writer-lock.ts'

const RETRY_DELAY_MS = 1000

export class JdbcWriter implements SinkWriter {
  readonly #spec: SinkSpec
  readonly #settings: JdbcSinkSettings
  readonly #context: RuntimeContext
  #connection: PostgresConnection | undefined
  #table: PostgresTable | undefined
  #buffer: WriteBuffer | undefined
  #failure: Error | undefined
  #isSending = false
  #isClosed = false
  #flushTimer: Timer | undefined
  /** Monotonic time since when there has been a sealed piece and no commit. */
  #owedSince: number | undefined
  /** Resolved and replaced at every change that somebody may wait for. */
  #waiters: (() => void)[] = []

  constructor(spec: SinkSpec, context: RuntimeContext) {
    this.#spec = spec
    this.#settings = spec.settings as unknown as JdbcSinkSettings
    this.#context = context
  }

  async open(): Promise<void> {
    const { consumedType, keyColumns } = this.#spec
    this.#connection = await this.#connect()
    const table = await describeTable(this.#connection, this.#settings.tableName, consumedType, keyColumns)
    const types = consumedType.fields.map((field) => field.type)
    const zone = localTimeZone(this.#context.configuration)
    const encoder = createRowEncoder(types, table.columns, zone)
    const { flushMaxRows } = this.#settings
    this.#table = table
    this.#buffer =
      keyColumns.length === 0
        ? new CopyBuffer(table, encoder, flushMaxRows)
        : new UpsertBuffer(table, consumedType, encoder, keyColumns, flushMaxRows)
  }

  identity(): Json {
    return this.#table?.identity ?? null
  }

  write(batch: RecordBatch): void {
    const buffer = this.#buffer!
    buffer.write(batch)
    if (buffer.pieceCount > 0) this.#send()
    this.#noteOwed()
    if (buffer.hasUnsealedRows) this.#startFlushTimer()
  }

  #noteOwed(): void {
    if (this.#buffer!.sealedPieceCount > 0) this.#owedSince ??= this.#context.clock.monotonicMs()
  }

  owedForMs(): number | undefined {
    return this.#owedSince === undefined ? undefined : this.#context.clock.monotonicMs() - this.#owedSince
  }

  holdsRows(): boolean {
    return this.#buffer?.isEmpty === false
  }

  isAvailable(): boolean {
    return this.#failure === undefined && !this.#buffer!.isFull
  }

  async available(): Promise<void> {
    while (this.#failure === undefined && this.#buffer!.isFull) await this.#changed()
    this.#throwFailure()
  }

  async flush(): Promise<void> {
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    const buffer = this.#buffer!
    buffer.seal()
    this.#noteOwed()
    this.#send()
    // others come behind them meanwhile: to wait for these, too, would be to wait for ever where Postgres is what is slow
    const until = buffer.sentPieceCount + buffer.pieceCount
    while (this.#failure === undefined && buffer.sentPieceCount < until) await this.#changed()
    this.#throwFailure()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#flushTimer?.cancel()
    if (this.#failure !== undefined || this.#isSending || this.#buffer?.isEmpty === false) this.#connection?.destroy()
    else await this.#connection?.end()
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #startFlushTimer(): void {
    const { flushIntervalMs } = this.#settings
    if (flushIntervalMs === 0 || this.#flushTimer !== undefined) return
    this.#flushTimer = this.#context.clock.setTimer(flushIntervalMs, () => {
      this.#flushTimer = undefined
      this.#buffer!.seal()
      this.#noteOwed()
      this.#send()
    })
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #notify(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }

  /** Sends all work there is, in the background; at most one such loop runs. */
  #send(): void {
    if (this.#isSending || this.#failure !== undefined || this.#buffer!.pieceCount === 0) return
    this.#isSending = true
    void this.#sendAll().catch((error: unknown) => {
      this.#failure = error as Error
      this.#isSending = false
      this.#notify()
    })
  }

  async #sendAll(): Promise<void> {
    const buffer = this.#buffer!
    for (let hasMore = true; hasMore;) {
      await this.#sendFirst(buffer)
      this.#owedSince = undefined
      this.#noteOwed()
      hasMore = buffer.pieceCount > 0 && !this.#isClosed
      // before anybody is woken: what he writes next must start the next loop
      if (!hasMore) this.#isSending = false
      this.#notify()
    }
  }

  async #sendFirst(buffer: WriteBuffer): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#connection ??= await this.#openConnection()
        await buffer.sendFirst(this.#connection)
        return
      } catch (error) {
        this.#connection?.destroy()
        this.#connection = undefined
        if (this.#isClosed || !mayHeal(error)) throw writeError(this.#settings.tableName, error)
        if (attempt > this.#settings.maxRetries) throw lostError(this.#settings.tableName, attempt, error)
        await this.#delay(RETRY_DELAY_MS * attempt)
      }
    }
  }

  async #connect(): Promise<PostgresConnection> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#openConnection()
      } catch (error) {
        if (!mayHeal(error)) throw error
        if (attempt > this.#settings.maxRetries) throw connectError(addressOf(this.#settings), error)
        await this.#delay(RETRY_DELAY_MS * attempt)
      }
    }
  }

  /** Upserts must not be overtaken by what an earlier connection left under way; appended rows stand side by side. */
  async #openConnection(): Promise<PostgresConnection> {
    const { subtaskId } = this.#context
    const connection = await PostgresConnection.open(this.#settings, this.#context)
    if (this.#spec.keyColumns.length === 0 || subtaskId === undefined) return connection
    try {
      await takeOver(connection, subtaskId)
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  #delay(delayMs: number): Promise<void> {
    const { clock, signal } = this.#context
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        timer.cancel()
        reject(signal.reason as Error)
      }
      const timer = clock.setTimer(delayMs, () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
    })
  }
}
