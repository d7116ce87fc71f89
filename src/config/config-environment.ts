// Settings that the environment gives: FLINKTS_ and the path of the setting.
import { nearestName } from '../../engine/common/near-name.ts'
import { ConfigError } from './config-error.ts'
import { configKeys, ENVIRONMENT_PREFIX, type ConfigKey } from './config-keys.ts'
import type { ConfigOverride } from './config-origin.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables with our prefix that are no settings: the broker's users, and those that the command line itself knows. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set(
  ['BROKER_USERS', 'CACHE_DIR', 'CONFIG_DIR', 'DATA_DIR', 'DEBUG', 'REDIRECTED'].map(
    (name) => ENVIRONMENT_PREFIX + name,
  ),
)

/** Shell completion has variables of its own, FLINKTS_AC_… */
function isOther(name: string): boolean {
  return OTHER_VARIABLES.has(name) || name.startsWith(`${ENVIRONMENT_PREFIX}AC_`)
}

const settable = configKeys.flatMap((key) => (key.environment === undefined ? [] : [[key.environment, key] as const]))
const keyByVariable: ReadonlyMap<string, ConfigKey> = new Map(settable)
const groups = [...new Set(configKeys.filter(({ path }) => path.length > 1).map(({ path }) => path[0]!))].map(
  (group) => `${ENVIRONMENT_PREFIX}${group.toUpperCase()}_`,
)

/** The text of a variable or a flag as the kind of value that the setting has. */
export function readSetting(key: ConfigKey, text: string): unknown {
  if (key.kind === 'number' && /^-?\d+(\.\d+)?$/.test(text.trim())) return Number(text)
  if (key.kind === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}

export interface EnvironmentSettings {
  readonly overrides: readonly ConfigOverride[]
  /** One line for each variable that looks like ours and means nothing. */
  readonly warnings: readonly string[]
}

/**
 * What the environment sets. A variable that is empty counts as not set. Throws CONFIG_INVALID for one that is close to a
 * setting's variable: a typing error must not change what holds without a word.
 */
export function readEnvironment(environment: Environment): EnvironmentSettings {
  const overrides: ConfigOverride[] = []
  const warnings: string[] = []
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || text === undefined || text === '' || isOther(name)) continue
    const key = keyByVariable.get(name)
    if (key !== undefined) {
      overrides.push({ path: key.path, value: readSetting(key, text), origin: { kind: 'environment', name } })
      continue
    }
    const nearest = nearestName(name, keyByVariable.keys())
    if (nearest !== undefined)
      throw new ConfigError('CONFIG_INVALID', `the environment variable ${name} is no setting of flinkts`, {
        fix: `write ${nearest}, or unset ${name}; \`flinkts config --all\` lists the variables`,
      })
    const group = groups.find((candidate) => name.startsWith(candidate))
    const known = group === undefined ? '' : `; of ${group} there are ${variablesOf(group).join(', ')}`
    warnings.push(`the environment variable ${name} is no setting of flinkts${known}`)
  }
  return { overrides, warnings }
}

function variablesOf(group: string): string[] {
  return [...keyByVariable.keys()].filter((name) => name.startsWith(group))
}
