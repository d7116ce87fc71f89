import { describe, expect, it } from 'vitest'
import { StatementExecutor, sqlPlanner } from '../../../engine/planner.ts'
import type { StreamGraph } from '../../../engine/host.ts'
import { addressNotices, ignoredNotices } from '../../../src/services/job-notices.ts'

function plan(kafka: string, postgres: string, more = ''): StreamGraph {
  const executor = new StatementExecutor({ planner: sqlPlanner, configuration: {} })
  executor.execute(`CREATE TABLE rides (a INT) WITH ('connector' = 'kafka', 'topic' = 'rides', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset',
    'properties.bootstrap.servers' = '${kafka}'${more})`)
  executor.execute(`CREATE TABLE target (a INT) WITH ('connector' = 'jdbc', 'table-name' = 't', 'url' = '${postgres}')`)
  const result = executor.execute('INSERT INTO target SELECT a FROM rides')
  if (result.kind !== 'job') throw new Error('no job')
  return result.job.graph
}

const own = { kafka: '127.0.0.1:9092', postgres: 'postgresql://postgres:secret@127.0.0.1:5432/postgres' }

describe('addresses', () => {
  it('says nothing of the own services, by whatever name of this machine', () => {
    expect(addressNotices(plan('localhost:9092', 'jdbc:postgresql://localhost:5432/postgres'), own)).toEqual([])
  })

  it('says nothing of other machines', () => {
    expect(addressNotices(plan('kafka.example:9092', 'jdbc:postgresql://db.example/x'), own)).toEqual([])
  })

  it('names both addresses, and no password, where a local one is not the own', () => {
    expect(addressNotices(plan('localhost:19092', 'jdbc:postgresql://localhost:15432/postgres'), own)).toEqual([
      "rides names localhost:19092, the project's own Kafka is at 127.0.0.1:9092 (${KAFKA})",
      "target names localhost:15432, the project's own Postgres is at 127.0.0.1:5432 (${POSTGRES})",
    ])
  })

  it('says that nothing is started for a literal address', () => {
    const graph = plan('localhost:9092', 'jdbc:postgresql://db.example/x')
    expect(addressNotices(graph, { kafka: undefined, postgres: undefined })).toEqual([
      "rides names localhost:9092: no Kafka is started for it (${KAFKA} stands for the project's own)",
    ])
  })
})

it('lists options and settings without effect once', () => {
  const graph = plan('h:1', 'jdbc:postgresql://h/x', `, 'properties.fetch.max.bytes' = '1000'`)
  expect(ignoredNotices(graph, ['taskmanager.network.memory.fraction'])).toEqual([
    "without effect here, as they tune Flink's Java runtime or clients: rides: properties.fetch.max.bytes; SET taskmanager.network.memory.fraction",
  ])
  expect(ignoredNotices(plan('h:1', 'jdbc:postgresql://h/x'), [])).toEqual([])
})

describe('settings without effect', () => {
  it('are named, and what was probably meant by one that nobody knows', () => {
    expect(
      ignoredNotices(plan('localhost:9092', 'jdbc:postgresql://localhost:5432/postgres'), [
        'execution.checkpointing.intervall',
        'my.own.key',
      ]),
    ).toEqual([
      "without effect here, as they tune Flink's Java runtime or clients: SET execution.checkpointing.intervall (did you mean execution.checkpointing.interval?), my.own.key",
    ])
  })
})
