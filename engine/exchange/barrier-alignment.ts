// When is a barrier complete? A pure decision over the channels of one input gate: (state, event) → [state, actions].
// A channel whose barrier arrived is blocked until the barriers of all channels that have not ended are there.
// Source: Flink's SingleCheckpointBarrierHandler, aligned.
import type { CheckpointBarrier } from '../types/stream-element.ts'

export interface AlignmentState {
  readonly channels: number
  readonly ended: ReadonlySet<number>
  readonly aligning: { readonly barrier: CheckpointBarrier; readonly arrived: ReadonlySet<number> } | undefined
  /** Barriers up to this id are over: completed, or overtaken by a later one. */
  readonly lastCheckpointId: number
}

export type AlignmentEvent =
  | { readonly kind: 'barrier'; readonly channel: number; readonly barrier: CheckpointBarrier }
  | { readonly kind: 'ended'; readonly channel: number }

export type AlignmentAction =
  | { readonly kind: 'block'; readonly channel: number }
  | { readonly kind: 'unblock-all' }
  | { readonly kind: 'complete'; readonly barrier: CheckpointBarrier }
  | { readonly kind: 'end-of-input' }

export function initialAlignment(channels: number): AlignmentState {
  return { channels, ended: new Set(), aligning: undefined, lastCheckpointId: -1 }
}

export function align(state: AlignmentState, event: AlignmentEvent): [AlignmentState, AlignmentAction[]] {
  return event.kind === 'ended' ? channelEnded(state, event.channel) : barrierArrived(state, event)
}

function channelEnded(state: AlignmentState, channel: number): [AlignmentState, AlignmentAction[]] {
  const [next, actions] = completeIfAllArrived({ ...state, ended: new Set([...state.ended, channel]) })
  if (next.ended.size === next.channels) actions.push({ kind: 'end-of-input' })
  return [next, actions]
}

function barrierArrived(
  state: AlignmentState,
  { channel, barrier }: Extract<AlignmentEvent, { kind: 'barrier' }>,
): [AlignmentState, AlignmentAction[]] {
  const current = state.aligning
  const newest = Math.max(state.lastCheckpointId, current?.barrier.checkpointId ?? -1)
  if (barrier.checkpointId < newest || barrier.checkpointId === state.lastCheckpointId) return [state, []]
  const overtaken = current !== undefined && current.barrier.checkpointId < barrier.checkpointId
  const arrived = overtaken || current === undefined ? [] : [...current.arrived]
  const [next, actions] = completeIfAllArrived({
    ...state,
    aligning: { barrier, arrived: new Set([...arrived, channel]) },
    lastCheckpointId: overtaken ? current.barrier.checkpointId : state.lastCheckpointId,
  })
  return [next, [...(overtaken ? [{ kind: 'unblock-all' } as const] : []), { kind: 'block', channel }, ...actions]]
}

function completeIfAllArrived(state: AlignmentState): [AlignmentState, AlignmentAction[]] {
  const { aligning } = state
  if (aligning === undefined) return [state, []]
  for (let channel = 0; channel < state.channels; channel++) {
    if (!aligning.arrived.has(channel) && !state.ended.has(channel)) return [state, []]
  }
  return [
    { ...state, aligning: undefined, lastCheckpointId: aligning.barrier.checkpointId },
    [{ kind: 'complete', barrier: aligning.barrier }, { kind: 'unblock-all' }],
  ]
}
