// A project: the folder with flinkts.yaml, and what flinkts keeps for it under .flinkts/.
import { existsSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { configDefaults, parseConfig, type FlinktsConfig } from './flinkts-config.ts'

export const CONFIG_FILE_NAME = 'flinkts.yaml'

export interface Project {
  /** Absolute path of the project's folder. */
  readonly folder: string
  /** Whether there is a flinkts.yaml; without one defaults hold. */
  readonly hasConfigFile: boolean
  readonly config: FlinktsConfig
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

/** Reads the project that `from` lies in. Throws CONFIG_INVALID. */
export function loadProject(from: string): Project {
  const folder = findProjectFolder(from)
  const file = join(folder, CONFIG_FILE_NAME)
  const hasConfigFile = existsSync(file)
  return {
    folder,
    hasConfigFile,
    config: hasConfigFile ? parseConfig(readFileSync(file, 'utf8'), CONFIG_FILE_NAME) : configDefaults(),
    stateFolder: hasConfigFile ? join(folder, '.flinkts') : temporaryStateFolder(folder),
  }
}
