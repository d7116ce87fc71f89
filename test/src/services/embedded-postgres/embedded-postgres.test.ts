import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../../src/services/embedded-postgres/embedded-postgres.ts'
import {
  isReachableByOthers,
  placePostgres,
  POINTER_FILE,
} from '../../../../src/services/embedded-postgres/postgres-placement.ts'
import { processStartTime } from '../../../../engine/host.ts'

const isRoot = process.getuid?.() === 0
let directory: string
const running: EmbeddedPostgres[] = []
const owners: ChildProcess[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flinkts-postgres-test-'))
  chmodSync(directory, 0o755)
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
  for (const owner of owners.splice(0)) owner.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

async function start(folder = directory, port = 0): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory: folder, port })
  running.push(server)
  return server
}

async function query(url: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<pg.QueryResultRow>(sql)).rows
  } finally {
    await client.end()
  }
}

/** Polls; the limit only ends a test that fails. */
async function eventually(condition: () => boolean): Promise<void> {
  const startedAt = performance.now()
  while (!condition()) {
    if (performance.now() - startedAt > 20_000) throw new Error('condition not met within 20 s')
    await delay(20)
  }
}

async function startOwner(): Promise<{ owner: ChildProcess; pid: number; url: string }> {
  const script = resolve('test/fixtures/embedded-postgres/owner.ts')
  const owner = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  owners.push(owner)
  const line = await new Promise<string>((resolveLine, reject) => {
    owner.stdout.once('data', (data) => resolveLine(String(data)))
    owner.once('exit', () => reject(new Error('the owner ended before its server was up')))
  })
  return { owner, ...(JSON.parse(line) as { pid: number; url: string }) }
}

describe('startEmbeddedPostgres', () => {
  it('serves PostgreSQL 18 in UTF-8 with durable settings and keeps data over a restart', async () => {
    const first = await start()
    expect(
      await query(
        first.url,
        "SELECT current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS sync, current_setting('unix_socket_directories') AS socket, split_part(version(), ' ', 2) AS version",
      ),
    ).toEqual([{ encoding: 'UTF8', fsync: 'on', sync: 'on', socket: '', version: expect.stringMatching(/^18\./) }])
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await first.stop()
    expect(processStartTime(first.pid)).toBeUndefined()
    const second = await start()
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(second.stoppedLeftover).toBe(false)
    expect(readFileSync(second.logFile, 'utf8')).toContain('database system is ready')
  })

  it('fails for a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => taken.once('listening', done))
    const { port } = taken.address() as AddressInfo
    await expect(startEmbeddedPostgres({ directory, port })).rejects.toMatchObject({ code: 'PORT_TAKEN' })
    taken.close()
  })

  it('tells when the server dies', async () => {
    const server = await start()
    process.kill(server.pid, 'SIGKILL')
    expect(await server.died).toContain('ready to accept connections')
  })

  it('stops when its owner is killed', async () => {
    const { owner, pid } = await startOwner()
    owner.kill('SIGKILL')
    await eventually(() => processStartTime(pid) === undefined)
    const again = await start()
    expect(again.stoppedLeftover).toBe(false)
    expect(readFileSync(again.logFile, 'utf8')).toContain('received fast shutdown request')
  })

  it.runIf(process.platform === 'linux')('stops what a killed owner and guard left behind', async () => {
    const { owner, pid, url } = await startOwner()
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS one')
    for (const guard of guardsOf(pid)) process.kill(guard, 'SIGKILL')
    owner.kill('SIGKILL')
    await eventually(() => owner.signalCode !== null)
    expect(processStartTime(pid)).toBeDefined()
    const again = await start()
    expect(again.stoppedLeftover).toBe(true)
    expect(processStartTime(pid)).toBeUndefined()
    expect(await query(again.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }])
  })

  it('begins anew where an earlier start was cut off within initdb', async () => {
    mkdirSync(join(directory, 'server', 'data.initialising', 'half'), { recursive: true })
    const server = await start()
    expect(existsSync(join(directory, 'server', 'data.initialising'))).toBe(false)
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

function guardsOf(serverPid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
        return command.includes('flinkts-postgres-guard') && command.includes(String(serverPid))
      } catch {
        return false
      }
    })
    .map(Number)
}

describe.runIf(isRoot)('as root', () => {
  it('runs as nobody, data in the project', async () => {
    const server = await start()
    expect(statSync(server.dataDirectory).uid).not.toBe(0)
    expect(server.dataDirectory.startsWith(directory)).toBe(true)
  })

  it('moves out of folders that nobody cannot reach', async () => {
    const closed = join(directory, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const elsewhere = join(directory, 'elsewhere')
    mkdirSync(elsewhere, { mode: 0o755 })
    const placement = placePostgres(join(closed, 'postgres'), elsewhere)
    expect(placement.home.startsWith(elsewhere)).toBe(true)
    expect(statSync(placement.home).mode & 0o777).toBe(0o711)
    expect(readFileSync(join(closed, 'postgres', POINTER_FILE), 'utf8').trim()).toBe(placement.home)
    expect(isReachableByOthers(placement.binaries.directory)).toBe(true)
  })

  it('serves from there', async () => {
    chmodSync(directory, 0o700)
    const server = await start()
    expect(server.dataDirectory.startsWith('/var/tmp/')).toBe(true)
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await server.stop()
    rmSync(resolve(server.dataDirectory, '..'), { recursive: true })
  })
})
