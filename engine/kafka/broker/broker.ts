// The broker: puts storage, coordinator and server together, and takes them apart in the right order.
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlinktsError } from '../../common/errors.ts'
import { systemClock, type Clock } from '../../time/clock.ts'
import { LogDirectory } from '../log/log-directory.ts'
import type { WriteFile } from '../log/log-file.ts'
import { ReadAhead } from '../log/read-ahead.ts'
import { BrokerConfigs } from './broker-configs.ts'
import type { BrokerServices } from './broker-services.ts'
import { brokerSettingsDefault, consumerGroupRules, type BrokerSettings } from './broker-settings.ts'
import { BufferPool } from './buffer-pool.ts'
import { resourceKey } from './cluster-metadata.ts'
import { Compressors } from './compressors.ts'
import { configResourceTypes } from './config-resource.ts'
import { ConnectionSlots } from './connection-slots.ts'
import { FetchSessions } from './fetch-sessions.ts'
import { rulesOfGroup } from './group-config.ts'
import { GroupLog } from './group-log.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
import { groupTopics } from './groups/group-topics.ts'
import { readOrCreateMetaProperties } from './meta-properties.ts'
import { MetadataLog } from './metadata-log.ts'
import { ProducerIds } from './producer-ids.ts'
import { ClientQuotas } from './quotas/client-quotas.ts'
import { RecurringJobs } from './recurring-jobs.ts'
import {
  planSecurity,
  type BrokerListener,
  type ListenerOptions,
  type SecurityPlan,
} from './security/listener-options.ts'
import type { SaslMechanism } from '../protocol/sasl-mechanisms.ts'
import { UserCredentials, type BrokerUser } from './security/user-credentials.ts'
import { BrokerServer } from './server.ts'
import { topicConfigsError } from './topic-config.ts'
import { Topics, type Topic } from './topics.ts'
import { openTransactions } from './transactions/open-transactions.ts'
import type { TransactionCoordinator } from './transactions/transaction-coordinator.ts'
import { UnsentAnswers } from './unsent-answers.ts'
import { WorkTurns } from './work-turns.ts'

export interface DeclaredTopic {
  readonly name: string
  /** Default: `num.partitions`. A topic that has fewer gets more; none ever loses one. */
  readonly partitions?: number
  /** Kafka's topic configurations. A topic that exists gets those that differ; what it sets besides stays. */
  readonly configs?: Readonly<Record<string, string>>
}

/**
 * Where it listens: `host`, `port`, `advertisedHost` and `advertisedPort` describe one listener without encryption and
 * login; `listeners` stands instead of them.
 */
export interface BrokerOptions {
  /** Where to listen. Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** What clients are told to connect to. Default: `host`, or 127.0.0.1 where that means all addresses. */
  readonly advertisedHost?: string
  /** Default: the port listened on. */
  readonly advertisedPort?: number
  /** Several listeners, encryption (SSL), login (SASL). Default: the one that `host` and the others describe. */
  readonly listeners?: readonly ListenerOptions[]
  /**
   * Who may log in at SASL listeners, by any mechanism, besides those that AlterUserScramCredentials made. Their
   * passwords are never written, logged or shown.
   */
  readonly users?: readonly BrokerUser[]
  /** `sasl.enabled.mechanisms`. Default: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly saslMechanisms?: readonly SaslMechanism[]
  /** Kept over restarts. Default: a temporary folder that is deleted by `stop`. */
  readonly dataDirectory?: string
  /** Made, if they are missing, before the first client is served. */
  readonly topics?: readonly DeclaredTopic[]
  readonly settings?: Partial<BrokerSettings>
  readonly clock?: Clock
  /** Gets a line about what no client can be told. Default: nobody. */
  readonly log?: (line: string) => void
  /** Writes records to a file. Default: fs.writeSync. For tests of a disk that is full. */
  readonly writeFile?: WriteFile
}

export interface RunningBroker {
  /** `host:port` of the first listener, for `bootstrap.servers`. */
  readonly bootstrap: string
  readonly host: string
  readonly port: number
  readonly listeners: readonly BrokerListener[]
  readonly clusterId: string
  readonly dataDirectory: string
  /** Closes all connections, brings everything to disk, leaves no file open. May be called again. */
  stop(): Promise<void>
}

const nodeId = 1
const idleCheckMsMax = 60 * 1000
const flushCheckMs = 1000
const expiryCheckMs = 10 * 60 * 1000

export async function startBroker(options: BrokerOptions = {}): Promise<RunningBroker> {
  const temporary = options.dataDirectory === undefined ? mkdtempSync(join(tmpdir(), 'flinkts-broker-')) : undefined
  const removeTemporary = (): void => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
  try {
    const broker = await Broker.start(options, options.dataDirectory ?? temporary!)
    let stopped: Promise<void> | undefined
    return {
      ...broker.address,
      stop: () => (stopped ??= broker.stop().finally(removeTemporary)),
    }
  } catch (error) {
    removeTemporary()
    throw error
  }
}

/** Kafka's uuids: 22 characters of base64url. */
function newUuid(): string {
  return randomBytes(16).toString('base64url')
}

class Broker {
  readonly address: Omit<RunningBroker, 'stop'>
  private readonly services: BrokerServices
  private readonly server: BrokerServer
  private readonly metadata: MetadataLog
  private readonly jobs: RecurringJobs

  private constructor(server: BrokerServer, metadata: MetadataLog, services: BrokerServices) {
    const { listeners, clusterId, dataDirectory } = services.node
    const { host, port } = listeners[0]!
    const bootstrap = `${host.includes(':') ? `[${host}]` : host}:${port}`
    this.address = { bootstrap, host, port, listeners, clusterId, dataDirectory }
    this.server = server
    this.metadata = metadata
    this.services = services
    this.jobs = new RecurringJobs(services.clock, (name, error) =>
      services.log(`${name} failed: ${error instanceof Error ? error.message : String(error)}`),
    )
  }

  static async start(options: BrokerOptions, dataDirectory: string): Promise<Broker> {
    const security = planSecurity(options)
    const directory = openDirectory(options, dataDirectory)
    const clock = options.clock ?? systemClock
    let server: BrokerServer | undefined
    let metadata: MetadataLog | undefined
    try {
      metadata = MetadataLog.open(dataDirectory)
      const { clusterId } = readOrCreateMetaProperties(dataDirectory, nodeId, newUuid)
      server = await BrokerServer.listen(security.listeners)
      const node = { clusterId, nodeId, listeners: server.addresses, dataDirectory }
      const settings = { ...brokerSettingsDefault, ...options.settings }
      const log = options.log ?? (() => {})
      const services = await openServices({ node, settings, clock, log, directory, metadata, security })
      const broker = new Broker(server, metadata, services)
      declareTopics(services, options.topics ?? [])
      broker.serve()
      return broker
    } catch (error) {
      await server?.close()
      metadata?.close()
      await directory.close(clock.now())
      throw error
    }
  }

  async stop(): Promise<void> {
    const { services } = this
    await this.server.close()
    services.groups.close()
    services.directory.stopCleaning()
    await this.jobs.stop()
    try {
      await services.directory.close(services.clock.now())
    } finally {
      this.metadata.close()
    }
  }

  private serve(): void {
    const { services, jobs, server } = this
    const { settings, clock, directory, groups, transactions } = services
    jobs.every(settings.retentionCheckIntervalMs, 'retention', () =>
      directory.applyRetention(clock.now(), services.configs.producerIdExpirationMs),
    )
    jobs.every(settings.logCleanerBackoffMs, 'compaction', () => directory.cleanDue(clock.now()))
    jobs.every(settings.checkpointIntervalMs, 'checkpoint', () => directory.checkpoint(clock.now()))
    jobs.every(flushCheckMs, 'flush', () => directory.flushDue(clock.now()))
    jobs.every(flushCheckMs, 'removing deleted files', () => directory.removeDeletedFiles(clock.now()))
    jobs.every(expiryCheckMs, 'expiry of group offsets', () => groups.expire())
    jobs.every(settings.transactionAbortIntervalMs, 'aborting timed out transactions', () =>
      transactions.abortTimedOut(),
    )
    jobs.every(expiryCheckMs, 'expiry of transactional ids', () => transactions.expire())
    const idleCheckMs = Math.min(idleCheckMsMax, Math.ceil(settings.connectionsMaxIdleMs / 4))
    jobs.every(idleCheckMs, 'closing idle connections', () =>
      server.closeIdle(clock.monotonicMs(), settings.connectionsMaxIdleMs),
    )
    server.serve(services)
  }
}

function openDirectory({ settings, writeFile = writeSync, log }: BrokerOptions, path: string): LogDirectory {
  const { logCleanerDedupeBufferBytes } = { ...brokerSettingsDefault, ...settings }
  return LogDirectory.open(path, {
    writeFile,
    dedupeBufferBytes: logCleanerDedupeBufferBytes,
    onCleanerError: (name, error) => log?.(`cannot compact ${name}: ${String(error)}`),
  })
}

type Parts = Pick<BrokerServices, 'node' | 'settings' | 'clock' | 'log' | 'directory'> & {
  readonly metadata: MetadataLog
  readonly security: SecurityPlan
}

async function openServices(parts: Parts): Promise<BrokerServices> {
  const { node, settings, clock, log, directory, metadata, security } = parts
  const configs = new BrokerConfigs({ node, settings, metadata, onAltered: () => topics.defaultsChanged() })
  const topics: Topics = new Topics({
    defaults: () => configs.topicDefaults,
    metadata,
    directory,
    clock,
    newUuid,
    onDeleted: ({ name }) => {
      groups.topicDeleted(name)
      transactions.forgetOffsets(({ topic }) => topic === name)
    },
  })
  const consumerRules = consumerGroupRules(settings)
  const configsOfGroup = (groupId: string): Readonly<Record<string, string>> | undefined =>
    metadata.image.resourceConfigs.get(resourceKey(configResourceTypes.group, groupId))?.configs
  const groupLog = new GroupLog(topics, clock, () => groups.records())
  const groups: GroupCoordinator = new GroupCoordinator({
    clock,
    store: groupLog,
    rules: { initialRebalanceDelayMs: settings.groupInitialRebalanceDelayMs },
    consumerRules: (groupId) => rulesOfGroup(consumerRules, configsOfGroup(groupId)),
    topics: groupTopics(topics),
    offsetsRetentionMs: settings.offsetsRetentionMs,
    newUuid: randomUUID,
    onError: (error) => log(`group coordinator: ${error instanceof Error ? error.message : String(error)}`),
  })
  await groupLog.load((record) => groups.load(record))
  groups.start()
  const fetchSessions = new FetchSessions({ clock, randomInt31: () => randomInt(1, 0x7fffffff) })
  const producerIds = new ProducerIds(metadata)
  const transactionParts = { settings, clock, log, topics, groups, producerIds }
  const transactions: TransactionCoordinator = await openTransactions(transactionParts)
  const buffers = new BufferPool()
  const readAhead = new ReadAhead(buffers)
  const memory = { compressors: new Compressors(), buffers, readAhead, unsentAnswers: new UnsentAnswers() }
  const sharing = { turns: new WorkTurns(clock), connectionSlots: new ConnectionSlots(settings) }
  const quotas = new ClientQuotas({ image: () => metadata.image, monotonicMs: () => clock.monotonicMs() })
  const credentials = new UserCredentials(metadata, security.users)
  const saslMechanisms = security.mechanisms
  const made = { topics, groups, transactions, fetchSessions, producerIds, credentials, saslMechanisms }
  return { node, configs, quotas, settings, clock, log, directory, metadata, ...sharing, ...memory, ...made }
}

function declareTopics(services: BrokerServices, declared: readonly DeclaredTopic[]): void {
  for (const { name, partitions, configs } of declared) {
    const partitionCount = partitions ?? services.settings.numPartitions
    const known = services.topics.get(name)
    if (known !== undefined) {
      if (known.partitionCount < partitionCount) services.topics.addPartitions(known, partitionCount)
      reconfigure(services, known, configs ?? {})
      continue
    }
    const topic = { name, partitionCount, configs: configs ?? {} }
    const refusal = services.topics.refusal(topic)
    if (refusal !== undefined)
      throw new FlinktsError('OPTION_INVALID', `topic '${name}' cannot be made: ${refusal.message}`)
    services.topics.create(topic)
  }
}

function reconfigure({ topics }: BrokerServices, topic: Topic, declared: Readonly<Record<string, string>>): void {
  if (Object.entries(declared).every(([name, value]) => topic.configs[name] === value)) return
  const configs = { ...topic.configs, ...declared }
  const problem = topicConfigsError(configs)
  if (problem !== undefined)
    throw new FlinktsError('OPTION_INVALID', `topic '${topic.name}' cannot be configured: ${problem}`)
  topics.configure(topic, configs)
}
