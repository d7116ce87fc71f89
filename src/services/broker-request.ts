// What somebody asks of a broker in words (flags, files, an environment variable) → the options of startBroker.
import { readFileSync } from 'node:fs'
import {
  brokerSettingsOf,
  FlinktsError,
  type BrokerOptions,
  type BrokerUser,
  type ListenerOptions,
  type SaslMechanism,
  type SecurityProtocol,
  type TlsOptions,
} from '../../engine/broker.ts'

export interface BrokerRequest {
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** `host[:port]`, or `NAME://host[:port]` where there are several listeners. */
  readonly advertised: readonly string[]
  /** `PROTOCOL://host:port` each. */
  readonly listeners: readonly string[]
  readonly dataDirectory?: string | undefined
  /** `name=value` each, with Kafka's names. */
  readonly configs: readonly string[]
  /** `name` or `name:partitions` each. */
  readonly topics: readonly string[]
  readonly tlsKey?: string | undefined
  readonly tlsCertificate?: string | undefined
  readonly tlsKeyPasswordFile?: string | undefined
  readonly tlsClientCa?: string | undefined
  readonly tlsClientAuthentication?: 'none' | 'requested' | 'required' | undefined
  /** A file of `name:password` lines. */
  readonly usersFile?: string | undefined
  /** The same lines, from the environment. */
  readonly usersText?: string | undefined
  readonly saslMechanisms: readonly SaslMechanism[]
}

export const defaultPort = 9092

/** Throws OPTION_INVALID, FILE_NOT_FOUND. What a file holds never gets into an error's text. */
export function brokerOptionsOf(request: BrokerRequest): BrokerOptions {
  const { dataDirectory, saslMechanisms, configs, topics } = request
  const users = readUsers(request)
  const settings = brokerSettingsOf(Object.fromEntries(configs.map(pairOf)))
  return {
    listeners: listenersOf(request, users.length > 0),
    settings,
    topics: topics.map(topicOf),
    ...(users.length === 0 ? {} : { users }),
    ...(saslMechanisms.length === 0 ? {} : { saslMechanisms }),
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
  }
}

function listenersOf(request: BrokerRequest, hasUsers: boolean): ListenerOptions[] {
  const { host, port, listeners, advertised } = request
  const tls = tlsOf(request)
  if (listeners.length > 0 && (host !== undefined || port !== undefined))
    throw invalid('--listener stands instead of --host and --port', 'Give one or the other.')
  const protocol: SecurityProtocol = `${hasUsers ? 'SASL_' : ''}${tls ? 'SSL' : 'PLAINTEXT'}`
  const plans: ListenerOptions[] =
    listeners.length > 0
      ? listeners.map(listenerOf)
      : [{ securityProtocol: protocol, host: host ?? '127.0.0.1', port: port ?? defaultPort }]
  const addresses = advertised.map((text) => advertisedOf(text, plans))
  return plans.map((plan) => ({
    ...plan,
    ...(tls !== undefined && plan.securityProtocol!.endsWith('SSL') ? { tls } : {}),
    ...addresses.find(({ name }) => name === plan.securityProtocol)?.address,
  }))
}

function listenerOf(text: string): ListenerOptions {
  const [, protocol, host, port] = /^([A-Z_]+):\/\/(\[[^\]]+\]|[^:/]*):(\d+)$/.exec(text) ?? []
  if (protocol === undefined || Number(port) > 65_535)
    throw invalid(`--listener ${text}`, 'Write it as PROTOCOL://host:port, for example SASL_SSL://0.0.0.0:9094.')
  return { securityProtocol: protocol as SecurityProtocol, host: bare(host!) || '0.0.0.0', port: Number(port) }
}

interface Advertised {
  readonly name: string
  readonly address: Pick<ListenerOptions, 'advertisedHost' | 'advertisedPort'>
}

function advertisedOf(text: string, plans: readonly ListenerOptions[]): Advertised {
  const [, named, host, port] = /^(?:([A-Z_]+):\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?$/.exec(text) ?? []
  const names = plans.map(({ securityProtocol }) => securityProtocol!)
  const name = named ?? (names.length === 1 ? names[0] : undefined)
  if (host === undefined || name === undefined || Number(port ?? 0) > 65_535)
    throw invalid(`--advertised ${text}`, 'Write it as host:port; with several listeners as PROTOCOL://host:port.')
  if (!names.includes(name as SecurityProtocol))
    throw invalid(`--advertised ${text}: there is no such listener`, `The listeners are ${names.join(', ')}.`)
  const advertisedPort = port === undefined ? {} : { advertisedPort: Number(port) }
  return { name, address: { advertisedHost: bare(host), ...advertisedPort } }
}

function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

function tlsOf(request: BrokerRequest): TlsOptions | undefined {
  const { tlsKey, tlsCertificate, tlsKeyPasswordFile, tlsClientCa, tlsClientAuthentication } = request
  const more = {
    ...(tlsKeyPasswordFile === undefined ? {} : { keyPasswordFile: tlsKeyPasswordFile }),
    ...(tlsClientCa === undefined ? {} : { clientCaFile: tlsClientCa }),
    ...(tlsClientAuthentication === undefined ? {} : { clientAuthentication: tlsClientAuthentication }),
  }
  if (tlsKey !== undefined && tlsCertificate !== undefined)
    return { keyFile: tlsKey, certificateFile: tlsCertificate, ...more }
  if (tlsKey !== undefined || tlsCertificate !== undefined || Object.keys(more).length > 0)
    throw invalid('TLS needs a key and a certificate', 'Give --tls-key and --tls-certificate.')
  return undefined
}

function readUsers({ usersFile, usersText }: BrokerRequest): BrokerUser[] {
  if (usersFile === undefined) return usersText === undefined ? [] : parseUsers(usersText, 'the environment')
  try {
    return parseUsers(readFileSync(usersFile, 'utf8'), usersFile)
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new FlinktsError('FILE_NOT_FOUND', `the file with the users cannot be read: ${error.message}`, {
      fix: 'Give the path of a file with a line name:password for each user.',
    })
  }
}

/** Empty lines and those that begin with `#` mean nothing. */
function parseUsers(text: string, source: string): BrokerUser[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1 }))
  const users = lines
    .filter(({ line }) => line.trim() !== '' && !line.startsWith('#'))
    .map(({ line, number }) => {
      const colon = line.indexOf(':')
      if (colon < 1 || colon === line.length - 1)
        throw invalid(
          `line ${number} of the users in ${source} is not name:password`,
          'Write name:password, one a line.',
        )
      return { name: line.slice(0, colon), password: line.slice(colon + 1) }
    })
  if (users.length === 0) throw invalid(`there is no user in ${source}`, 'Write name:password, one a line.')
  return users
}

function pairOf(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals < 1) throw invalid(`--config ${text}`, 'Write it as name=value, for example num.partitions=3.')
  return [text.slice(0, equals), text.slice(equals + 1)]
}

function topicOf(text: string): { name: string; partitions?: number } {
  const [, name, partitions] = /^([^:]+)(?::(\d+))?$/.exec(text) ?? []
  if (name === undefined) throw invalid(`--topic ${text}`, 'Write it as name or name:partitions.')
  return partitions === undefined ? { name } : { name, partitions: Number(partitions) }
}

function invalid(message: string, fix: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', message, { fix })
}
