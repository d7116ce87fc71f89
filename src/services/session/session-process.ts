// The session process: one per project. Holds the JobManager, its REST API, the TaskManager threads and the embedded
// services, for as long as somebody holds a lease. Started by open-session.ts; argument: the project's folder.
import { toErrorData } from '../../../engine/host.ts'
import { loadProject } from '../../config/project.ts'
import type { SessionStartMessage } from './open-session.ts'
import { SessionServer } from './session-server.ts'

/** The command that started us may have been ended in the meantime; others may use the session all the same. */
function tell(message: SessionStartMessage): void {
  process.send?.(message, undefined, undefined, () => undefined)
}

// the session's log may be on a disk that is full: that ends no session
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

async function main(folder: string): Promise<void> {
  const project = loadProject(folder)
  let server: SessionServer
  try {
    server = await SessionServer.start(project)
  } catch (error) {
    const occupied = (error as { code?: string }).code === 'FOLDER_IN_USE'
    tell(occupied ? { kind: 'occupied' } : { kind: 'failed', error: toErrorData(error) })
    process.exitCode = occupied ? 0 : 1
    process.disconnect?.()
    return
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => void server.stop(`got ${signal}`))
  tell({ kind: 'ready', restAddress: server.restAddress })
}

await main(process.argv[2]!)
