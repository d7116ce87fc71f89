// Warnings at planning time for what is legal, does what Flink does, and is seldom meant.
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
    const subtasks = parallelism ?? settings.parallelism
    if (subtasks === 1) continue
    warn(
      `${source.tableName} is read by ${subtasks} subtasks and has no idle timeout: a partition without records, or a subtask ` +
        "without a partition, holds back the watermark and no window fires. Set 'table.exec.source.idle-timeout', e.g. to '10 s'.",
    )
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
    warn(
      "No checkpoint interval is set: after a crash the job starts from its beginning. SET 'execution.checkpointing.interval' = '10 s' to go on where it was.",
    )
  }
}
