// Submits a job to the session and follows it. The answer of the submission is the stream itself, so nothing is lost in
// between; while it is open the session holds a lease for the job.
import { decodeCell, type Cell, type ErrorData, type StreamGraph } from '../../engine/host.ts'
import { callRest, streamRest } from './rest-client.ts'

/** `flinkts run … --report` writes this. */
export interface JobReport {
  readonly job: string
  readonly state: string
  readonly durationMs: number
  readonly recordsIn: number
  readonly recordsOut: number
  readonly recordsPerSecond: number
  readonly lateRecordsDropped: number
  readonly checkpoints: { readonly completed: number; readonly failed: number }
  readonly peakRssBytes: number
}

export type RowOp = '+I' | '-U' | '+U' | '-D'

type JobLine =
  | { readonly kind: 'submitted'; readonly jobId: string; readonly name: string }
  | { readonly kind: 'notice' | 'stdout' | 'stderr'; readonly line: string }
  | { readonly kind: 'status'; readonly status: string }
  | { readonly kind: 'rows'; readonly rows: readonly { readonly op: RowOp; readonly cells: readonly unknown[] }[] }
  | { readonly kind: 'ended'; readonly status: string; readonly error?: ErrorData; readonly report: JobReport }

export type JobEvent =
  | { readonly kind: 'submitted'; readonly jobId: string; readonly name: string }
  | { readonly kind: 'notice' | 'stdout' | 'stderr'; readonly line: string }
  | { readonly kind: 'status'; readonly status: string }
  | { readonly kind: 'row'; readonly op: RowOp; readonly cells: readonly Cell[] }
  | {
      readonly kind: 'ended'
      readonly status: string
      readonly error: ErrorData | undefined
      readonly report: JobReport
    }

export interface SubmitRequest {
  readonly graph: StreamGraph
  /** How a next run finds this job: `pipeline.name`, else its path in the project. */
  readonly key: string
  readonly fresh?: boolean | undefined
  readonly restore?: string | undefined
  readonly allowNonRestoredState?: boolean | undefined
  /** The job goes on when its events are no longer read. */
  readonly detached?: boolean | undefined
}

export interface FollowedJob {
  readonly events: AsyncIterable<JobEvent>
  /** Leaves the job alone with its fate: the session treats it as the crash of an attached client. */
  close(): void
}

async function* toEvents(lines: AsyncIterable<JobLine>): AsyncGenerator<JobEvent> {
  for await (const line of lines) {
    if (line.kind === 'rows') {
      for (const { op, cells } of line.rows)
        yield { kind: 'row', op, cells: cells.map((cell) => decodeCell(cell as never)) }
    } else if (line.kind === 'ended') yield { ...line, error: line.error }
    else yield line
  }
}

/** Submits and follows. Throws what the session refuses: a bad graph, a job that runs already, state that does not fit. */
export async function submitJob(restAddress: string, request: SubmitRequest): Promise<FollowedJob> {
  const stream = await streamRest<JobLine>(restAddress, {
    method: 'POST',
    path: '/flinkts/jobs',
    body: request,
    timeoutMs: 60_000,
  })
  return { events: toEvents(stream.lines), close: () => stream.close() }
}

/** Ends the job with a savepoint, from which the next run goes on. */
export async function stopJob(restAddress: string, jobId: string): Promise<void> {
  await callRest(restAddress, { method: 'POST', path: `/jobs/${jobId}/stop`, body: {} })
}

/** Ends the job; the next run begins afresh. */
export async function cancelJob(restAddress: string, jobId: string): Promise<void> {
  await callRest(restAddress, { method: 'PATCH', path: `/jobs/${jobId}` })
}
