// Whether a job has read all that is in its topics, and its sinks have written what came of it.
import { systemClock } from '../../engine/host.ts'
import { callRest } from '../services/rest-client.ts'
import type { JobTopicPartition, JobTopics } from '../services/topics/job-topics.ts'
import { jobFailure } from './job-end.ts'
import { until, type LabContext } from './lab-context.ts'

const LIMIT_MS = 30_000
/** For so long nothing moves in a job of several steps: longer than a source waits with a watermark. */
const QUIET_MS = 400

interface JobDto {
  readonly state: string
  readonly vertices: readonly unknown[]
}
interface DiagnosticsDto {
  readonly subtasks: readonly {
    readonly recordsIn: number
    readonly recordsOut: number
    readonly watermark?: number | string
    readonly source?: { readonly splits: readonly { readonly id: string; readonly position?: string }[] }
    /** Only those that wait for time: windows, timers, watermarks. */
    readonly operators: readonly unknown[]
    readonly sinks?: readonly unknown[]
    readonly hasUnwrittenRows?: boolean
  }[]
  /** Subtasks that are neither among them nor FINISHED: what they have read may have come to nothing. */
  readonly silent: number
}

/** `<topic>-<partition>` → a number of each partition that the job reads. */
async function partitionsOf(
  restAddress: string,
  jobId: string,
  read: (partition: JobTopicPartition) => number | undefined,
): Promise<Map<string, number>> {
  const { topics } = await callRest<JobTopics>(restAddress, { path: `/flinkts/jobs/${jobId}/topics` })
  const sources = topics.filter(({ role }) => role === 'source')
  return new Map(
    sources.flatMap(({ name, partitions }) =>
      partitions.map((each) => [`${name}-${each.partition}`, read(each) ?? 0] as const),
    ),
  )
}

/** Limit 30 s. A job that has FINISHED has caught up; one that ended otherwise never does. */
export async function untilCaughtUp(context: LabContext, jobId: string, name: string): Promise<void> {
  const { session, signal } = context
  const { restAddress } = session
  const ends = await partitionsOf(restAddress, jobId, ({ latestOffset }) => latestOffset)
  let [figures, quietSince] = ['', systemClock.monotonicMs()]
  const holds = async (): Promise<boolean | 'FAILED' | 'CANCELED'> => {
    const [job, { subtasks, silent }] = await Promise.all([
      callRest<JobDto>(restAddress, { path: `/jobs/${jobId}` }),
      callRest<DiagnosticsDto>(restAddress, { path: `/flinkts/jobs/${jobId}/diagnostics` }),
    ])
    if (job.state === 'FINISHED') return true
    if (job.state === 'FAILED' || job.state === 'CANCELED') return job.state
    const moved = subtasks.map(({ recordsIn, recordsOut, watermark }) => [recordsIn, recordsOut, watermark]).join()
    if (silent > 0 || moved !== figures) [figures, quietSince] = [moved, systemClock.monotonicMs()]
    if (silent > 0) return false
    const splits = subtasks.flatMap(({ source }) => source?.splits ?? [])
    const positions = new Map(splits.map(({ id, position }) => [id, Number(position)]))
    // a split that was read to its end is no longer told of
    if ([...ends.keys()].some((id) => !positions.has(id)))
      for (const [id, position] of await partitionsOf(restAddress, jobId, (each) => each.position))
        if (!positions.has(id)) positions.set(id, position)
    const isRead = [...ends].every(([id, end]) => positions.get(id)! >= end)
    const isWritten = subtasks.every(({ sinks, hasUnwrittenRows }) => (sinks ?? []).length === 0 && !hasUnwrittenRows)
    const isOneStep = job.vertices.length === 1 && subtasks.every(({ operators }) => operators.length === 0)
    const isQuiet = isOneStep || systemClock.monotonicMs() - quietSince >= QUIET_MS
    return isRead && isWritten && isQuiet
  }
  const how = await until(holds, {
    what: `${name} at the end of its topics`,
    limitMs: LIMIT_MS,
    signal,
    because: `\`flinkts why ${name}\` says what holds it up.`,
  })
  if (how !== true) throw await jobFailure(context, jobId, name)
}
