// The enumerators of a job's sources, on the JobManager: they find the splits before any subtask is deployed.
import { FlinktsError } from '../common/errors.ts'
import { MetricRegistry } from '../metrics/metric-group.ts'
import type { RepeatedRecords } from './repeated-records.ts'
import type { Json } from '../common/json.ts'
import type { Secrets } from '../connectors/secret-slot.ts'
import type { Split, SplitEnumerator } from '../connectors/connector.ts'
import type { JobGraph, JobVertex } from '../graph/job-graph.ts'
import type { SourceNode } from '../graph/stream-graph.ts'
import type { TaskEnvironment } from '../task/task-environment.ts'

export interface DiscoveredSources {
  /** By vertex. */
  readonly splits: ReadonlyMap<string, readonly Split[]>
  /** By operator id of the source. */
  readonly warnings: readonly string[]
  /** Records at most that are read once more; undefined: nobody can tell. Without restored splits 0. */
  readonly repeated: number | undefined
}

export function sourceOf(vertex: JobVertex): SourceNode | undefined {
  const { node } = vertex.chain[0]!
  return node.kind === 'source' ? node : undefined
}

function idleWarning(vertex: JobVertex, source: SourceNode, splits: number): string[] {
  if (splits >= vertex.parallelism) return []
  const idle = vertex.parallelism - splits
  const stuck =
    source.watermarks !== undefined && source.watermarks.idleTimeoutMs === 0 && !source.source.bounded
      ? ' They never send a watermark, so event-time windows will not fire: set table.exec.source.idle-timeout or lower the parallelism.'
      : ''
  return [
    `source '${source.name}' has ${splits === 1 ? 'one split (partition)' : `${splits} splits (partitions)`} for parallelism ${vertex.parallelism}: ${idle} of its subtasks have nothing to read.${stuck}`,
  ]
}

export type DiscoveryEnvironment = TaskEnvironment & { readonly secrets?: Secrets }

/** `restored`: former splits by operator id. Every enumerator is closed again; errors are the job's first cause. */
export async function discoverSources(
  graph: JobGraph,
  environment: DiscoveryEnvironment,
  signal: AbortSignal,
  restored: Readonly<Record<string, readonly Split[]>>,
  identify: (operatorId: string, identity: Json) => void,
  repetition?: RepeatedRecords,
): Promise<DiscoveredSources> {
  const splits = new Map<string, readonly Split[]>()
  const warnings: string[] = []
  let repeated: number | undefined = 0
  for (const vertex of graph.vertices) {
    const source = sourceOf(vertex)
    if (source === undefined) continue
    const enumerator = await createEnumerator(graph, vertex, source, environment, signal)
    try {
      identify(source.id, await enumerator.identity())
      const found = withWatermarks(await enumerator.start(restored[source.id]), restored[source.id])
      splits.set(vertex.id, found)
      warnings.push(...idleWarning(vertex, source, found.length))
      const before = restored[source.id]
      if (before !== undefined && repetition !== undefined) {
        // it is for people: that it cannot be asked is no reason to fail the job
        const count = await repetition.count(enumerator, source.id, before).catch(() => undefined)
        repeated = count === undefined || repeated === undefined ? undefined : repeated + count
      }
      repetition?.begin(source.id, found)
    } finally {
      await enumerator.close()
    }
  }
  return { splits, warnings, repeated }
}

/** Enumerators know nothing of event time: what the checkpoint says of it is put back. */
function withWatermarks(splits: readonly Split[], restored: readonly Split[] = []): readonly Split[] {
  const watermarks = new Map(restored.map(({ id, watermark }) => [id, watermark]))
  return splits.map((split) => ({ ...split, watermark: watermarks.get(split.id) }))
}

export async function createEnumerator(
  graph: JobGraph,
  vertex: JobVertex,
  node: SourceNode,
  environment: DiscoveryEnvironment,
  signal: AbortSignal,
): Promise<SplitEnumerator> {
  const runtime = await environment.loadConnector(node.source.connector)
  const enumerator = runtime.createEnumerator?.(node.source, {
    clock: environment.clock,
    random: environment.random,
    print: environment.print,
    metrics: new MetricRegistry(),
    signal,
    subtaskIndex: 0,
    parallelism: vertex.parallelism,
    jobName: graph.jobName,
    configuration: graph.configuration,
    secrets: environment.secrets,
  })
  if (enumerator === undefined) throw new FlinktsError('INTERNAL', `connector '${node.source.connector}' has no source`)
  return enumerator
}
