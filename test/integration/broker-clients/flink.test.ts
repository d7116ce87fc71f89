// Real Apache Flink against the broker: its Kafka source and its exactly-once sink, while the job fails, TaskManagers die,
// Flink's process is killed, the broker is killed. Runs where FLINKTS_FLINK names a folder of its jars (.ci/lib.sh brings
// them). ROUNDS scales the number of failures.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { KillableBroker } from '../broker-crash/killable-broker.ts'
import { IdempotentWriter, LastingClient } from '../broker-crash/lasting-client.ts'
import { readPartition } from '../broker-crash/read-partition.ts'
import { FlinkProgram, newestCheckpoint, type FlinkJob } from './flink/flink-job.ts'

const jars = process.env.FLINKTS_FLINK
/** Of each test; each costs a few seconds. */
const failures = Math.max(2, Math.ceil(Number(process.env.ROUNDS ?? 5) / 5))
const partitionCount = 2
const recordsPerPartition = 5000 * failures
const firstTimestamp = Date.UTC(2026, 0, 1)
const namings = ['INCREMENTING', 'POOLING'] as const

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'flinkts-flink-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A topic that fills slowly until `hurry` is called, then at once. */
class Input {
  readonly #written: Promise<unknown>
  #isHurried = false
  #isEnded = false

  constructor(broker: KillableBroker) {
    this.#written = Promise.all(Array.from({ length: partitionCount }, (_, i) => this.#write(broker, i)))
    this.#written.catch(() => {})
    onTestFinished(() => void (this.#isEnded = true))
  }

  async hurry(): Promise<void> {
    this.#isHurried = true
    await this.#written
  }

  async #write(broker: KillableBroker, partition: number): Promise<void> {
    const client = new LastingClient(broker)
    const writer = new IdempotentWriter(client, 'a', partition)
    for (let next = 0; next < recordsPerPartition && !this.#isEnded;) {
      const count = Math.min(this.#isHurried ? 500 : 10, recordsPerPartition - next)
      const records = Array.from({ length: count }, (_, i) => ({
        value: `${partition}-${next + i}`,
        timestamp: firstTimestamp + next + i,
      }))
      expect(await writer.write(records)).toBe(next)
      next += count
      if (!this.#isHurried) await delay(20)
    }
    client.close()
  }
}

describe.skipIf(jars === undefined || jars === '')('Apache Flink', { timeout: 90_000 + failures * 30_000 }, () => {
  let program: FlinkProgram
  beforeAll(() => void (program = new FlinkProgram(jars!)))
  afterAll(() => program.remove())

  async function startBroker(): Promise<KillableBroker> {
    const topics = [`a:${partitionCount}`, `b:${partitionCount}`]
    const broker = await KillableBroker.start({ topics, configs: { 'log.flush.offset.checkpoint.interval.ms': '700' } })
    onTestFinished(() => broker.remove())
    return broker
  }

  function startJob(broker: KillableBroker, options: Readonly<Record<string, string>>): FlinkJob {
    const { bootstrap } = broker
    const job = program.start({ job: 'copy', bootstrap, from: 'a', to: 'b', group: 'copying', ...options })
    onTestFinished(() => job.kill())
    return job
  }

  const end = Array.from({ length: partitionCount }, () => recordsPerPartition).join(',')
  const partitionIndexes = Array.from({ length: partitionCount }, (_, i) => i)

  async function committedOffsets(client: LastingClient): Promise<number[]> {
    const topics = [{ name: 'a', partitionIndexes }]
    const { groups } = await client.ask('OffsetFetch', 8, {
      groups: [{ groupId: 'copying', topics }],
      requireStable: true,
    })
    return groups[0]!.topics[0]!.partitions.map(({ committedOffset }) => Number(committedOffset))
  }

  /** Each record once, with its time; the source's offsets are the group's. */
  async function expectCopied(client: LastingClient): Promise<void> {
    const partitions = await Promise.all(
      partitionIndexes.map((partition) => readPartition(client, 'b', partition, { committedOnly: true })),
    )
    const copied = partitions.flatMap(({ records }) => records.map(({ value, timestamp }) => `${value}@${timestamp}`))
    const written = partitionIndexes.flatMap((partition) =>
      Array.from({ length: recordsPerPartition }, (_, i) => `${partition}-${i}@${firstTimestamp + i}`),
    )
    expect(copied.length).toBe(written.length)
    expect(copied.sort()).toEqual(written.sort())
    expect(await committedOffsets(client)).toEqual(partitionIndexes.map(() => recordsPerPartition))
  }

  /** What `expectCopied` does, of a job that ran to its end. */
  async function expectCopiedAtEnd(broker: KillableBroker): Promise<void> {
    const client = new LastingClient(broker)
    await expectCopied(client)
    const { transactionStates } = await client.ask('ListTransactions', 0, {
      stateFilters: ['Ongoing'],
      producerIdFilters: [],
    })
    expect(transactionStates).toEqual([])
    client.close()
  }

  test.each(namings)('copies exactly once while tasks fail and TaskManagers die (%s)', async (naming) => {
    const broker = await startBroker()
    const input = new Input(broker)
    const job = startJob(broker, { naming, end, checkpoints: temporaryFolder() })
    for (let i = 0; i < failures; i++) {
      await job.moreCheckpoints(1)
      job.command(i % 2 === 0 ? 'kill-taskmanager' : 'fail')
      await job.moreCheckpoints(1)
    }
    await input.hurry()
    await job.end()
    await expectCopiedAtEnd(broker)
  })

  test.each(namings)('copies exactly once while the broker is killed (%s)', async (naming) => {
    const broker = await startBroker()
    const input = new Input(broker)
    const job = startJob(broker, { naming, end, checkpoints: temporaryFolder() })
    for (let i = 0; i < failures; i++) {
      await job.moreCheckpoints(1)
      // At another moment of the second between two checkpoints each time.
      await delay((i * 370) % 1000)
      await broker.kill()
      await broker.start()
      await job.moreCheckpoints(1)
    }
    await input.hurry()
    await job.end()
    await expectCopiedAtEnd(broker)
  })

  // Without an end: a bounded source that goes on from a checkpoint of another process never ends, whatever the broker.
  test.each(namings)(
    'copies exactly once while all of Flink is killed and goes on from its last checkpoint (%s)',
    async (naming) => {
      const broker = await startBroker()
      const input = new Input(broker)
      const checkpoints = temporaryFolder()
      let restore = {}
      for (let i = 0; i < failures / 2; i++) {
        const job = startJob(broker, { naming, end: 'never', checkpoints, ...restore })
        await job.moreCheckpoints(2)
        await delay((i * 370) % 1000)
        await job.kill()
        restore = { restore: newestCheckpoint(checkpoints) }
      }
      const last = startJob(broker, { naming, end: 'never', checkpoints, ...restore })
      await last.moreCheckpoints(1)
      await input.hurry()
      const client = new LastingClient(broker)
      await expect
        .poll(() => committedOffsets(client), { timeout: 60_000, interval: 100 })
        .toEqual(partitionIndexes.map(() => recordsPerPartition))
      await last.moreCheckpoints(1)
      await expectCopied(client)
      client.close()
    },
  )

  test('counts in windows by the time of the records, which brings the watermarks', async () => {
    const broker = await startBroker()
    const client = new LastingClient(broker)
    const writers = Array.from({ length: partitionCount }, (_, i) => new IdempotentWriter(client, 'a', i))
    const half = 600
    const records = Array.from({ length: 2 * half }, (_, i) => ({
      value: `${'xyz'[i % 3]!}${i}`,
      // A tenth of a second after the other, but up to 4 s late.
      timestamp: firstTimestamp + 100 * (40 + i - ((i * 7919) % 40)),
    }))
    const windowOf = ({ value, timestamp }: (typeof records)[number]): string =>
      `${value[0]!},${Math.floor(timestamp / 10_000) * 10_000}`
    const write = async (part: typeof records): Promise<void> => {
      for (const [i, writer] of writers.entries())
        await writer.write(part.filter((_, index) => index % partitionCount === i))
    }
    const windows = async (): Promise<string[]> => {
      const read = writers.map((_, i) => readPartition(client, 'b', i, { committedOnly: true }))
      return (await Promise.all(read)).flatMap((partition) => partition.records.map(({ value }) => value!)).sort()
    }
    await write(records.slice(0, half))
    const job = startJob(broker, {
      job: 'windows',
      naming: 'POOLING',
      end: `${half},${half}`,
      checkpoints: temporaryFolder(),
    })
    // Within 60 s there are five windows that the watermark has passed.
    await expect
      .poll(async () => (await windows()).length, { timeout: 60_000, interval: 200 })
      .toBeGreaterThanOrEqual(15)
    for (const line of await windows()) expect(line).toMatch(/,true$/)
    await write(records.slice(half))
    await job.end()
    const counts = new Map<string, number>()
    for (const record of records) counts.set(windowOf(record), (counts.get(windowOf(record)) ?? 0) + 1)
    const expected = [...counts].map(([window, count]) => `${window},${count}`).sort()
    expect((await windows()).map((line) => line.replace(/,(true|false)$/, ''))).toEqual(expected)
    client.close()
  })
})
