// Kafka and Postgres that somebody else runs: nothing is started, altered or stopped. They are reached, over their own
// protocols and with a limit; what flinkts.yaml declares and is missing is made.
import { join } from 'node:path'
import { createTopics, FlinktsError, isFlinktsError, type KafkaCluster } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import { declaredTopics } from '../config/topic-configs.ts'
import { openKafka } from './kafka-connection.ts'
import { printableUrl } from './postgres-connection.ts'
import { externalPostgres, kafkaConnectionOf } from './project-connections.ts'
import { queryPostgres, runSqlFilesOnce } from './query-postgres.ts'
import type { FollowLogsOptions, ServiceStack, ServiceStackOptions } from './service-stack.ts'
import type { ServiceName, ServiceStatus, StartServicesRequest } from './session/session-protocol.ts'

/** A team's cluster that does not answer for so long is down, or cannot be reached from here. */
const REACH_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000

const TITLES = { kafka: 'Kafka', postgres: 'Postgres' } as const

export class ExternalStack implements ServiceStack {
  readonly provider = 'external'
  readonly #project: Project
  readonly #notice: (text: string) => void
  readonly #states = new Map<ServiceName, ServiceStatus>()
  readonly #reaching = new Map<ServiceName, Promise<string>>()
  /** Each once in a session. */
  readonly #said = new Set<string>()
  readonly #stopping = new AbortController()

  constructor({ project, notice }: Pick<ServiceStackOptions, 'project' | 'notice'>) {
    this.#project = project
    this.#notice = notice
  }

  /** Throws KAFKA_UNREACHABLE, KAFKA_TLS_FAILED, KAFKA_LOGIN_FAILED, POSTGRES_UNREACHABLE, OPTION_INVALID, FILE_NOT_FOUND. */
  async start({ services, ports }: StartServicesRequest): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    if (ports?.kafka !== undefined || ports?.postgres !== undefined)
      throw new FlinktsError('OPTION_INVALID', 'a port was asked for, and the services are external', {
        fix: 'Leave --kafka-port and --postgres-port out: flinkts.yaml names the addresses.',
      })
    await Promise.all(services.map((name) => this.#reach(name)))
  }

  status(): ServiceStatus[] {
    return [this.#statusOf('kafka'), this.#statusOf('postgres')]
  }

  stop(): Promise<void> {
    this.#stopping.abort(new FlinktsError('SESSION_UNREACHABLE', 'the session is stopping'))
    this.#states.clear()
    return Promise.resolve()
  }

  followLogs(name: ServiceName, _options: FollowLogsOptions): AsyncIterable<string> {
    throw new FlinktsError('OPTION_INVALID', `${TITLES[name]} is not run by flinkts: its log is where it runs`, {
      fix: '`flinkts logs session` shows what flinkts itself did.',
    })
  }

  #statusOf(name: ServiceName): ServiceStatus {
    const none = { address: undefined, pid: undefined, error: undefined }
    return this.#states.get(name) ?? { name, provider: 'external', state: 'stopped', ...none }
  }

  /** Asked again each time: it is not ours, and may have gone in the meantime. Whoever asks meanwhile waits along. */
  async #reach(name: ServiceName): Promise<void> {
    const status = (state: ServiceStatus['state'], more: { address?: string; error?: string }): void => {
      if (this.#stopping.signal.aborted) return
      const { address, error } = more
      this.#states.set(name, { name, provider: 'external', state, address, pid: undefined, error })
    }
    const reaching = this.#reaching.get(name) ?? (name === 'kafka' ? this.#reachKafka() : this.#reachPostgres())
    this.#reaching.set(name, reaching)
    const { state, address: known } = this.#statusOf(name)
    if (state !== 'running') status('starting', {})
    try {
      status('running', { address: await reaching })
    } catch (error) {
      status('failed', { ...(known === undefined ? {} : { address: known }), error: (error as Error).message })
      throw error
    } finally {
      this.#reaching.delete(name)
    }
  }

  async #reachKafka(): Promise<string> {
    const { bootstrapServers } = this.#project.config.kafka
    if (bootstrapServers === undefined)
      throw new FlinktsError('OPTION_INVALID', 'services: external, and kafka.bootstrapServers is not set', {
        fix: 'Write kafka: { bootstrapServers: "host:9092" } in flinkts.yaml, or set FLINKTS_KAFKA_BOOTSTRAP_SERVERS.',
      })
    const address = bootstrapServers.replaceAll(' ', '')
    const status = { name: 'kafka', provider: 'external', state: 'running', address } as const
    const limits = { retryTimeoutMs: REACH_TIMEOUT_MS, connectTimeoutMs: CONNECT_TIMEOUT_MS }
    const cluster = openKafka(kafkaConnectionOf(this.#project, { ...status, pid: undefined, error: undefined }), limits)
    try {
      await this.#reachBrokers(cluster)
      await this.#makeTopics(cluster)
    } finally {
      cluster.close()
    }
    return address
  }

  /** Brokers tell clients where to connect; what they tell may hold in their own network only. */
  async #reachBrokers(cluster: KafkaCluster): Promise<void> {
    const { signal } = this.#stopping
    const { brokers } = await cluster.describe(signal)
    const failures = await Promise.all(
      brokers.map(({ brokerId }) => cluster.connectionTo(brokerId, 'control', signal).then(noFailure, asFailure)),
    )
    const broken = failures.filter((failure) => failure !== undefined)
    if (broken.length === 0) return
    const first = broken[0]!
    if (!isFlinktsError(first) || first.code !== 'KAFKA_UNREACHABLE') throw first
    const which = `${broken.length} of ${brokers.length} brokers cannot be reached at the address that it tells its clients`
    if (broken.length < brokers.length) return this.#say(`${which}: ${first.message}`)
    throw new FlinktsError('KAFKA_UNREACHABLE', `${which}: ${first.message}`, {
      fix: 'Set advertised.listeners of the brokers to addresses that can be reached from here.',
      cause: first,
    })
  }

  /** Those that exist are somebody's: what differs is said, and left as it is. */
  async #makeTopics(cluster: KafkaCluster): Promise<void> {
    const declared = declaredTopics(this.#project.config.topics)
    if (declared.length === 0) return
    const { signal } = this.#stopping
    const present = new Map((await cluster.topics(null, signal)).map((topic) => [topic.name, topic.partitions.length]))
    for (const { name, partitions } of declared) {
      const found = present.get(name)
      if (found !== undefined && found !== partitions)
        this.#say(`topic ${name} has ${found} partitions, flinkts.yaml says ${partitions}: it is left as it is`)
    }
    const missing = declared.filter(({ name }) => !present.has(name))
    if (missing.length === 0) return
    await createTopics(cluster, missing, signal)
    this.#say(`made ${missing.map(({ name }) => `topic ${name}`).join(', ')}`)
  }

  async #reachPostgres(): Promise<string> {
    const connection = externalPostgres(this.#project)
    const files = this.#project.config.postgres.sql.map((name) => ({ name, path: join(this.#project.folder, name) }))
    if (files.length === 0) await queryPostgres(connection, 'SELECT 1')
    for (const { name, state } of await runSqlFilesOnce(connection, files)) {
      if (state === 'run') this.#say(`ran ${name}`)
      if (state === 'changed')
        this.#say(`${name} has run in this database with another text: it is not run again (schema flinkts keeps note)`)
    }
    return printableUrl(connection)
  }

  #say(line: string): void {
    if (this.#said.has(line)) return
    this.#said.add(line)
    this.#notice(line)
  }
}

const noFailure = (): undefined => undefined
const asFailure = (error: Error): Error => error
