// Jobs on the real product, killed again and again while rides are written: ROUNDS kills per job (default 5), from SEED on
// (default 1). In the end tables are as if nothing had happened, and an append table misses nothing.
import { afterEach, describe, it } from 'vitest'
import { CrashProject } from './crash-project.ts'
import { crashedJobs, CrashRounds, PARTITIONS, type CrashedJob } from './crash-rounds.ts'
import { RideWriter, seededRandom } from './ride-stream.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const SEED = Number(process.env['SEED'] ?? 1)
const ROUND_LIMIT_MS = 120_000

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
  const named = crashedJobs.map((job) => [job.name, job] as const)

  it.each(named)('%s', { timeout }, (_name, job) => crashed(job, { ratePerSecond: 1000 }, (rounds) => rounds.kill()))

  it.each(named)('%s, TaskManagers killed at full load', { timeout }, (_name, job) =>
    crashed(job, { ratePerSecond: 30_000, stepMs: 200 }, (rounds) => rounds.killTaskManagers(1)),
  )
})
