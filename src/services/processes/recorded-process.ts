// A service's process as its folder remembers it, so that one that a killed owner left behind is found and stopped.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FlinktsError } from '../../../engine/host.ts'
import { identityOf, isAlive, type ProcessIdentity } from '../../../engine/host.ts'

const CLEAN_STOP_MS = 20_000
const IMMEDIATE_STOP_MS = 5_000
const POLL_MS = 10

const PROCESS_FILE = 'process.json'

export function recordProcess(stateDirectory: string, pid: number): void {
  writeFileSync(join(stateDirectory, PROCESS_FILE), JSON.stringify(identityOf(pid)))
}

export function forgetProcess(stateDirectory: string): void {
  rmSync(join(stateDirectory, PROCESS_FILE), { force: true })
}

/** The recorded process where it still lives. */
export function leftoverProcess(stateDirectory: string): ProcessIdentity | undefined {
  try {
    const recorded = JSON.parse(readFileSync(join(stateDirectory, PROCESS_FILE), 'utf8')) as ProcessIdentity
    return isAlive(recorded) ? recorded : undefined
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

/**
 * Stops a service's process: SIGINT (Postgres's fast shutdown: open transactions are rolled back, everything is on disk;
 * the broker's clean stop), then harder ways. Throws SERVICE_START_FAILED where it cannot be stopped.
 */
export async function stopProcess(identity: ProcessIdentity): Promise<void> {
  const steps = [
    ['SIGINT', CLEAN_STOP_MS],
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
  throw new FlinktsError('SERVICE_START_FAILED', `process ${identity.pid} cannot be stopped`, {
    fix: `stop process ${identity.pid} yourself`,
  })
}
