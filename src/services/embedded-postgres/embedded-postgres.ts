// A real PostgreSQL 18 as a child process, its data under a folder of the project. TCP on 127.0.0.1 only, no Unix
// socket; user, password and database are `postgres`; durability settings are Postgres's own.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { FlinktsError } from '../../../engine/host.ts'
import { identityOf } from '../../../engine/host.ts'
import { forgetProcess, recordProcess, stopProcess } from '../processes/recorded-process.ts'
import { guardServer, type OwnerGuard } from './owner-guard.ts'
import { programPath } from './postgres-binaries.ts'
import { placePostgres, type PostgresPlacement } from './postgres-placement.ts'
import { stopLeftover } from './postgres-process.ts'

export interface EmbeddedPostgresOptions {
  /** Folder for data, log and process record, e.g. `.flinkts/postgres`. Made where it is missing. */
  readonly directory: string
  /** Port on 127.0.0.1; 0 takes a free one. A taken port fails with PORT_TAKEN. */
  readonly port: number
  /** How long the server may take to become ready. Default 60 s: a recovery after a crash takes its time. */
  readonly readyTimeoutMs?: number
}

export interface EmbeddedPostgres {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** postgresql://postgres:postgres@127.0.0.1:5432/postgres */
  readonly url: string
  readonly pid: number
  readonly dataDirectory: string
  readonly logFile: string
  /** A server that a killed owner had left behind was found and stopped first. */
  readonly stoppedLeftover: boolean
  /** Resolves with the log's last lines when the server ends without being asked to. */
  readonly died: Promise<string>
  /** Stops it cleanly; safe to call twice. */
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const USER = 'postgres'
const PASSWORD = 'postgres'
const LOG_FILE = 'postgres.log'
const LOG_BYTES_MAX = 10 * 1024 * 1024
const READY_TIMEOUT_MS = 60_000
const INITDB_TIMEOUT_MS = 120_000
const POLL_MS = 5

/** Starts the server, making its data folder the first time. Throws SERVICE_START_FAILED or PORT_TAKEN. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const placement = placePostgres(options.directory)
  const stoppedLeftover = await stopLeftover(options.directory, placement.dataDirectory)
  const isNew = !existsSync(placement.dataDirectory)
  if (isNew) await initialise(placement)
  const port = options.port === 0 ? await freePort() : options.port
  const logFile = join(options.directory, LOG_FILE)
  keepLogSmall(logFile)
  const child = spawnServer(placement, port, logFile)
  child.unref()
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  if (child.pid === undefined) throw startFailure(logFile, port)
  recordProcess(options.directory, child.pid)
  const guard = guardServer(child.pid, placement.dataDirectory, programPath(placement.binaries, 'pg_ctl'))
  const server = { child, exit, guard, stateDirectory: options.directory, logFile }
  try {
    await waitUntilReady(server, placement, port, options.readyTimeoutMs ?? READY_TIMEOUT_MS)
  } catch (error) {
    await stopServer(server)
    throw error
  }
  if (isNew) syncNewData(placement)
  let isStopping = false
  return {
    host: HOST,
    port,
    user: USER,
    password: PASSWORD,
    database: USER,
    url: `postgresql://${USER}:${PASSWORD}@${HOST}:${port}/${USER}`,
    pid: child.pid,
    dataDirectory: placement.dataDirectory,
    logFile,
    stoppedLeftover,
    died: new Promise((resolve) => void exit.then(() => (isStopping ? undefined : resolve(logTail(logFile))))),
    stop: () => {
      isStopping = true
      return stopServer(server)
    },
  }
}

interface RunningServer {
  readonly child: ChildProcess
  readonly exit: Promise<void>
  readonly guard: OwnerGuard
  readonly stateDirectory: string
  readonly logFile: string
}

async function stopServer(server: RunningServer): Promise<void> {
  server.child.ref()
  const isRunning = server.child.exitCode === null && server.child.signalCode === null
  const identity = isRunning ? identityOf(server.child.pid!) : undefined
  if (identity !== undefined) await stopProcess(identity)
  await server.exit
  server.guard.release()
  forgetProcess(server.stateDirectory)
}

/** initdb into a folder of another name, renamed when it is whole: a crash leaves nothing that looks like data. */
async function initialise(placement: PostgresPlacement): Promise<void> {
  const unfinished = `${placement.dataDirectory}.initialising`
  const passwordFile = join(placement.home, 'password')
  rmSync(unfinished, { recursive: true, force: true })
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 })
  const { runAs } = placement
  if (runAs !== undefined) chownSync(passwordFile, runAs.uid, runAs.gid)
  try {
    await promisify(execFile)(
      programPath(placement.binaries, 'initdb'),
      [
        '-D',
        unfinished,
        '-U',
        USER,
        '--pwfile',
        passwordFile,
        // The password is public anyway; without asking for it, URLs with and without one work, as in the course's stack.
        '--auth=trust',
        '--locale=C',
        '--encoding=UTF8',
        '--no-sync',
      ],
      { ...processOptions(placement), timeout: INITDB_TIMEOUT_MS },
    )
  } catch (cause) {
    const { stderr } = cause as { stderr?: string }
    throw new FlinktsError('SERVICE_START_FAILED', `initdb failed: ${(stderr ?? String(cause)).trim()}`, {
      fix: `look whether ${placement.home} can be written to and the disk has room`,
    })
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(unfinished, placement.dataDirectory)
}

/**
 * Brings the new, still empty cluster to the disk while the server already works: waiting for it doubles the first start.
 * What the server itself writes is durable at once.
 */
function syncNewData(placement: PostgresPlacement): void {
  const args = ['--sync-only', '-D', placement.dataDirectory]
  execFile(programPath(placement.binaries, 'initdb'), args, processOptions(placement), () => undefined).unref()
}

/** Variables such as PGDATA or PGPORT of the user's shell are not meant for this server. */
function processOptions(placement: PostgresPlacement): {
  cwd: string
  env: NodeJS.ProcessEnv
  uid?: number
  gid?: number
} {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')))
  return { cwd: placement.home, env: { ...env, LC_ALL: 'C' }, ...placement.runAs }
}

function spawnServer(placement: PostgresPlacement, port: number, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o644)
  const settings = [
    `listen_addresses=${HOST}`,
    `port=${port}`,
    'unix_socket_directories=',
    'logging_collector=off',
    'log_timezone=UTC', // `flinkts logs` puts lines of all services in one order
  ]
  try {
    return spawn(
      programPath(placement.binaries, 'postgres'),
      ['-D', placement.dataDirectory, ...settings.flatMap((setting) => ['-c', setting])],
      // its own process group: Ctrl-C in the terminal is the owner's to answer
      { ...processOptions(placement), stdio: ['ignore', log, log], detached: true, windowsHide: true },
    )
  } finally {
    closeSync(log)
  }
}

/** The postmaster writes its state into line 8 of postmaster.pid. */
function isReady(dataDirectory: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

async function waitUntilReady(
  server: RunningServer,
  placement: PostgresPlacement,
  port: number,
  limitMs: number,
): Promise<void> {
  const startedAt = performance.now()
  let hasExited = false
  void server.exit.then(() => (hasExited = true))
  while (!isReady(placement.dataDirectory, server.child.pid!)) {
    if (hasExited) throw startFailure(server.logFile, port)
    if (performance.now() - startedAt > limitMs) {
      throw new FlinktsError('SERVICE_START_FAILED', `Postgres was not ready within ${limitMs} ms`, {
        fix: `look at ${server.logFile}`,
      })
    }
    await delay(POLL_MS)
  }
}

function startFailure(logFile: string, port: number): FlinktsError {
  const tail = logTail(logFile)
  if (/Address already in use/i.test(tail)) {
    return new FlinktsError('PORT_TAKEN', `port ${port} for Postgres is taken`, {
      fix: `stop what listens on ${port} or ask for another port`,
    })
  }
  return new FlinktsError('SERVICE_START_FAILED', `Postgres ended while it started:\n${tail}`, {
    fix: `look at ${logFile}`,
  })
}

const TAIL_LINES = 12

function logTail(logFile: string): string {
  if (!existsSync(logFile)) return ''
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
}

function keepLogSmall(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > LOG_BYTES_MAX) renameSync(logFile, `${logFile}.1`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, HOST, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
