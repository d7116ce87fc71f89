// The process of an embedded Postgres: stopping it, and finding one that a crash left behind.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FlinktsError } from '../../../engine/host.ts'
import { identityOf, isAlive, processStartTime, type ProcessIdentity } from '../processes/process-identity.ts'

const FAST_STOP_MS = 20_000
const IMMEDIATE_STOP_MS = 5_000
const POLL_MS = 10

const PROCESS_FILE = 'process.json'
const NO_PROCESS_PID = 2147483646

export function recordProcess(stateDirectory: string, pid: number): void {
  writeFileSync(join(stateDirectory, PROCESS_FILE), JSON.stringify(identityOf(pid)))
}

export function forgetProcess(stateDirectory: string): void {
  rmSync(join(stateDirectory, PROCESS_FILE), { force: true })
}

function recordedProcess(stateDirectory: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(stateDirectory, PROCESS_FILE), 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

async function goneWithin(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += POLL_MS) {
    if (!isAlive(identity)) return true
    await delay(POLL_MS)
  }
  return !isAlive(identity)
}

/** Fast shutdown (open transactions are rolled back, everything is on disk), then harder ways. */
export async function stopProcess(identity: ProcessIdentity): Promise<void> {
  const steps = [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS],
  ] as const
  for (const [signal, limitMs] of steps) {
    if (!isAlive(identity)) return
    try {
      process.kill(identity.pid, signal)
    } catch {
      // gone between the look and the signal
    }
    if (await goneWithin(identity, limitMs)) return
  }
  throw new FlinktsError('SERVICE_START_FAILED', `the Postgres process ${identity.pid} cannot be stopped`, {
    fix: `stop process ${identity.pid} yourself`,
  })
}

/** Stops a server of this folder whose owner was killed. Returns whether there was one. */
export async function stopLeftover(stateDirectory: string, dataDirectory: string): Promise<boolean> {
  const recorded = recordedProcess(stateDirectory)
  const wasRunning = recorded !== undefined && isAlive(recorded)
  if (wasRunning) await stopProcess(recorded)
  forgetProcess(stateDirectory)
  forgetReusedPid(dataDirectory)
  return wasRunning
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
