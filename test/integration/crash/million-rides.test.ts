// A million rides through one job, killed ROUNDS times (default 5; from SEED on, default 1) at random moments of the run:
// command, session, broker, Postgres, TaskManagers. The upserted table is as if nothing had happened, the append table
// misses nothing and repeats only what the restarts announced, and nothing is left running or locked.
import { afterEach, expect, it } from 'vitest'
import { CrashProject, until } from './crash-project.ts'
import { CrashRounds, PARTITIONS, repeatedTrips, windowsAndTrips } from './crash-rounds.ts'
import { readRides, RideWriter, seededRandom } from './ride-stream.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const SEED = Number(process.env['SEED'] ?? 1)
const RIDES = 1_000_000
const RATE_PER_SECOND = 150_000
const STEP_MS = 360
const ROUND_LIMIT_MS = 120_000

let crash: CrashProject | undefined
afterEach(() => crash?.remove())

it(
  `a million rides, killed ${ROUNDS} times: as if nothing had happened`,
  { timeout: (ROUNDS + 3) * ROUND_LIMIT_MS },
  async () => {
    const random = seededRandom(SEED)
    const { tables, sql } = windowsAndTrips
    crash = await CrashProject.create({ partitions: PARTITIONS, tables, job: sql })
    const rounds = new CrashRounds(crash, windowsAndTrips, random)
    try {
      await crash.project.ok('up')
      const writer = new RideWriter({
        bootstrap: crash.bootstrap,
        random,
        ratePerSecond: RATE_PER_SECOND,
        stepMs: STEP_MS,
        allowed: 0,
      })
      await crash.run('--parallelism', '2').saw(/ RUNNING/)
      // before the first checkpoint a restart begins anew, and has nothing to count from
      await until(async () => ((await crash!.checkpointsCompleted()) > 0 ? true : undefined), 'a checkpoint')
      for (let round = 0; round < ROUNDS; round++) {
        const rows = await rounds.progress()
        writer.allow(Math.floor(((round + 1) / ROUNDS) * RIDES))
        // a restart may have to go on first: every ride that is allowed now makes a row
        await rounds.reached(rows + 1 + Math.floor((random() * RIDES) / ROUNDS))
        await rounds.kill(`at ride ${writer.sent}`)
      }
      await until(
        () => (writer.sent === RIDES ? true : undefined),
        () => `ride ${RIDES}: ${writer.sent} are sent`,
      )
      await writer.finish()
      const ended = await rounds.end(RIDES)
      const repeated = await repeatedTrips(crash, await readRides(crash.bootstrap, PARTITIONS))
      expect(repeated, 'rows of the append table that are there twice').toBeLessThanOrEqual(rounds.repeatsAnnounced)
      process.stdout.write(`seed ${SEED}, ${ROUNDS} kills: ${ended}, at most ${rounds.repeatsAnnounced} announced\n`)
    } catch (error) {
      throw new Error(`seed ${SEED}:\n${rounds.log}\n${rounds.output}\n${(error as Error).message}`, { cause: error })
    }
  },
)
