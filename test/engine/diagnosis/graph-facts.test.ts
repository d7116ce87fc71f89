import { expect, it } from 'vitest'
import { graphFacts } from '../../../engine/diagnosis/graph-facts.ts'
import { createJobGraph } from '../../../engine/graph/create-job-graph.ts'
import { events, memorySink, memorySource, streamGraph, testEnvironment } from '../../helpers/runtime-jobs.ts'
import type { SinkNode } from '../../../engine/graph/stream-graph.ts'

it.each([
  ['jdbc', { tableName: 'revenue.hourly' }, 'table revenue.hourly'],
  ['jdbc', { tableName: 'out' }, undefined],
  ['kafka', { topic: 'totals' }, 'topic totals'],
  ['kafka', { topic: 'out' }, undefined],
  ['print', { identifier: 'p' }, undefined],
  ['blackhole', null, undefined],
])('a %s sink with %o is said to write to %s', (connector, settings, target) => {
  const environment = testEnvironment({})
  const node = memorySink(environment, 'out', 'in')
  const sink: SinkNode = { ...node, sink: { ...node.sink, connector, settings } }
  const graph = createJobGraph(streamGraph([memorySource(environment, 'in', [events(1, 1)]), sink]))
  const operators = graphFacts(graph, []).flatMap((vertex) => vertex.operators)
  expect(operators.flatMap((operator) => operator.sink ?? [])).toEqual([{ tableName: 'out', connector, target }])
})
