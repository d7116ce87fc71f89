// A record that no attempt can get past: what each restart strategy makes of it, and that the job goes on from where it
// was once the record is dealt with.
import { afterEach, describe, expect, it } from 'vitest'
import { KafkaCluster, Producer, parseBootstrapServers, systemClock } from '../../../engine/host.ts'
import { CrashProject, until } from './crash-project.ts'
import { jdbcTable, ridesTable } from './ride-stream.ts'

const query = 'INSERT INTO zones SELECT zone, COUNT(*), SUM(amount) FROM rides GROUP BY zone;\n'
const sink = jdbcTable('zones', 'zone INT, trips BIGINT, revenue DOUBLE, PRIMARY KEY (zone) NOT ENFORCED')
const tables = 'CREATE TABLE zones (zone int PRIMARY KEY, trips bigint, revenue double precision);\n'
const good = (zone: number): string => JSON.stringify({ id: zone, zone, amount: 1.5, ts: Date.UTC(2025, 10, 1) })
const POISON = '{"id": 7, "zone": "not a zone'

function job(settings: Readonly<Record<string, string>>, source = ridesTable): string {
  const withoutStrategy = source.replaceAll(/^SET 'restart-strategy.*\n/gm, '')
  const sets = Object.entries(settings).map(([key, value]) => `SET '${key}' = '${value}';\n`)
  return `${withoutStrategy}${sink}${sets.join('')}${query}`
}

describe('a poison record', () => {
  let crash: CrashProject | undefined
  afterEach(() => crash?.remove())

  /** Twenty rides are in Postgres and in a checkpoint when the poison comes. */
  async function poisoned(settings: Readonly<Record<string, string>>): Promise<CrashProject> {
    crash = await CrashProject.create({ partitions: 1, tables, job: job(settings) })
    await crash.project.ok('up')
    crash.project.write('good.jsonl', `${Array.from({ length: 20 }, (_, zone) => good(zone % 5)).join('\n')}\n`)
    await crash.project.ok('produce', 'rides', '--file', 'good.jsonl')
    await crash.run().saw(/ RUNNING/)
    await until(async () => ((await total()) === 20 ? true : undefined), 'the rides before the poison')
    const completed = await crash.checkpointsCompleted()
    await until(async () => ((await crash!.checkpointsCompleted()) > completed + 1 ? true : undefined), 'a checkpoint')
    await produceRaw(POISON)
    return crash
  }

  async function total(): Promise<number> {
    const [row] = await crash!.query<{ trips: string }>('SELECT coalesce(sum(trips), 0) AS trips FROM zones')
    return Number(row!.trips)
  }

  async function produceRaw(value: string): Promise<void> {
    const cluster = new KafkaCluster({
      bootstrapServers: parseBootstrapServers(crash!.bootstrap),
      clock: systemClock,
      random: Math.random,
    })
    const producer = await Producer.open(cluster)
    const topic = await producer.topic('rides')
    topic.send(null, Buffer.from(value), Date.now())
    await producer.close()
    cluster.close()
  }

  const namesTheRecord = /rides-0[\s\S]*offset 20|partition 0[\s\S]*offset 20/

  it.each([
    ['none', { 'restart-strategy.type': 'none' }, 0],
    [
      'fixed-delay',
      {
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '2',
        'restart-strategy.fixed-delay.delay': '100 ms',
      },
      2,
    ],
    [
      'exponential-delay',
      {
        'restart-strategy.type': 'exponential-delay',
        'restart-strategy.exponential-delay.initial-backoff': '50 ms',
        'restart-strategy.exponential-delay.attempts-before-reset-backoff': '3',
      },
      3,
    ],
  ])(
    '%s: fails by name after its restarts, and goes on once it may skip the record',
    { timeout: 120_000 },
    async (_name, settings, restarts) => {
      const project = await poisoned(settings)
      const { code, stdout, stderr } = await project.client.end()
      expect(code).toBe(1)
      expect(stdout.match(/restart in \d+ ms/g) ?? []).toHaveLength(restarts)
      expect(stderr).toMatch(namesTheRecord)

      project.project.write(
        'job.sql',
        job(
          settings,
          ridesTable.replace("'format' = 'json'", "'format' = 'json', 'json.ignore-parse-errors' = 'true'"),
        ),
      )
      const again = project.run()
      await again.saw(/the last run failed: .*resuming from .*--fresh begins anew/)
      await again.saw(/ RUNNING/)
      await produceRaw(good(3))
      await until(
        async () => ((await total()) === 21 ? true : undefined),
        () => `the ride behind the poison\n${again.output}`,
      )
      const ended = await project.stop()
      expect(ended.code, ended.stdout + ended.stderr).toBe(0)
      expect(await total()).toBe(21)
    },
  )
})
