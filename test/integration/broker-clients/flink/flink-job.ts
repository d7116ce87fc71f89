// Runs the jobs of ExactlyOnceJob.java: real Apache Flink in a process of its own.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunningCommand } from '../../../helpers/flinkts-command.ts'

const source = fileURLToPath(new URL('./ExactlyOnceJob.java', import.meta.url))
const logging = fileURLToPath(new URL('./log4j2.properties', import.meta.url))
/** Flink looks into classes that Java 17 closes. */
const opened = ['java.lang', 'java.util', 'java.time', 'java.net', 'java.nio', 'java.util.concurrent']

/** Compiles the program against the jars in a folder. */
export class FlinkProgram {
  readonly #classes = mkdtempSync(join(tmpdir(), 'flinkts-flink-'))
  readonly #jars: string

  constructor(jars: string) {
    this.#jars = join(jars, '*')
    execFileSync('javac', ['-cp', this.#jars, '-d', this.#classes, source], { stdio: 'inherit' })
  }

  start(options: Readonly<Record<string, string>>): FlinkJob {
    const opens = opened.flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`])
    const args = Object.entries(options).map(([name, value]) => `${name}=${value}`)
    const java = [
      '-Xmx768m',
      ...opens,
      `-Dlog4j2.configurationFile=${logging}`,
      '-cp',
      `${this.#classes}:${this.#jars}`,
      'ExactlyOnceJob',
    ]
    const child = spawn('java', [...java, ...args], { stdio: 'pipe' })
    return new FlinkJob(new RunningCommand(child, 'flink'))
  }

  remove(): void {
    rmSync(this.#classes, { recursive: true, force: true })
  }
}

export class FlinkJob {
  readonly #command: RunningCommand

  constructor(command: RunningCommand) {
    this.#command = command
  }

  get output(): string {
    return this.#command.output
  }

  /** Waits until so many more checkpoints are complete. */
  async moreCheckpoints(count: number): Promise<void> {
    const newest = (): number =>
      Math.max(0, ...[...this.output.matchAll(/^checkpoint (\d+)$/gm)].map(([, id]) => Number(id)))
    const before = newest()
    // One of a job that goes on from a checkpoint has not seen any, and begins with a greater number.
    for (let seen = before, more = 0; more < count; more++) {
      await this.#command.saw(new RegExp(`^checkpoint (?!(?:${idsUpTo(seen)})$)\\d+$`, 'm'), 90_000)
      seen = newest()
    }
  }

  command(line: 'fail' | 'kill-taskmanager'): void {
    this.#command.child.stdin!.write(`${line}\n`)
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#command.signal('SIGKILL')
    await this.#command.end()
  }

  /** The job ran to its end. */
  async end(): Promise<void> {
    const { code } = await this.#command.end(120_000)
    if (code !== 0 || !/^finished$/m.test(this.output)) throw new Error(`exit code ${code}:\n${this.output}`)
  }
}

function idsUpTo(id: number): string {
  return Array.from({ length: id + 1 }, (_, i) => i).join('|')
}

/** The newest checkpoint in a folder that is complete. */
export function newestCheckpoint(folder: string): string {
  const complete = readdirSync(folder)
    .flatMap((job) => readdirSync(join(folder, job)).map((name) => join(folder, job, name)))
    .filter((path) => /chk-\d+$/.test(path) && existsSync(join(path, '_metadata')))
  const idOf = (path: string): number => Number(/\d+$/.exec(path)![0])
  const newest = complete.sort((left, right) => idOf(left) - idOf(right)).at(-1)
  if (newest === undefined) throw new Error(`there is no checkpoint in ${folder}`)
  return newest
}
