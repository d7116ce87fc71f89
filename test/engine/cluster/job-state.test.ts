import { describe, expect, it } from 'vitest'
import { decideJob, statusOf, type JobEvent, type JobFacts, type JobState } from '../../../engine/cluster/job-state.ts'
import { initialRestartState, type RestartStrategy } from '../../../engine/cluster/restart-strategy.ts'

const chance = { now: 0, random: () => 0.5 }
const error = { code: 'INTERNAL', message: 'boom' } as const
const fixed: RestartStrategy = { kind: 'fixed-delay', attempts: 5, delayMs: 100 }

/** Statuses and commands after each event. */
function run(
  events: readonly JobEvent[],
  strategy: RestartStrategy = { kind: 'none' },
  strategyIsChosen = true,
): { statuses: string[]; commands: string[][]; facts: JobFacts } {
  let state: JobState = { status: 'CREATED' }
  let facts: JobFacts = { strategy, strategyIsChosen, restart: initialRestartState, attempt: 0, hasRun: false }
  const statuses: string[] = []
  const commands = events.map((event) => {
    const [next, nextFacts, made] = decideJob(state, facts, event, chance)
    state = next
    facts = nextFacts
    statuses.push(statusOf(state))
    return made.map(({ kind }) => kind)
  })
  return { statuses, commands, facts }
}

const start: JobEvent = { kind: 'start' }
const deploying: JobEvent = { kind: 'deploying', subtasks: ['a', 'b'] }
const up: JobEvent[] = [
  start,
  deploying,
  { kind: 'subtask-deployed', subtask: 'a' },
  { kind: 'subtask-deployed', subtask: 'b' },
]
const finished = (subtask: string): JobEvent => ({ kind: 'subtask-finished', subtask })
const canceled = (subtask: string): JobEvent => ({ kind: 'subtask-canceled', subtask })
const failedAt = (subtask: string): JobEvent => ({ kind: 'subtask-failed', subtask, error })

describe('the life of a job', () => {
  it('starts subtasks once all are deployed and finishes with the last', () => {
    const { statuses, commands } = run([...up, finished('a'), finished('b')])
    expect(commands).toEqual([['deploy'], [], [], ['start-subtasks'], [], ['stop-checkpoints', 'ended']])
    expect(statuses.at(-1)).toBe('FINISHED')
  })

  it('fails with the first cause after the others were taken down', () => {
    const { statuses, commands } = run([...up, failedAt('a'), failedAt('b')])
    expect(statuses.slice(-2)).toEqual(['FAILING', 'FAILED'])
    expect(commands.at(-2)).toEqual(['record-failure', 'stop-checkpoints', 'cancel-subtasks'])
    expect(commands.at(-1)).toEqual(['stop-checkpoints', 'ended'])
  })

  it.each<[string, JobEvent[]]>([
    ['subtasks end first', [canceled('b'), { kind: 'restart-delay-over' }]],
    ['the delay is over first', [{ kind: 'restart-delay-over' }, canceled('b')]],
  ])('restarts when the old attempt is gone and the delay over: %s', (_, rest) => {
    const { statuses, commands, facts } = run([...up, failedAt('a'), ...rest], fixed)
    expect(statuses.slice(-3)).toEqual(['RESTARTING', 'RESTARTING', 'RUNNING'])
    expect(commands.at(-1)).toEqual(['deploy'])
    expect(facts.attempt).toBe(1)
  })

  it('restarts after a lost TaskManager, but not for one that hosts none of its subtasks', () => {
    const lost = (...subtasks: string[]): JobEvent => ({ kind: 'task-manager-lost', subtasks, error })
    expect(run([...up, lost('a', 'b')], fixed).statuses.at(-1)).toBe('RESTARTING')
    expect(run([...up, lost()], fixed).statuses.at(-1)).toBe('RUNNING')
  })

  it('does not retry what is hopeless before anything ran', () => {
    const missing: JobEvent = { kind: 'failed', error: { code: 'KAFKA_TOPIC_MISSING', message: 'no topic' } }
    expect(run([start, missing], fixed).statuses.at(-1)).toBe('FAILED')
    expect(run([start, { ...missing, error }], fixed).statuses.at(-1)).toBe('RESTARTING')
    expect(run([...up, missing], fixed).statuses.at(-1)).toBe('RESTARTING')
  })

  it('does not retry for ever what comes back with the same bytes, unless the user chose a strategy', () => {
    const malformed = { code: 'RECORD_MALFORMED', message: 'no JSON' } as const
    const bad: JobEvent = { kind: 'subtask-failed', subtask: 'a', error: { ...error, cause: malformed } }
    expect(run([...up, bad], fixed, false).statuses.at(-1)).toBe('FAILING')
    expect(run([...up, bad], fixed, true).statuses.at(-1)).toBe('RESTARTING')
    expect(run([...up, failedAt('a')], fixed, false).statuses.at(-1)).toBe('RESTARTING')
  })

  it('is cancelled at any time', () => {
    const cancel: JobEvent = { kind: 'cancel' }
    expect(run([start, cancel]).statuses.at(-1)).toBe('CANCELED')
    expect(run([...up, cancel, canceled('a'), canceled('b')]).statuses.slice(-3)).toEqual([
      'CANCELLING',
      'CANCELLING',
      'CANCELED',
    ])
    expect(run([...up, failedAt('a'), cancel, canceled('b')], fixed).statuses.slice(-2)).toEqual([
      'CANCELLING',
      'CANCELED',
    ])
    expect(run([...up, finished('a'), finished('b'), cancel]).statuses.at(-1)).toBe('FINISHED')
  })

  it('takes down what was sent out after a cancellation', () => {
    const { statuses, commands } = run([...up, failedAt('a'), { kind: 'cancel' }, deploying], fixed)
    expect([statuses.at(-1), commands.at(-1)]).toEqual(['CANCELLING', ['cancel-subtasks']])
  })

  it('counts as finished when it was stopped with a savepoint', () => {
    const { statuses } = run([...up, { kind: 'savepoint-taken-to-stop' }, canceled('a'), canceled('b')])
    expect(statuses.slice(-3)).toEqual(['RUNNING', 'RUNNING', 'FINISHED'])
  })

  it('is suspended with its session', () => {
    const { statuses, commands } = run([...up, { kind: 'suspend' }, failedAt('a')])
    expect(statuses.slice(-2)).toEqual(['SUSPENDED', 'SUSPENDED'])
    expect(commands.slice(-2)).toEqual([['stop-checkpoints', 'cancel-subtasks', 'ended'], []])
  })
})
