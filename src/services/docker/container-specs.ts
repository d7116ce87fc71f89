// What runs in containers, as plain data: the one description that the engine's API and the compose file are made from.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { ServiceName } from '../session/session-protocol.ts'

export interface ContainerSpec {
  readonly service: ServiceName
  readonly name: string
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  /** Undefined: the image's own. */
  readonly command: readonly string[] | undefined
  /** Published on 127.0.0.1. */
  readonly hostPort: number
  readonly containerPort: number
  readonly volume: { readonly name: string; readonly target: string }
  readonly network: string
  readonly labels: Readonly<Record<string, string>>
}

/** How everything of a project is named in the engine, and found again. */
export interface ProjectNames {
  /** Hash of the project's folder. */
  readonly projectId: string
  readonly network: string
  container(service: ServiceName): string
  volume(service: ServiceName): string
  labels(service?: ServiceName): Record<string, string>
}

export const PROJECT_LABEL = 'flinkts.project'
export const SERVICE_LABEL = 'flinkts.service'
/** On Kafka's volume: the cluster's id, new with each new volume. */
export const CLUSTER_ID_LABEL = 'flinkts.cluster-id'
/** On Postgres's volume: the major version that made it. */
export const DATA_VERSION_LABEL = 'flinkts.data-version'

export function projectNames(folder: string, version: string): ProjectNames {
  const projectId = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const readable = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
  const prefix = ['flinkts', readable, projectId.slice(0, 8)].filter((part) => part !== '').join('-')
  return {
    projectId,
    network: prefix,
    container: (service) => `${prefix}-${service}`,
    volume: (service) => `${prefix}-${service}`,
    labels: (service) => ({
      [PROJECT_LABEL]: projectId,
      'flinkts.folder': folder,
      'flinkts.version': version,
      ...(service === undefined ? {} : { [SERVICE_LABEL]: service }),
    }),
  }
}

/** What an image says of itself. */
export interface ImageFacts {
  /** Folders that it declares as volumes. */
  readonly volumes: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

export interface SpecInput {
  readonly names: ProjectNames
  readonly image: string
  readonly hostPort: number
  /** Undefined where the image is not at hand (compose): its name decides. */
  readonly facts: ImageFacts | undefined
}

export const isRedpanda = (image: string): boolean => /redpanda/i.test(image)

/** Inside the network; other containers connect to `kafka:19092`. */
export const KAFKA_INTERNAL_PORT = 19_092
const [KAFKA_PORT, CONTROLLER_PORT, POSTGRES_PORT] = [9_092, 9_093, 5_432] as const

/** Two listeners, because each client must be told an address that it can reach: the host's port, and the container's name. */
function apacheKafkaEnvironment(hostPort: number, clusterId: string): Record<string, string> {
  return {
    CLUSTER_ID: clusterId,
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: `1@localhost:${CONTROLLER_PORT}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENERS: `HOST://:${KAFKA_PORT},NETWORK://:${KAFKA_INTERNAL_PORT},CONTROLLER://:${CONTROLLER_PORT}`,
    KAFKA_ADVERTISED_LISTENERS: `HOST://127.0.0.1:${hostPort},NETWORK://kafka:${KAFKA_INTERNAL_PORT}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'HOST:PLAINTEXT,NETWORK:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'NETWORK',
    KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_HEAP_OPTS: '-Xms256M -Xmx1G',
  }
}

/** As the image wants the broker's configurations: `log.retention.ms` is KAFKA_LOG_RETENTION_MS. */
function configVariables(configs: Readonly<Record<string, string>>): Record<string, string> {
  const nameOf = (config: string): string => `KAFKA_${config.toUpperCase().replaceAll('.', '_')}`
  return Object.fromEntries(Object.entries(configs).map(([name, value]) => [nameOf(name), value]))
}

/** Source: Redpanda's quick start for one node in Docker. */
function redpandaCommand(hostPort: number): string[] {
  return [
    'redpanda',
    'start',
    '--mode=dev-container',
    '--smp=1',
    '--memory=1G',
    `--kafka-addr=network://0.0.0.0:${KAFKA_INTERNAL_PORT},host://0.0.0.0:${KAFKA_PORT}`,
    `--advertise-kafka-addr=network://kafka:${KAFKA_INTERNAL_PORT},host://127.0.0.1:${hostPort}`,
    '--rpc-addr=127.0.0.1:33145',
    '--advertise-rpc-addr=127.0.0.1:33145',
  ]
}

/** `configs`: the broker's, by Kafka's names; what two listeners and one node need stands above them. */
export function kafkaSpec(
  input: SpecInput,
  clusterId: string,
  configs: Readonly<Record<string, string>> = {},
): ContainerSpec {
  const { names, image, hostPort } = input
  const redpanda = isRedpanda(image)
  return {
    service: 'kafka',
    name: names.container('kafka'),
    image,
    environment: redpanda ? {} : { ...configVariables(configs), ...apacheKafkaEnvironment(hostPort, clusterId) },
    command: redpanda ? redpandaCommand(hostPort) : undefined,
    hostPort,
    containerPort: KAFKA_PORT,
    // the two brokers' files have nothing in common: each has a volume of its own
    volume: redpanda
      ? { name: `${names.volume('kafka')}-redpanda`, target: '/var/lib/redpanda/data' }
      : { name: names.volume('kafka'), target: '/var/lib/kafka/data' },
    network: names.network,
    labels: names.labels('kafka'),
  }
}

/** The tag's leading number; undefined for `latest`, a digest, no tag. */
export function majorOfTag(image: string): number | undefined {
  const major = /:(\d+)[^/:]*$/.exec(image.replace(/@.*$/, ''))?.[1]
  return major === undefined ? undefined : Number(major)
}

/** From version 18 on the official image keeps its data one folder higher, in one folder for each version. */
const DATA_FOLDERS = ['/var/lib/postgresql', '/var/lib/postgresql/data'] as const

function postgresDataFolder(image: string, facts: ImageFacts | undefined): string {
  const declared = facts?.volumes.find((path) => path.startsWith(DATA_FOLDERS[0]))
  if (declared !== undefined) return declared
  return (majorOfTag(image) ?? 18) >= 18 ? DATA_FOLDERS[0] : DATA_FOLDERS[1]
}

/** Undefined where neither the image nor its tag says. */
export function postgresMajor(image: string, facts: ImageFacts | undefined): number | undefined {
  const major = Number(facts?.environment['PG_MAJOR'] ?? Number.NaN)
  return Number.isInteger(major) ? major : majorOfTag(image)
}

export const POSTGRES_USER = 'postgres'
export const POSTGRES_PASSWORD_DEFAULT = 'postgres'

/** Without a password of the project's own everybody is let in, as by the embedded Postgres: only this machine gets there. */
export function postgresSpec(input: SpecInput, password: string | undefined): ContainerSpec {
  const { names, image, hostPort, facts } = input
  return {
    service: 'postgres',
    name: names.container('postgres'),
    image,
    environment: {
      POSTGRES_USER,
      POSTGRES_PASSWORD: password ?? POSTGRES_PASSWORD_DEFAULT,
      POSTGRES_DB: 'postgres',
      POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C',
      ...(password === undefined ? { POSTGRES_HOST_AUTH_METHOD: 'trust' } : {}),
    },
    command: undefined,
    hostPort,
    containerPort: POSTGRES_PORT,
    volume: { name: names.volume('postgres'), target: postgresDataFolder(image, facts) },
    network: names.network,
    labels: names.labels('postgres'),
  }
}
