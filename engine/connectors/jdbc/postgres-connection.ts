// One connection to Postgres: statements through `pg`, COPY straight onto its socket.
import type { Socket } from 'node:net'
import pg from 'pg'
import { isFlinktsError } from '../../common/errors.ts'
import type { Clock } from '../../time/clock.ts'
import { revealed, type Secrets } from '../secret-slot.ts'
import { COPY_FILE_HEADER, COPY_FILE_TRAILER } from './copy-encoder.ts'
import type { JdbcLogin, JdbcSinkSettings } from './jdbc-settings.ts'
import { connectError, mayHeal } from './postgres-errors.ts'
import { isWithoutTls, sslOf, unusableTls } from './postgres-tls.ts'
import { readTls } from './read-tls.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** A row lock or table lock that somebody else keeps longer is an error, not a hang. */
const LOCK_TIMEOUT_MS = 60_000
/** Without any answer for so long the server is given up. */
const ANSWER_TIMEOUT_MS = 300_000

export interface ConnectionContext {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly secrets?: Secrets | undefined
}

/** The parts of pg's Connection that a query of ours needs. */
interface WireConnection {
  readonly stream: Socket
  query(text: string): void
}

const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4])

function copyDataMessage(payload: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(5 + payload.length)
  message[0] = 0x64
  message.writeInt32BE(4 + payload.length, 1)
  message.set(payload, 5)
  return message
}

/** A running `COPY … FROM STDIN (FORMAT binary)`. One statement: its rows are visible, all together, after `finish`. */
export class CopyIn {
  readonly #text: string
  readonly #started: PromiseWithResolvers<void>
  readonly #ended: PromiseWithResolvers<void>
  #connection: WireConnection | undefined

  constructor(text: string) {
    this.#text = text
    this.#started = createResolvers()
    this.#ended = createResolvers()
    // both are awaited by the writer in turn; a failure before that is not unhandled
    this.#started.promise.catch(() => undefined)
    this.#ended.promise.catch(() => undefined)
  }

  /** The server takes rows. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Sends one CopyData message (see CopyChunk.toCopyData). False: wait for `drained` before the next. */
  write(message: Buffer): boolean {
    return this.#connection!.stream.write(message)
  }

  drained(): Promise<void> {
    const { stream } = this.#connection!
    if (!stream.writableNeedDrain) return Promise.resolve()
    return Promise.race([new Promise<void>((resolve) => stream.once('drain', resolve)), this.#ended.promise])
  }

  /** Rejects when the server or the connection ends the COPY. */
  get failed(): Promise<void> {
    return this.#ended.promise
  }

  finish(): Promise<void> {
    this.#connection!.stream.write(Buffer.concat([copyDataMessage(COPY_FILE_TRAILER), COPY_DONE]))
    return this.#ended.promise
  }

  // From here on: what pg's client calls.
  submit(connection: WireConnection): void {
    this.#connection = connection
    connection.query(this.#text)
  }

  handleCopyInResponse(): void {
    this.write(copyDataMessage(COPY_FILE_HEADER))
    this.#started.resolve()
  }

  handleError(error: Error): void {
    this.#started.reject(error)
    this.#ended.reject(error)
  }

  handleReadyForQuery(): void {
    this.#ended.resolve()
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function createResolvers(): PromiseWithResolvers<void> {
  let resolve!: () => void
  let reject!: (error: Error) => void
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

export function addressOf(settings: JdbcSinkSettings): string {
  const { host, port, database } = settings.address
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

export class PostgresConnection {
  readonly #client: pg.Client
  readonly #context: ConnectionContext
  readonly #onAbort = (): void => this.destroy()

  private constructor(client: pg.Client, context: ConnectionContext) {
    this.#client = client
    this.#context = context
    // failures reach whoever waits on the connection; one that idles is found broken at its next use
    client.on('error', () => undefined)
    context.signal.addEventListener('abort', this.#onAbort)
  }

  /** Throws POSTGRES_UNREACHABLE, OPTION_INVALID, FILE_NOT_FOUND, or pg's own error where another attempt may succeed. */
  static async open(settings: JdbcSinkSettings, context: ConnectionContext): Promise<PostgresConnection> {
    const login = revealed(settings.login, context.secrets)
    const tls = readTls(login.tls)
    try {
      return await PostgresConnection.#open(settings, login, sslOf(settings.address.host, tls), context)
    } catch (error) {
      if (tls.mode === 'prefer' && isWithoutTls(error))
        return await PostgresConnection.#open(settings, login, false, context).catch((second: unknown) => {
          throw mayHeal(second) ? second : connectError(addressOf(settings), second)
        })
      throw mayHeal(error) || isFlinktsError(error) ? error : connectError(addressOf(settings), error)
    }
  }

  static async #open(
    settings: JdbcSinkSettings,
    login: JdbcLogin,
    ssl: ReturnType<typeof sslOf>,
    context: ConnectionContext,
  ): Promise<PostgresConnection> {
    context.signal.throwIfAborted()
    const client = new pg.Client({
      ...settings.address,
      user: login.user ?? undefined,
      // an empty password, never the environment's: what is in the DDL decides
      password: login.password ?? '',
      ssl,
      application_name: settings.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      lock_timeout: LOCK_TIMEOUT_MS,
      ...(settings.searchPath === null ? {} : { options: `-c search_path=${settings.searchPath}` }),
    })
    const connection = new PostgresConnection(client, context)
    try {
      await client.connect()
      return connection
    } catch (error) {
      connection.destroy()
      throw unusableTls(error) ?? error
    }
  }

  async query<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    const result = await this.#answered(this.#client.query<R>(text, values), 'an answer')
    return result.rows
  }

  /** A prepared statement, known to the server by its name after the first time. */
  async execute(name: string, text: string, values: unknown[]): Promise<void> {
    await this.#answered(this.#client.query({ name, text, values }), 'an answer')
  }

  async beginCopy(text: string): Promise<CopyIn> {
    const copy = new CopyIn(text)
    this.#client.query(copy as unknown as pg.Submittable)
    await this.#answered(copy.started, 'COPY to begin')
    return copy
  }

  drained(copy: CopyIn): Promise<void> {
    return this.#answered(copy.drained(), 'the server to take rows')
  }

  finish(copy: CopyIn): Promise<void> {
    return this.#answered(copy.finish(), 'COPY to end')
  }

  /** No answer for ANSWER_TIMEOUT_MS ends the connection, and with it whatever is awaited. */
  async #answered<T>(answer: Promise<T>, what: string): Promise<T> {
    const { clock, signal } = this.#context
    let timedOut = false
    const timer = clock.setTimer(ANSWER_TIMEOUT_MS, () => {
      timedOut = true
      this.destroy()
    })
    try {
      return await answer
    } catch (error) {
      if (timedOut)
        throw new Error(`timeout expired: waited ${ANSWER_TIMEOUT_MS / 1000} s for ${what}`, { cause: error })
      throw signal.aborted ? signal.reason : error
    } finally {
      timer.cancel()
    }
  }

  /** At once, without telling the server. */
  destroy(): void {
    this.#context.signal.removeEventListener('abort', this.#onAbort)
    const { stream } = (this.#client as unknown as { connection: { stream: Socket } }).connection
    stream.destroy()
  }

  /** Says goodbye. */
  async end(): Promise<void> {
    this.#context.signal.removeEventListener('abort', this.#onAbort)
    await this.#client.end().catch(() => undefined)
  }
}
