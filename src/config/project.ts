// A project: the folder with flinkts.yaml, and what flinkts keeps for it under .flinkts/.
import { existsSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import type { ConfigOverride } from './config-origin.ts'
import { resolveConfig, type FlinktsConfig, type ResolvedConfig } from './flinkts-config.ts'

export const CONFIG_FILE_NAME = 'flinkts.yaml'

export interface Project {
  /** Absolute path of the project's folder. */
  readonly folder: string
  /** Whether there is a flinkts.yaml; without one defaults hold. */
  readonly hasConfigFile: boolean
  readonly config: FlinktsConfig
  /** Where the value of a setting comes from: `originOf(['kafka', 'port'])`. */
  readonly originOf: ResolvedConfig['originOf']
  /** What is odd about the configuration and stops nothing, one line each. */
  readonly configWarnings: readonly string[]
  /** `.flinkts/`: pids, locks, data; without a flinkts.yaml a temporary folder. Not made by loading. */
  readonly stateFolder: string
}

/** The nearest folder upwards that holds a flinkts.yaml, else `from` itself. */
export function findProjectFolder(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, CONFIG_FILE_NAME))) return folder
    if (dirname(folder) === folder) return resolve(from)
  }
}

/** Outside of a project nothing is left in the user's folder; commands started there still find each other. */
function temporaryStateFolder(folder: string): string {
  const user = process.getuid?.() ?? 'user'
  return join(tmpdir(), `flinkts-${user}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`)
}

/**
 * Reads the project that `from` lies in: flinkts.yaml, above it the environment's FLINKTS_ variables, above them
 * `overrides` (flags). Throws CONFIG_INVALID.
 */
export function loadProject(from: string, overrides: readonly ConfigOverride[] = []): Project {
  const folder = findProjectFolder(from)
  const path = join(folder, CONFIG_FILE_NAME)
  const hasConfigFile = existsSync(path)
  const file = hasConfigFile ? { text: readFileSync(path, 'utf8'), name: relative(from, path) } : undefined
  const { config, originOf, warnings } = resolveConfig({ file, environment: process.env, overrides })
  return {
    folder,
    hasConfigFile,
    config,
    originOf,
    configWarnings: warnings,
    stateFolder: hasConfigFile ? join(folder, '.flinkts') : temporaryStateFolder(folder),
  }
}
