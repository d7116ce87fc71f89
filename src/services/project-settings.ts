// What a project gives its jobs: addresses of its services and settings. Light: planning is plan-sql.ts.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Project } from '../config/project.ts'
import type { ServiceName, ServiceStatus } from './session/session-protocol.ts'

/** Where `${KAFKA}` and `${POSTGRES}` are. */
export interface ProjectAddresses {
  /** `127.0.0.1:9092`; `project://…` where its security is the project's */
  readonly kafka: string | undefined
  /** `postgresql://…`, with a login or with `flinkts.login=project` */
  readonly postgres: string | undefined
}

/** The services whose placeholders a text names. */
export function servicesNamedBy(text: string): ServiceName[] {
  return (['kafka', 'postgres'] as const).filter((name) => text.includes(`\${${name.toUpperCase()}}`))
}

/** Stands in a URL of Postgres, and in a JDBC URL, in place of a login: the session knows it (docs/decisions/0012). */
const PROJECT_LOGIN = 'flinkts.login=project'

/** How jobs name a service of the project: without any login. Undefined: it does not run. */
export function jobAddress({ name, provider, address }: ServiceStatus): string | undefined {
  if (address === undefined) return undefined
  if (name === 'kafka') return provider === 'external' ? `project://${address}` : address
  const { host, pathname } = new URL(address)
  return `postgresql://${host}${pathname}?${PROJECT_LOGIN}`
}

/** `postgresql://user:password@host/db` as the JDBC URL that Flink's connector takes. */
export function jdbcUrl(postgresUrl: string): string {
  const { username, password, host, pathname, search } = new URL(postgresUrl)
  if (search === `?${PROJECT_LOGIN}`) return `jdbc:postgresql://${host}${pathname}${search}`
  return `jdbc:postgresql://${host}${pathname}?user=${username}&password=${password}`
}

export interface JobSettings {
  readonly parallelism?: number | undefined
}

/** Settings every job of the project begins with, under Flink's keys. */
export function projectConfiguration(project: Project, settings: JobSettings = {}): Record<string, string> {
  const { config } = project
  const parallelism = settings.parallelism ?? config.parallelism
  return {
    ...(parallelism === undefined ? {} : { 'parallelism.default': String(parallelism) }),
    ...(config.checkpoints.interval === undefined
      ? {}
      : { 'execution.checkpointing.interval': config.checkpoints.interval }),
    ...storageConfiguration(project),
  }
}

/** `checkpoints.storage` as Flink's options; a job's own SET stands above them. */
function storageConfiguration({ config, folder }: Project): Record<string, string> {
  const { storage } = config.checkpoints
  if (storage === undefined) return {}
  const root = resolve(folder, storage.startsWith('file:') ? fileURLToPath(storage) : storage)
  return {
    'execution.checkpointing.dir': join(root, 'checkpoints'),
    'execution.checkpointing.savepoint-dir': join(root, 'savepoints'),
  }
}
