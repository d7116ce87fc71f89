// A job that is stopped with a savepoint and run again with another parallelism, 1 → 3 → 2, gives the windows it would
// have given otherwise: all kinds of windows in one job, SEEDS times (default 2), from SEED on (default 1).
import { afterEach, describe, expect, it } from 'vitest'
import { CrashProject, until } from './crash-project.ts'
import {
  difference,
  models,
  readRides,
  readWindows,
  ridesTable,
  RideWriter,
  seededRandom,
  windowFunctions,
  windowQuery,
  windowTable,
  type Ride,
} from './ride-stream.ts'

const SEEDS = Number(process.env['SEEDS'] ?? 2)
const SEED = Number(process.env['SEED'] ?? 1)
const PARTITIONS = 3
const kinds = Object.keys(windowFunctions)

async function check(crash: CrashProject, rides: readonly Ride[]): Promise<string | undefined> {
  for (const kind of kinds) {
    const wrong = difference(await readWindows((sql) => crash.query(sql), kind), models[kind]!(rides))
    if (wrong !== undefined) return `${kind}: ${wrong}`
  }
  return undefined
}

/** So many windows more than there were. */
async function windowsFired(crash: CrashProject, more: number): Promise<void> {
  const count = async (): Promise<number> => {
    const [row] = await crash.query<{ windows: string }>('SELECT count(*) AS windows FROM tumble')
    return Number(row!.windows)
  }
  const before = await until(count, 'a first look at the table')
  await until(
    async () => ((await count()) >= before + more ? true : undefined),
    () => `${more} more windows\n${crash.client.output}`,
  )
}

describe('stop with savepoint, run with another parallelism', () => {
  let crash: CrashProject | undefined
  afterEach(() => crash?.remove())

  it.each(Array.from({ length: SEEDS }, (_, index) => SEED + index))(
    '1 → 3 → 2 gives the same windows, seed %i',
    { timeout: 180_000 },
    async (seed) => {
      const random = seededRandom(seed)
      const tables = kinds.map(windowTable)
      const statements = kinds.map((kind) => windowQuery(kind, kind)).join('')
      crash = await CrashProject.create({
        partitions: PARTITIONS,
        tables: tables.map(({ postgres }) => postgres).join(''),
        job: `${ridesTable}${tables.map(({ flink }) => flink).join('')}EXECUTE STATEMENT SET BEGIN\n${statements}END;`,
      })
      await crash.project.ok('up')
      const writer = new RideWriter({ bootstrap: crash.bootstrap, random, ratePerSecond: 1500 })
      for (const parallelism of ['1', '3']) {
        await crash.run('--parallelism', parallelism).saw(/ RUNNING/)
        await windowsFired(crash, 1 + Math.floor(random() * 60))
        const { code, stdout, stderr } = await crash.stop()
        expect(code, stdout + stderr).toBe(0)
        expect(stdout).toMatch(/stopped with savepoint/)
        expect(stdout).toMatch(/ 0 late/)
      }
      const last = crash.run('--parallelism', '2')
      await last.saw(/resuming from the savepoint of the last stop/)
      await windowsFired(crash, 1)
      await writer.finish()
      const rides = await readRides(crash.bootstrap, PARTITIONS)
      let wrong: string | undefined
      await until(
        async () => ((wrong = await check(crash!, rides)) === undefined ? true : undefined),
        () => `the tables to be right: ${wrong}\n${last.output}`,
        30_000,
      )
      expect((await crash.stop()).code).toBe(0)
      expect(await check(crash, rides)).toBeUndefined()
    },
  )
})
