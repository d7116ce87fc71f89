// One owner per folder: a lock file that names its owner by pid and start time. What a killed owner left behind is
// taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlinktsError } from './errors.ts'
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts'

const attemptsMax = 5

export class DirectoryLock {
  private readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** Makes the folder if need be. Throws FOLDER_IN_USE naming the owner's pid. */
  static acquire(directory: string): DirectoryLock {
    mkdirSync(directory, { recursive: true })
    const path = join(directory, '.lock')
    // The complete file appears at once under its name (link fails where the name is taken), so nobody reads half a lock.
    const prepared = `${path}.${process.pid}`
    try {
      writeFileSync(prepared, JSON.stringify(identityOf(process.pid)))
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        if (tryLink(prepared, path)) return new DirectoryLock(path)
        const owner = readOwner(path)
        if (owner !== undefined && isAlive(owner)) throw inUse(directory, owner.pid)
        discardStale(path)
      }
      throw inUse(directory, readOwner(path)?.pid)
    } finally {
      rmSync(prepared, { force: true })
    }
  }

  /** The process that holds the folder and lives; undefined: nobody does. */
  static ownerOf(directory: string): number | undefined {
    const owner = readOwner(join(directory, '.lock'))
    return owner !== undefined && isAlive(owner) ? owner.pid : undefined
  }

  release(): void {
    rmSync(this.path, { force: true })
  }
}

function tryLink(prepared: string, path: string): boolean {
  try {
    linkSync(prepared, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Another process may be doing the same: what turns out to be its fresh lock is put back. */
function discardStale(path: string): void {
  const aside = `${path}.${process.pid}.stale`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  const owner = readOwner(aside)
  if (owner !== undefined && isAlive(owner)) tryLink(aside, path)
  rmSync(aside, { force: true })
}

/** Undefined where the lock has gone or was written by nobody we know. */
function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

function inUse(directory: string, pid: number | undefined): FlinktsError {
  return new FlinktsError('FOLDER_IN_USE', `the folder ${directory} is in use by process ${pid ?? 'unknown'}`, {
    fix: 'Stop that process, or use another folder.',
  })
}
