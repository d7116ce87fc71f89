// Which flinkts a project's `.flinkts/` belongs to. Written once by the session that begins it; one of another layout is
// refused before anything in it is touched.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlinktsError } from '../../../engine/host.ts'
import { packageVersion } from '../../config/package-root.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { writeWhole } from './session-files.ts'

/** Counts up when an older flinkts could not read, or would damage, what a newer one writes. */
const LAYOUT = 1

export interface StateFolderVersion {
  readonly layout: number
  /** Of the package that wrote it, e.g. `0.1.0`. */
  readonly version: string
}

function stampPath(project: ProjectPlace): string {
  return join(project.stateFolder, 'version.json')
}

/** Undefined: there is no folder yet, or it is from before there were stamps, with this layout. */
export function readStateFolderVersion(project: ProjectPlace): StateFolderVersion | undefined {
  let text: string
  try {
    text = readFileSync(stampPath(project), 'utf8')
  } catch {
    return undefined
  }
  try {
    const { layout, version } = JSON.parse(text) as Partial<StateFolderVersion>
    if (typeof layout === 'number' && typeof version === 'string') return { layout, version }
  } catch {
    // torn or written by hand
  }
  return { layout: Number.NaN, version: 'unknown' }
}

export function isReadableStateFolder(found: StateFolderVersion | undefined): boolean {
  return found === undefined || found.layout === LAYOUT
}

/** Throws STATE_FOLDER_INCOMPATIBLE for a folder of another layout, which stays as it is; else stamps a new one. */
export function claimStateFolder(project: ProjectPlace): void {
  const found = readStateFolderVersion(project)
  if (!isReadableStateFolder(found)) throw incompatible(project, found!)
  if (found !== undefined) return
  mkdirSync(project.stateFolder, { recursive: true })
  writeWhole(stampPath(project), `${JSON.stringify({ layout: LAYOUT, version: packageVersion() })}\n`)
}

function incompatible(project: ProjectPlace, { version, layout }: StateFolderVersion): FlinktsError {
  const folder = project.stateFolder
  const writer = version === 'unknown' ? 'an unknown version' : version
  const begin = `to begin anew and keep it, move it aside: mv ${folder} ${folder}-${version}; to delete it, flinkts down --volumes`
  return new FlinktsError(
    'STATE_FOLDER_INCOMPATIBLE',
    `${folder} was written by flinkts ${writer} (layout ${Number.isNaN(layout) ? '?' : layout}), and this is flinkts ${packageVersion()} (layout ${LAYOUT}). Nothing in it was changed: topics, tables and checkpoints are all there`,
    { fix: version === 'unknown' ? begin : `go on with npx flinkts@${version}; ${begin}` },
  )
}
