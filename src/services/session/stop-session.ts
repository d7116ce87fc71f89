import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { FlinktsError, systemClock } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { removePostgresData } from '../embedded-postgres/postgres-placement.ts'
import { isAlive } from '../../../engine/host.ts'
import { callRest } from '../rest-client.ts'
import { readDockerRecord } from '../docker/docker-record.ts'
import { readLiveSession, sessionPaths } from './session-files.ts'
import { isReadableStateFolder, readStateFolderVersion } from './state-folder-version.ts'

const STOP_TIMEOUT_MS = 60_000
const POLL_MS = 20

/**
 * Stops the session with its jobs and services, and waits until its process has ended; also containers that a killed session
 * left behind. Returns whether anything ran. With `volumes` the data of services and jobs goes too, also where nothing ran.
 */
export async function stopSession(project: Project, options: { readonly volumes: boolean }): Promise<boolean> {
  const record = readLiveSession(project)
  if (record !== undefined) {
    await callRest(record.restAddress, { method: 'POST', path: '/flinkts/down', body: {}, timeoutMs: STOP_TIMEOUT_MS })
    const deadline = systemClock.monotonicMs() + STOP_TIMEOUT_MS
    while (isAlive(record)) {
      if (systemClock.monotonicMs() > deadline) {
        throw new FlinktsError(
          'SESSION_UNREACHABLE',
          `the session process ${record.pid} did not end within ${STOP_TIMEOUT_MS} ms`,
          {
            fix: `stop process ${record.pid} yourself`,
          },
        )
      }
      await delay(POLL_MS)
    }
  }
  const leftBehind = await removeContainersOf(project, options)
  if (options.volumes) {
    const paths = sessionPaths(project)
    removePostgresData(paths.postgres)
    for (const folder of [paths.kafka, paths.jobs]) rmSync(folder, { recursive: true, force: true })
    // of another layout: only its own version knows what else is data
    if (!isReadableStateFolder(readStateFolderVersion(project)))
      rmSync(project.stateFolder, { recursive: true, force: true })
  }
  return record !== undefined || leftBehind
}

/** A killed session's containers, and with `volumes` their data. Only a project that used an engine looks for one. */
async function removeContainersOf(project: Project, options: { readonly volumes: boolean }): Promise<boolean> {
  const record = readDockerRecord(project)
  if (record === undefined || !(record.hasContainers || options.volumes)) return false
  const { removeDockerLeftovers } = await import('../docker/docker-leftovers.ts')
  return (await removeDockerLeftovers(project, record, options)).length > 0
}
