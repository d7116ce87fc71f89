// What an attempt of a job goes on from.
import { FlinktsError } from '../common/errors.ts'
import { checkOperators } from './decide-start.ts'
import type { CheckpointManifest } from '../checkpoint/checkpoint-manifest.ts'
import type { CheckpointStorage } from '../checkpoint/checkpoint-storage.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import type { JobCheckpoints } from './job-checkpoints.ts'

export interface RestoreOptions {
  readonly graph: JobGraph
  readonly storage: CheckpointStorage
  /** What to begin from; `automatic` restores insist on the same sources and sinks. */
  readonly restore: { readonly location: string; readonly automatic: boolean } | undefined
  readonly allowNonRestoredState: boolean
  /** One line for people: warnings, restores. */
  readonly say: (line: string) => void
}

export interface RestorePoint {
  readonly manifest: CheckpointManifest
  readonly location: string
  /** False: the user named it, and knows what it is restored to. */
  readonly automatic: boolean
}

/** Source: Flink's documentation of `stop --drain`. */
const DRAINED_NOTICE =
  'the savepoint was taken with drain: its windows have fired, rows that still come for them give a second, partial result'

/** The newest checkpoint of this run that can be read, else what the run began from. Throws CHECKPOINT_CORRUPT and CHECKPOINT_INCOMPATIBLE. */
export async function restorePoint(
  options: RestoreOptions,
  checkpoints: JobCheckpoints,
): Promise<RestorePoint | undefined> {
  const { storage, restore, graph, allowNonRestoredState, say } = options
  const own = await checkpoints.latestUsable((reason) => say(`${reason}; falling back to the checkpoint before it`))
  if (own !== undefined) return { ...own, automatic: true }
  if (restore === undefined) return undefined
  const stored = await storage.read(restore.location)
  if (stored.kind === 'corrupt') throw new FlinktsError('CHECKPOINT_CORRUPT', stored.reason)
  const operators = new Map(
    graph.vertices.flatMap(({ chain, maxParallelism }) =>
      chain.map(({ node }) => [node.id, { maxParallelism }] as const),
    ),
  )
  checkOperators(stored.manifest, operators, allowNonRestoredState)
  if (stored.manifest.drained === true) say(DRAINED_NOTICE)
  return { manifest: stored.manifest, location: restore.location, automatic: restore.automatic }
}
