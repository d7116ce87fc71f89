// Where a broker listens, what each address asks of its clients, and what they are told to connect to.
import { FlinktsError } from '../../../common/errors.ts'
import { isSaslMechanism, saslMechanisms, type SaslMechanism } from '../../protocol/sasl-mechanisms.ts'
import { securityProtocols, usesSasl, usesTls, type SecurityProtocol } from '../../protocol/security-protocol.ts'
import type { TlsOptions } from './tls-options.ts'
import type { BrokerUser } from './user-credentials.ts'

export interface ListenerOptions {
  /** Kafka's name of it. Default: its security protocol. */
  readonly name?: string
  /** Default PLAINTEXT: no encryption, no login. */
  readonly securityProtocol?: SecurityProtocol
  /** Default 127.0.0.1. `0.0.0.0` and `::` stand for all addresses of this machine. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** What clients of this listener are told to connect to. Default: `host`, or 127.0.0.1 where that means all addresses. */
  readonly advertisedHost?: string
  /** Default: the port listened on. */
  readonly advertisedPort?: number
  /** Needed for SSL and SASL_SSL. */
  readonly tls?: TlsOptions
}

/** The options of a broker that are about listeners and logins. */
export interface SecurityOptions {
  readonly host?: string
  readonly port?: number
  readonly advertisedHost?: string
  readonly advertisedPort?: number
  readonly listeners?: readonly ListenerOptions[]
  readonly users?: readonly BrokerUser[]
  readonly saslMechanisms?: readonly SaslMechanism[]
}

export interface ListenerPlan extends ListenerOptions {
  readonly name: string
  readonly securityProtocol: SecurityProtocol
  readonly host: string
  readonly port: number
}

export interface SecurityPlan {
  readonly listeners: readonly ListenerPlan[]
  readonly users: readonly BrokerUser[]
  readonly mechanisms: readonly SaslMechanism[]
}

/** Throws OPTION_INVALID. */
export function planSecurity(options: SecurityOptions): SecurityPlan {
  const { listeners, users = [], saslMechanisms: mechanisms = saslMechanisms } = options
  const single = (['host', 'port', 'advertisedHost', 'advertisedPort'] as const).filter(
    (name) => options[name] !== undefined,
  )
  if (listeners !== undefined && single.length > 0)
    throw invalid(`${single.join(', ')} and listeners are both given`, 'Say it in the listener.')
  const plans = (listeners ?? [singleListener(options)]).map(planListener)
  if (plans.length === 0) throw invalid('there is no listener', 'Leave listeners out, or name one.')
  const names = new Set(plans.map(({ name }) => name))
  if (names.size < plans.length)
    throw invalid('two listeners have the same name', 'Give each a name of its own (name).')
  for (const mechanism of mechanisms)
    if (!isSaslMechanism(mechanism))
      throw invalid(
        `the SASL mechanism ${String(mechanism)} is not supported here`,
        `Use ${saslMechanisms.join(', ')}.`,
      )
  if (mechanisms.length === 0) throw invalid('no SASL mechanism is on', `Use ${saslMechanisms.join(', ')}.`)
  checkUsers(users)
  if (users.length > 0 && !plans.some(({ securityProtocol }) => usesSasl(securityProtocol)))
    throw invalid(
      'there are users but no listener that they log in at',
      'Use the security protocol SASL_SSL or SASL_PLAINTEXT.',
    )
  return { listeners: plans, users, mechanisms }
}

function singleListener({ host, port, advertisedHost, advertisedPort }: SecurityOptions): ListenerOptions {
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(advertisedHost === undefined ? {} : { advertisedHost }),
    ...(advertisedPort === undefined ? {} : { advertisedPort }),
  }
}

function planListener(options: ListenerOptions): ListenerPlan {
  const { securityProtocol = 'PLAINTEXT', host = '127.0.0.1', port = 0, tls } = options
  const { name = securityProtocol } = options
  if (!securityProtocols.includes(securityProtocol))
    throw invalid(
      `listener ${name} has the security protocol ${String(securityProtocol)}`,
      `Use ${securityProtocols.join(', ')}.`,
    )
  if (usesTls(securityProtocol) && tls === undefined)
    throw invalid(
      `listener ${name} has no key and no certificate`,
      'Name their files (tls.keyFile, tls.certificateFile).',
    )
  if (!usesTls(securityProtocol) && tls !== undefined)
    throw invalid(
      `listener ${name} has a certificate but does not encrypt`,
      `Use the security protocol ${usesSasl(securityProtocol) ? 'SASL_SSL' : 'SSL'}.`,
    )
  return { ...options, name, securityProtocol, host, port }
}

function checkUsers(users: readonly BrokerUser[]): void {
  const names = new Set<string>()
  for (const { name, password } of users) {
    if (name === '' || name.includes('\0')) throw invalid('a user has no name', 'Give every user a name.')
    if (password === '' || password.includes('\0'))
      throw invalid(`the user ${name} has no password`, 'Give every user a password.')
    if (names.has(name)) throw invalid(`the user ${name} is there twice`, 'Name every user once.')
    names.add(name)
  }
}

function invalid(message: string, fix: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', message, { fix })
}

/** A listener as it runs. */
export interface BrokerListener {
  readonly name: string
  readonly securityProtocol: SecurityProtocol
  /** What its clients are told to connect to. */
  readonly host: string
  readonly port: number
  /** Where it listens. */
  readonly boundHost: string
  readonly boundPort: number
}

export function advertise(plan: ListenerPlan, boundPort: number): BrokerListener {
  const { name, securityProtocol, host, advertisedHost, advertisedPort } = plan
  const isAnyAddress = host === '0.0.0.0' || host === '::'
  return {
    name,
    securityProtocol,
    host: advertisedHost ?? (isAnyAddress ? '127.0.0.1' : host),
    port: advertisedPort ?? boundPort,
    boundHost: host,
    boundPort,
  }
}
