// The taxi job in SQL and in TypeScript: the same trips give the same table.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runInProcess, type StreamGraph } from '../../engine/host.ts'
import { MemoryConnector } from '../../engine/testing/memory-connector.ts'
import type { RowType } from '../../engine/types/logical-type.ts'
import { planSqlFile } from '../../src/services/plan-sql.ts'
import { prepareTypeScriptJob } from '../../src/services/plan-typescript.ts'

const addresses = { kafka: 'broker:9092', postgres: 'postgresql://me:secret@db:5432/shop' }
const configuration = { 'parallelism.default': '2' }

const [header, ...lines] = readFileSync('templates/taxi/data/trips.csv', 'utf8').trim().split('\n')
const trips = lines.map((line) => {
  const cells = line.split(',')
  return Object.fromEntries(header!.split(',').map((name, index) => [name, Number(cells[index])]))
})

/** The rows of the job's one sink, by key. Trips are dealt out to two partitions. */
async function resultOf(graph: StreamGraph): Promise<Map<string, readonly unknown[]>> {
  const connector = new MemoryConnector()
  const rowsOf = (type: RowType, partition: number): number[][] =>
    trips.filter((_, index) => index % 2 === partition).map((trip) => type.fields.map(({ name }) => trip[name]!))
  const nodes = graph.nodes.map((node) => {
    if (node.kind === 'source') {
      const { producedType } = node.source
      const splits = [rowsOf(producedType, 0), rowsOf(producedType, 1)]
      const source = connector.sourceSpec('rides', producedType, splits, { rowsPerBatch: 500 })
      return { ...node, source }
    }
    return node.kind === 'sink' ? { ...node, sink: connector.sinkSpec('out', node.sink.consumedType) } : node
  })
  const { lateRecordsDropped } = await runInProcess({ ...graph, nodes }, { loadConnector: connector.load }).result
  expect(lateRecordsDropped).toBe(0)
  const rows = connector.rows('out').map(([kind, ...cells]) => {
    expect(kind).toBe('+I')
    return cells
  })
  return new Map(rows.map(([start, zone, count, revenue]) => [JSON.stringify([start, zone]), [count, revenue]]))
}

test('hourly revenue is the same in SQL and in TypeScript', async () => {
  const file = 'templates/taxi/jobs/hourly-revenue.sql'
  const [sql] = planSqlFile({ text: readFileSync(file, 'utf8'), file, addresses, configuration })
  const { plan } = await prepareTypeScriptJob('templates/taxi/jobs/hourly-revenue.ts')
  const expected = await resultOf(sql!.graph)
  const given = await resultOf(plan({ addresses, configuration }))
  expect(expected.size).toBeGreaterThan(1000)
  expect([...given.keys()].sort()).toEqual([...expected.keys()].sort())
  for (const [key, [count, revenue]] of expected) {
    expect(given.get(key)![0], key).toBe(count)
    expect(given.get(key)![1], key).toBeCloseTo(revenue as number, 9)
  }
})
