// One watch per project, and one check at a time: checks share topics, tables and the list of jobs that they leave running.
// A lock names its owner by pid and start time; one of a process that is gone does not count.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DirectoryLock, FlinktsError, isFlinktsError, systemClock } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'

const POLL_MS = 100

type Folder = Pick<Project, 'stateFolder'>

function watchFolder({ stateFolder }: Folder): string {
  return join(stateFolder, 'workshop', 'watch')
}

function checkFolder({ stateFolder }: Folder): string {
  return join(stateFolder, 'workshop', 'check')
}

/** Undefined where another process, or another call of this one, holds it. */
function tryLock(folder: string): DirectoryLock | undefined {
  try {
    return DirectoryLock.acquire(folder)
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'FOLDER_IN_USE') return undefined
    throw error
  }
}

/** Throws FOLDER_IN_USE where another terminal watches this workshop. */
export function lockWatch(project: Folder): DirectoryLock {
  const lock = tryLock(watchFolder(project))
  if (lock !== undefined) return lock
  const owner = DirectoryLock.ownerOf(watchFolder(project))
  throw new FlinktsError(
    'FOLDER_IN_USE',
    `another terminal watches this workshop already${owner === undefined ? '' : `, as process ${owner}`}`,
    {
      fix: 'Go on there, or leave it there with q. `flinkts workshop check`, `hint` and the other commands work beside it.',
    },
  )
}

/** The process whose check runs; undefined: none does. */
export function checkingProcess(project: Folder): number | undefined {
  return DirectoryLock.ownerOf(checkFolder(project))
}

/**
 * Waits for the end of a check that runs, for `limitMs` at most; `waits` hears of it once. Throws FOLDER_IN_USE, and what the
 * signal was aborted with.
 */
export async function lockCheck(
  project: Folder,
  { limitMs, signal, waits }: { limitMs: number; signal: AbortSignal; waits: (line: string) => void },
): Promise<DirectoryLock> {
  const deadline = systemClock.monotonicMs() + limitMs
  for (let hasTold = false; ; hasTold = true) {
    signal.throwIfAborted()
    const lock = tryLock(checkFolder(project))
    if (lock !== undefined) return lock
    const owner = checkingProcess(project)
    const who = `another check of this workshop runs${owner === undefined ? '' : `, in process ${owner}`}`
    if (!hasTold) waits(`${who}: waiting for its end`)
    if (systemClock.monotonicMs() > deadline)
      throw new FlinktsError('FOLDER_IN_USE', `${who}, and has not ended within ${limitMs / 1000} s`, {
        fix: owner === undefined ? 'check again' : `end process ${owner}, then check again`,
      })
    await delay(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}
