// Starts the broker in a process of its own and waits until it serves. This file owns the path of the entry: it runs from
// compiled code, also where this module itself runs from its source.
import { fork, type ChildProcess, type StdioOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { FlinktsError, fromErrorData } from '../../common/errors.ts'
import { systemClock } from '../../time/clock.ts'
import type { BrokerProcessInput, BrokerProcessOptions, BrokerProcessOutput } from './broker-process-messages.ts'
import type { RunningBroker } from './broker.ts'

export interface BrokerProcessStart extends BrokerProcessOptions {
  /** File descriptor that gets what the process writes. Default: nobody. */
  readonly logDescriptor?: number
  /** How long to wait until it serves, recovery included, ms. Default 60 s. */
  readonly startTimeoutMs?: number
  /** How long a clean stop may take before the process is killed, ms. Default 30 s. */
  readonly stopTimeoutMs?: number
}

export interface BrokerProcess extends Omit<RunningBroker, 'stop'> {
  readonly pid: number
  /** Settles when the process has ended, however it came to it. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Stops it cleanly. */
  stop(): Promise<void>
}

/** The owner's end is the broker's end: see broker-process.ts. */
export async function startBrokerProcess(start: BrokerProcessStart = {}): Promise<BrokerProcess> {
  const { logDescriptor, startTimeoutMs = 60_000, stopTimeoutMs = 30_000, ...options } = start
  const stdio: StdioOptions = ['ignore', logDescriptor ?? 'ignore', logDescriptor ?? 'ignore', 'ipc']
  const child = fork(entryPath(), [], { stdio, execArgv: [] })
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  )
  const input: BrokerProcessInput = { options }
  child.send(input)
  try {
    const ready = await firstMessage(child, startTimeoutMs)
    if (ready.kind === 'failed') throw fromErrorData(ready.error)
    const { kind: _kind, ...address } = ready
    const stop = async (): Promise<void> => {
      if (child.connected) child.disconnect()
      const killer = systemClock.setTimer(stopTimeoutMs, () => child.kill('SIGKILL'))
      await exited
      killer.cancel()
    }
    return { ...address, exited, stop }
  } catch (error) {
    child.kill('SIGKILL')
    await exited
    throw error
  }
}

function firstMessage(child: ChildProcess, timeoutMs: number): Promise<BrokerProcessOutput> {
  return new Promise((resolve, reject) => {
    const fail = (message: string): void => reject(new FlinktsError('KAFKA_UNREACHABLE', message))
    const timer = systemClock.setTimer(timeoutMs, () => fail(`the broker process did not serve within ${timeoutMs} ms`))
    child.once('message', (message) => {
      timer.cancel()
      resolve(message as BrokerProcessOutput)
    })
    child.once('error', (error) => {
      timer.cancel()
      fail(`the broker process cannot be started: ${error.message}`)
    })
    child.once('exit', (code, signal) => {
      timer.cancel()
      fail(`the broker process ended before it served (${signal ?? `exit code ${code}`})`)
    })
  })
}

function entryPath(): string {
  const own = fileURLToPath(import.meta.url)
  const compiled = own.endsWith('.ts') ? own.replace(/(engine[\\/]kafka[\\/]broker[\\/])[^\\/]+$/, 'dist/$1x') : own
  return compiled.replace(/[^\\/]+$/, 'broker-process.js')
}
