// A project: the folder with flinkts.yaml, and what flinkts keeps for it under .flinkts/.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { ConfigOverride } from './config-origin.ts'
import { resolveConfig, type FlinktsConfig, type ResolvedConfig } from './flinkts-config.ts'
import { CONFIG_FILE_NAME, locateProject, type ProjectPlace } from './project-place.ts'

export interface Project extends ProjectPlace {
  readonly config: FlinktsConfig
  /** Where the value of a setting comes from: `originOf(['kafka', 'port'])`. */
  readonly originOf: ResolvedConfig['originOf']
  /** What is odd about the configuration and stops nothing, one line each. */
  readonly configWarnings: readonly string[]
}

/**
 * Reads the project that `from` lies in: flinkts.yaml, above it the environment's FLINKTS_ variables, above them
 * `overrides` (flags). Throws CONFIG_INVALID.
 */
export function loadProject(from: string, overrides: readonly ConfigOverride[] = []): Project {
  const place = locateProject(from)
  const path = join(place.folder, CONFIG_FILE_NAME)
  const file = place.hasConfigFile ? { text: readFileSync(path, 'utf8'), name: relative(from, path) } : undefined
  const { config, originOf, warnings } = resolveConfig({ file, environment: process.env, overrides })
  return { ...place, config, originOf, configWarnings: warnings }
}
