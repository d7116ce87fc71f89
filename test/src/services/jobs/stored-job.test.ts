import { expect, it } from 'vitest'
import type { StoredGraph } from '../../../../engine/host.ts'
import { originOf, readdressed, servicesOf } from '../../../../src/services/jobs/stored-job.ts'

const before = { kafka: '127.0.0.1:9092', postgres: 'postgresql://postgres:postgres@127.0.0.1:5432/postgres' }

function stored(bootstrapServers: string, host: string, port: number): StoredGraph {
  const nodes = [
    {
      kind: 'source',
      id: 'a',
      source: { connector: 'kafka', settings: { connection: { bootstrapServers, clientId: null }, topics: ['rides'] } },
    },
    { kind: 'operator', id: 'b' },
    {
      kind: 'sink',
      id: 'c',
      sink: { connector: 'jdbc', settings: { address: { host, port, database: 'postgres' }, tableName: 't' } },
    },
  ]
  const graph = { nodes } as unknown as StoredGraph['graph']
  return { formatVersion: 1, key: 'k', jobId: 'j', graph, origin: originOf(before) }
}

it('a graph goes with the services of its project to their new ports', () => {
  const graph = stored('127.0.0.1:9092', '127.0.0.1', 5432)
  expect(servicesOf(graph)).toEqual(['kafka', 'postgres'])
  const now = { kafka: '127.0.0.1:9093', postgres: 'postgresql://postgres:postgres@127.0.0.1:5433/postgres' }
  expect(readdressed(graph, now).nodes).toMatchObject([
    { source: { settings: { connection: { bootstrapServers: '127.0.0.1:9093', clientId: null }, topics: ['rides'] } } },
    { id: 'b' },
    { sink: { settings: { address: { host: '127.0.0.1', port: 5433, database: 'postgres' }, tableName: 't' } } },
  ])
})

it('other addresses are taken at their word', () => {
  const graph = stored('kafka.example:9092', 'db.example', 5432)
  expect(servicesOf(graph)).toEqual([])
  const now = { kafka: '127.0.0.1:9093', postgres: 'postgresql://postgres:postgres@127.0.0.1:5433/postgres' }
  expect(readdressed(graph, now)).toEqual(graph.graph)
})

it('a graph of an older release names no services', () => {
  expect(servicesOf({ ...stored('127.0.0.1:9092', '127.0.0.1', 5432), origin: null })).toEqual([])
})
