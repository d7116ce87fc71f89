// Every setting of a project: its value, fit to print, and where it comes from.
import { configKeys, type ConfigKey } from '../config/config-keys.ts'
import { originText } from '../config/config-origin.ts'
import type { Project } from '../config/project.ts'
import { MASKED_SECRET, maskUrlPassword } from '../config/secret.ts'

export interface ConfigSetting {
  /** `kafka.port` */
  readonly key: string
  /** Secrets are masked; `{ env: NAME }` and `{ file: path }` say only where they are. Undefined: nothing is set. */
  readonly value: unknown
  /** `flinkts.yaml:12`, `FLINKTS_KAFKA_PORT`, `--set` or `default`. */
  readonly origin: string
  /** The variable that sets it, where one does. */
  readonly environment: string | undefined
  readonly description: string
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (table, step) =>
      typeof table === 'object' && table !== null ? (table as Record<string, unknown>)[step] : undefined,
    value,
  )
}

function printable(key: ConfigKey, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (key.kind === 'secret') return MASKED_SECRET
  return key.path.at(-1) === 'url' ? maskUrlPassword(value) : value
}

function describeTopics(project: Project): ConfigSetting[] {
  return Object.entries(project.config.topics).flatMap(([topic, settings]) =>
    Object.entries(settings).map(([name, value]) => ({
      key: `topics.${topic}.${name}`,
      value,
      origin: originText(project.originOf(['topics', topic, name])),
      environment: undefined,
      description: '',
    })),
  )
}

/** In the order of the file's documentation; each topic's settings where `topics` stands. */
export function describeConfig(project: Project): ConfigSetting[] {
  return configKeys.flatMap((key) => {
    const { path, environment, description } = key
    if (path[0] === 'topics') return describeTopics(project)
    return {
      key: path.join('.'),
      value: printable(key, valueAt(project.config, path)),
      origin: originText(project.originOf(path)),
      environment,
      description,
    }
  })
}

/** What holds where nothing is set, from a setting's description. */
export function impliedValue({ description }: ConfigSetting): string | undefined {
  return /Default: (.*)$/.exec(description)?.[1]
}
