// The brokers of one Kafka cluster as a client sees them: who they are, who leads which partition, connections to them.
import { FlinktsError } from '../../common/errors.ts'
import type { Clock } from '../../time/clock.ts'
import { usesSasl } from '../protocol/security-protocol.ts'
import { zeroUuid } from '../protocol/message-schema.ts'
import { kafkaErrorCodes } from '../protocol/kafka-errors.ts'
import type { ApiName, MetadataResponse, RequestInputByApi, ResponseByApi } from '../protocol/schemas.ts'
import { givenUp, mayHeal, retrying, type RetryOptions } from './backoff.ts'
import { formatAddress, type BrokerAddress } from './bootstrap-servers.ts'
import { clientTlsOf } from './broker-socket.ts'
import { Connection, type ConnectionOptions, type RequestOptions } from './connection.ts'
import { kafkaError } from './kafka-error.ts'
import type { KafkaLogin, KafkaSecurity } from './kafka-security.ts'
import { abortable } from './waiting.ts'

export interface KafkaClusterOptions {
  readonly bootstrapServers: readonly BrokerAddress[]
  /** Undefined: PLAINTEXT. The same for every broker of the cluster. */
  readonly security?: KafkaSecurity | undefined
  readonly clock: Clock
  /** Uniform in [0, 1): spreads retries and picks partitions. */
  readonly random: () => number
  /** Default 'flinkts'. */
  readonly clientId?: string
  /** Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Kafka's `request.timeout.ms`, default 30,000. */
  readonly requestTimeoutMs?: number
  /** Kafka's `retry.backoff.ms` and `retry.backoff.max.ms`, default 100 and 1,000. */
  readonly retryBackoffMs?: number
  readonly retryBackoffMaxMs?: number
  /** How long a broker that is gone, or an error that Kafka calls retriable, is borne. Default 60,000. */
  readonly retryTimeoutMs?: number
}

export interface PartitionMetadata {
  readonly partition: number
  /** -1 where there is none at the moment. */
  readonly leaderId: number
  readonly leaderEpoch: number
}

export interface TopicMetadata {
  readonly name: string
  /** undefined from brokers before Kafka 2.8. A topic that is deleted and created anew has another one. */
  readonly topicId: string | undefined
  readonly internal: boolean
  /** In the order of their numbers. */
  readonly partitions: readonly PartitionMetadata[]
}

export interface ClusterDescription {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly brokers: readonly (BrokerAddress & { readonly brokerId: number })[]
}

/** What a connection is for. A long poll must not hold up other requests, so every fetcher has connections of its own. */
export type ConnectionPurpose = 'control' | 'produce' | `fetch ${number}`

const inFlightMax = 5

/**
 * Usable from any thread; one instance belongs to one. Connections are opened when they are needed and opened anew when
 * they broke. Methods that say "retries" bear errors that may heal for `retryTimeoutMs`, then throw the first cause.
 */
export class KafkaCluster {
  readonly retry: RetryOptions
  readonly clock: Clock
  readonly random: () => number
  private readonly bootstrapServers: readonly BrokerAddress[]
  private readonly connectionOptions: Omit<ConnectionOptions, 'inFlightMax'>
  private readonly connections = new Map<string, Promise<Connection>>()
  private readonly brokers = new Map<number, BrokerAddress>()
  private bootstrapTurn = 0
  private fetchers = 0
  private closed = false
  private readonly closing = new AbortController()

  constructor(options: KafkaClusterOptions) {
    const { clock, random, retryBackoffMs = 100, retryBackoffMaxMs = 1000, retryTimeoutMs = 60_000 } = options
    this.clock = clock
    this.random = random
    this.retry = { clock, random, retryBackoffMs, retryBackoffMaxMs, retryTimeoutMs }
    this.bootstrapServers = options.bootstrapServers
    const { clientId = 'flinkts', connectTimeoutMs = 10_000, requestTimeoutMs = 30_000 } = options
    const { security } = options
    this.connectionOptions = {
      clock,
      random,
      clientId,
      connectTimeoutMs,
      requestTimeoutMs,
      tls: security && clientTlsOf(security),
      login: security && usesSasl(security.protocol) ? loginOf(security) : undefined,
    }
  }

  get requestTimeoutMs(): number {
    return this.connectionOptions.requestTimeoutMs
  }

  /** Asks any broker that answers. Retries. */
  async request<Api extends ApiName>(
    api: Api,
    message: RequestInputByApi[Api],
    options: RequestOptions = {},
  ): Promise<ResponseByApi[Api]> {
    const ask = async () => (await this.anyConnection(options.signal)).request(api, message, options)
    return retrying(this.retry, `${api} at ${this.addresses()}`, ask, options.signal)
  }

  /** A connection to a broker that a recent metadata answer named. Does not retry. */
  async connectionTo(brokerId: number, purpose: ConnectionPurpose, signal?: AbortSignal): Promise<Connection> {
    const address = this.brokers.get(brokerId)
    if (address === undefined)
      throw new FlinktsError('KAFKA_UNREACHABLE', `broker ${brokerId} is not among the brokers of ${this.addresses()}`)
    return this.connection(address, purpose, signal)
  }

  /** Does not retry: throws the error of the last address when none answers. */
  async anyConnection(signal?: AbortSignal): Promise<Connection> {
    const addresses = [...this.brokers.values(), ...this.bootstrapServers]
    let failure: unknown
    for (let i = 0; i < addresses.length; i++) {
      signal?.throwIfAborted()
      const address = addresses[(this.bootstrapTurn + i) % addresses.length]!
      try {
        return await this.connection(address, 'control', signal)
      } catch (error) {
        failure ??= error
        if (!mayHeal(error)) throw error
      }
    }
    this.bootstrapTurn++
    throw failure
  }

  /** Retries. A topic that does not exist is KAFKA_TOPIC_MISSING, once it is sure. `null`: all topics. */
  async topics(names: readonly string[] | null, signal?: AbortSignal): Promise<TopicMetadata[]> {
    return retrying(this.retry, 'reading the metadata of topics', () => this.topicsOnce(names, signal), signal)
  }

  /** Does not retry. */
  async topicsOnce(names: readonly string[] | null, signal?: AbortSignal): Promise<TopicMetadata[]> {
    const topics = names?.map((name) => ({ name })) ?? null
    const connection = await this.anyConnection(signal)
    const answer = await connection.request(
      'Metadata',
      { topics, allowAutoTopicCreation: false },
      { versionMax: 12, signal },
    )
    this.learnBrokers(answer)
    return answer.topics.map((topic) => {
      if (topic.errorCode === kafkaErrorCodes.UNKNOWN_TOPIC_OR_PARTITION)
        throw missingTopic(topic.name ?? '?', this.addresses())
      if (topic.errorCode !== 0) throw kafkaError(topic.errorCode, `topic ${topic.name}`)
      const partitions = topic.partitions
        .map(({ partitionIndex, leaderId, leaderEpoch }) => ({ partition: partitionIndex, leaderId, leaderEpoch }))
        .sort((a, b) => a.partition - b.partition)
      const topicId = topic.topicId === zeroUuid ? undefined : topic.topicId
      return { name: topic.name ?? '', topicId, internal: topic.isInternal, partitions }
    })
  }

  /** Retries. */
  async describe(signal?: AbortSignal): Promise<ClusterDescription> {
    const answer = await this.request(
      'Metadata',
      { topics: [], allowAutoTopicCreation: false },
      { versionMax: 12, signal },
    )
    this.learnBrokers(answer)
    const brokers = answer.brokers.map(({ nodeId, host, port }) => ({ brokerId: nodeId, host, port }))
    return { clusterId: answer.clusterId, controllerId: answer.controllerId, brokers }
  }

  newFetchPurpose(): ConnectionPurpose {
    return `fetch ${this.fetchers++}`
  }

  closeConnections(purpose: ConnectionPurpose): void {
    for (const [key, connection] of this.connections) {
      if (!key.startsWith(`${purpose} at `)) continue
      this.connections.delete(key)
      closeWhenOpen(connection)
    }
  }

  /** Closes every connection; what waits for one fails. */
  close(): void {
    this.closed = true
    this.closing.abort(new FlinktsError('KAFKA_UNREACHABLE', 'the Kafka client was closed'))
    for (const connection of this.connections.values()) closeWhenOpen(connection)
    this.connections.clear()
  }

  /** For messages. */
  addresses(): string {
    return this.bootstrapServers.map(formatAddress).join(', ')
  }

  private learnBrokers(answer: MetadataResponse): void {
    this.brokers.clear()
    for (const { nodeId, host, port } of answer.brokers) this.brokers.set(nodeId, { host, port })
  }

  private async connection(
    address: BrokerAddress,
    purpose: ConnectionPurpose,
    signal?: AbortSignal,
  ): Promise<Connection> {
    if (this.closed) throw new FlinktsError('KAFKA_UNREACHABLE', 'the Kafka client was closed')
    const key = `${purpose} at ${formatAddress(address)}`
    const known = this.connections.get(key)
    if (known !== undefined) {
      const open = await abortable(known, signal)
      if (!open.isClosed) return open
      if (this.connections.get(key) === known) this.connections.delete(key)
      return this.connection(address, purpose, signal)
    }
    const opening = Connection.open(address, { ...this.connectionOptions, inFlightMax }, this.closing.signal)
    this.connections.set(key, opening)
    opening.catch(() => {
      if (this.connections.get(key) === opening) this.connections.delete(key)
    })
    return abortable(opening, signal)
  }
}

function closeWhenOpen(connection: Promise<Connection>): void {
  connection.then(
    (open) => open.close(),
    () => undefined,
  )
}

function loginOf({ protocol, sasl }: KafkaSecurity): KafkaLogin {
  if (sasl !== undefined && sasl.username !== '' && sasl.password !== '') return sasl
  throw new FlinktsError('OPTION_INVALID', `Kafka: ${protocol} needs a user name and a password`, {
    fix: 'Give both, or use a security protocol without SASL.',
  })
}

function missingTopic(name: string, addresses: string): FlinktsError {
  return new FlinktsError('KAFKA_TOPIC_MISSING', `topic ${name} does not exist at ${addresses}`, {
    fix: `Create it (\`flinkts topics create ${name}\`, or under topics in flinkts.yaml), or mend its name.`,
  })
}

/** Throws what a partition's failure means once it has lasted for `retryTimeoutMs`. */
export function failLongAfter(cluster: KafkaCluster, what: string, sinceMs: number, first: unknown): void {
  const elapsedMs = cluster.clock.monotonicMs() - sinceMs
  if (!mayHeal(first) || elapsedMs >= cluster.retry.retryTimeoutMs)
    throw mayHeal(first) ? givenUp(what, elapsedMs, first) : first
}
