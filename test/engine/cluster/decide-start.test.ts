import { describe, expect, it } from 'vitest'
import {
  checkIdentity,
  checkOperators,
  decideStart,
  firstCause,
  type StartFacts,
  type StartFlags,
} from '../../../engine/cluster/decide-start.ts'
import type { CheckpointManifest, ManifestOperator } from '../../../engine/checkpoint/checkpoint-manifest.ts'

const none: StartFacts = { ending: undefined, checkpoint: undefined, corrupt: [], appendSinks: [], checkpointing: true }
const failed = {
  kind: 'failed',
  cause: {
    code: 'JOB_FAILED',
    message: 'task failed',
    cause: { code: 'RECORD_MALFORMED', message: 'bad JSON at offset 7' },
  },
} as const

describe('how a job begins', () => {
  it.each<
    [
      string,
      Partial<StartFacts>,
      StartFlags,
      { kind: string; location?: string; automatic?: boolean },
      RegExp | undefined,
    ]
  >([
    ['it never ran', {}, {}, { kind: 'fresh' }, undefined],
    [
      'the session crashed',
      { ending: { kind: 'running' }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'restore', location: '/c/chk-7', automatic: true },
      /crash; resuming from \/c\/chk-7/,
    ],
    [
      'its client crashed',
      { ending: { kind: 'aborted' }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'restore', location: '/c/chk-7' },
      /crash/,
    ],
    [
      '`flinkts down` ended it without a savepoint',
      { ending: { kind: 'suspended', by: '`flinkts down`' }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'restore', location: '/c/chk-7', automatic: true },
      /^the last run was ended by `flinkts down` without a savepoint; resuming from \/c\/chk-7$/,
    ],
    [
      '`flinkts down` ended it before a checkpoint',
      { ending: { kind: 'suspended', by: '`flinkts down`' } },
      {},
      { kind: 'fresh' },
      /^the last run was ended by `flinkts down` without a savepoint before its first checkpoint: nothing could be restored/,
    ],
    [
      'its session was ended',
      { ending: { kind: 'suspended' }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'restore', location: '/c/chk-7' },
      /^the last run was ended by the end of its session without a savepoint; resuming/,
    ],
    [
      'it crashed before a checkpoint',
      { ending: { kind: 'running' } },
      {},
      { kind: 'fresh' },
      /before its first checkpoint: nothing could be restored/,
    ],
    [
      'it crashed without checkpointing',
      { ending: { kind: 'running' }, checkpointing: false },
      {},
      { kind: 'fresh' },
      /without checkpoints.*nothing could be restored/,
    ],
    [
      'its newest checkpoint is damaged',
      { ending: { kind: 'running' }, checkpoint: '/c/chk-6', corrupt: ['chk-7 is torn'] },
      {},
      { kind: 'restore', location: '/c/chk-6' },
      /^chk-7 is torn; falling back/,
    ],
    [
      'it failed',
      { ending: failed, checkpoint: '/c/chk-7' },
      {},
      { kind: 'restore', location: '/c/chk-7' },
      /failed: bad JSON at offset 7; resuming.*--fresh/,
    ],
    [
      'it failed before anything ran',
      { ending: { ...failed, hasRun: false }, appendSinks: ['rides_copy'] },
      {},
      { kind: 'fresh' },
      undefined,
    ],
    [
      'it failed before anything ran, restored from a savepoint',
      { ending: { ...failed, hasRun: false }, checkpoint: '/s/1' },
      {},
      { kind: 'restore', location: '/s/1' },
      /failed: bad JSON at offset 7; resuming/,
    ],
    [
      'it was stopped',
      { ending: { kind: 'stopped', savepoint: '/s/1' }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'restore', location: '/s/1', automatic: true },
      /savepoint of the last stop, \/s\/1/,
    ],
    [
      'it was drained',
      { ending: { kind: 'stopped', savepoint: '/s/1', drained: true }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'fresh' },
      /drained, its windows are complete; starting fresh \(to read on all the same: --restore \/s\/1\)/,
    ],
    [
      'it was drained and is to begin anew',
      { ending: { kind: 'stopped', savepoint: '/s/1', drained: true }, checkpoint: '/c/chk-7' },
      { fresh: true },
      { kind: 'fresh' },
      undefined,
    ],
    [
      'it was cancelled',
      { ending: { kind: 'canceled' }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'fresh' },
      /--restore \/c\/chk-7/,
    ],
    [
      'it was cancelled without checkpoints',
      { ending: { kind: 'canceled' } },
      {},
      { kind: 'fresh' },
      /cancelled; starting fresh$/,
    ],
    [
      'it finished into an upsert sink',
      { ending: { kind: 'finished' }, checkpoint: '/c/chk-7' },
      {},
      { kind: 'fresh' },
      undefined,
    ],
    [
      'it finished into an append sink',
      { ending: { kind: 'finished' }, appendSinks: ['rides_copy'] },
      {},
      { kind: 'fresh' },
      /reads again is added to 'rides_copy' again/,
    ],
    [
      '--fresh',
      { ending: { kind: 'running' }, checkpoint: '/c/chk-7' },
      { fresh: true },
      { kind: 'fresh' },
      /as asked .*--restore \/c\/chk-7\)/,
    ],
    [
      'it was cancelled and an append sink has its rows',
      { ending: { kind: 'canceled' }, appendSinks: ['rides_copy'] },
      {},
      { kind: 'fresh' },
      /'rides_copy' keeps the rows of the last run: what is read again is added again/,
    ],
    [
      '--fresh and an append sink has its rows',
      { ending: { kind: 'stopped', savepoint: '/s/1' }, appendSinks: ['rides_copy'] },
      { fresh: true },
      { kind: 'fresh' },
      /as asked[^]*'rides_copy' keeps the rows/,
    ],
    [
      'it crashed without a checkpoint and an append sink has its rows',
      { ending: { kind: 'running' }, appendSinks: ['rides_copy'] },
      {},
      { kind: 'fresh' },
      /nothing could be restored[^]*'rides_copy' keeps the rows/,
    ],
    [
      '--restore',
      { ending: { kind: 'finished' } },
      { restore: '/x' },
      { kind: 'restore', location: '/x', automatic: false },
      /restoring from \/x/,
    ],
  ])('when %s', (_, facts, flags, decision, said) => {
    const result = decideStart({ ...none, ...facts }, flags)
    expect(result).toMatchObject(decision)
    if (said === undefined) expect(result.say).toEqual([])
    else expect(result.say.join('\n')).toMatch(said)
  })

  it('is refused when every checkpoint is damaged', () => {
    const facts: StartFacts = { ...none, ending: { kind: 'running' }, corrupt: ['chk-2 is torn'] }
    expect(() => decideStart(facts, {})).toThrow(/none of its checkpoints can be read: chk-2 is torn/)
  })

  it('names the cause at the bottom', () => {
    expect(firstCause(failed.cause).message).toBe('bad JSON at offset 7')
  })
})

function manifest(...operators: Partial<ManifestOperator>[]): CheckpointManifest {
  return {
    formatVersion: 1,
    checkpointId: 4,
    type: 'checkpoint',
    jobId: 'j',
    jobName: 'job',
    triggeredAt: 0,
    completedAt: 0,
    stateSizeBytes: 0,
    operators: operators.map((operator) => ({
      operatorId: 'a',
      name: 'rides[1]',
      parallelism: 1,
      maxParallelism: 128,
      state: [],
      ...operator,
    })),
  }
}

describe('what a checkpoint must fit', () => {
  const topics = (
    topicId: string,
    partitions: number,
    clusterId = 'c',
  ): { clusterId: string; topics: object } & Record<string, never> =>
    ({ clusterId, topics: { rides: { topicId, partitions } } }) as never

  it.each([
    ['the same topic', topics('t', 2), true],
    ['a topic with more partitions', topics('t', 3), true],
    ['a topic with fewer partitions', topics('t', 1), false],
    ['a topic that was made anew', topics('u', 2), false],
    ['another cluster', topics('t', 2, 'd'), false],
  ])('%s', (_, identity, fits) => {
    const check = (): void =>
      checkIdentity(
        { manifest: manifest({ splits: [], identity: topics('t', 2) }), location: '/c/chk-4' },
        'a',
        identity,
      )
    if (fits) expect(check).not.toThrow()
    else expect(check).toThrow(/checkpoint 4 does not belong to what 'rides\[1\]' reads now/)
  })

  it('a table that was made anew', () => {
    const table = (oid: number) => ({ system: '7', database: 'postgres', table: oid })
    const stored = {
      manifest: manifest({ name: 'hourly', splits: undefined, identity: table(16_390) }),
      location: '/c/chk-4',
    }
    expect(() => checkIdentity(stored, 'a', table(16_390))).not.toThrow()
    expect(() => checkIdentity(stored, 'a', table(16_400))).toThrow(
      expect.objectContaining({
        message: `checkpoint 4 does not belong to what 'hourly' writes to now: "table" was 16390, is 16400`,
        fix: expect.stringMatching(/--restore \/c\/chk-4, .*--fresh/) as string,
      }),
    )
  })

  const part = { subtaskIndex: 0, file: 'f', offset: 0, length: 9, crc32: 0 }
  const operators = new Map([['a', { maxParallelism: 128 }]])

  it('every operator with state or positions', () => {
    expect(() => checkOperators(manifest({}), operators, false)).not.toThrow()
    expect(() => checkOperators(manifest({ operatorId: 'gone' }), operators, false)).not.toThrow()
    const lost = manifest({ operatorId: 'gone', state: [part] })
    expect(() => checkOperators(lost, operators, false)).toThrow(/no operator for 9 bytes of state of 'rides\[1\]'/)
    expect(() => checkOperators(lost, operators, true)).not.toThrow()
    const positions = manifest({ operatorId: 'gone', splits: [{ id: 's', state: 1 }] })
    expect(() => checkOperators(positions, operators, false)).toThrow(/no operator for the positions/)
  })

  it('the number of key groups', () => {
    expect(() => checkOperators(manifest({ maxParallelism: 256, state: [part] }), operators, false)).toThrow(
      /maximum parallelism 128.*written with 256/,
    )
  })
})
