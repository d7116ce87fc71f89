// Where a project's logs lie, and how large they may grow: a file that is full becomes `<name>.1`, the one before goes.
import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { basename, join } from 'node:path'
import { JobStore } from '../../../engine/host.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { sessionPaths } from '../session/session-files.ts'

const LOG_BYTES_MAX = 10 * 1024 * 1024

/** Logs that other processes and this one write through a descriptor they keep. */
export function processLogFiles(project: ProjectPlace): Readonly<Record<'session' | 'kafka' | 'postgres', string>> {
  const paths = sessionPaths(project)
  return {
    session: paths.log,
    kafka: join(paths.kafka, 'broker.log'),
    postgres: join(paths.postgres, 'postgres.log'),
  }
}

export function jobLogsFolder(project: ProjectPlace): string {
  return join(project.stateFolder, 'logs', 'jobs')
}

/** All runs of a job write into one file, named as the job's folder is. */
export function jobLogFile(project: ProjectPlace, key: string): string {
  return join(jobLogsFolder(project), `${basename(new JobStore(project.stateFolder).folderOf(key))}.log`)
}

/** Of all jobs that have one, by the name of the file without its hash. */
export function jobLogFiles(project: ProjectPlace): { readonly name: string; readonly path: string }[] {
  try {
    return readdirSync(jobLogsFolder(project))
      .filter((file) => file.endsWith('.log'))
      .map((file) => ({ name: file.replace(/(-[0-9a-f]{8})?\.log$/, ''), path: join(jobLogsFolder(project), file) }))
  } catch {
    return []
  }
}

/**
 * Keeps the older part of a log that is full and empties the file: its writers append, so they go on at its beginning. Lines
 * written in between are lost, as with logrotate's copytruncate. Does nothing where there is no such file or no room.
 */
export function rotateLog(path: string, bytesMax = LOG_BYTES_MAX): void {
  try {
    if (statSync(path).size <= bytesMax) return
    copyFileSync(path, `${path}.1`)
    truncateSync(path, 0)
  } catch {
    // the next turn tries again
  }
}
