// Where a job has ended is left with the groups of its sources. Source: Flink's final checkpoint (FLIP-147).
import { FlinktsError, toErrorData } from '../common/errors.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import { firstCause } from './decide-start.ts'
import type { RepeatedRecords } from './repeated-records.ts'
import { createEnumerator, sourceOf, type DiscoveryEnvironment } from './source-enumerators.ts'

/** How long the end of a job waits for its groups. */
const LIMIT_MS = 5_000

interface EndedJob {
  readonly graph: JobGraph
  readonly environment: DiscoveryEnvironment
  readonly reading: Pick<RepeatedRecords, 'reached'>
  readonly say: (notice: string) => void
}

/**
 * Call when all that came of what was read is in the sinks. What readers commit at the last checkpoint may be cut off by their
 * end. Groups are for monitoring: that they take no offsets is said, and does not fail the job. Never rejects.
 */
export async function commitPositions({ graph, environment, reading, say }: EndedJob): Promise<void> {
  const abort = new AbortController()
  const limit = environment.clock.setTimer(LIMIT_MS, () =>
    abort.abort(new FlinktsError('KAFKA_UNREACHABLE', `no answer after ${LIMIT_MS / 1000} s`)),
  )
  try {
    for (const vertex of graph.vertices) {
      const source = sourceOf(vertex)
      const splits = source === undefined ? [] : reading.reached(source.id)
      if (source === undefined || splits.length === 0) continue
      const enumerator = await createEnumerator(graph, vertex, source, environment, abort.signal)
      try {
        await enumerator.commit?.(splits)
      } finally {
        await enumerator.close()
      }
    }
  } catch (error) {
    say(`the last offsets are not in the source's group: ${firstCause(toErrorData(error)).message}`)
  } finally {
    limit.cancel()
  }
}
