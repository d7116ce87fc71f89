// Attaches to the project's session process, starting it where none runs, and holds a lease while it is used.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FlinktsError, fromErrorData, systemClock, type ErrorData } from '../../../engine/client.ts'
import { packageRoot, packageVersion } from '../../config/package-root.ts'
import type { Project } from '../../config/project.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { callRest, streamRest } from '../rest-client.ts'
import { readLiveSession, sessionPaths } from './session-files.ts'
import {
  ENGINE_VARIABLES,
  type LeaseEvent,
  type PullProgress,
  type ServiceName,
  type ServiceStatus,
  type SessionStatus,
  type StartServicesAnswer,
  type StartServicesRequest,
} from './session-protocol.ts'

const START_TIMEOUT_MS = 30_000
const JOIN_POLL_MS = 20
/** Every wait inside has a limit of its own; the longest is that for an image which is pulled over a slow line. */
const SERVICES_TIMEOUT_MS = 3_600_000

export interface Session {
  readonly restAddress: string
  status(): Promise<SessionStatus>
  /** Starts these services and makes declared topics and tables; resolves when they are ready. */
  startServices(request: StartServicesRequest): Promise<StartServicesAnswer>
  /** Hears when a service dies or is back. */
  onAlarm(listener: (line: string) => void): void
  /** Hears how far the pull of an image is. */
  onPull(listener: (progress: PullProgress) => void): void
  /** Rejects when the session ends while the lease is held. */
  readonly lost: Promise<never>
  /** The lease ends; the session stops when nobody else holds one. */
  release(): void
}

/** What the session process tells whoever started it. */
export type SessionStartMessage =
  | { readonly kind: 'ready'; readonly restAddress: string }
  /** Another process was faster. */
  | { readonly kind: 'occupied' }
  | { readonly kind: 'failed'; readonly error: ErrorData }

function logTail(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-8).join('\n')
  } catch {
    return ''
  }
}

function spawnSession(project: Project): ChildProcess {
  const { log } = sessionPaths(project)
  mkdirSync(dirname(log), { recursive: true })
  const output = openSync(log, 'a')
  try {
    const entry = join(packageRoot(), 'dist', 'src', 'services', 'session', 'session-process.js')
    return spawn(process.execPath, [entry, project.folder], {
      cwd: project.folder,
      detached: true, // Ctrl-C in the terminal is the command's to answer, not the session's
      stdio: ['ignore', output, output, 'ipc'],
      windowsHide: true,
    })
  } finally {
    closeSync(output)
  }
}

/**
 * What the session process says when it has started, or could not. Throws SESSION_START_FAILED. However it ends, the child
 * no longer keeps this process alive.
 */
export function startMessage(
  child: ChildProcess,
  log: string,
  limitMs = START_TIMEOUT_MS,
): Promise<SessionStartMessage> {
  const failure = (message: string): FlinktsError =>
    new FlinktsError('SESSION_START_FAILED', message, { fix: `look at ${log}` })
  const said = new Promise<SessionStartMessage>((resolve, reject) => {
    const timer = systemClock.setTimer(limitMs, () =>
      reject(failure(`the session process was not ready within ${limitMs} ms`)),
    )
    child.once('error', (cause) => reject(failure(`the session process cannot be started: ${cause.message}`)))
    child.once('exit', (code, signal) =>
      reject(failure(`the session process ended while it started (${signal ?? code}):\n${logTail(log)}`)),
    )
    child.once('message', (message: SessionStartMessage) => {
      timer.cancel()
      resolve(message)
    })
  })
  return said.finally(() => {
    child.removeAllListeners('exit')
    if (child.connected) child.disconnect()
    child.unref()
  })
}

async function startSession(project: Project): Promise<string> {
  const message = await startMessage(spawnSession(project), sessionPaths(project).log)
  if (message.kind === 'failed') throw fromErrorData(message.error)
  return message.kind === 'ready' ? message.restAddress : joinSession(project)
}

/** Another command is starting the session at this moment: waits for its record. */
async function joinSession(project: Project): Promise<string> {
  const deadline = systemClock.monotonicMs() + START_TIMEOUT_MS
  while (systemClock.monotonicMs() < deadline) {
    const record = readLiveSession(project)
    if (record !== undefined) return record.restAddress
    await delay(JOIN_POLL_MS)
  }
  throw new FlinktsError(
    'SESSION_UNREACHABLE',
    'another process holds the session of this project but does not answer',
    {
      fix: 'run `flinkts down`, then try again',
    },
  )
}

interface Lease {
  readonly events: AsyncIterator<LeaseEvent>
  release(): void
}

async function takeLease(restAddress: string): Promise<Lease> {
  const stream = await streamRest<LeaseEvent>(restAddress, { path: '/flinkts/lease' })
  const events = stream.lines[Symbol.asyncIterator]()
  const first = await events.next()
  if (first.done === true || first.value.kind !== 'held') {
    throw new FlinktsError('SESSION_UNREACHABLE', 'the session is stopping', { fix: 'try again in a moment' })
  }
  return { events, release: () => stream.close() }
}

/** Until the lease's connection ends. */
async function hearEvents(lease: Lease, hear: (event: LeaseEvent) => void): Promise<void> {
  try {
    for (;;) {
      const next = await lease.events.next()
      if (next.done === true) return
      hear(next.value)
    }
  } catch {
    // it broke off: the session was killed
  }
}

function engineEnvironment(): Record<string, string> {
  const set = ENGINE_VARIABLES.map((name) => [name, process.env[name]] as const)
  return Object.fromEntries(set.filter((entry): entry is [(typeof entry)[0], string] => entry[1] !== undefined))
}

function handle(restAddress: string, lease: Lease): Session {
  let alarm = (_line: string): void => undefined
  let pulling = (_progress: PullProgress): void => undefined
  const ended = hearEvents(lease, (event) => {
    if (event.kind === 'alarm') alarm(event.line)
    if (event.kind === 'pull') pulling(event.progress)
  })
  const lost = ended.then(() => {
    throw new FlinktsError('SESSION_UNREACHABLE', 'the session ended', {
      fix: 'run the command again; .flinkts/logs/session.log says more',
    })
  })
  lost.catch(() => undefined) // most callers notice by themselves
  return {
    restAddress,
    status: () => callRest<SessionStatus>(restAddress, { path: '/flinkts/session' }),
    startServices: (request) =>
      callRest<StartServicesAnswer>(restAddress, {
        method: 'POST',
        path: '/flinkts/services',
        body: { ...request, environment: engineEnvironment() },
        timeoutMs: SERVICES_TIMEOUT_MS,
      }),
    onAlarm: (listener) => (alarm = listener),
    onPull: (listener) => (pulling = listener),
    lost,
    release: () => lease.release(),
  }
}

/** The session that runs, or undefined; nothing is started. */
export async function attachSession(project: ProjectPlace): Promise<Session | undefined> {
  const record = readLiveSession(project)
  if (record === undefined) return undefined
  if (record.version !== packageVersion())
    throw new FlinktsError(
      'SESSION_UNREACHABLE',
      `the session that runs is of flinkts ${record.version}, and this is flinkts ${packageVersion()}`,
      { fix: 'run `flinkts down`, then the command again; data stays' },
    )
  try {
    return handle(record.restAddress, await takeLease(record.restAddress))
  } catch {
    return undefined // it stopped between the look and the call
  }
}

/** The session that runs, or a new one. */
export async function openSession(project: Project): Promise<Session> {
  const running = await attachSession(project)
  if (running !== undefined) return running
  const restAddress = await startSession(project)
  return handle(restAddress, await takeLease(restAddress))
}

/** A service that was asked for; it has an address. */
export function serviceOf(services: readonly ServiceStatus[], name: ServiceName): ServiceStatus {
  const service = services.find((candidate) => candidate.name === name)
  if (service?.address === undefined) throw new FlinktsError('SERVICE_START_FAILED', `${name} is not running`)
  return service
}

/** Its address. */
export function addressOf(services: readonly ServiceStatus[], name: ServiceName): string {
  return serviceOf(services, name).address!
}
