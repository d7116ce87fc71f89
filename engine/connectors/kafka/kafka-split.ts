// A split is a topic partition with the offset to go on from and, in bounded jobs, the one to stop before.
import type { PartitionPosition } from '../../kafka/client/partition-fetcher.ts'
import type { Json, Split } from '../connector.ts'

export interface KafkaSplitState {
  readonly topic: string
  readonly partition: number
  readonly nextOffset: number
  /** The first offset that is not read any more; null: none. */
  readonly stoppingOffset: number | null
}

export function splitId(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

export function createSplit(state: KafkaSplitState): Split {
  return { id: splitId(state.topic, state.partition), state: state as unknown as Json }
}

export function splitState(split: Split): KafkaSplitState {
  return split.state as unknown as KafkaSplitState
}

/** As a group commits it. */
export function positionOf(split: Split): PartitionPosition {
  const { topic, partition, nextOffset } = splitState(split)
  return { topic, partition, offset: nextOffset }
}

export function isFinished(state: KafkaSplitState): boolean {
  return state.stoppingOffset !== null && state.nextOffset >= state.stoppingOffset
}
