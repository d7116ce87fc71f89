// Where binaries and data of an embedded Postgres lie, and as whom it runs. Postgres refuses root: then it runs as
// `nobody`, who must be able to reach both. What lies under a 0700 folder (root's home) is out of reach: then both go to
// a 0711 folder of nobody's own under /var/tmp (kept over a reboot), with a pointer in the state folder.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { FlinktsError } from '../../../engine/host.ts'
import { completeBinaries, findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'

export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

export interface PostgresPlacement {
  readonly binaries: PostgresBinaries
  /** Folder that holds `data`; belongs to the user Postgres runs as. */
  readonly home: string
  readonly dataDirectory: string
  /** Undefined: as who we are. */
  readonly runAs: SystemUser | undefined
}

export const POINTER_FILE = 'location'

/** `nobody` where we are root, else undefined. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Whether others may pass every folder down to `path`, and enter `path` itself. */
export function isReachableByOthers(path: string): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false
    if (dirname(folder) === folder) return true
  }
}

/**
 * Decides and prepares the folders. `temporaryRoot` is where a folder of nobody's own goes; temporary files there must
 * survive a reboot.
 */
export function placePostgres(stateDirectory: string, temporaryRoot = '/var/tmp'): PostgresPlacement {
  const binaries = findPostgresBinaries()
  const runAs = postgresUser()
  mkdirSync(stateDirectory, { recursive: true })
  if (runAs === undefined) return placeAtHome(binaries, stateDirectory)
  const reachable = isReachableByOthers(binaries.directory) && isReachableByOthers(stateDirectory)
  if (reachable && completeBinaries(binaries.directory)) {
    const home = join(stateDirectory, 'server')
    ownFolder(home, runAs, 0o711)
    return { binaries, home, dataDirectory: join(home, 'data'), runAs }
  }
  return placeElsewhere(binaries, stateDirectory, temporaryRoot, runAs)
}

function placeAtHome(binaries: PostgresBinaries, stateDirectory: string): PostgresPlacement {
  const home = join(stateDirectory, 'server')
  mkdirSync(home, { recursive: true })
  const usable = completeBinaries(binaries.directory) ? binaries : copyBinaries(binaries, home)
  return { binaries: usable, home, dataDirectory: join(home, 'data'), runAs: undefined }
}

function placeElsewhere(
  binaries: PostgresBinaries,
  stateDirectory: string,
  temporaryRoot: string,
  runAs: SystemUser,
): PostgresPlacement {
  const home = homeElsewhere(stateDirectory, temporaryRoot)
  ownFolder(home, runAs, 0o711)
  writeFileSync(join(stateDirectory, POINTER_FILE), `${home}\n`)
  return { binaries: copyBinaries(binaries, home), home, dataDirectory: join(home, 'data'), runAs }
}

/** Removes everything `placePostgres` made for this folder; the server must not run. */
export function removePostgresData(stateDirectory: string, temporaryRoot = '/var/tmp'): void {
  // The pointer only says that there is a folder elsewhere; which one follows from the state folder, never from a file.
  if (existsSync(join(stateDirectory, POINTER_FILE))) {
    rmSync(homeElsewhere(stateDirectory, temporaryRoot), { recursive: true, force: true })
  }
  rmSync(stateDirectory, { recursive: true, force: true })
}

function homeElsewhere(stateDirectory: string, temporaryRoot: string): string {
  const digest = createHash('sha256').update(resolve(stateDirectory)).digest('hex').slice(0, 16)
  return join(temporaryRoot, `flinkts-${digest}`)
}

/** The folder under a world-writable root must be ours: nobody else may have put it there before. */
function ownFolder(folder: string, owner: SystemUser, mode: number): void {
  mkdirSync(folder, { recursive: true, mode })
  const found = lstatSync(folder)
  if (!found.isDirectory() || (found.uid !== 0 && found.uid !== owner.uid)) {
    throw new FlinktsError('SERVICE_START_FAILED', `${folder} belongs to somebody else (uid ${found.uid})`, {
      fix: `remove ${folder} and start again`,
    })
  }
  chownSync(folder, owner.uid, owner.gid)
  chmodSync(folder, mode)
}

/** Copies under a temporary name and renames, so that a crash leaves no half copy that looks whole. */
function copyBinaries(binaries: PostgresBinaries, home: string): PostgresBinaries {
  const directory = join(home, `postgres-${binaries.version}`)
  if (!existsSync(directory)) {
    const unfinished = `${directory}.${process.pid}`
    rmSync(unfinished, { recursive: true, force: true })
    cpSync(binaries.directory, unfinished, { recursive: true, verbatimSymlinks: true })
    chmodSync(unfinished, 0o755)
    completeBinaries(unfinished)
    renameSync(unfinished, directory)
  }
  return { ...binaries, directory }
}
