// The embedded services of one project: started once each, on demand, and stopped together.
import { join } from 'node:path'
import { systemClock } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import { startEmbeddedKafka, type EmbeddedKafka } from './embedded-kafka.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts'
import { movedPortNotice, PORT_DEFAULTS, startOnPort } from './processes/port.ts'
import { runSqlFilesOnce } from './query-postgres.ts'
import { followLogFile } from './follow-log-file.ts'
import type { FollowLogsOptions, ServiceStack, ServiceStackOptions } from './service-stack.ts'
import { SupervisedService } from './supervised-service.ts'
import { sessionPaths } from './session/session-files.ts'
import type { ServiceName, ServiceStatus, StartServicesRequest } from './session/session-protocol.ts'

/** Written by the broker's and by Postgres's process, in the service's folder. */
const LOG_FILES: Readonly<Record<ServiceName, string>> = { kafka: 'broker.log', postgres: 'postgres.log' }

export class EmbeddedStack implements ServiceStack {
  readonly provider = 'embedded'
  readonly #project: Project
  readonly #notice: (text: string) => void
  readonly #kafka: SupervisedService<EmbeddedKafka>
  readonly #postgres: SupervisedService<EmbeddedPostgres>

  constructor(options: Omit<ServiceStackOptions, 'pulling'>) {
    this.#project = options.project
    this.#notice = options.notice
    const { alarm } = options
    this.#kafka = new SupervisedService({
      name: 'kafka',
      provider: 'embedded',
      clock: systemClock,
      alarm,
      addressOf: (kafka) => kafka.bootstrap,
      startAgain: ({ bootstrap }) => this.#startKafka(Number(bootstrap.split(':').at(-1))),
    })
    this.#postgres = new SupervisedService({
      name: 'postgres',
      provider: 'embedded',
      clock: systemClock,
      alarm,
      addressOf: (postgres) => postgres.url,
      startAgain: ({ port }) => this.#startPostgres(port),
    })
  }

  /** Starts what is asked for and not running yet, side by side. Throws the first service's error. */
  async start({ services, ports }: StartServicesRequest): Promise<void> {
    await Promise.all(
      services.map((name) =>
        name === 'kafka'
          ? this.#kafka.start(() => this.#startKafka(ports?.kafka))
          : this.#postgres.start(() => this.#startPostgres(ports?.postgres)),
      ),
    )
  }

  status(): ServiceStatus[] {
    return [this.#kafka.status(), this.#postgres.status()]
  }

  /** Also stops what is still starting. Nothing starts afterwards. */
  async stop(): Promise<void> {
    await Promise.all([this.#kafka.stop(), this.#postgres.stop()])
  }

  followLogs(name: ServiceName, options: FollowLogsOptions): AsyncIterable<string> {
    return followLogFile(join(sessionPaths(this.#project)[name], LOG_FILES[name]), options)
  }

  async #onPort<T>(name: ServiceName, asked: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
    const wanted = { asked, defaultPort: PORT_DEFAULTS[name], service: name }
    const { port, started } = await startOnPort(wanted, start)
    const moved = await movedPortNotice(wanted, port)
    if (moved !== undefined) this.#notice(moved)
    return started
  }

  async #startKafka(askedPort: number | undefined): Promise<EmbeddedKafka> {
    const { config } = this.#project
    const directory = sessionPaths(this.#project).kafka
    const kafka = await this.#onPort('kafka', askedPort ?? config.kafka.port, (port) =>
      startEmbeddedKafka({ directory, port, configs: config.kafka.configs, topics: config.topics }),
    )
    if (kafka.stoppedLeftover) this.#notice('stopped a Kafka broker that an earlier, killed session had left behind')
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
    return postgres
  }
}
