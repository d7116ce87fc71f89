// Warnings when a job is built, for what is legal, does what Flink does, and is seldom meant. Those of SQL inside of the job
// come from the planner.
import { defaultParallelism } from '../graph/parallelism.ts'
import type { SourceNode, StreamNode } from '../graph/stream-graph.ts'
import { checkpointTrap, idleTrapInTypeScript } from '../graph/trap-texts.ts'

type Configuration = Readonly<Record<string, string>>

function idleTraps(sources: readonly SourceNode[], configuration: Configuration, places: Places): string[] {
  return sources.flatMap(({ id, source, watermarks, parallelism }) => {
    const subtasks = parallelism ?? defaultParallelism(configuration)
    if (watermarks === undefined || watermarks.idleTimeoutMs > 0 || source.bounded || subtasks === 1) return []
    return [idleTrapInTypeScript(source.tableName, subtasks, places.get(id))]
  })
}

type Places = ReadonlyMap<string, string>

/** `places`: by node id, where in the user's source it got its watermarks. */
export function warningsOfTraps(nodes: readonly StreamNode[], configuration: Configuration, places: Places): string[] {
  const sources = nodes.filter((node) => node.kind === 'source')
  const isUnbounded = sources.some(({ source }) => !source.bounded)
  const writes = nodes.some((node) => node.kind === 'sink')
  const checkpoints = configuration['execution.checkpointing.interval'] !== undefined
  return [
    ...idleTraps(sources, configuration, places),
    ...(isUnbounded && writes && !checkpoints ? [checkpointTrap()] : []),
  ]
}
