// Where a project is. Light: what only looks for the session needs no configuration.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export const CONFIG_FILE_NAME = 'flinkts.yaml'

export interface ProjectPlace {
  /** Absolute path of the project's folder. */
  readonly folder: string
  /** Whether there is a flinkts.yaml; without one defaults hold. */
  readonly hasConfigFile: boolean
  /** `.flinkts/`: pids, locks, data; without a flinkts.yaml a temporary folder. Not made by looking. */
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

/** The place of the project that `from` lies in. */
export function locateProject(from: string): ProjectPlace {
  const folder = findProjectFolder(from)
  const hasConfigFile = existsSync(join(folder, CONFIG_FILE_NAME))
  return { folder, hasConfigFile, stateFolder: hasConfigFile ? join(folder, '.flinkts') : temporaryStateFolder(folder) }
}
