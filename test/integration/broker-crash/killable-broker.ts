// `flinkts broker` as a process that is killed and started again, on the same folder and port.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunningCommand } from '../../helpers/flinkts-command.ts'
import { freePort } from '../../helpers/free-port.ts'

const binary = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

export interface KillableBrokerOptions {
  /** `name` or `name:partitions`. */
  readonly topics?: readonly string[]
  /** Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>
}

export class KillableBroker {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly dataDirectory = mkdtempSync(join(tmpdir(), 'flinkts-killed-'))
  readonly #options: KillableBrokerOptions
  #command: RunningCommand | undefined

  private constructor(port: number, options: KillableBrokerOptions) {
    this.port = port
    this.#options = options
  }

  static async start(options: KillableBrokerOptions = {}): Promise<KillableBroker> {
    const broker = new KillableBroker(await freePort(), options)
    await broker.start()
    return broker
  }

  get bootstrap(): string {
    return `${this.host}:${this.port}`
  }

  get pid(): number {
    return this.#command!.child.pid!
  }

  /** Returns at once: it does not serve yet. */
  launch(): RunningCommand {
    const { topics = [], configs = {} } = this.#options
    const args = ['broker', '--json', '--port', String(this.port), '--data', this.dataDirectory]
    for (const topic of topics) args.push('--topic', topic)
    for (const [name, value] of Object.entries(configs)) args.push('--config', `${name}=${value}`)
    const child = spawn(process.execPath, [binary, ...args], { stdio: 'pipe' })
    return (this.#command = new RunningCommand(child, 'flinkts broker'))
  }

  /** Returns when it serves. */
  async start(): Promise<void> {
    await this.launch().saw(/"bootstrap"/)
  }

  /** SIGKILL. What it wrote to its log until then must be nothing but what `mayLog` matches. */
  async kill(mayLog = /^closing the connection of /): Promise<void> {
    const command = this.#command!
    command.signal('SIGKILL')
    const { stdout, stderr } = await command.end()
    for (const line of (stdout + stderr).split('\n'))
      if (line !== '' && !line.startsWith('{') && !mayLog.test(line)) throw new Error(`the broker said: ${line}`)
  }

  /** Clean. */
  async stop(): Promise<void> {
    this.#command!.signal('SIGINT')
    const { code, stderr } = await this.#command!.end()
    if (code !== 0) throw new Error(`the broker did not stop cleanly: ${code} ${stderr}`)
  }

  /** For the end of a test, in whatever state it is. */
  async remove(): Promise<void> {
    this.#command?.signal('SIGKILL')
    await this.#command?.end()
    rmSync(this.dataDirectory, { recursive: true, force: true })
  }
}
