// A temporary flinkts project driven through the command line, as a user would.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const packageFolder = new URL('../..', import.meta.url).pathname
const cli = join(packageFolder, 'bin', 'run.js')

export interface Report {
  readonly job: string
  readonly state: string
  readonly durationMs: number
  readonly recordsIn: number
  readonly recordsOut: number
  readonly recordsPerSecond: number
}

export interface ServiceAddresses {
  readonly kafka: string
  readonly postgres: string
  readonly rest: string
  readonly sessionPid: number
  readonly pids: readonly number[]
}

export class BenchProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'flinkts-bench-'))

  constructor(config: string) {
    writeFileSync(join(this.folder, 'flinkts.yaml'), config)
  }

  /** Runs a command to its end; standard output. Throws with what it printed when it fails. */
  async cli(...args: string[]): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], {
        cwd: this.folder,
        maxBuffer: 64 << 20,
      })
      return stdout
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string }
      throw new Error(`flinkts ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error })
    }
  }

  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, [cli, ...args], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async up(...flags: string[]): Promise<ServiceAddresses> {
    const status = JSON.parse(await this.cli('up', '--json', ...flags)) as {
      pid: number
      restAddress: string
      services: { name: string; address: string; pid: number }[]
    }
    const service = (name: string) => status.services.find((entry) => entry.name === name)!
    return {
      kafka: service('kafka').address,
      postgres: service('postgres').address,
      rest: status.restAddress,
      sessionPid: status.pid,
      pids: [status.pid, ...status.services.map((entry) => entry.pid)],
    }
  }

  file(name: string, text: string): string {
    writeFileSync(join(this.folder, name), text)
    return name
  }

  /** Runs a job file to its end; the reports of its jobs, in order. */
  async run(file: string, ...flags: string[]): Promise<Report[]> {
    await this.cli('run', file, '--fresh', '--no-tui', '--report', 'report.json', ...flags)
    const report = JSON.parse(readFileSync(join(this.folder, 'report.json'), 'utf8')) as Report | Report[]
    return Array.isArray(report) ? report : [report]
  }

  async remove(): Promise<void> {
    await this.cli('down', '--volumes')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** CPU seconds a process has used so far, all threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Proportional memory of a process and everything below it, in bytes. */
export async function pssBytes(pids: readonly number[]): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-e', '-o', 'pid=,ppid='])
  const parents = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const wanted = new Set(pids)
  for (let grown = true; grown;) {
    grown = false
    for (const [pid, parent] of parents) {
      if (wanted.has(parent!) && !wanted.has(pid!)) grown = Boolean(wanted.add(pid!))
    }
  }
  let total = 0
  for (const pid of wanted) {
    const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    total += Number(match?.[1] ?? 0) * 1024
  }
  return total
}
