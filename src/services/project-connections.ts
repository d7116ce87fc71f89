// How the project's own Kafka and Postgres are reached and logged into, whoever runs them. Everything here holds secrets:
// it stays in memory (docs/decisions/0012).
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  FlinktsError,
  PROJECT_KAFKA,
  PROJECT_POSTGRES,
  type JdbcLogin,
  type Json,
  type KafkaConnection,
  type KafkaSecurity,
  type KafkaSecuritySettings,
  type PostgresTls,
} from '../../engine/host.ts'
import { ConfigError } from '../config/config-error.ts'
import type { Project } from '../config/project.ts'
import { resolveSecret, type Secret } from '../config/secret.ts'
import { parsePostgresUrl, type PostgresConnection } from './postgres-connection.ts'
import type { ServiceStatus } from './session/session-protocol.ts'

/** `setting` says which one it is. Throws FILE_NOT_FOUND. */
function readSetting(project: Project, file: string | undefined, setting: string): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(resolve(project.folder, file), 'utf8')
  } catch (cause) {
    throw new FlinktsError(
      'FILE_NOT_FOUND',
      `${setting}: the file ${file} cannot be read: ${(cause as Error).message}`,
      {
        fix: 'Write the file there, or name another one in flinkts.yaml.',
        cause,
      },
    )
  }
}

/** Throws OPTION_INVALID naming the variable or the file: the error may have to travel from the session to a command. */
function readSecret(project: Project, secret: Secret): string {
  try {
    return resolveSecret(secret, project.folder)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new FlinktsError('OPTION_INVALID', error.message, { fix: error.fix, cause: error.cause })
  }
}

function withoutUndefined<T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}

/** What flinkts.yaml says of an external Kafka; undefined: PLAINTEXT. Throws OPTION_INVALID, FILE_NOT_FOUND. */
export function kafkaSecurityOf(project: Project): KafkaSecurity | undefined {
  const { security } = project.config.kafka
  if (security === undefined || security.protocol === 'PLAINTEXT') return undefined
  const { protocol, mechanism, username, password, keyPassword } = security
  const secret = (value: typeof password): string | undefined =>
    value === undefined ? undefined : readSecret(project, value)
  const pem = (name: 'ca' | 'certificate' | 'key'): string | undefined =>
    readSetting(project, security[name], `kafka.security.${name}`)
  return {
    protocol,
    ...(mechanism === undefined || username === undefined
      ? {}
      : { sasl: { mechanism, username, password: secret(password) ?? '' } }),
    ...(protocol.endsWith('SSL')
      ? {
          tls: withoutUndefined<NonNullable<KafkaSecurity['tls']>>({
            ca: pem('ca'),
            certificate: pem('certificate'),
            key: pem('key'),
            keyPassword: secret(keyPassword),
          }),
        }
      : {}),
  }
}

/** `status`: of the running service. */
export function kafkaConnectionOf(project: Project, { provider, address }: ServiceStatus): KafkaConnection {
  const security = provider === 'external' ? kafkaSecurityOf(project) : undefined
  return { bootstrapServers: address!, ...(security === undefined ? {} : { security }) }
}

/** What flinkts.yaml says of an external Postgres. Throws OPTION_INVALID, FILE_NOT_FOUND. */
export function externalPostgres(project: Project): PostgresConnection {
  const { url, password, tls } = project.config.postgres
  if (url === undefined)
    throw new FlinktsError('OPTION_INVALID', 'services: external, and postgres.url is not set', {
      fix: 'Write postgres: { url: "postgresql://user@host:5432/database" } in flinkts.yaml, or set FLINKTS_POSTGRES_URL.',
    })
  const parsed = parsePostgresUrl(url)
  const fromFile = (name: 'ca' | 'certificate' | 'key'): string | undefined =>
    readSetting(project, tls?.[name] ?? parsed.files[name], `postgres.tls.${name}`)
  return {
    ...parsed.connection,
    password: password === undefined ? parsed.connection.password : readSecret(project, password),
    tls: withoutUndefined<PostgresTls>({
      // a mode of its own in the URL, as libpq reads it, counts where there is no tls in the file
      mode: tls?.mode ?? parsed.mode ?? 'prefer',
      ca: fromFile('ca'),
      certificate: fromFile('certificate'),
      key: fromFile('key'),
    }),
  }
}

export function postgresConnectionOf(project: Project, { provider, address }: ServiceStatus): PostgresConnection {
  if (provider === 'external') return externalPostgres(project)
  return { ...parsePostgresUrl(address!).connection, tls: { mode: 'disable' } }
}

/** What a job's graph names, for the connectors that look inside. Throws OPTION_INVALID, FILE_NOT_FOUND, SERVICE_START_FAILED. */
export function projectSecret(project: Project, services: readonly ServiceStatus[], name: string): Json {
  const status = services.find((service) => PROJECT_NAMES[service.name] === name)
  // external services are known before anybody has asked for them
  if (status === undefined || (status.address === undefined && status.provider !== 'external'))
    throw new FlinktsError('SERVICE_START_FAILED', `the job needs ${name}, which is not running`, {
      fix: 'Run `flinkts up`, then start the job again.',
    })
  return (status.name === 'kafka'
    ? kafkaSettings(status.provider === 'external' ? kafkaSecurityOf(project) : undefined)
    : postgresLogin(postgresConnectionOf(project, status))) as unknown as Json
}

const PROJECT_NAMES = { kafka: PROJECT_KAFKA, postgres: PROJECT_POSTGRES } as const

export function kafkaSettings(security: KafkaSecurity | undefined): KafkaSecuritySettings {
  if (security === undefined) return { protocol: 'PLAINTEXT' }
  const { tls, ...rest } = security
  if (tls === undefined) return rest
  const { ca, certificate, key, ...more } = tls
  return { ...rest, tls: { ...more, ...pemTexts({ ca, certificate, key }) } }
}

function postgresLogin({ user, password, tls }: PostgresConnection): JdbcLogin {
  const { ca, certificate, key, ...more } = tls
  return { user, password: password ?? null, tls: { ...more, ...pemTexts({ ca, certificate, key }) } }
}

interface PemTexts<T> {
  ca?: T
  certificate?: T
  key?: T
}

function pemTexts(tls: PemTexts<string | undefined>): PemTexts<{ readonly pem: string }> {
  const texts: PemTexts<{ readonly pem: string }> = {}
  for (const name of ['ca', 'certificate', 'key'] as const) {
    const pem = tls[name]
    if (pem !== undefined) texts[name] = { pem }
  }
  return texts
}
