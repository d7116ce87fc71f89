import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../engine/testing/manual-clock.ts'
import { FlinktsError } from '../../../engine/common/errors.ts'
import { runInProcess } from '../../helpers/local-cluster.ts'
import {
  eventType,
  events,
  expectedSums,
  memorySink,
  memorySource,
  operatorNode,
  PassThrough,
  streamGraph,
  sumType,
  testEnvironment,
  WindowSum,
  type TestEnvironment,
} from '../../helpers/runtime-jobs.ts'

const hash = { kind: 'hash', keys: [0] } as const

function sums(environment: TestEnvironment, sink = 'out'): Record<string, number> {
  const result: Record<string, number> = {}
  for (const [, key, end, sum] of environment.connector.rows(sink)) {
    const name = `${Number(key)}@${Number(end)}`
    expect(result[name], `${name} fired twice`).toBeUndefined()
    result[name] = sum as number
  }
  return result
}

describe('a job in process', () => {
  it.each([
    [1, 1],
    [1, 2],
    [2, 2],
    [3, 4],
  ])('sums windows of %i splits at parallelism %i', async (splitCount, parallelism) => {
    const environment = testEnvironment({ sum: () => new WindowSum() })
    const splits = Array.from({ length: splitCount }, (_, split) => events(500, 7, split))
    const graph = streamGraph(
      [
        memorySource(environment, 'in', splits, { rowsPerBatch: 30 }),
        operatorNode('sum', ['in'], hash, sumType),
        memorySink(environment, 'out', 'sum', sumType),
      ],
      { 'parallelism.default': String(parallelism) },
    )
    const result = await runInProcess(graph, environment).result
    expect(sums(environment)).toEqual(expectedSums(splits))
    expect(result).toMatchObject({ state: 'FINISHED', recordsIn: 500 * splitCount, lateRecordsDropped: 0 })
    expect(result.recordsOut).toBe(environment.connector.rows('out').length)
  })

  it('is the same without chaining and with a sink that is full after every row', async () => {
    const environment = testEnvironment({ sum: () => new WindowSum(), pass: () => new PassThrough() })
    const splits = [events(300, 5), events(200, 5, 2)]
    const graph = streamGraph(
      [
        memorySource(environment, 'in', splits),
        operatorNode('pass', ['in'], { kind: 'rebalance' }),
        operatorNode('sum', ['pass'], hash, sumType),
        memorySink(environment, 'out', 'sum', sumType, 1),
      ],
      { 'parallelism.default': '2', 'pipeline.operator-chaining.enabled': 'false' },
    )
    await runInProcess(graph, environment).result
    expect(sums(environment)).toEqual(expectedSums(splits))
  })

  it('unites inputs, broadcasts, and brings everything to one subtask', async () => {
    const environment = testEnvironment({ union: () => new PassThrough(), all: () => new PassThrough() })
    const graph = streamGraph(
      [
        memorySource(environment, 'a', [events(10, 3)]),
        memorySource(environment, 'b', [events(20, 3)]),
        operatorNode('union', ['a', 'b'], { kind: 'rebalance' }),
        memorySink(environment, 'copies', 'union', eventType, undefined, { kind: 'broadcast' }),
        operatorNode('all', ['union'], { kind: 'global' }),
        memorySink(environment, 'one', 'all', eventType),
      ],
      { 'parallelism.default': '2' },
    )
    const result = await runInProcess(graph, environment).result
    expect(environment.connector.rows('copies')).toHaveLength(60)
    expect(environment.connector.rows('one')).toHaveLength(30)
    const perSubtask = result.subtasks.filter(({ vertexName }) => vertexName.startsWith('all'))
    expect(perSubtask.map(({ numRecordsIn }) => numRecordsIn).sort()).toEqual([0, 30])
  })

  it('fails with the first cause', async () => {
    const environment = testEnvironment({
      boom: () =>
        new PassThrough(() => {
          throw new FlinktsError('EXPRESSION_FAILED', 'division by zero')
        }),
    })
    const graph = streamGraph(
      [
        memorySource(environment, 'in', [events(10, 3), events(10, 3)]),
        operatorNode('boom', ['in'], hash),
        memorySink(environment, 'out', 'boom'),
      ],
      { 'parallelism.default': '2' },
    )
    await expect(runInProcess(graph, environment).result).rejects.toMatchObject({
      code: 'EXPRESSION_FAILED',
      message: 'division by zero',
    })
  })

  it('is cancelled while it waits for input', async () => {
    const environment = testEnvironment({}, new ManualClock(2_000))
    const graph = streamGraph([
      memorySource(environment, 'in', [events(10, 3)], { bounded: false }),
      memorySink(environment, 'out', 'in'),
    ])
    const job = runInProcess(graph, environment)
    while (environment.connector.rows('out').length < 10) await new Promise((resolve) => setImmediate(resolve))
    expect(job.metrics()[0]).toMatchObject({
      numRecordsIn: 10,
      numRecordsSend: 10,
      operators: {
        'in.currentEmitEventTimeLag': 1_910,
        'in.watermarkLag': 1_910,
        'in.currentOutputWatermark': 90,
        'in.sourceIdleTime': 0,
        'out.currentInputWatermark': 90,
      },
    })
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'CANCELED' })
  })
})
