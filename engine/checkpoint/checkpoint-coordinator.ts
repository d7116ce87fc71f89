// When to take a checkpoint, and when one is complete: pure decisions (state, event) → [state, commands]. The shell
// (cluster/job-master.ts) carries the commands out and reports back by events. Source: Flink's CheckpointCoordinator.
//
// One checkpoint at a time. It is complete when every subtask that had not finished acknowledged it and the manifest is
// durable; only then are older ones subsumed and subtasks told. Savepoints belong to the user: they are neither subsumed
// nor used for automatic recovery.
import { snapshotOfFinished, type SubtaskSnapshot } from './subtask-snapshot.ts'
import type { ErrorData } from '../common/errors.ts'
import type { CheckpointBarrier } from '../types/stream-element.ts'
import type { CheckpointOptions } from './checkpoint-options.ts'
import type { ManifestSplit } from './checkpoint-manifest.ts'

export interface CoordinatedSubtask {
  readonly vertexId: string
  readonly subtaskIndex: number
  readonly isSource: boolean
}

export interface SavepointRequest {
  readonly request: string
  readonly location: string
  readonly stop: boolean
  /** See CheckpointBarrier. */
  readonly drain: boolean
}

export interface PendingCheckpoint {
  readonly barrier: CheckpointBarrier
  readonly savepoint: SavepointRequest | undefined
  /** Of those who asked for a checkpoint and are to hear of this one. */
  readonly requests: readonly string[]
  /** Keys of subtasks that still have to acknowledge. */
  readonly missing: ReadonlySet<string>
  readonly snapshots: readonly SubtaskSnapshot[]
  readonly phase: 'acknowledging' | 'writing'
}

export interface CompletedCheckpoint {
  readonly checkpointId: number
  readonly location: string
}

export interface CoordinatorState {
  readonly options: CheckpointOptions
  readonly nextCheckpointId: number
  /** Undefined while not all subtasks run. */
  readonly subtasks: readonly CoordinatedSubtask[] | undefined
  readonly finished: ReadonlyMap<string, readonly ManifestSplit[]>
  readonly pending: PendingCheckpoint | undefined
  readonly waitingSavepoints: readonly SavepointRequest[]
  /** Of those who asked for a checkpoint that has not begun. */
  readonly waitingRequests: readonly string[]
  /** Retained, oldest first. */
  readonly completed: readonly CompletedCheckpoint[]
  /** ms since 1970. */
  readonly nextTriggerAt: number
  readonly failuresInARow: number
}

export type CoordinatorEvent =
  | { readonly kind: 'running'; readonly subtasks: readonly CoordinatedSubtask[]; readonly now: number }
  /** The attempt is over: whatever was pending is void. */
  | { readonly kind: 'stopped'; readonly reason: string; readonly now: number }
  | { readonly kind: 'timer'; readonly now: number }
  | { readonly kind: 'acknowledged'; readonly snapshot: SubtaskSnapshot; readonly now: number }
  | { readonly kind: 'declined'; readonly checkpointId: number; readonly error: ErrorData; readonly now: number }
  | {
      readonly kind: 'finished'
      readonly vertexId: string
      readonly subtaskIndex: number
      readonly splits: readonly ManifestSplit[]
      readonly now: number
    }
  | { readonly kind: 'manifest-written'; readonly checkpointId: number; readonly now: number }
  | { readonly kind: 'manifest-failed'; readonly checkpointId: number; readonly error: ErrorData; readonly now: number }
  | { readonly kind: 'savepoint'; readonly savepoint: SavepointRequest; readonly now: number }
  /** Somebody wants a checkpoint now, whatever the interval. */
  | { readonly kind: 'checkpoint'; readonly request: string; readonly now: number }

export type CoordinatorCommand =
  | { readonly kind: 'trigger'; readonly barrier: CheckpointBarrier }
  | { readonly kind: 'write-manifest'; readonly pending: PendingCheckpoint }
  | { readonly kind: 'notify-complete'; readonly checkpointId: number }
  | { readonly kind: 'discard'; readonly location: string }
  | { readonly kind: 'completed'; readonly pending: PendingCheckpoint; readonly now: number }
  | { readonly kind: 'failed'; readonly pending: PendingCheckpoint; readonly error: ErrorData; readonly now: number }
  | { readonly kind: 'savepoint-completed'; readonly savepoint: SavepointRequest; readonly checkpointId: number }
  | { readonly kind: 'savepoint-failed'; readonly savepoint: SavepointRequest; readonly error: ErrorData }
  | { readonly kind: 'requests-completed'; readonly requests: readonly string[]; readonly checkpointId: number }
  | { readonly kind: 'requests-failed'; readonly requests: readonly string[]; readonly error: ErrorData }
  /** Asks for a `timer` event at `at`; replaces an earlier wish. */
  | { readonly kind: 'set-timer'; readonly at: number }
  | { readonly kind: 'fail-job'; readonly error: ErrorData }

type Step = [CoordinatorState, CoordinatorCommand[]]

export function initialCoordinator(
  options: CheckpointOptions,
  nextCheckpointId: number,
  completed: readonly CompletedCheckpoint[],
): CoordinatorState {
  return {
    options,
    nextCheckpointId,
    completed,
    subtasks: undefined,
    finished: new Map(),
    pending: undefined,
    waitingSavepoints: [],
    waitingRequests: [],
    nextTriggerAt: Infinity,
    failuresInARow: 0,
  }
}

function keyOf(subtask: { readonly vertexId: string; readonly subtaskIndex: number }): string {
  return `${subtask.vertexId}/${subtask.subtaskIndex}`
}

export function coordinate(state: CoordinatorState, event: CoordinatorEvent, locationOf: (id: number) => string): Step {
  switch (event.kind) {
    case 'running': {
      const nextTriggerAt = event.now + (state.options.intervalMs ?? Infinity)
      return continued(
        { ...state, subtasks: event.subtasks, finished: new Map(), nextTriggerAt },
        [],
        event.now,
        locationOf,
      )
    }
    case 'stopped':
      return stopped(state, event.reason, event.now)
    case 'timer':
      return continued(...expired(state, event.now), event.now, locationOf)
    case 'acknowledged':
      return continued(...acknowledged(state, event.snapshot), event.now, locationOf)
    case 'declined':
    case 'manifest-failed':
      if (state.pending?.barrier.checkpointId !== event.checkpointId) return [state, []]
      return continued(...failed(state, event.error, event.now), event.now, locationOf)
    case 'finished':
      return continued(...subtaskFinished(state, event), event.now, locationOf)
    case 'manifest-written':
      if (state.pending?.barrier.checkpointId !== event.checkpointId) return [state, []]
      return continued(...completed(state, state.pending, event.now), event.now, locationOf)
    case 'savepoint':
      return requestSavepoint(state, event.savepoint, event.now, locationOf)
    case 'checkpoint': {
      const error = refusal(state)
      if (error !== undefined) return [state, [{ kind: 'requests-failed', requests: [event.request], error }]]
      const waitingRequests = [...state.waitingRequests, event.request]
      return continued({ ...state, waitingRequests }, [], event.now, locationOf)
    }
  }
}

/** Why no checkpoint can begin, whoever asks for it. */
function refusal(state: CoordinatorState): ErrorData | undefined {
  if (canTrigger(state)) return undefined
  const message = state.subtasks === undefined ? 'the job is not running' : 'all sources of the job have finished'
  return { code: 'CHECKPOINT_FAILED', message }
}

function requestSavepoint(
  state: CoordinatorState,
  savepoint: SavepointRequest,
  now: number,
  locationOf: (id: number) => string,
): Step {
  const error = refusal(state)
  if (error !== undefined) return [state, [{ kind: 'savepoint-failed', savepoint, error }]]
  return continued({ ...state, waitingSavepoints: [...state.waitingSavepoints, savepoint] }, [], now, locationOf)
}

function canTrigger(state: CoordinatorState): boolean {
  return state.subtasks?.some((subtask) => subtask.isSource && !state.finished.has(keyOf(subtask))) === true
}

/** Starts what is due, then says when to look again. */
function continued(
  state: CoordinatorState,
  commands: CoordinatorCommand[],
  now: number,
  locationOf: (id: number) => string,
): Step {
  let next = state
  if (next.pending === undefined && canTrigger(next)) {
    const [savepoint, ...waiting] = next.waitingSavepoints
    if (savepoint !== undefined || next.waitingRequests.length > 0 || now >= next.nextTriggerAt) {
      next = { ...triggered(next, savepoint, now, locationOf), waitingSavepoints: waiting }
      commands.push({ kind: 'trigger', barrier: next.pending!.barrier })
    }
  }
  const at = next.pending === undefined ? next.nextTriggerAt : next.pending.barrier.triggeredAt + next.options.timeoutMs
  if (Number.isFinite(at) && next.subtasks !== undefined) commands.push({ kind: 'set-timer', at })
  return [next, commands]
}

function triggered(
  state: CoordinatorState,
  savepoint: SavepointRequest | undefined,
  now: number,
  locationOf: (id: number) => string,
): CoordinatorState {
  const checkpointId = state.nextCheckpointId
  const live = state.subtasks!.filter((subtask) => !state.finished.has(keyOf(subtask)))
  const barrier: CheckpointBarrier = {
    kind: 'barrier',
    checkpointId,
    triggeredAt: now,
    type: savepoint === undefined ? 'checkpoint' : 'savepoint',
    location: savepoint?.location ?? locationOf(checkpointId),
    stop: savepoint?.stop ?? false,
    drain: savepoint?.drain ?? false,
  }
  const finished = state.subtasks!.filter((subtask) => state.finished.has(keyOf(subtask)))
  return {
    ...state,
    nextCheckpointId: checkpointId + 1,
    nextTriggerAt: savepoint === undefined ? now + (state.options.intervalMs ?? Infinity) : state.nextTriggerAt,
    waitingRequests: savepoint === undefined ? [] : state.waitingRequests,
    pending: {
      barrier,
      savepoint,
      requests: savepoint === undefined ? state.waitingRequests : [],
      missing: new Set(live.map(keyOf)),
      snapshots: finished.map((subtask) =>
        snapshotOfFinished(checkpointId, subtask.vertexId, subtask.subtaskIndex, state.finished.get(keyOf(subtask))!),
      ),
      phase: 'acknowledging',
    },
  }
}

function acknowledged(state: CoordinatorState, snapshot: SubtaskSnapshot): Step {
  const { pending } = state
  if (pending === undefined || pending.barrier.checkpointId !== snapshot.checkpointId) return [state, []]
  if (!pending.missing.has(keyOf(snapshot))) return [state, []]
  const missing = new Set(pending.missing)
  missing.delete(keyOf(snapshot))
  const snapshots = [...pending.snapshots, snapshot]
  if (missing.size > 0) return [{ ...state, pending: { ...pending, missing, snapshots } }, []]
  const complete: PendingCheckpoint = { ...pending, missing, snapshots, phase: 'writing' }
  return [{ ...state, pending: complete }, [{ kind: 'write-manifest', pending: complete }]]
}

function subtaskFinished(state: CoordinatorState, event: Extract<CoordinatorEvent, { kind: 'finished' }>): Step {
  const { vertexId, subtaskIndex, splits } = event
  const next = { ...state, finished: new Map([...state.finished, [keyOf(event), splits]]) }
  if (next.pending === undefined) return [next, []]
  return acknowledged(next, snapshotOfFinished(next.pending.barrier.checkpointId, vertexId, subtaskIndex, splits))
}

function completed(state: CoordinatorState, pending: PendingCheckpoint, now: number): Step {
  const { checkpointId, location } = pending.barrier
  const next = {
    ...state,
    pending: undefined,
    failuresInARow: 0,
    nextTriggerAt: Math.max(state.nextTriggerAt, now + state.options.minPauseMs),
  }
  const told: CoordinatorCommand[] = [
    { kind: 'completed', pending, now },
    { kind: 'notify-complete', checkpointId },
    ...(pending.requests.length === 0
      ? []
      : [{ kind: 'requests-completed' as const, requests: pending.requests, checkpointId }]),
  ]
  if (pending.savepoint !== undefined) {
    return [next, [...told, { kind: 'savepoint-completed', savepoint: pending.savepoint, checkpointId }]]
  }
  const all = [...state.completed, { checkpointId, location }]
  const kept = all.slice(-state.options.retained)
  const subsumed = all.slice(0, -state.options.retained)
  const discards = subsumed.map((old): CoordinatorCommand => ({ kind: 'discard', location: old.location }))
  return [{ ...next, completed: kept }, [...told, ...discards]]
}

function expired(state: CoordinatorState, now: number): Step {
  const { pending, options } = state
  if (pending === undefined || now < pending.barrier.triggeredAt + options.timeoutMs) return [state, []]
  const missing = [...pending.missing].join(', ')
  const waited =
    pending.phase === 'writing' ? 'its manifest is still being written' : `subtasks ${missing} did not acknowledge`
  return failed(
    state,
    {
      code: 'CHECKPOINT_FAILED',
      message: `checkpoint ${pending.barrier.checkpointId} expired after ${options.timeoutMs} ms: ${waited}`,
      fix: 'Look for back-pressure or a slow sink, or raise execution.checkpointing.timeout.',
    },
    now,
  )
}

function failed(state: CoordinatorState, error: ErrorData, now: number): Step {
  const pending = state.pending!
  const failuresInARow = state.failuresInARow + (pending.savepoint === undefined ? 1 : 0)
  const next = {
    ...state,
    pending: undefined,
    failuresInARow,
    nextTriggerAt: Math.max(state.nextTriggerAt, now + state.options.minPauseMs),
  }
  const commands: CoordinatorCommand[] = [
    { kind: 'failed', pending, error, now },
    { kind: 'discard', location: pending.barrier.location },
  ]
  if (pending.savepoint !== undefined) commands.push({ kind: 'savepoint-failed', savepoint: pending.savepoint, error })
  if (pending.requests.length > 0) commands.push({ kind: 'requests-failed', requests: pending.requests, error })
  // the sources of a job that was to stop stand still: only a restart brings them back
  if (pending.barrier.stop) commands.push({ kind: 'fail-job', error })
  else if (failuresInARow > state.options.tolerableFailures) {
    commands.push({
      kind: 'fail-job',
      error: {
        code: 'CHECKPOINT_FAILED',
        message: `${failuresInARow} checkpoints failed in a row, ${state.options.tolerableFailures} are tolerated`,
        cause: error,
      },
    })
  }
  return [next, commands]
}

function stopped(state: CoordinatorState, reason: string, now: number): Step {
  const { pending } = state
  const error: ErrorData = { code: 'CHECKPOINT_FAILED', message: reason }
  const commands: CoordinatorCommand[] = []
  if (pending !== undefined) {
    commands.push({ kind: 'failed', pending, error, now })
    commands.push({ kind: 'discard', location: pending.barrier.location })
  }
  const savepoints = [...(pending?.savepoint === undefined ? [] : [pending.savepoint]), ...state.waitingSavepoints]
  for (const savepoint of savepoints) commands.push({ kind: 'savepoint-failed', savepoint, error })
  const requests = [...(pending?.requests ?? []), ...state.waitingRequests]
  if (requests.length > 0) commands.push({ kind: 'requests-failed', requests, error })
  return [
    {
      ...state,
      subtasks: undefined,
      pending: undefined,
      waitingSavepoints: [],
      waitingRequests: [],
      nextTriggerAt: Infinity,
      failuresInARow: 0,
    },
    commands,
  ]
}
