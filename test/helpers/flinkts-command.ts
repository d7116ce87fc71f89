// The real binary in a temporary project, as a user runs it: no terminal, output collected, every wait limited.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const binary = join(repository, 'bin', 'run.js')
const LIMIT_MS = 60_000
/** Without a flinkts.yaml `up` takes Docker where it finds it: only tests of that may find one. */
const noEngine = process.env['TEST_DOCKER'] === '1' ? {} : { DOCKER_HOST: 'unix:///nowhere/docker.sock' }
const POLL_MS = 20

export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Output of one command: what it printed so far, its lines to wait for, its end. */
export class RunningCommand {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  readonly #name: string
  #stdout = ''
  #stderr = ''

  constructor(child: ChildProcess, name: string) {
    this.child = child
    this.#name = name
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    child.stdin!.on('error', () => undefined) // it may have ended before everything was written
    this.finished = new Promise((resolve) =>
      child.once('close', (code, signal) => resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr })),
    )
  }

  /** Standard output and error so far. */
  get output(): string {
    return this.#stdout + this.#stderr
  }

  /** Waits until the output matches; fails with the output when the command ends before or the limit passes. */
  async saw(pattern: RegExp, limitMs = LIMIT_MS): Promise<RegExpExecArray> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const found = pattern.exec(this.output)
      if (found !== null) return found
      const ended = this.child.exitCode !== null || this.child.signalCode !== null
      if (ended || performance.now() > deadline) {
        throw new Error(`${this.#name} ${ended ? 'ended' : `ran ${limitMs} ms`} without ${pattern}:\n${this.output}`)
      }
      await delay(POLL_MS)
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Resolves with the result; fails with the output when the command does not end. */
  async end(limitMs = LIMIT_MS): Promise<Finished> {
    const limit = new AbortController()
    const result = await Promise.race([
      this.finished,
      delay(limitMs, undefined, { signal: limit.signal }).catch(() => undefined),
    ])
    limit.abort()
    if (result !== undefined) return result
    this.child.kill('SIGKILL')
    throw new Error(`${this.#name} did not end within ${limitMs} ms:\n${this.output}`)
  }
}

export interface ProcessEntry {
  readonly pid: number
  readonly command: string
}

export class TestProject {
  readonly folder: string
  readonly #environment: Readonly<Record<string, string>>

  /** `files` by path in the project; a flinkts.yaml among them makes it one. */
  constructor(
    files: Readonly<Record<string, string>> = {},
    environment: Readonly<Record<string, string>> = {},
    parent = tmpdir(),
  ) {
    this.folder = mkdtempSync(join(parent, 'flinkts-e2e-'))
    if (parent === tmpdir()) chmodSync(this.folder, 0o755) // as a user's own folder is
    this.#environment = environment
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  /** The taxi template, checkpointing twice a second; `yaml` is added to its flinkts.yaml. */
  static taxi(yaml = ''): TestProject {
    const project = new TestProject()
    cpSync(join(repository, 'templates', 'taxi'), project.folder, { recursive: true })
    const config = project.read('flinkts.yaml').replace('interval: 10s', 'interval: 500ms')
    project.write('flinkts.yaml', `${config}\n${yaml}`)
    return project
  }

  path(path: string): string {
    return join(this.folder, path)
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }

  write(path: string, text: string): void {
    const target = this.path(path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }

  start(...args: string[]): RunningCommand {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: '1', ...noEngine, ...this.#environment },
      stdio: 'pipe',
    })
    return new RunningCommand(child, `flinkts ${args.join(' ')}`)
  }

  /** Runs to the end with nothing on standard input. */
  async run(...args: string[]): Promise<Finished> {
    const command = this.start(...args)
    command.child.stdin!.end()
    return command.end()
  }

  /** As `run`, for commands that have to succeed; returns standard output. */
  async ok(...args: string[]): Promise<string> {
    const result = await this.run(...args)
    if (result.code !== 0)
      throw new Error(`flinkts ${args.join(' ')} → ${result.code}\n${result.stdout}${result.stderr}`)
    return result.stdout
  }

  /** Rows of a query in the project's Postgres. */
  async query<T>(sql: string): Promise<T[]> {
    const text = await this.ok('query', sql, '--json')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T)
  }

  /** Asks again and again until the answer satisfies `isEnough`. */
  async queryUntil<T>(sql: string, isEnough: (rows: T[]) => boolean, limitMs = LIMIT_MS): Promise<T[]> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const rows = await this.query<T>(sql)
      if (isEnough(rows)) return rows
      if (performance.now() > deadline) throw new Error(`${sql} still answers ${JSON.stringify(rows.slice(0, 5))}`)
    }
  }

  /** Live processes that work in the project's folder or name it: session, broker, Postgres and its guard. */
  processes(): ProcessEntry[] {
    // where Postgres went if the folder is out of its reach; gone with `down --volumes`
    const elsewhere = read(this.path('.flinkts/postgres/location'), (path) => readFileSync(path, 'utf8')).trim()
    const folders = elsewhere === '' ? [this.folder] : [this.folder, elsewhere]
    return process.platform === 'linux' ? linuxProcesses(folders) : portableProcesses(folders)
  }

  /** Fails naming what still runs after `limitMs`. */
  async expectNoProcesses(limitMs = 30_000): Promise<void> {
    const deadline = performance.now() + limitMs
    while (this.processes().length > 0) {
      if (performance.now() > deadline) {
        throw new Error(
          `left behind:\n${this.processes()
            .map(({ pid, command }) => `${pid} ${command}`)
            .join('\n')}`,
        )
      }
      await delay(POLL_MS)
    }
  }

  /** Stops what runs, checks that nothing is left, and removes the folder. */
  async remove(): Promise<void> {
    try {
      await this.run('down', '--volumes')
      await this.expectNoProcesses()
    } finally {
      for (const { pid } of this.processes()) process.kill(pid, 'SIGKILL')
      rmSync(this.folder, { recursive: true, force: true })
    }
  }
}

function read(path: string, how: (path: string) => string): string {
  try {
    return how(path)
  } catch {
    return '' // it has gone, or is somebody else's
  }
}

function linuxProcesses(folders: readonly string[]): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      // a zombie has an empty command
      const command = read(`/proc/${name}/cmdline`, (path) => readFileSync(path, 'utf8')).replaceAll('\0', ' ')
      const isOurs =
        folders.some((folder) => command.includes(folder)) ||
        read(`/proc/${name}/cwd`, (path) => readlinkSync(path)).startsWith(folders[0]!)
      return isOurs && command !== '' ? [{ pid: Number(name), command }] : []
    })
}

function portableProcesses(folders: readonly string[]): ProcessEntry[] {
  return execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => folders.some((folder) => line.includes(folder)))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+ /, '') }))
}
