// The embedded services of one project: started once each, on demand, and stopped together.
import { join } from 'node:path'
import type { Project } from '../config/project.ts'
import { startEmbeddedKafka, type EmbeddedKafka } from './embedded-kafka.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts'
import { choosePort } from './processes/port.ts'
import { runSqlFilesOnce } from './query-postgres.ts'
import { sessionPaths } from './session/session-files.ts'
import type { ServiceName, ServiceStatus, StartServicesRequest } from './session/session-protocol.ts'

const PORT_DEFAULTS: Readonly<Record<ServiceName, number>> = { kafka: 9092, postgres: 5432 }

interface Slot<T> {
  running: Promise<T> | undefined
  value: T | undefined
  error: string | undefined
}

const emptySlot = <T>(): Slot<T> => ({ running: undefined, value: undefined, error: undefined })

export interface EmbeddedStackOptions {
  readonly project: Project
  /** What the user should know: a moved port, a left-over that was stopped, a service that died. */
  readonly notice: (text: string) => void
}

export class EmbeddedStack {
  readonly #project: Project
  readonly #notice: (text: string) => void
  readonly #kafka = emptySlot<EmbeddedKafka>()
  readonly #postgres = emptySlot<EmbeddedPostgres>()

  constructor(options: EmbeddedStackOptions) {
    this.#project = options.project
    this.#notice = options.notice
  }

  /** Starts what is asked for and not running yet, side by side. Throws the first service's error. */
  async start(request: StartServicesRequest): Promise<void> {
    await Promise.all(
      request.services.map((name) =>
        name === 'kafka'
          ? this.#once(this.#kafka, () => this.#startKafka(request.ports?.kafka))
          : this.#once(this.#postgres, () => this.#startPostgres(request.ports?.postgres)),
      ),
    )
  }

  status(): ServiceStatus[] {
    const describe = <T extends { readonly pid: number }>(
      name: ServiceName,
      slot: Slot<T>,
      address: string | undefined,
    ): ServiceStatus => ({
      name,
      state:
        slot.value !== undefined
          ? 'running'
          : slot.running !== undefined
            ? 'starting'
            : slot.error === undefined
              ? 'stopped'
              : 'failed',
      address,
      pid: slot.value?.pid,
      error: slot.error,
    })
    return [
      describe('kafka', this.#kafka, this.#kafka.value?.bootstrap),
      describe('postgres', this.#postgres, this.#postgres.value?.url),
    ]
  }

  async stop(): Promise<void> {
    const stopping = [this.#kafka.value?.stop() ?? Promise.resolve(), this.#postgres.value?.stop() ?? Promise.resolve()]
    this.#kafka.value = undefined
    this.#postgres.value = undefined
    await Promise.all(stopping)
  }

  async #once<T>(slot: Slot<T>, start: () => Promise<T>): Promise<void> {
    slot.running ??= start()
    try {
      slot.value = await slot.running
      slot.error = undefined
    } catch (error) {
      slot.running = undefined // the next request tries again
      slot.error = error instanceof Error ? error.message : String(error)
      throw error
    }
  }

  async #choosePort(name: ServiceName, asked: number | undefined): Promise<number> {
    const choice = await choosePort(asked, PORT_DEFAULTS[name], name)
    if (choice.movedFrom !== undefined) {
      this.#notice(`port ${choice.movedFrom} is taken: ${name} listens on ${choice.port}`)
    }
    return choice.port
  }

  async #startKafka(askedPort: number | undefined): Promise<EmbeddedKafka> {
    const { config } = this.#project
    const port = await this.#choosePort('kafka', askedPort ?? config.kafka.port)
    const kafka = await startEmbeddedKafka({
      directory: sessionPaths(this.#project).kafka,
      port,
      topics: config.topics,
    })
    void kafka.died.then((why) => this.#lost(this.#kafka, 'kafka', why))
    return kafka
  }

  async #startPostgres(askedPort: number | undefined): Promise<EmbeddedPostgres> {
    const { config } = this.#project
    const directory = sessionPaths(this.#project).postgres
    const port = await this.#choosePort('postgres', askedPort ?? config.postgres.port)
    const postgres = await startEmbeddedPostgres({ directory, port })
    if (postgres.stoppedLeftover) this.#notice('stopped a Postgres that an earlier, killed session had left behind')
    try {
      const files = config.postgres.sql.map((name) => ({ name, path: join(this.#project.folder, name) }))
      await runSqlFilesOnce(postgres.url, files)
    } catch (error) {
      await postgres.stop()
      throw error
    }
    void postgres.died.then((why) => this.#lost(this.#postgres, 'postgres', why))
    return postgres
  }

  #lost<T>(slot: Slot<T>, name: ServiceName, why: string): void {
    slot.value = undefined
    slot.running = undefined
    slot.error = why
    this.#notice(`${name} ended by itself: ${why.split('\n').at(-1)}`)
  }
}
