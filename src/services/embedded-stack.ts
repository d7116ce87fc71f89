// The embedded services of one project: started once each, on demand, and stopped together.
import { join } from 'node:path'
import { FlinktsError, systemClock } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import { startEmbeddedKafka, type EmbeddedKafka } from './embedded-kafka.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts'
import { startOnPort } from './processes/port.ts'
import { runSqlFilesOnce } from './query-postgres.ts'
import { sessionPaths } from './session/session-files.ts'
import type { ServiceName, ServiceStatus, StartServicesRequest } from './session/session-protocol.ts'

const PORT_DEFAULTS: Readonly<Record<ServiceName, number>> = { kafka: 9092, postgres: 5432 }

interface Slot<T> {
  running: Promise<T> | undefined
  value: T | undefined
  error: string | undefined
  /** When it died, as long as that counts. */
  deaths: number[]
  /** In a row. */
  failedStarts: number
}

function emptySlot<T>(): Slot<T> {
  return { running: undefined, value: undefined, error: undefined, deaths: [], failedStarts: 0 }
}

export interface EmbeddedStackOptions {
  readonly project: Project
  /** What the user should know about a start: a moved port, a left-over that was stopped. */
  readonly notice: (text: string) => void
  /** A service died, was started again, or could not be. */
  readonly alarm: (text: string) => void
}

/** Between a death and the next start: nothing at first, then this, doubled each time up to the maximum. */
const RESTART_DELAY_MS = 500
const RESTART_DELAY_MS_MAX = 30_000
/** Deaths this long ago count no more. */
const RESTART_WINDOW_MS = 60_000
/** What cannot even start so often in a row stays down until somebody asks for it. */
const FAILED_STARTS_MAX = 5

export class EmbeddedStack {
  readonly #project: Project
  readonly #notice: (text: string) => void
  readonly #alarm: (text: string) => void
  readonly #kafka = emptySlot<EmbeddedKafka>()
  readonly #postgres = emptySlot<EmbeddedPostgres>()
  #stopped = false

  constructor(options: EmbeddedStackOptions) {
    this.#project = options.project
    this.#notice = options.notice
    this.#alarm = options.alarm
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

  /** Also stops what is still starting. Nothing starts afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true
    const stopSlot = async (slot: Slot<{ stop(): Promise<void> }>): Promise<void> => {
      const service = await slot.running?.catch(() => undefined)
      slot.running = undefined
      slot.value = undefined
      await service?.stop()
    }
    await Promise.all([stopSlot(this.#kafka), stopSlot(this.#postgres)])
  }

  async #once<T>(slot: Slot<T>, start: () => Promise<T>): Promise<void> {
    if (this.#stopped) throw new FlinktsError('SESSION_UNREACHABLE', 'the session is stopping')
    slot.running ??= start()
    try {
      slot.value = await slot.running
      slot.error = undefined
      slot.failedStarts = 0
    } catch (error) {
      slot.running = undefined // the next request tries again
      slot.error = error instanceof Error ? error.message : String(error)
      throw error
    }
  }

  async #onPort<T>(name: ServiceName, asked: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
    const defaultPort = PORT_DEFAULTS[name]
    const { port, started } = await startOnPort({ asked, defaultPort, service: name }, start)
    if (asked === undefined && port !== defaultPort)
      this.#notice(`port ${defaultPort} is taken: ${name} listens on ${port}`)
    return started
  }

  async #startKafka(askedPort: number | undefined): Promise<EmbeddedKafka> {
    const { config } = this.#project
    const directory = sessionPaths(this.#project).kafka
    const kafka = await this.#onPort('kafka', askedPort ?? config.kafka.port, (port) =>
      startEmbeddedKafka({ directory, port, topics: config.topics }),
    )
    if (kafka.stoppedLeftover) this.#notice('stopped a Kafka broker that an earlier, killed session had left behind')
    const port = Number(kafka.bootstrap.split(':').at(-1))
    void kafka.died.then((why) => this.#lost(this.#kafka, 'kafka', why, () => this.#startKafka(port)))
    return kafka
  }

  async #startPostgres(askedPort: number | undefined): Promise<EmbeddedPostgres> {
    const { config } = this.#project
    const directory = sessionPaths(this.#project).postgres
    const postgres = await this.#onPort('postgres', askedPort ?? config.postgres.port, (port) =>
      startEmbeddedPostgres({ directory, port }),
    )
    if (postgres.stoppedLeftover) this.#notice('stopped a Postgres that an earlier, killed session had left behind')
    try {
      const files = config.postgres.sql.map((name) => ({ name, path: join(this.#project.folder, name) }))
      await runSqlFilesOnce(postgres.url, files)
    } catch (error) {
      await postgres.stop()
      throw error
    }
    const { port } = postgres
    void postgres.died.then((why) => this.#lost(this.#postgres, 'postgres', why, () => this.#startPostgres(port)))
    return postgres
  }

  #lost<T>(slot: Slot<T>, name: ServiceName, why: string, start: () => Promise<T>): void {
    slot.value = undefined
    slot.running = undefined
    slot.error = why
    const now = systemClock.monotonicMs()
    slot.deaths = [...slot.deaths.filter((at) => now - at < RESTART_WINDOW_MS), now]
    this.#startAgain(slot, name, `${name} ended by itself: ${why.split('\n').at(-1)}`, start, slot.deaths.length - 1)
  }

  /** Where its clients know it: jobs go on when it is back. `attempt` counts from 0. */
  #startAgain<T>(slot: Slot<T>, name: ServiceName, what: string, start: () => Promise<T>, attempt: number): void {
    if (this.#stopped) return
    const delayMs = attempt === 0 ? 0 : Math.min(RESTART_DELAY_MS * 2 ** (attempt - 1), RESTART_DELAY_MS_MAX)
    this.#alarm(`${what}; starting it again${delayMs === 0 ? '' : ` in ${delayMs / 1000} s`}`)
    systemClock.setTimer(delayMs, () => {
      this.#once(slot, start).then(
        () => this.#alarm(`${name} is back`),
        (error: Error) => {
          const failure = `${name} cannot be started: ${error.message}`
          slot.failedStarts++
          if (slot.failedStarts >= FAILED_STARTS_MAX) this.#alarm(`${failure}; it stays down until it is asked for`)
          else this.#startAgain(slot, name, failure, start, attempt + 1)
        },
      )
    })
  }
}
