// The life of a job: a closed set of states, a table of transitions, and the pure decision (state, event) →
// [state, commands]. Source: Flink's JobStatus; the whole job is one failover region.
import { isTerminal, move, type JobStatus } from './job-status.ts'
import { decideRestart, type RestartState, type RestartStrategy } from './restart-strategy.ts'
import type { ErrorCode } from '../common/error-codes.ts'
import type { ErrorData } from '../common/errors.ts'

/** A subtask that has not reported its last event yet is live. */
type Subtasks = ReadonlySet<string>

export type JobState =
  | { readonly status: 'CREATED' }
  /** Deploying until `waiting` is empty; then everything runs. */
  | {
      readonly status: 'RUNNING'
      readonly live: Subtasks
      readonly waiting: Subtasks
      readonly started: boolean
    }
  /** The last attempt's subtasks end, the back-off passes; whichever is later starts the next attempt. */
  | { readonly status: 'RESTARTING'; readonly live: Subtasks; readonly delayOver: boolean }
  | { readonly status: 'FAILING'; readonly live: Subtasks; readonly cause: ErrorData }
  | { readonly status: 'CANCELLING'; readonly live: Subtasks }
  /** Stopped with a savepoint: subtasks are being taken down, the job then counts as finished. */
  | { readonly status: 'FINISHING'; readonly live: Subtasks }
  | { readonly status: 'FAILED'; readonly cause: ErrorData }
  | { readonly status: 'CANCELED' | 'FINISHED' | 'SUSPENDED' }

export interface JobFacts {
  readonly strategy: RestartStrategy
  /** The user named the strategy: as in Flink it then holds for every error, also for those that come back each time. */
  readonly strategyIsChosen: boolean
  readonly restart: RestartState
  /** Attempts so far; the first is 0. */
  readonly attempt: number
  /** All subtasks of some attempt have run. */
  readonly hasRun: boolean
}

export type JobEvent =
  | { readonly kind: 'start' }
  /** The attempt's subtasks have been sent to their TaskManagers. */
  | { readonly kind: 'deploying'; readonly subtasks: readonly string[] }
  | { readonly kind: 'subtask-deployed'; readonly subtask: string }
  | { readonly kind: 'subtask-finished'; readonly subtask: string }
  | { readonly kind: 'subtask-canceled'; readonly subtask: string }
  | { readonly kind: 'subtask-failed'; readonly subtask: string; readonly error: ErrorData }
  /** Also: sources could not be discovered, slots are missing, checkpoints failed too often. */
  | { readonly kind: 'failed'; readonly error: ErrorData }
  | { readonly kind: 'task-manager-lost'; readonly subtasks: readonly string[]; readonly error: ErrorData }
  | { readonly kind: 'restart-delay-over' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'savepoint-taken-to-stop' }
  /** The session goes down; the job is to be taken up again. */
  | { readonly kind: 'suspend' }

export type JobCommand =
  | { readonly kind: 'deploy'; readonly attempt: number }
  | { readonly kind: 'start-subtasks' }
  | { readonly kind: 'cancel-subtasks' }
  | { readonly kind: 'stop-checkpoints'; readonly reason: string }
  | { readonly kind: 'schedule-restart'; readonly delayMs: number }
  | {
      readonly kind: 'record-failure'
      readonly error: ErrorData
      readonly restarting: boolean
      readonly reason: string
    }
  | { readonly kind: 'ended' }

export type JobStep = readonly [JobState, JobFacts, readonly JobCommand[]]

export interface Chance {
  readonly now: number
  readonly random: () => number
}

const none: Subtasks = new Set()

function without(subtasks: Subtasks, ...gone: readonly string[]): Subtasks {
  const left = new Set(subtasks)
  for (const subtask of gone) left.delete(subtask)
  return left
}

function liveOf(state: JobState): Subtasks {
  return 'live' in state ? state.live : none
}

export function decideJob(state: JobState, facts: JobFacts, event: JobEvent, chance: Chance): JobStep {
  if (isTerminal(statusOf(state))) return [state, facts, []]
  switch (event.kind) {
    case 'start':
      return state.status === 'CREATED' ? deploy(state, facts) : [state, facts, []]
    case 'deploying':
      return deploying(state, facts, new Set(event.subtasks))
    case 'subtask-deployed':
      return subtaskDeployed(state, facts, event.subtask)
    case 'subtask-finished':
    case 'subtask-canceled':
      return settled(withLive(state, without(liveOf(state), event.subtask)), facts, [])
    case 'subtask-failed':
      return failed(withLive(state, without(liveOf(state), event.subtask)), facts, event.error, chance)
    case 'task-manager-lost': {
      const affected = event.subtasks.some((subtask) => liveOf(state).has(subtask))
      const next = withLive(state, without(liveOf(state), ...event.subtasks))
      return affected ? failed(next, facts, event.error, chance) : [next, facts, []]
    }
    case 'failed':
      return failed(state, facts, event.error, chance)
    case 'restart-delay-over':
      if (state.status !== 'RESTARTING') return [state, facts, []]
      return settled({ ...state, delayOver: true }, facts, [])
    case 'cancel':
      return takeDown(state, facts, 'CANCELLING', 'the job was cancelled')
    case 'savepoint-taken-to-stop':
      return takeDown(state, facts, 'FINISHING', 'the job was stopped with a savepoint')
    case 'suspend':
      move(statusOf(state), 'SUSPENDED')
      return [
        { status: 'SUSPENDED' },
        facts,
        [
          { kind: 'stop-checkpoints', reason: 'the session is going down' },
          { kind: 'cancel-subtasks' },
          { kind: 'ended' },
        ],
      ]
  }
}

/** FINISHING is RUNNING to the outside: Flink has no state of its own for it. */
export function statusOf(state: JobState): JobStatus {
  return state.status === 'FINISHING' ? 'RUNNING' : state.status
}

function withLive(state: JobState, live: Subtasks): JobState {
  if (!('live' in state)) return state
  return state.status === 'RUNNING' ? { ...state, live } : { ...state, live }
}

function deploy(state: JobState, facts: JobFacts): JobStep {
  move(statusOf(state), 'RUNNING')
  return [
    { status: 'RUNNING', live: none, waiting: none, started: false },
    facts,
    [{ kind: 'deploy', attempt: facts.attempt }],
  ]
}

function deploying(state: JobState, facts: JobFacts, subtasks: Subtasks): JobStep {
  if (state.status === 'RUNNING') return [{ ...state, live: subtasks, waiting: subtasks }, facts, []]
  // cancelled, or failed, while the sources were being looked at: take down what has just been sent out
  return [withLive(state, subtasks), facts, [{ kind: 'cancel-subtasks' }]]
}

function subtaskDeployed(state: JobState, facts: JobFacts, subtask: string): JobStep {
  if (state.status !== 'RUNNING' || state.started) return [state, facts, []]
  const waiting = without(state.waiting, subtask)
  if (waiting.size > 0) return [{ ...state, waiting }, facts, []]
  return [{ ...state, waiting, started: true }, { ...facts, hasRun: true }, [{ kind: 'start-subtasks' }]]
}

/** Nothing of the attempt lives any more: what follows? */
function settled(state: JobState, facts: JobFacts, commands: readonly JobCommand[]): JobStep {
  if (liveOf(state).size > 0) return [state, facts, commands]
  const end = (next: JobState): JobStep => {
    move(statusOf(state), statusOf(next))
    return [next, facts, [...commands, { kind: 'stop-checkpoints', reason: 'the job ended' }, { kind: 'ended' }]]
  }
  switch (state.status) {
    case 'RUNNING':
      return state.started ? end({ status: 'FINISHED' }) : [state, facts, commands]
    case 'FINISHING':
      return end({ status: 'FINISHED' })
    case 'CANCELLING':
      return end({ status: 'CANCELED' })
    case 'FAILING':
      return end({ status: 'FAILED', cause: state.cause })
    case 'RESTARTING': {
      if (!state.delayOver) return [state, facts, commands]
      const [next, , deployment] = deploy(state, { ...facts, attempt: facts.attempt + 1 })
      return [next, { ...facts, attempt: facts.attempt + 1 }, [...commands, ...deployment]]
    }
    case 'CREATED':
    case 'FAILED':
    case 'CANCELED':
    case 'FINISHED':
    case 'SUSPENDED':
      return [state, facts, commands]
  }
}

/** Parts of codes: a wrong table, topic or option stays wrong. */
const HOPELESS_BEFORE_ANYTHING_RAN = [
  'SCHEMA_MISMATCH',
  '_MISSING',
  '_INVALID',
  '_UNSUPPORTED',
  '_INCOMPATIBLE',
  '_CORRUPT',
  'SLOTS_NOT_ENOUGH',
]

/** The next attempt meets the same bytes: without a strategy of the user's own it would fail for ever. */
const COMES_BACK: ReadonlySet<string> = new Set<ErrorCode>([
  'RECORD_MALFORMED',
  'EXPRESSION_FAILED',
  'USER_FUNCTION_FAILED',
  'BUNDLE_INVALID',
  'NULL_IN_NOT_NULL',
  'KAFKA_OFFSET_OUT_OF_RANGE',
  'CHECKPOINT_INCOMPATIBLE',
  'CHECKPOINT_CORRUPT',
  'STATE_CORRUPT',
  'STATE_INCOMPATIBLE',
])

function isHopeless(facts: JobFacts, error: ErrorData): boolean {
  const { code, cause } = error
  if (!facts.hasRun && HOPELESS_BEFORE_ANYTHING_RAN.some((part) => code.includes(part))) return true
  if (!facts.strategyIsChosen && COMES_BACK.has(code)) return true
  return cause !== undefined && isHopeless(facts, cause)
}

function failed(state: JobState, facts: JobFacts, error: ErrorData, chance: Chance): JobStep {
  const live = liveOf(state)
  if (state.status !== 'RUNNING' && state.status !== 'CREATED' && state.status !== 'FINISHING') {
    return settled(state, facts, [])
  }
  const takeDownCommands: JobCommand[] = [
    { kind: 'stop-checkpoints', reason: 'a subtask failed' },
    ...(live.size > 0 ? [{ kind: 'cancel-subtasks' } as const] : []),
  ]
  const decision = isHopeless(facts, error)
    ? ({ kind: 'give-up', reason: 'nothing would change by a restart' } as const)
    : decideRestart(facts.strategy, facts.restart, chance.now, chance.random)
  if (decision.kind === 'give-up') {
    move(statusOf(state), 'FAILING')
    const { reason } = decision
    return settled({ status: 'FAILING', live, cause: error }, facts, [
      { kind: 'record-failure', error, restarting: false, reason },
      ...takeDownCommands,
    ])
  }
  move(statusOf(state), 'RESTARTING')
  const { delayMs } = decision
  return settled({ status: 'RESTARTING', live, delayOver: false }, { ...facts, restart: decision.state }, [
    { kind: 'record-failure', error, restarting: true, reason: `restart in ${Math.round(delayMs)} ms` },
    ...takeDownCommands,
    { kind: 'schedule-restart', delayMs },
  ])
}

function takeDown(state: JobState, facts: JobFacts, status: 'CANCELLING' | 'FINISHING', reason: string): JobStep {
  if (state.status === 'CANCELLING' || state.status === 'FAILING') return [state, facts, []]
  if (status === 'CANCELLING') move(statusOf(state), 'CANCELLING')
  const live = liveOf(state)
  return settled({ status, live }, facts, [
    { kind: 'stop-checkpoints', reason },
    ...(live.size > 0 ? [{ kind: 'cancel-subtasks' } as const] : []),
  ])
}
