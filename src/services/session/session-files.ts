// What a project keeps in .flinkts/, and where. Written whole or not at all.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isAlive, type ProcessIdentity } from '../../../engine/client.ts'
import type { ProjectPlace } from '../../config/project-place.ts'

export interface SessionRecord extends ProcessIdentity {
  /** `http://127.0.0.1:8081` */
  readonly restAddress: string
  readonly version: string
}

export interface SessionPaths {
  readonly record: string
  readonly lockFolder: string
  readonly log: string
  readonly kafka: string
  readonly postgres: string
  readonly jobs: string
}

export function sessionPaths(project: ProjectPlace): SessionPaths {
  const under = (...parts: string[]): string => join(project.stateFolder, ...parts)
  return {
    record: under('session.json'),
    lockFolder: under('session'),
    log: under('logs', 'session.log'),
    kafka: under('kafka'),
    postgres: under('postgres'),
    jobs: under('jobs'),
  }
}

export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const prepared = `${path}.${process.pid}`
  try {
    writeFileSync(prepared, text)
    renameSync(prepared, path)
  } catch (error) {
    rmSync(prepared, { force: true }) // half a file on a full disk
    throw error
  }
}

/** The live session of the project, or undefined; what a killed one left behind does not count. */
export function readLiveSession(project: ProjectPlace): SessionRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(sessionPaths(project).record, 'utf8')) as SessionRecord
    return isAlive(record) ? record : undefined
  } catch {
    return undefined
  }
}

export function writeSessionRecord(project: ProjectPlace, record: SessionRecord): void {
  writeWhole(sessionPaths(project).record, `${JSON.stringify(record, null, 2)}\n`)
}

export function removeSessionRecord(project: ProjectPlace): void {
  rmSync(sessionPaths(project).record, { force: true })
}
