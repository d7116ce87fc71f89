import { describe, expect, it } from 'vitest'
import { parseCheckpointOptions } from '../../../engine/checkpoint/checkpoint-options.ts'

describe('checkpoint options', () => {
  it('have Flink’s defaults, but keep two checkpoints', () => {
    expect(parseCheckpointOptions({})).toEqual({
      intervalMs: undefined,
      minPauseMs: 0,
      timeoutMs: 600_000,
      tolerableFailures: 0,
      retained: 2,
      directory: undefined,
      savepointDirectory: undefined,
    })
  })

  it('are read under Flink’s keys, old ones too', () => {
    expect(
      parseCheckpointOptions({
        'execution.checkpointing.interval': '3 min',
        'execution.checkpointing.min-pause': '500 ms',
        'execution.checkpointing.timeout': 'PT1M',
        'execution.checkpointing.tolerable-failed-checkpoints': '4',
        'state.checkpoints.num-retained': '5',
        'state.checkpoints.dir': 'file:///tmp/c',
        'execution.checkpointing.savepoint-dir': '/tmp/s',
      }),
    ).toEqual({
      intervalMs: 180_000,
      minPauseMs: 500,
      timeoutMs: 60_000,
      tolerableFailures: 4,
      retained: 5,
      directory: 'file:///tmp/c',
      savepointDirectory: '/tmp/s',
    })
  })

  it.each<[Record<string, string>, RegExp]>([
    [{ 'execution.checkpointing.interval': 'often' }, /'often', which is not a duration/],
    [{ 'execution.checkpointing.interval': '1 ms' }, /below 10 ms/],
    [{ 'execution.checkpointing.unaligned.enabled': 'true' }, /unaligned checkpoints are not supported/],
    [{ 'execution.checkpointing.max-concurrent-checkpoints': '2' }, /one checkpoint is taken at a time/],
    [{ 'execution.checkpointing.mode': 'SOMETIMES' }, /it is unknown/],
    [{ 'execution.checkpointing.num-retained': '-1' }, /whole number/],
  ])('refuse %o', (configuration, message) => {
    expect(() => parseCheckpointOptions(configuration)).toThrow(message)
  })
})
