// `.flinkts/docker.json`: that the project has something in a container engine, and in which one. So `down` and the next
// start look there, also from a shell that names another engine, and look nowhere where there is nothing.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectPlace } from '../../config/project-place.ts'
import { writeWhole } from '../session/session-files.ts'
import type { EngineEndpoint } from './engine-endpoints.ts'

export interface DockerRecord {
  /** `unix:///var/run/docker.sock` */
  readonly engine: string
  readonly origin: string
  /** Containers may be there: set before the first is made, cleared when all are gone. */
  readonly hasContainers: boolean
}

const recordPath = (project: ProjectPlace): string => join(project.stateFolder, 'docker.json')

export function readDockerRecord(project: ProjectPlace): DockerRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordPath(project), 'utf8')) as DockerRecord
  } catch {
    return undefined
  }
}

export function writeDockerRecord(
  project: ProjectPlace,
  { text, origin }: EngineEndpoint,
  hasContainers: boolean,
): void {
  const record: DockerRecord = { engine: text, origin, hasContainers }
  writeWhole(recordPath(project), `${JSON.stringify(record, null, 2)}\n`)
}

export function removeDockerRecord(project: ProjectPlace): void {
  rmSync(recordPath(project), { force: true })
}
