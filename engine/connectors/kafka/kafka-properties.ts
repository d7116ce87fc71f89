// `properties.*`: what users pass to Kafka's Java clients. What decides results, durability or security is honoured or
// refused; the rest only tunes the Java client and has no effect here.
import { FlinktsError } from '../../common/errors.ts'
import { optionError, type Options } from '../connector-options.ts'
import { PROJECT_KAFKA } from '../secret-slot.ts'
import { readKafkaSecurity } from './kafka-security-options.ts'
import type { KafkaConnectionSettings, KafkaSinkSettings, KafkaSourceSettings } from './kafka-settings.ts'

const PREFIX = 'properties.'

export const ISOLATION_LEVELS = ['read_uncommitted', 'read_committed'] as const
export const COMPRESSION_TYPES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

const HONOURED = new Set(['bootstrap.servers', 'group.id', 'client.id', 'isolation.level', 'compression.type'])

/** Results, order or security would be another with these than without. */
const REFUSED: Readonly<Record<string, string>> = {
  'interceptor.classes': 'interceptors are Java classes',
  'metric.reporters': 'metric reporters are Java classes',
  'partitioner.class': "partitioners are Java classes; see the option 'sink.partitioner'",
  'transactional.id': 'transactions are not supported yet',
}

function refuse(key: string, reason: string): never {
  throw new FlinktsError('SQL_UNSUPPORTED', `The option '${PREFIX}${key}' is not supported: ${reason}.`, {
    fix: `Remove '${PREFIX}${key}'.`,
  })
}

const isSecurity = (key: string): boolean => /^(security|sasl|ssl)\./.test(key)

/** Checks every `properties.*` and returns the full keys of those without effect. */
export function checkKafkaProperties(options: Options): string[] {
  const ignored: string[] = []
  const isGroupMode = (options['scan.startup.mode'] ?? 'group-offsets') === 'group-offsets'
  for (const fullKey of Object.keys(options)) {
    if (!fullKey.startsWith(PREFIX)) continue
    const key = fullKey.slice(PREFIX.length)
    const reason = REFUSED[key]
    if (reason !== undefined) refuse(key, reason)
    if (isSecurity(key)) continue // see kafka-security-options.ts
    // Flink itself sets it for the other modes
    if (key === 'auto.offset.reset' && isGroupMode) continue
    if (!HONOURED.has(key)) ignored.push(fullKey)
  }
  return ignored.sort()
}

const SERVER = /^(?:\[[0-9a-fA-F:]+\]|[^\s:,/]+):\d{1,5}$/

/** What stands before the servers of a project's own Kafka whose security flinkts.yaml tells. */
const PROJECT_SCHEME = 'project://'

export function readConnection(options: Options): KafkaConnectionSettings {
  const value = options['properties.bootstrap.servers']!
  const isOfProject = value.startsWith(PROJECT_SCHEME)
  const bootstrapServers = isOfProject ? value.slice(PROJECT_SCHEME.length) : value
  for (const server of bootstrapServers.split(',')) {
    if (SERVER.test(server.trim())) continue
    throw optionError(
      `Invalid value for option 'properties.bootstrap.servers': '${server.trim()}' is not host:port.`,
      "Write for example 'localhost:9092', several separated by commas.",
    )
  }
  const clientId = options['properties.client.id'] ?? null
  const security = readKafkaSecurity(options)
  if (!isOfProject)
    return { bootstrapServers, clientId, security: security === undefined ? null : { secret: security } }
  const own = Object.keys(options).find((key) => key.startsWith(PREFIX) && isSecurity(key.slice(PREFIX.length)))
  if (own !== undefined)
    throw optionError(
      `The option '${own}' is about the project's own Kafka, whose security flinkts.yaml tells.`,
      `Remove '${own}', or write the addresses of the servers.`,
    )
  return { bootstrapServers, clientId, security: { secretName: PROJECT_KAFKA } }
}

export function readIsolationLevel(options: Options): KafkaSourceSettings['isolationLevel'] {
  const level = options['properties.isolation.level'] ?? 'read_uncommitted'
  const known = ISOLATION_LEVELS.find((each) => each === level)
  if (known !== undefined) return known
  throw optionError(
    `Invalid value for option 'properties.isolation.level': '${level}'.`,
    "Set it to 'read_uncommitted' or 'read_committed'.",
  )
}

export function readCompression(options: Options): KafkaSinkSettings['compression'] {
  const type = options['properties.compression.type'] ?? 'none'
  const known = COMPRESSION_TYPES.find((each) => each === type)
  if (known !== undefined) return known
  throw optionError(
    `Invalid value for option 'properties.compression.type': '${type}'.`,
    "Set it to 'none', 'gzip', 'snappy', 'lz4' or 'zstd'.",
  )
}
