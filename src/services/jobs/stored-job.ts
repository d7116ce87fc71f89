// What a run leaves beside its graph, so that the same job can be submitted again without its file: in this session, or in
// a later one in which Kafka and Postgres may have other addresses.
import { FlinktsError, PROJECT_KAFKA, type Json, type StoredGraph, type StreamGraph } from '../../../engine/host.ts'
import { submitJob, type FollowedJob } from '../job-client.ts'
import { jobAddress, type ProjectAddresses } from '../project-settings.ts'
import type { Session } from '../session/open-session.ts'
import type { ServiceName, ServiceStatus } from '../session/session-protocol.ts'

export function addressesOf(services: readonly ServiceStatus[]): ProjectAddresses {
  const address = (name: ServiceName): string | undefined => {
    const status = services.find((service) => service.name === name)
    return status && jobAddress(status)
  }
  return { kafka: address('kafka'), postgres: address('postgres') }
}

/** The project's own addresses when the graph was planned. */
export function originOf({ kafka, postgres }: ProjectAddresses): Json {
  return { kafka: kafka ?? null, postgres: postgres ?? null }
}

const PROJECT_SCHEME = 'project://'

interface ConnectorSettings {
  readonly connection?: { readonly bootstrapServers?: string; readonly security?: Json }
  readonly address?: { readonly host: string; readonly port: number; readonly database: string }
}
interface TableSpec {
  readonly connector: string
  readonly settings: Json
}

function postgresAddress(url: string): NonNullable<ConnectorSettings['address']> {
  const { hostname, port, pathname } = new URL(url)
  return { host: hostname, port: Number(port === '' ? 5432 : port), database: decodeURIComponent(pathname.slice(1)) }
}

/** Whose security is the project's has it named in its settings. */
function kafkaAddress(address: string): { bootstrapServers: string; security: Json } {
  const isNamed = address.startsWith(PROJECT_SCHEME)
  return {
    bootstrapServers: isNamed ? address.slice(PROJECT_SCHEME.length) : address,
    security: isNamed ? { secretName: PROJECT_KAFKA } : null,
  }
}

/** Undefined: the table is not on the service that had this address. */
function settingsAt(spec: TableSpec, service: ServiceName, before: string, now: string): Json | undefined {
  const settings = (spec.settings ?? {}) as ConnectorSettings
  if (service === 'kafka') {
    const { connection } = settings
    const { bootstrapServers, security } = kafkaAddress(before)
    if (spec.connector !== 'kafka' || connection?.bootstrapServers !== bootstrapServers) return undefined
    if (JSON.stringify(connection.security ?? null) !== JSON.stringify(security)) return undefined
    return { ...settings, connection: { ...connection, ...kafkaAddress(now) } }
  }
  const { host, port } = postgresAddress(before)
  if (spec.connector !== 'jdbc' || settings.address?.host !== host || settings.address.port !== port) return undefined
  return { ...settings, address: postgresAddress(now) }
}

type Node = StreamGraph['nodes'][number]

function specOf(node: Node): TableSpec | undefined {
  return node.kind === 'source' ? node.source : node.kind === 'sink' ? node.sink : undefined
}

function withSettings(node: Node, settings: Json | undefined): Node {
  if (settings === undefined) return node
  if (node.kind === 'source') return { ...node, source: { ...node.source, settings } }
  return node.kind === 'sink' ? { ...node, sink: { ...node.sink, settings } } : node
}

type Addresses = Partial<Record<ServiceName, string | null>>

/** The services of the project that the graph was planned for and reads or writes. */
export function servicesOf({ graph, origin }: StoredGraph): ServiceName[] {
  const before = (origin ?? {}) as Addresses
  return (['kafka', 'postgres'] as const).filter((service) => {
    const address = before[service] ?? null
    if (address === null) return false
    return graph.nodes.some((node) => {
      const spec = specOf(node)
      return spec !== undefined && settingsAt(spec, service, address, address) !== undefined
    })
  })
}

/** The graph with the addresses that the project's services have now. */
export function readdressed(stored: StoredGraph, now: ProjectAddresses): StreamGraph {
  const before = (stored.origin ?? {}) as Addresses
  let { nodes } = stored.graph
  for (const service of servicesOf(stored)) {
    const [old, address] = [before[service]!, now[service]]
    if (address === undefined || address === old) continue
    nodes = nodes.map((node) => {
      const spec = specOf(node)
      return spec === undefined ? node : withSettings(node, settingsAt(spec, service, old, address))
    })
  }
  return { ...stored.graph, nodes }
}

export interface ResubmitOptions {
  /** Location of a checkpoint or savepoint; default: the restart rule decides. */
  readonly restore?: string | undefined
  readonly allowNonRestoredState?: boolean | undefined
  readonly notice: (line: string) => void
}

/** Throws JOB_NOT_FOUND where nothing was kept of what the job was submitted with. */
export function checkStored(key: string, stored: StoredGraph | undefined): StoredGraph {
  if (stored !== undefined) return stored
  throw new FlinktsError('JOB_NOT_FOUND', `what '${key}' was submitted with is not kept`, {
    fix: 'Use `flinkts run` with its file; --restore takes the checkpoint or savepoint.',
  })
}

/** Submits the job once more, detached, on the services as they are now. */
export async function resubmit(session: Session, stored: StoredGraph, options: ResubmitOptions): Promise<FollowedJob> {
  const services = servicesOf(stored)
  if (services.length > 0) {
    const { notices } = await session.startServices({ services })
    for (const line of notices) options.notice(line)
  }
  const now = addressesOf((await session.status()).services)
  return submitJob(session.restAddress, {
    graph: readdressed(stored, now),
    key: stored.key,
    origin: originOf(now),
    restore: options.restore,
    allowNonRestoredState: options.allowNonRestoredState,
    detached: true,
  })
}
