// Warnings at planning time for what is legal, does what Flink does, and is seldom meant.
import { STREAM_CONNECTOR } from '../../connectors/stream/definition.ts'
import { checkpointTrap, idleTrap } from '../../graph/trap-texts.ts'
import { physicalInputs, type PhysicalNode, type PhysicalSource } from './physical-node.ts'
import type { PlanSettings } from './plan-settings.ts'

function sourcesOf(node: PhysicalNode): readonly PhysicalSource[] {
  return node.kind === 'source' ? [node] : physicalInputs(node).flatMap(sourcesOf)
}

export interface TrapContext {
  readonly settings: PlanSettings
  readonly warn: (message: string) => void
  /** Of the CREATE TABLE, by the table's path. */
  readonly placeOfTable: (path: readonly string[]) => string | undefined
  /** Of the INSERT. */
  readonly placeOfJob: string | undefined
}

function warnOfIdleSources(sources: readonly PhysicalSource[], { settings, warn, placeOfTable }: TrapContext): void {
  for (const { source, watermarks, parallelism, path } of sources) {
    if (watermarks === undefined || watermarks.idleTimeoutMs > 0 || source.bounded) continue
    // the stream of a TypeScript job has its own strategy
    if (source.connector === STREAM_CONNECTOR) continue
    const subtasks = parallelism ?? settings.parallelism
    if (subtasks === 1) continue
    warn(idleTrap(source.tableName, subtasks, path && placeOfTable(path)))
  }
}

export function warnOfTraps(roots: readonly PhysicalNode[], context: TrapContext): void {
  const { settings, warn, placeOfJob } = context
  const sources = roots.flatMap(sourcesOf)
  warnOfIdleSources(sources, context)
  const isUnbounded = sources.some(({ source }) => !source.bounded)
  const writes = roots.some((root) => root.kind === 'sink' && root.sink.connector !== 'collect')
  if (isUnbounded && writes && settings.configuration['execution.checkpointing.interval'] === undefined) {
    warn(checkpointTrap(placeOfJob))
  }
}
