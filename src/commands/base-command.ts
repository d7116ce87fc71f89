// What every command shares: --json, the project, errors as a page or as JSON, and the exit code. Only commands set exit
// codes.
import { readFileSync } from 'node:fs'
import { Command, Flags } from '@oclif/core'
import type { Project } from '../config/project.ts'
import { errorToJson, renderError } from '../output/error-page.ts'
import type { KafkaConnection } from '../services/kafka-connection.ts'
import type { PostgresConnection } from '../services/postgres-connection.ts'
import type { Session } from '../services/session/open-session.ts'
import type { ServiceName, ServiceStatus } from '../services/session/session-protocol.ts'

/** Any: it does nothing but be there. */
const HOLD_INTERVAL_MS = 60_000

export interface StopRequest {
  readonly signal: AbortSignal
  /** As Ctrl-C does. */
  readonly stop: () => void
}

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print JSON, one value or one value per line' }),
  }

  #project: Project | undefined
  #hold: NodeJS.Timeout | undefined
  #readerLost: (() => void) | undefined

  override async init(): Promise<void> {
    await super.init()
    // Limits are timers that keep no process alive (engine/time): where nothing else is open while one is waited for, Node
    // would end the command in its midst, with nothing said.
    this.#hold = setInterval(() => undefined, HOLD_INTERVAL_MS)
    // in front of oclif's own, which throws
    process.stdout.prependListener('error', (error: NodeJS.ErrnoException) => {
      // `flinkts consume … | head`: whoever read has had enough
      if (error.code === 'EPIPE' && this.#readerLost !== undefined) return this.#readerLost()
      if (error.code === 'EPIPE') process.exit(0)
      this.note(renderError(error))
      process.exit(1)
    })
    // `flinkts run … 2>&1 | head`: what is said beside the output is lost, and nothing more
    process.stderr.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.exit(1)
    })
  }

  override async finally(error: Error | undefined): Promise<void> {
    clearInterval(this.#hold)
    await super.finally(error)
  }

  /** The project of the working directory; defaults where there is no flinkts.yaml. */
  protected async project(): Promise<Project> {
    const { loadProject } = await import('../config/project.ts')
    if (this.#project === undefined) {
      this.#project = loadProject(process.cwd())
      for (const warning of this.#project.configWarnings) this.note(`note: ${warning}`)
    }
    return this.#project
  }

  /** Somebody looks at a terminal. In CI there may be one, but nobody looks. */
  protected get hasScreen(): boolean {
    return process.stdout.isTTY && process.env['CI'] === undefined
  }

  /** A terminal that can only print lines cannot show the job screen. */
  protected get canShowJobs(): boolean {
    return this.hasScreen && process.env['TERM'] !== 'dumb'
  }

  protected print(line: string): void {
    process.stdout.write(`${line}\n`)
  }

  /** Notes that are not the result: to standard error, so that output can be piped. */
  protected note(line: string): void {
    process.stderr.write(`${line}\n`)
  }

  /** Runs `use` with the project's session, started if need be, and gives the lease back whatever happens. */
  protected async withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const { openSession } = await import('../services/session/open-session.ts')
    const session = await openSession(await this.project())
    await this.showPulls(session)
    try {
      return await use(session)
    } finally {
      session.release()
    }
  }

  protected async showPulls(session: Session): Promise<void> {
    const { pullPrinter } = await import('../output/pull-progress.ts')
    const isWatched = process.stderr.isTTY && process.env['CI'] === undefined
    session.onPull(pullPrinter((text) => process.stderr.write(text), isWatched))
  }

  /** As `withSession`, with one running service. */
  private async withService<T>(name: ServiceName, use: (status: ServiceStatus) => Promise<T>): Promise<T> {
    const { serviceOf } = await import('../services/session/open-session.ts')
    return this.withSession(async (session) => {
      const { services, notices } = await session.startServices({ services: [name] })
      for (const notice of notices) this.note(notice)
      session.onAlarm((line) => this.note(line))
      return Promise.race([use(serviceOf(services, name)), session.lost])
    })
  }

  /** As `withSession`, with how to reach and log into the project's Kafka. */
  protected async withKafka<T>(use: (connection: KafkaConnection) => Promise<T>): Promise<T> {
    const { kafkaConnectionOf } = await import('../services/project-connections.ts')
    const project = await this.project()
    return this.withService('kafka', (status) => use(kafkaConnectionOf(project, status)))
  }

  /** As `withSession`, with how to reach and log into the project's Postgres. */
  protected async withPostgres<T>(use: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const { postgresConnectionOf } = await import('../services/project-connections.ts')
    const project = await this.project()
    return this.withService('postgres', (status) => use(postgresConnectionOf(project, status)))
  }

  /**
   * Asks for a stop at Ctrl-C and SIGTERM; when asked a second time the process ends at once. `withoutReader`: what the command
   * does then. With it the command does so too where nobody reads its output any more, in place of ending at once; what is
   * written afterwards is lost.
   */
  protected stopRequest(withoutReader?: string): StopRequest {
    const controller = new AbortController()
    const stop = (): void => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    if (withoutReader !== undefined)
      this.#readerLost = () => {
        if (controller.signal.aborted) return
        this.note(`note: nobody reads the output any more: ${withoutReader}`)
        stop()
      }
    return { signal: controller.signal, stop }
  }

  override async catch(error: Error & { code?: unknown; oclif?: { exit?: number } }): Promise<void> {
    // Ctrl-C while something was being waited for
    if (error.name === 'AbortError') {
      process.exitCode = 130
      return
    }
    // oclif's own refusals (unknown flag …) read well already and carry their exit code.
    if (error.oclif !== undefined) {
      if (error.oclif.exit === 0) return
      process.stderr.write(`Error: ${error.message}\n`)
      process.exitCode = error.oclif.exit ?? 2
      return
    }
    if (this.argv.includes('--json')) this.print(JSON.stringify(errorToJson(error)))
    else this.note(renderError(error, (name) => this.#sourceText(name)))
    process.exitCode = 1
  }

  /** The text of a file, or of an option of this command (`--filter`), that an error points into. */
  #sourceText(name: string | undefined): string | undefined {
    if (name?.startsWith('--') === true) return optionText(this.argv, name)
    try {
      return name === undefined ? undefined : readFileSync(name, 'utf8')
    } catch {
      return undefined
    }
  }
}

function optionText(words: readonly string[], option: string): string | undefined {
  const joined = words.find((word) => word.startsWith(`${option}=`))
  return joined === undefined ? words[words.indexOf(option) + 1] : joined.slice(option.length + 1)
}
