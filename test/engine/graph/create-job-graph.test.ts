import { describe, expect, it } from 'vitest'
import { createJobGraph } from '../../../engine/graph/create-job-graph.ts'
import { deriveNodeId, stableHash } from '../../../engine/graph/stable-id.ts'
import { createExecutionGraph, slotsNeeded } from '../../../engine/graph/execution-graph.ts'
import { types } from '../../../engine/types/logical-type.ts'
import type { Partitioning, StreamGraph, StreamNode } from '../../../engine/graph/stream-graph.ts'

const rowType = types.row([
  { name: 'k', type: types.int() },
  { name: 'v', type: types.double() },
])

function source(id: string, parallelism?: number): StreamNode {
  return {
    id,
    name: id,
    kind: 'source',
    outputType: rowType,
    parallelism,
    source: {
      connector: 'memory',
      tableName: id,
      producedType: rowType,
      projection: [0, 1],
      physicalType: rowType,
      metadata: [],
      bounded: true,
      changelog: 'insert-only',
      settings: null,
      ignoredOptions: [],
    },
  }
}

function operator(id: string, inputs: Record<string, Partitioning>, parallelism?: number): StreamNode {
  return {
    id,
    name: id,
    kind: 'operator',
    outputType: rowType,
    parallelism,
    inputs: Object.entries(inputs).map(([from, partitioning]) => ({ from, partitioning })),
    operator: { type: 'union', outputType: rowType },
  }
}

function sink(id: string, from: string, partitioning: Partitioning = { kind: 'forward' }): StreamNode {
  return {
    id,
    name: id,
    kind: 'sink',
    outputType: rowType,
    inputs: [{ from, partitioning }],
    sink: {
      connector: 'memory',
      tableName: id,
      consumedType: rowType,
      changelog: 'all',
      keyColumns: [],
      settings: null,
      ignoredOptions: [],
    },
  }
}

function graph(nodes: StreamNode[], configuration: Record<string, string> = {}): StreamGraph {
  return { formatVersion: 1, jobName: 'job', configuration, nodes, warnings: [] }
}

const forward: Partitioning = { kind: 'forward' }
const hash: Partitioning = { kind: 'hash', keys: [0] }

describe('createJobGraph', () => {
  it.each<[string, StreamGraph, string[]]>([
    [
      'chains forward edges',
      graph([source('a'), operator('b', { a: forward }), sink('c', 'b')]),
      ['Source: a -> b -> c: Writer'],
    ],
    [
      'chains a hash edge between single subtasks',
      graph([source('a'), operator('b', { a: hash }), sink('c', 'b')]),
      ['Source: a -> b -> c: Writer'],
    ],
    [
      'breaks at a hash edge between several subtasks',
      graph([source('a'), operator('b', { a: hash }), sink('c', 'b')], { 'parallelism.default': '2' }),
      ['Source: a', 'b -> c: Writer'],
    ],
    [
      'breaks where an operator has several inputs',
      graph([source('a'), source('b'), operator('c', { a: forward, b: forward }), sink('d', 'c')]),
      ['Source: a', 'Source: b', 'c -> d: Writer'],
    ],
    [
      'forks within a chain',
      graph([source('a'), sink('b', 'a'), operator('c', { a: forward }), sink('d', 'c')]),
      ['Source: a -> (b: Writer, c -> d: Writer)'],
    ],
    [
      'does not chain where chaining is off',
      graph([source('a'), sink('b', 'a')], { 'pipeline.operator-chaining.enabled': 'false' }),
      ['Source: a', 'b: Writer'],
    ],
  ])('%s', (_, stream, names) => {
    expect(createJobGraph(stream).vertices.map((vertex) => vertex.name)).toEqual(names)
  })

  it('numbers exchanges and connects them to the inputs in order', () => {
    const job = createJobGraph(
      graph([source('a'), source('b', 2), operator('c', { b: hash, a: hash }, 2), sink('d', 'c')], {
        'parallelism.default': '2',
      }),
    )
    const union = job.vertices.find(({ name }) => name.startsWith('c'))!
    expect(union.inputs.map((edge) => [job.edges[edge]!.input, job.edges[edge]!.sourceVertex])).toEqual([
      [0, stableHash('b')],
      [1, stableHash('a')],
    ])
  })

  it.each<[string, StreamGraph, RegExp]>([
    ['an empty graph', graph([]), /no operators/],
    ['ids that are not unique', graph([source('a'), source('a')]), /same id 'a'/],
    ['an input that is not there', graph([sink('b', 'a')]), /its input 'a' does not stand before it/],
    ['a node that reads a sink', graph([source('a'), sink('b', 'a'), sink('c', 'b')]), /reads from the sink 'b'/],
    ['a key outside of the row', graph([source('a'), sink('b', 'a', { kind: 'hash', keys: [7] })]), /key column 7/],
    ['forward between other parallelisms', graph([source('a', 2), sink('b', 'a')]), /parallelism 2.*parallelism 1/],
    ['a parallelism of 0', graph([source('a', 0), sink('b', 'a')]), /its parallelism is 0/],
    ['a bad default', graph([source('a')], { 'parallelism.default': 'many' }), /parallelism.default.*'many'/],
    [
      'a parallelism above the maximum',
      graph([source('a')], { 'parallelism.default': '4', 'pipeline.max-parallelism': '2' }),
      /parallelism 4 is above the maximum parallelism 2/,
    ],
  ])('refuses %s', (_, stream, message) => {
    expect(() => createJobGraph(stream)).toThrow(message)
  })

  it('takes the maximum parallelism of Flink', () => {
    const maximum = (parallelism: string) =>
      createJobGraph(graph([source('a')], { 'parallelism.default': parallelism })).vertices[0]!.maxParallelism
    expect([maximum('1'), maximum('85'), maximum('86'), maximum('200')]).toEqual([128, 128, 256, 512])
  })
})

describe('createExecutionGraph', () => {
  it('joins forward subtasks one to one and the others all to all', () => {
    const job = createJobGraph(
      graph([source('a'), operator('b', { a: hash }), sink('c', 'b')], {
        'parallelism.default': '2',
        'pipeline.operator-chaining.enabled': 'false',
      }),
    )
    const { channels, subtasks } = createExecutionGraph(job)
    expect(subtasks).toHaveLength(6)
    expect(channels.map(({ edge, sourceSubtask, targetSubtask }) => [edge, sourceSubtask, targetSubtask])).toEqual([
      [0, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
      [0, 1, 1],
      [1, 0, 0],
      [1, 1, 1],
    ])
    expect(slotsNeeded(job)).toBe(2)
  })
})

describe('stable ids', () => {
  it('depend on structure only', () => {
    const id = deriveNodeId('calc', 'select a', ['x'])
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(deriveNodeId('calc', 'select a', ['x'])).toBe(id)
    const others = [
      deriveNodeId('calc', 'select b', ['x']),
      deriveNodeId('calc', 'select a', ['y']),
      deriveNodeId('calc', 'select a', ['x'], 1),
      deriveNodeId('sink', 'select a', ['x']),
    ]
    expect(new Set([id, ...others]).size).toBe(5)
  })

  it('differ for many similar texts', () => {
    const ids = new Set(Array.from({ length: 20_000 }, (_, index) => stableHash(`node-${index}`)))
    expect(ids.size).toBe(20_000)
  })
})
