// What the next run of a job would begin from, read from what its last run left on disk.
import { parseCheckpointOptions } from '../checkpoint/checkpoint-options.ts'
import type { CheckpointStorage, StoredCheckpoint } from '../checkpoint/checkpoint-storage.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'
import { appendSinksOf } from './append-sinks.ts'
import { decideStart, type StartDecision, type StartFlags } from './decide-start.ts'
import type { JobRecord } from './job-store.ts'

/** Checkpoints that count for a job, newest first, and the run's folder that holds them. */
export interface StoredCheckpoints {
  readonly folder: string | undefined
  readonly checkpoints: readonly StoredCheckpoint[]
}

/** Of the last run; while it had none, those from the one on that it was restored from. */
export async function storedCheckpoints(
  storage: Pick<CheckpointStorage, 'list'>,
  before: JobRecord | undefined,
): Promise<StoredCheckpoints> {
  if (before === undefined) return { folder: undefined, checkpoints: [] }
  const own = await storage.list(before.checkpointFolder)
  if (own.length > 0 || before.formerFolder === undefined) return { folder: before.checkpointFolder, checkpoints: own }
  const former = await storage.list(before.formerFolder)
  const from = former.findIndex(({ location }) => location === before.restoredFrom)
  return { folder: before.formerFolder, checkpoints: from < 0 ? [] : former.slice(from) }
}

/** Throws CHECKPOINT_CORRUPT where the rule asks for a checkpoint and none can be read. */
export function decideNextStart(
  before: JobRecord | undefined,
  stored: readonly StoredCheckpoint[],
  graph: Pick<StreamGraph, 'nodes' | 'configuration'>,
  flags: StartFlags,
): StartDecision {
  const usable = stored.find((checkpoint) => checkpoint.kind === 'complete')
  const newerThanUsable = usable === undefined ? stored : stored.slice(0, stored.indexOf(usable))
  return decideStart(
    {
      ending: before?.ending,
      checkpoint: usable?.location ?? (stored.length === 0 ? before?.restoredFrom : undefined),
      corrupt: newerThanUsable.flatMap((checkpoint) => (checkpoint.kind === 'corrupt' ? [checkpoint.reason] : [])),
      appendSinks: appendSinksOf(graph.nodes),
      checkpointing: parseCheckpointOptions(graph.configuration).intervalMs !== undefined,
    },
    flags,
  )
}
