// Jobs that are killed on purpose, at random moments and in every way, and what their tables have to hold in the end.
import { expect } from 'vitest'
import { until, type CrashProject } from './crash-project.ts'
import {
  difference,
  jdbcTable,
  models,
  readRides,
  readWindows,
  ridesTable,
  windowQuery,
  windowTable,
  type Groups,
  type Ride,
} from './ride-stream.ts'

export const PARTITIONS = 2

export interface CrashedJob {
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

const hourlyWindows: CrashedJob = {
  name: 'an hourly window per zone into an upsert table',
  sql: ridesTable + hourly.flink + windowQuery('hourly', 'tumble'),
  tables: hourly.postgres,
  progress: 'SELECT count(*) AS progress FROM hourly',
  async check(crash, rides) {
    return difference(await readWindows((sql) => crash.query(sql), 'hourly'), models['tumble']!(rides))
  },
}

const tripsTable = jdbcTable('trips', 'id BIGINT, zone INT, amount DOUBLE')
const insertTrips = 'INSERT INTO trips SELECT id, zone, amount FROM rides;\n'

const everyRide: CrashedJob = {
  name: 'every ride into an append table',
  sql: ridesTable + tripsTable + insertTrips,
  tables: 'CREATE TABLE trips (id bigint, zone int, amount double precision);\n',
  progress: 'SELECT count(*) AS progress FROM trips',
  async check(crash, rides) {
    // ids count from 0: nothing is missing when there are as many different ones up to the last
    const [found] = await crash.query<{ rides: string; last: string }>(
      'SELECT count(DISTINCT id) AS rides, max(id) AS last FROM trips WHERE zone >= 0',
    )
    const isWhole = Number(found!.rides) === rides.length && Number(found!.last) === rides.length - 1
    return isWhole ? undefined : `${found!.rides} rides up to ${found!.last} instead of ${rides.length}`
  },
  async remark(crash, rides) {
    return `${await repeatedTrips(crash, rides)} rows are there twice`
  },
}

const zones: CrashedJob = {
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
}

export const crashedJobs: readonly CrashedJob[] = [hourlyWindows, everyRide, zones]

/** Both kinds of tables by one job. */
export const windowsAndTrips: CrashedJob = {
  name: 'hourly windows into an upsert table and every ride into an append table',
  sql: `${ridesTable}${hourly.flink}${tripsTable}EXECUTE STATEMENT SET BEGIN\n${windowQuery('hourly', 'tumble')}${insertTrips}END;\n`,
  tables: hourlyWindows.tables + everyRide.tables,
  progress: everyRide.progress,
  async check(crash, rides) {
    return (await hourlyWindows.check(crash, rides)) ?? (await everyRide.check(crash, rides))
  },
  remark: (crash, rides) => everyRide.remark!(crash, rides),
}

/** Rows of the append table that are there once more than they should be. */
export async function repeatedTrips(crash: CrashProject, rides: readonly Ride[]): Promise<number> {
  const [row] = await crash.query<{ rows: string }>('SELECT count(*) AS rows FROM trips WHERE zone >= 0')
  return Number(row!.rows) - rides.length
}

export class CrashRounds {
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

  /** What all clients of the job printed. */
  get output(): string {
    return this.crash.clients.map(({ output }) => output).join('--\n')
  }

  /** Rows that restarts said may be written again, by all clients of the job so far. */
  get repeatsAnnounced(): number {
    return this.crash.clients
      .flatMap(({ output }) => [...output.matchAll(/at most (\d+) records?/g)])
      .reduce((sum, [, records]) => sum + Number(records), 0)
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!
  }

  #note(line: string): void {
    this.#log.push(line)
  }

  /** Through whatever is being restarted. */
  progress(): Promise<number> {
    return until(async () => {
      const [row] = await this.crash.query<{ progress: string }>(this.#job.progress)
      return Number(row!.progress)
    }, 'a look at the table')
  }

  async reached(progress: number): Promise<void> {
    await until(
      async () => ((await this.progress()) >= progress ? true : undefined),
      () => `${progress} rows\n${this.crash.client.output}`,
    )
  }

  /** Some rows more, or some checkpoints, or at once. */
  async randomMoment(): Promise<void> {
    const [kind, count] = [this.#pick(['rows', 'checkpoints', 'now'] as const), 1 + Math.floor(this.#random() * 4)]
    if (kind === 'rows') {
      const rows = 1 + Math.floor(this.#random() * 100)
      await this.reached((await this.progress()) + rows)
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

  /** `when`: for the log. */
  async kill(when?: string): Promise<void> {
    if (when !== undefined) this.#note(when)
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
    await crash.project.ok('up') // a killed session forgot that it was, and would go with its job
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
