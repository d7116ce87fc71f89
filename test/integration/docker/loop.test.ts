// What a developer does all day, as one body for both kinds of services: up, produce, run, replay, down, and up again with all
// data there. Both must give the same table.
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionStatus } from '../../../src/services/session/session-protocol.ts'
import { freePort } from '../../helpers/free-port.ts'
import { TestProject } from '../../helpers/flinkts-command.ts'
import { engineContents, hasEngine, type EngineContents } from './engine.ts'

const RIDES = 20_000

// rides of a seed are of 2025: a broker that forgets what is older than a week would forget them
const YAML = `topics:
  rides: { partitions: 3, key: PULocationID, retention: -1 }
  rides-again: { partitions: 3, retention: -1 }
postgres: { sql: [tables.sql] }
checkpoints: { interval: 500ms }
`

const TABLES = 'CREATE TABLE revenue (zone INT PRIMARY KEY, trips BIGINT NOT NULL, revenue NUMERIC(20, 2) NOT NULL);'

const JOB = `
CREATE TABLE rides (PULocationID INT, total_amount DECIMAL(10, 2)) WITH (
  'connector' = 'kafka', 'topic' = 'rides', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'json');
CREATE TABLE revenue (zone INT, trips BIGINT, revenue DECIMAL(20, 2), PRIMARY KEY (zone) NOT ENFORCED) WITH (
  'connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = 'revenue');
INSERT INTO revenue SELECT PULocationID, COUNT(*), SUM(total_amount) FROM rides GROUP BY PULocationID;
`

interface Revenue {
  readonly zone: number
  readonly trips: number
  readonly revenue: number
}

const tables = new Map<string, Revenue[]>()

describe.each([
  { provider: 'embedded', skipped: false },
  { provider: 'docker', skipped: !hasEngine },
] as const)('the loop on $provider services', ({ provider, skipped }) => {
  let project: TestProject
  let before: EngineContents | undefined

  const up = async (): Promise<SessionStatus> =>
    JSON.parse(await project.ok('up', `--${provider}`, '--json')) as SessionStatus
  const records = async (topic: string): Promise<number> => {
    const { partitions } = JSON.parse(await project.ok('topics', 'describe', topic, '--json')) as {
      partitions: { earliestOffset: string | number; latestOffset: string | number }[]
    }
    return partitions.reduce((sum, each) => sum + Number(each.latestOffset) - Number(each.earliestOffset), 0)
  }
  const revenue = (): Promise<Revenue[]> => project.query<Revenue>('SELECT * FROM revenue ORDER BY zone')

  beforeAll(async () => {
    if (skipped) return
    before = hasEngine ? await engineContents() : undefined
    const ports = `kafka: { port: ${await freePort()} }\nrest: { port: ${await freePort()} }\n`
    const yaml = YAML.replace('postgres: {', `postgres: { port: ${await freePort()},`) + ports
    project = new TestProject({ 'flinkts.yaml': yaml, 'tables.sql': TABLES, 'job.sql': JOB })
  })
  afterAll(async () => {
    if (skipped) return
    await project.remove()
    if (before !== undefined) expect(await engineContents()).toEqual(before)
  })

  it.skipIf(skipped)('up: both services, with topics and tables', async () => {
    const { services } = await up()
    expect(services).toMatchObject([
      { name: 'kafka', provider, state: 'running' },
      { name: 'postgres', provider, state: 'running' },
    ])
    expect(await records('rides')).toBe(0)
    expect(await revenue()).toEqual([])
  })

  it.skipIf(skipped)('produce, run: the table is what was produced', async () => {
    await project.ok('produce', 'rides', '--count', String(RIDES), '--seed', '7')
    expect(await records('rides')).toBe(RIDES)
    await project.ok('run', 'job.sql', '--no-tui')
    const rows = await revenue()
    expect(rows.reduce((sum, { trips }) => sum + Number(trips), 0)).toBe(RIDES)
    tables.set(provider, rows)
  })

  it.skipIf(skipped)('replay: everything again, into another topic', async () => {
    await project.ok('replay', 'rides', '--from', 'earliest', '--into', 'rides-again', '--speed', 'max')
    expect(await records('rides-again')).toBe(RIDES)
  })

  it.skipIf(skipped)('down, up: everything is still there', async () => {
    await project.ok('down')
    await project.expectNoProcesses()
    await up()
    expect(await records('rides')).toBe(RIDES)
    expect(await revenue()).toEqual(tables.get(provider))
  })

  it.skipIf(skipped)('down --volumes: nothing is there any more', async () => {
    await project.ok('down', '--volumes')
    await project.expectNoProcesses()
    if (before !== undefined) expect(await engineContents()).toEqual(before)
    expect(existsSync(project.path('.flinkts/kafka'))).toBe(false)
  })
})

it.skipIf(!hasEngine)('both kinds of services gave the same table', () => {
  expect(tables.get('docker')).toEqual(tables.get('embedded'))
})
