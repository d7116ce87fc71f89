import { describe, expect, it } from 'vitest'
import {
  coordinate,
  initialCoordinator,
  type CoordinatorCommand,
  type CoordinatorEvent,
  type CoordinatorState,
} from '../../../engine/checkpoint/checkpoint-coordinator.ts'
import { snapshotOfFinished } from '../../../engine/checkpoint/subtask-snapshot.ts'
import type { CheckpointOptions } from '../../../engine/checkpoint/checkpoint-options.ts'

const options: CheckpointOptions = {
  intervalMs: 1000,
  minPauseMs: 0,
  timeoutMs: 5000,
  tolerableFailures: 0,
  retained: 2,
  directory: undefined,
  savepointDirectory: undefined,
}
const subtasks = [
  { vertexId: 'source', subtaskIndex: 0, isSource: true },
  { vertexId: 'sink', subtaskIndex: 0, isSource: false },
]
const error = { code: 'CHECKPOINT_FAILED', message: 'disk full' } as const

/** Feeds events one after the other; gives the last state and what each event made happen. */
function run(
  events: readonly CoordinatorEvent[],
  with_: Partial<CheckpointOptions> = {},
  from: CoordinatorState = initialCoordinator({ ...options, ...with_ }, 1, []),
): { state: CoordinatorState; commands: CoordinatorCommand[][] } {
  let state = from
  const commands = events.map((event) => {
    const [next, made] = coordinate(state, event, (id) => `chk-${id}`)
    state = next
    return made
  })
  return { state, commands }
}

const kinds = (commands: readonly CoordinatorCommand[]): string[] => commands.map(({ kind }) => kind)
const running: CoordinatorEvent = { kind: 'running', subtasks, now: 0 }
const timer = (now: number): CoordinatorEvent => ({ kind: 'timer', now })
const acknowledged = (vertexId: string, id: number, now: number): CoordinatorEvent => ({
  kind: 'acknowledged',
  snapshot: snapshotOfFinished(id, vertexId, 0, []),
  now,
})
const written = (checkpointId: number, now: number): CoordinatorEvent => ({
  kind: 'manifest-written',
  checkpointId,
  now,
})
const complete = (id: number, now: number): CoordinatorEvent[] => [
  timer(now),
  acknowledged('source', id, now),
  acknowledged('sink', id, now),
  written(id, now),
]

describe('the checkpoint coordinator', () => {
  it('triggers after the interval, waits for all subtasks, writes the manifest, then tells', () => {
    const { commands, state } = run([running, timer(999), ...complete(1, 1000)])
    expect(commands.map(kinds)).toEqual([
      ['set-timer'],
      ['set-timer'],
      ['trigger', 'set-timer'],
      ['set-timer'],
      ['write-manifest', 'set-timer'],
      ['completed', 'notify-complete', 'set-timer'],
    ])
    expect(commands[2]![0]).toMatchObject({
      barrier: { checkpointId: 1, location: 'chk-1', type: 'checkpoint', stop: false },
    })
    expect(commands[5]!.at(-1)).toEqual({ kind: 'set-timer', at: 2000 })
    expect(state.completed).toEqual([{ checkpointId: 1, location: 'chk-1' }])
  })

  it('takes one checkpoint at a time and keeps the pause after one', () => {
    const { commands } = run(
      [running, timer(1000), timer(2500), ...complete(1, 3000).slice(1), timer(3500), timer(4000)],
      {
        minPauseMs: 1000,
      },
    )
    expect(commands.flatMap(kinds).filter((kind) => kind === 'trigger')).toHaveLength(2)
    expect(kinds(commands[2]!)).toEqual(['set-timer'])
    expect(kinds(commands[6]!)).toEqual(['set-timer'])
    expect(kinds(commands[7]!)).toContain('trigger')
  })

  it('discards what is subsumed, keeping as many as asked', () => {
    const { commands, state } = run([running, ...complete(1, 1000), ...complete(2, 2000), ...complete(3, 3000)])
    expect(commands.flat().filter(({ kind }) => kind === 'discard')).toEqual([{ kind: 'discard', location: 'chk-1' }])
    expect(state.completed.map(({ checkpointId }) => checkpointId)).toEqual([2, 3])
  })

  it.each<[string, CoordinatorEvent]>([
    ['a declined snapshot', { kind: 'declined', checkpointId: 1, error, now: 1001 }],
    ['a timeout', timer(6000)],
  ])('fails the job after %s when none is tolerated', (_, event) => {
    const { commands } = run([running, timer(1000), event])
    expect(kinds(commands[2]!).slice(0, 3)).toEqual(['failed', 'discard', 'fail-job'])
  })

  it('tolerates as many failures in a row as asked, and a success forgives them', () => {
    const decline = (checkpointId: number, now: number): CoordinatorEvent[] => [
      timer(now),
      { kind: 'declined', checkpointId, error, now },
    ]
    const failing = run([running, ...decline(1, 1000), ...decline(2, 2000)], { tolerableFailures: 1 })
    expect(failing.commands.map((made) => kinds(made).includes('fail-job'))).toEqual([false, false, false, false, true])
    const forgiven = run([running, ...decline(1, 1000), ...complete(2, 2000), ...decline(3, 3000)], {
      tolerableFailures: 1,
    })
    expect(forgiven.commands.flatMap(kinds)).not.toContain('fail-job')
  })

  it('fails on a manifest that cannot be written', () => {
    const events = complete(1, 1000).slice(0, 3)
    const { commands } = run([running, ...events, { kind: 'manifest-failed', checkpointId: 1, error, now: 1000 }])
    expect(kinds(commands.at(-1)!)).toContain('fail-job')
  })

  it('counts a finished subtask as acknowledged, with its last positions, now and later', () => {
    const splits = [{ id: 'rides-0', state: { nextOffset: 7 } }]
    const finished: CoordinatorEvent = { kind: 'finished', vertexId: 'sink', subtaskIndex: 0, splits, now: 1001 }
    const { commands } = run([
      running,
      timer(1000),
      acknowledged('source', 1, 1000),
      finished,
      written(1, 1001),
      timer(2000),
    ])
    expect(kinds(commands[3]!)).toContain('write-manifest')
    const [trigger] = commands[5]!
    expect(trigger).toMatchObject({ kind: 'trigger', barrier: { checkpointId: 2 } })
    const later = run([running, finished, timer(1000), acknowledged('source', 1, 1000)]).commands[3]![0]
    expect(later).toMatchObject({ kind: 'write-manifest', pending: { snapshots: [{ vertexId: 'sink', splits }, {}] } })
  })

  it('takes no checkpoint once all sources have finished', () => {
    const finished: CoordinatorEvent = { kind: 'finished', vertexId: 'source', subtaskIndex: 0, splits: [], now: 10 }
    const { commands } = run([running, finished, timer(1000)])
    expect(commands.flatMap(kinds)).not.toContain('trigger')
  })

  it('ignores late acknowledgements and those of others', () => {
    const { commands } = run([
      running,
      acknowledged('source', 1, 5),
      timer(1000),
      acknowledged('source', 9, 1001),
      written(7, 1002),
    ])
    expect(commands[3]!.concat(commands[4]!).map(({ kind }) => kind)).not.toContain('write-manifest')
  })

  describe('checkpoints on request', () => {
    const ask = (request: string, now: number): CoordinatorEvent => ({ kind: 'checkpoint', request, now })

    it('begin before their time, and tell all who asked before they began', () => {
      const { commands } = run([running, ask('a', 10), ask('b', 11), ...complete(1, 12).slice(1)])
      expect(kinds(commands[1]!)).toEqual(['trigger', 'set-timer'])
      expect(commands[5]![2]).toMatchObject({ kind: 'requests-completed', requests: ['a'], checkpointId: 1 })
      expect(commands[5]!.map(({ kind }) => kind)).toContain('trigger')
    })

    it('fail with the attempt, and while nothing runs', () => {
      expect(run([ask('a', 1)]).commands[0]).toMatchObject([{ kind: 'requests-failed', requests: ['a'] }])
      const { commands } = run([running, ask('a', 10), ask('b', 11), { kind: 'stopped', reason: 'over', now: 12 }])
      expect(commands[3]!.at(-1)).toMatchObject({ kind: 'requests-failed', requests: ['a', 'b'] })
    })
  })

  describe('savepoints', () => {
    const savepoint = { request: 'r', location: '/sp', stop: true, drain: false }
    const ask: CoordinatorEvent = { kind: 'savepoint', savepoint, now: 10 }

    it('begin at once, and are neither counted as checkpoints nor subsumed', () => {
      const { commands, state } = run([running, ask, ...complete(1, 11).slice(1)])
      expect(commands[1]![0]).toMatchObject({
        kind: 'trigger',
        barrier: { type: 'savepoint', location: '/sp', stop: true },
      })
      expect(kinds(commands[4]!)).toEqual(['completed', 'notify-complete', 'savepoint-completed', 'set-timer'])
      expect(state.completed).toEqual([])
    })

    it('wait for a checkpoint under way', () => {
      const { commands } = run([running, timer(1000), { ...ask, now: 1001 }, ...complete(1, 1002).slice(1)])
      expect(kinds(commands[2]!)).toEqual(['set-timer'])
      expect(kinds(commands[5]!)).toEqual(['completed', 'notify-complete', 'trigger', 'set-timer'])
    })

    it('that fail while stopping fail the job, whose sources stand still', () => {
      const { commands } = run([running, ask, { kind: 'declined', checkpointId: 1, error, now: 20 }], {
        tolerableFailures: 9,
      })
      expect(kinds(commands[2]!).slice(0, 4)).toEqual(['failed', 'discard', 'savepoint-failed', 'fail-job'])
    })

    it('are refused while the job does not run, and when it stops running', () => {
      expect(kinds(run([ask]).commands[0]!)).toEqual(['savepoint-failed'])
      const { commands } = run([
        running,
        ask,
        { ...ask, savepoint: { ...savepoint, request: 's' } },
        { kind: 'stopped', reason: 'over', now: 30 },
      ])
      expect(kinds(commands[3]!)).toEqual(['failed', 'discard', 'savepoint-failed', 'savepoint-failed'])
    })
  })

  it('without an interval takes savepoints only', () => {
    const { commands } = run([running, timer(1e9)], { intervalMs: undefined })
    expect(commands.flatMap(kinds)).toEqual([])
  })
})
