// Jobs on the real product, killed again and again while rides are written: ROUNDS kills per job (default 5), from SEED on
// (default 1). In the end tables are as if nothing had happened, and an append table misses nothing.
import { afterEach, describe, expect, it } from 'vitest'
import { CrashProject, until } from './crash-project.ts'
import {
  difference,
  jdbcTable,
  models,
  readRides,
  readWindows,
  ridesTable,
  RideWriter,
  seededRandom,
  windowQuery,
  windowTable,
  type Groups,
  type Ride,
} from './ride-stream.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const SEED = Number(process.env['SEED'] ?? 1)
const PARTITIONS = 2
const ROUND_LIMIT_MS = 120_000

interface CrashedJob {
  readonly name: string
  readonly sql: string
  readonly tables: string
  /** Grows as the job goes on. */
  readonly progress: string
  /** What is wrong with the table; undefined: nothing. */
  check(crash: CrashProject, rides: readonly Ride[]): Promise<string | undefined>
  /** Said at the end. */
  remark?(crash: CrashProject, rides: readonly Ride[]): Promise<string>
}

const hourly = windowTable('hourly')

const jobs: readonly CrashedJob[] = [
  {
    name: 'an hourly window per zone into an upsert table',
    sql: ridesTable + hourly.flink + windowQuery('hourly', 'tumble'),
    tables: hourly.postgres,
    progress: 'SELECT count(*) AS progress FROM hourly',
    async check(crash, rides) {
      return difference(await readWindows((sql) => crash.query(sql), 'hourly'), models['tumble']!(rides))
    },
  },
  {
    name: 'every ride into an append table',
    sql: `${ridesTable}${jdbcTable('trips', 'id BIGINT, zone INT, amount DOUBLE')}INSERT INTO trips SELECT id, zone, amount FROM rides;`,
    tables: 'CREATE TABLE trips (id bigint, zone int, amount double precision);\n',
    progress: 'SELECT count(*) AS progress FROM trips',
    async check(crash, rides) {
      const rows = await crash.query<{ id: string }>('SELECT DISTINCT id FROM trips WHERE zone >= 0')
      const found = new Set(rows.map(({ id }) => Number(id)))
      const missing = rides.find(({ id }) => !found.has(id))
      if (missing !== undefined) return `ride ${missing.id} is missing; ${found.size} of ${rides.length} are there`
      return found.size === rides.length ? undefined : `${found.size} rides instead of ${rides.length}`
    },
    async remark(crash, rides) {
      const [row] = await crash.query<{ rows: string }>('SELECT count(*) AS rows FROM trips WHERE zone >= 0')
      return `${Number(row!.rows) - rides.length} of ${row!.rows} rows are there twice`
    },
  },
  {
    name: 'an updating aggregation into an upsert table',
    sql: `${ridesTable}${jdbcTable('zones', 'zone INT, trips BIGINT, revenue DOUBLE, PRIMARY KEY (zone) NOT ENFORCED')}INSERT INTO zones SELECT zone, COUNT(*), SUM(amount) FROM rides GROUP BY zone;`,
    tables: 'CREATE TABLE zones (zone int PRIMARY KEY, trips bigint, revenue double precision);\n',
    progress: 'SELECT coalesce(sum(trips), 0) AS progress FROM zones',
    async check(crash, rides) {
      const rows = await crash.query<{ zone: number; trips: string; revenue: number }>(
        'SELECT * FROM zones WHERE zone >= 0',
      )
      const found: Groups = new Map(
        rows.map(({ zone, trips, revenue }) => [String(zone), { trips: Number(trips), revenue }]),
      )
      return difference(found, models['groups']!(rides))
    },
  },
]

class CrashRounds {
  readonly crash: CrashProject
  readonly #job: CrashedJob
  readonly #random: () => number
  readonly #log: string[] = []

  constructor(crash: CrashProject, job: CrashedJob, random: () => number) {
    this.crash = crash
    this.#job = job
    this.#random = random
  }

  get log(): string {
    return this.#log.join('\n')
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!
  }

  #note(line: string): void {
    this.#log.push(line)
  }

  async #progress(): Promise<number> {
    const [row] = await this.crash.query<{ progress: string }>(this.#job.progress)
    return Number(row!.progress)
  }

  /** Some rows more, or some checkpoints, or at once. */
  async randomMoment(): Promise<void> {
    const [kind, count] = [this.#pick(['rows', 'checkpoints', 'now'] as const), 1 + Math.floor(this.#random() * 4)]
    if (kind === 'rows') {
      const before = await until(() => this.#progress(), 'a first look at the table')
      const rows = 1 + Math.floor(this.#random() * 100)
      await until(
        async () => ((await this.#progress()) >= before + rows ? true : undefined),
        () => `${rows} more rows\n${this.crash.client.output}`,
      )
      this.#note(`after ${rows} more rows`)
    } else if (kind === 'checkpoints') {
      const before = await until(() => this.crash.checkpointsCompleted(), 'the number of checkpoints')
      await until(
        async () => ((await this.crash.checkpointsCompleted()) >= before + count ? true : undefined),
        () => `${count} more checkpoints\n${this.crash.client.output}`,
      )
      this.#note(`after ${count} more checkpoints`)
    } else this.#note('at once')
  }

  async kill(): Promise<void> {
    const victim = this.#pick([
      'TaskManager',
      'TaskManager',
      'TaskManagers',
      'session',
      'kafka',
      'postgres',
      'client',
      'down',
    ] as const)
    this.#note(`  kill: ${victim}`)
    switch (victim) {
      case 'TaskManager':
        return this.killTaskManagers(1)
      case 'TaskManagers':
        return this.killTaskManagers(Infinity)
      case 'session':
        return this.#killSession()
      case 'client':
        return this.#killClient()
      case 'down':
        return this.#takeDown()
      default:
        return this.#killService(victim)
    }
  }

  async #taskManagers(): Promise<string[]> {
    const { taskmanagers } = await this.crash.rest<{ taskmanagers: { id: string }[] }>('/taskmanagers')
    return taskmanagers.map(({ id }) => id)
  }

  /** The job's own restart brings it back; nobody else notices. */
  async killTaskManagers(count: number): Promise<void> {
    const ids = await until(async () => {
      const found = await this.#taskManagers()
      return found.length === 0 ? undefined : found
    }, 'a TaskManager')
    const first = Math.floor(this.#random() * ids.length)
    const victims = [...ids.slice(first), ...ids.slice(0, first)].slice(0, count)
    await Promise.all(victims.map((id) => this.crash.rest(`/flinkts/taskmanagers/${id}`, 'DELETE')))
    await until(
      async () => ((await this.#taskManagers()).some((id) => victims.includes(id)) ? undefined : true),
      `${victims.join(', ')} to be gone`,
    )
  }

  async #killSession(): Promise<void> {
    process.kill(this.crash.session.pid, 'SIGKILL')
    const { code, stderr } = await this.crash.client.end()
    expect(code).toBe(1)
    expect(stderr).toMatch(/the session ended/)
    await this.#runAgain()
  }

  /** The session starts it again. */
  async #killService(name: 'kafka' | 'postgres'): Promise<void> {
    const pid = await until(() => this.crash.pidOf(name), `a running ${name}`)
    process.kill(pid, 'SIGKILL')
    await until(
      async () => {
        const next = await this.crash.pidOf(name)
        return next === undefined || next === pid ? undefined : next
      },
      () => `another ${name}\n${this.crash.client.output}`,
    )
  }

  async #killClient(): Promise<void> {
    this.crash.client.signal('SIGKILL')
    await this.crash.client.end()
    await this.#runAgain()
  }

  async #takeDown(): Promise<void> {
    await this.crash.project.ok('down')
    await this.crash.client.end()
    await this.#runAgain()
  }

  async #runAgain(): Promise<void> {
    const client = this.crash.run('--parallelism', this.#pick(['1', '2']))
    const [line] = await client.saw(/resuming from .*|nothing could be restored.*/)
    this.#note(`  ${line}`)
    await client.saw(/ RUNNING/)
  }

  /** What is right once stays right: the last stop flushes whatever was still under way. */
  async end(sent: number): Promise<string> {
    const { crash } = this
    const rides = await readRides(crash.bootstrap, PARTITIONS)
    expect(rides.length, 'rides in the topic').toBe(sent)
    expect(new Set(rides.map(({ id }) => id)).size, 'different rides in the topic').toBe(sent)
    let wrong: string | undefined
    await until(
      async () => ((wrong = await this.#job.check(crash, rides)) === undefined ? true : undefined),
      () => `the table to be right: ${wrong}\n${crash.client.output}`,
    )
    const result = await crash.stop()
    expect(result.code, result.stdout + result.stderr).toBe(0)
    expect(result.stdout).toMatch(/ 0 late/)
    expect(await this.#job.check(crash, rides)).toBeUndefined()
    const remark = await this.#job.remark?.(crash, rides)
    return `${sent} rides${remark === undefined ? '' : `, ${remark}`}`
  }
}

describe('crash rounds', () => {
  let crash: CrashProject | undefined
  afterEach(() => crash?.remove())

  async function crashed(
    job: CrashedJob,
    rides: { readonly ratePerSecond: number; readonly stepMs?: number },
    kill: (rounds: CrashRounds) => Promise<void>,
  ): Promise<void> {
    const random = seededRandom(SEED)
    crash = await CrashProject.create({ partitions: PARTITIONS, tables: job.tables, job: job.sql })
    const rounds = new CrashRounds(crash, job, random)
    try {
      await crash.project.ok('up')
      const writer = new RideWriter({ bootstrap: crash.bootstrap, random, ...rides })
      await crash.run('--parallelism', '2').saw(/ RUNNING/)
      for (let round = 0; round < ROUNDS; round++) {
        await rounds.randomMoment()
        await kill(rounds)
      }
      await writer.finish()
      const ended = await rounds.end(writer.sent)
      if (process.env['TRACE'] !== undefined) process.stdout.write(`${rounds.log}\n${crash.client.output}\n`)
      process.stdout.write(`seed ${SEED}, ${ROUNDS} rounds, ${job.name}: ${ended}\n`)
    } catch (error) {
      throw new Error(`seed ${SEED}:\n${rounds.log}\n${(error as Error).message}`, { cause: error })
    }
  }
  const timeout = (ROUNDS + 2) * ROUND_LIMIT_MS
  const named = jobs.map((job) => [job.name, job] as const)

  it.each(named)('%s', { timeout }, (_name, job) => crashed(job, { ratePerSecond: 1000 }, (rounds) => rounds.kill()))

  it.each(named)('%s, TaskManagers killed at full load', { timeout }, (_name, job) =>
    crashed(job, { ratePerSecond: 30_000, stepMs: 200 }, (rounds) => rounds.killTaskManagers(1)),
  )
})
