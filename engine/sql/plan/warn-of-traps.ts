// Warnings at planning time for what is legal, does what Flink does, and is seldom meant.
import { STREAM_CONNECTOR } from '../../connectors/stream/definition.ts'
import { CHECKPOINT_TRAP, idleTrap } from '../../graph/trap-texts.ts'
import { physicalInputs, type PhysicalNode, type PhysicalSource } from './physical-node.ts'
import type { PlanSettings } from './plan-settings.ts'

function sourcesOf(node: PhysicalNode): readonly PhysicalSource[] {
  return node.kind === 'source' ? [node] : physicalInputs(node).flatMap(sourcesOf)
}

function warnOfIdleSources(
  sources: readonly PhysicalSource[],
  settings: PlanSettings,
  warn: (message: string) => void,
): void {
  for (const { source, watermarks, parallelism } of sources) {
    if (watermarks === undefined || watermarks.idleTimeoutMs > 0 || source.bounded) continue
    // the stream of a TypeScript job has its own strategy
    if (source.connector === STREAM_CONNECTOR) continue
    const subtasks = parallelism ?? settings.parallelism
    if (subtasks === 1) continue
    warn(idleTrap(source.tableName, subtasks))
  }
}

export function warnOfTraps(
  roots: readonly PhysicalNode[],
  settings: PlanSettings,
  warn: (message: string) => void,
): void {
  const sources = roots.flatMap(sourcesOf)
  warnOfIdleSources(sources, settings, warn)
  const isUnbounded = sources.some(({ source }) => !source.bounded)
  const writes = roots.some((root) => root.kind === 'sink' && root.sink.connector !== 'collect')
  if (isUnbounded && writes && settings.configuration['execution.checkpointing.interval'] === undefined) {
    warn(CHECKPOINT_TRAP)
  }
}
