// A project that is crashed on purpose: its session, broker, Postgres and jobs as a test reaches them, through whatever
// dies meanwhile. Moments are facts (rows, checkpoints), never times.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../../helpers/free-port.ts'
import type { RunningCommand } from '../../helpers/flinkts-command.ts'
import { TestProject, type Finished } from '../../helpers/flinkts-command.ts'
import type { SessionStatus } from '../../../src/services/session/session-protocol.ts'
import type { SessionRecord } from '../../../src/services/session/session-files.ts'

const POLL_MS = 10
/** The longest wait: a restart of the whole stack on a busy machine. */
const LIMIT_MS = 90_000

interface JobOverview {
  readonly jid: string
  readonly state: string
  readonly 'start-time': number
}

export interface CrashProjectOptions {
  readonly partitions: number
  readonly tables: string
  readonly job: string
  readonly checkpointInterval?: string
}

/** Asks until the answer is there; errors count as no answer, for what is asked may be down. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  what: string | (() => string),
  limitMs = LIMIT_MS,
): Promise<T> {
  const deadline = performance.now() + limitMs
  let failure: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      failure = error
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${limitMs} ms for ${typeof what === 'string' ? what : what()}`, { cause: failure })
    await delay(POLL_MS)
  }
}

export class CrashProject {
  readonly project: TestProject
  readonly kafkaPort: number
  readonly postgresPort: number
  #database: pg.Client | undefined
  /** Of the job, in the order of their starts. */
  readonly clients: RunningCommand[] = []

  private constructor(project: TestProject, kafkaPort: number, postgresPort: number) {
    this.project = project
    this.kafkaPort = kafkaPort
    this.postgresPort = postgresPort
  }

  /** Kafka and Postgres keep their ports over crashes, as clients of theirs expect. */
  static async create(options: CrashProjectOptions): Promise<CrashProject> {
    const [kafka, postgres, rest] = [await freePort(), await freePort(), await freePort()]
    const yaml = `services: embedded
kafka: { port: ${kafka} }
rest: { port: ${rest} }
topics:
  rides: { partitions: ${options.partitions} }
postgres:
  port: ${postgres}
  sql: [tables.sql]
cluster: { taskManagers: 2 }
checkpoints: { interval: ${options.checkpointInterval ?? '200ms'} }
`
    const project = new TestProject({ 'flinkts.yaml': yaml, 'tables.sql': options.tables, 'job.sql': options.job })
    return new CrashProject(project, kafka, postgres)
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.kafkaPort}`
  }

  /** The client of the job, as started last. */
  get client(): RunningCommand {
    return this.clients.at(-1)!
  }

  /** Starts the job and follows it. */
  run(...flags: string[]): RunningCommand {
    this.clients.push(this.project.start('run', 'job.sql', '--no-tui', ...flags))
    return this.client
  }

  /** Ctrl-C: a stop with savepoint. */
  async stop(): Promise<Finished> {
    this.client.signal('SIGINT')
    return this.client.end(LIMIT_MS)
  }

  get session(): SessionRecord {
    return JSON.parse(readFileSync(this.project.path('.flinkts/session.json'), 'utf8')) as SessionRecord
  }

  async rest<T>(path: string, method = 'GET'): Promise<T> {
    const answer = await fetch(`${this.session.restAddress}${path}`, { method, signal: AbortSignal.timeout(5_000) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  status(): Promise<SessionStatus> {
    return this.rest('/flinkts/session')
  }

  async pidOf(service: 'kafka' | 'postgres'): Promise<number | undefined> {
    const { services } = await this.status()
    return services.find(({ name, state }) => name === service && state === 'running')?.pid
  }

  /** The newest job of the session. */
  async job(): Promise<JobOverview | undefined> {
    const { jobs } = await this.rest<{ jobs: JobOverview[] }>('/jobs/overview')
    return jobs.sort((left, right) => right['start-time'] - left['start-time'])[0]
  }

  /** Of the newest job. */
  async checkpointsCompleted(): Promise<number> {
    const job = await this.job()
    const { counts } = await this.rest<{ counts: { completed: number } }>(`/jobs/${job!.jid}/checkpoints`)
    return counts.completed
  }

  /** Rows of the project's Postgres; connects anew after a crash. */
  async query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    try {
      this.#database ??= await this.#connect()
      return (await this.#database.query<Row>(sql)).rows
    } catch (error) {
      this.#database = undefined
      throw error
    }
  }

  async #connect(): Promise<pg.Client> {
    const url = `postgresql://postgres:postgres@127.0.0.1:${this.postgresPort}/postgres`
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 60_000 })
    client.on('error', () => (this.#database = undefined))
    await client.connect()
    return client
  }

  async remove(): Promise<void> {
    await this.#database?.end().catch(() => undefined)
    this.clients.at(-1)?.signal('SIGKILL')
    await this.project.remove()
  }
}
