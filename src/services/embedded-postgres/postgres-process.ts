// A Postgres that a crash left behind, and what it left in the data folder.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStartTime } from '../../../engine/host.ts'
import { forgetProcess, leftoverProcess, stopProcess } from '../processes/recorded-process.ts'

const NO_PROCESS_PID = 2147483646

/** Stops a server of this folder whose owner was killed. Returns whether there was one. */
export async function stopLeftover(stateDirectory: string, dataDirectory: string): Promise<boolean> {
  const leftover = leftoverProcess(stateDirectory)
  if (leftover !== undefined) await stopProcess(leftover)
  forgetProcess(stateDirectory)
  forgetReusedPid(dataDirectory)
  return leftover !== undefined
}

/**
 * A stale postmaster.pid whose pid now belongs to some other process of the same user makes Postgres refuse to start.
 * Only the pid is replaced: the file also tells Postgres whether old backends still hold the shared memory.
 */
function forgetReusedPid(dataDirectory: string): void {
  const path = join(dataDirectory, 'postmaster.pid')
  if (!existsSync(path)) return
  const [pid = '', ...rest] = readFileSync(path, 'utf8').split('\n')
  if (processStartTime(Number(pid)) !== undefined) writeFileSync(path, [NO_PROCESS_PID, ...rest].join('\n'))
}
