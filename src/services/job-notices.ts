// What a user should know before a job starts: addresses that are not the project's own, options without effect.
import type { StreamGraph } from '../../engine/host.ts'
import { nearestSetting } from '../../engine/planner.ts'
import type { ProjectAddresses } from './project-settings.ts'

interface TableAddress {
  readonly table: string
  readonly service: 'kafka' | 'postgres'
  /** host:port */
  readonly address: string
}

const TITLES = { kafka: 'Kafka', postgres: 'Postgres' } as const
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]', '::1', '0.0.0.0'])

interface ConnectorSettings {
  readonly connection?: { readonly bootstrapServers?: string }
  readonly address?: { readonly host: string; readonly port: number }
}

function tables(
  graph: StreamGraph,
): { name: string; connector: string; settings: unknown; ignored: readonly string[] }[] {
  return graph.nodes.flatMap((node) => {
    const spec = node.kind === 'source' ? node.source : node.kind === 'sink' ? node.sink : undefined
    if (spec === undefined) return []
    return [{ name: spec.tableName, connector: spec.connector, settings: spec.settings, ignored: spec.ignoredOptions }]
  })
}

function addressesIn(graph: StreamGraph): TableAddress[] {
  return tables(graph).flatMap(({ name, connector, settings }): TableAddress[] => {
    const { connection, address } = (settings ?? {}) as ConnectorSettings
    if (connector === 'jdbc' && address !== undefined)
      return [{ table: name, service: 'postgres', address: `${address.host}:${address.port}` }]
    const servers = connector === 'kafka' ? (connection?.bootstrapServers ?? '') : ''
    return servers
      .split(',')
      .filter((server) => server.trim() !== '')
      .map((server) => ({ table: name, service: 'kafka', address: server.trim() }))
  })
}

/** `host:port` of `127.0.0.1:9092` and of `postgresql://…`. */
function hostAndPort(address: string): { host: string; port: string } {
  const plain = address.includes('://') ? new URL(address).host : address
  const colon = plain.lastIndexOf(':')
  return { host: plain.slice(0, colon), port: plain.slice(colon + 1) }
}

/** A literal localhost address is taken at its word; that it is not the project's own service may be a mistake. */
export function addressNotices(graph: StreamGraph, own: ProjectAddresses): string[] {
  const notices = addressesIn(graph).flatMap(({ table, service, address }) => {
    const { host, port } = hostAndPort(address)
    const ownAddress = own[service]
    if (!LOCAL_HOSTS.has(host)) return []
    const placeholder = `\${${service.toUpperCase()}}`
    if (ownAddress === undefined)
      return [
        `${table} names ${address}: no ${TITLES[service]} is started for it (${placeholder} stands for the project's own)`,
      ]
    const owns = ownAddress.split(',').map(hostAndPort)
    if (owns.some((own) => own.port === port)) return []
    const where = owns.map((own) => `${own.host}:${own.port}`).join(', ')
    return [`${table} names ${address}, the project's own ${TITLES[service]} is at ${where} (${placeholder})`]
  })
  return [...new Set(notices)]
}

/** `key`, with the setting that was probably meant where it is nearly one. */
function settingText(key: string): string {
  const near = nearestSetting(key)
  return near === undefined ? key : `${key} (did you mean ${near}?)`
}

/** Options of tables, and settings, that only tune Flink's own runtime and its Java clients. */
export function ignoredNotices(graph: StreamGraph, ignoredSettings: readonly string[]): string[] {
  const ofTables = tables(graph).flatMap(({ name, ignored }) =>
    ignored.length === 0 ? [] : [`${name}: ${ignored.join(', ')}`],
  )
  const ignored = [
    ...new Set(ofTables),
    ...(ignoredSettings.length === 0 ? [] : [`SET ${ignoredSettings.map(settingText).join(', ')}`]),
  ]
  return ignored.length === 0
    ? []
    : [`without effect here, as they tune Flink's Java runtime or clients: ${ignored.join('; ')}`]
}
