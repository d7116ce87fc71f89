// Submits a job to the session and follows it. The answer of the submission is the stream itself, so nothing is lost in
// between; while it is open the session holds a lease for the job.
import { setTimeout as delay } from 'node:timers/promises'
import {
  decodeCell,
  FlinktsError,
  fromErrorData,
  isFlinktsError,
  systemClock,
  type Cell,
  type ErrorData,
  type JobReport,
  type Json,
  type StreamGraph,
} from '../../engine/host.ts'
import { callRest, streamRest } from './rest-client.ts'

export type { JobReport }

export type RowOp = '+I' | '-U' | '+U' | '-D'

type JobLine =
  | { readonly kind: 'submitted' | 'attached'; readonly jobId: string; readonly name: string }
  | { readonly kind: 'notice' | 'stdout' | 'stderr'; readonly line: string }
  | { readonly kind: 'status'; readonly status: string }
  | { readonly kind: 'rows'; readonly rows: readonly { readonly op: RowOp; readonly cells: readonly unknown[] }[] }
  | { readonly kind: 'ended'; readonly status: string; readonly error?: ErrorData; readonly report: JobReport }

export type JobEvent =
  | { readonly kind: 'submitted' | 'attached'; readonly jobId: string; readonly name: string }
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
  /** How a next run finds this job: `pipeline.name`, else its path in the project. Undefined: no run will look for it. */
  readonly key?: string | undefined
  readonly fresh?: boolean | undefined
  readonly restore?: string | undefined
  readonly allowNonRestoredState?: boolean | undefined
  /** No run will look for the job: it begins and ends without state. */
  readonly transient?: boolean | undefined
  /** Kept beside the graph, for whoever submits it again. */
  readonly origin?: Json | undefined
  /** The job goes on when its events are no longer read. */
  readonly detached?: boolean | undefined
}

export interface FollowedJob {
  readonly events: AsyncIterable<JobEvent>
  /** Leaves the job alone with its fate: the session treats it as the crash of an attached client. */
  close(): void
}

/** JOB_FAILED with the job's own error as its cause; undefined: the session gave none. */
export function jobFailed(name: string, error: ErrorData | undefined): FlinktsError {
  return new FlinktsError('JOB_FAILED', `the job ${name} failed`, {
    cause: error === undefined ? undefined : fromErrorData(error),
  })
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

/** Follows a job that runs already, which its first event says (`attached`); what becomes of it does not depend on this. It gives no rows of a SELECT. */
export async function attachJob(restAddress: string, jobId: string): Promise<FollowedJob> {
  const stream = await streamRest<JobLine>(restAddress, { path: `/flinkts/jobs/${jobId}/follow` })
  return { events: toEvents(stream.lines), close: () => stream.close() }
}

/** A job that is being deployed or restarted cannot take a savepoint yet. */
const STOP_RETRY_MS = 3_000
const STOP_POLL_MS = 50

interface OperationResult {
  readonly status: { readonly id: 'IN_PROGRESS' | 'COMPLETED' }
  readonly operation: {
    readonly location?: string
    readonly 'failure-cause'?: { readonly 'stack-trace': string }
  } | null
}

/** Starts an operation that gives a savepoint, and waits for it: as long as `execution.checkpointing.timeout` lets it. */
async function takeSavepoint(
  restAddress: string,
  jobId: string,
  request: { path: string; body: object; accepted?: (() => void) | undefined },
): Promise<string> {
  const path = `/jobs/${jobId}`
  const started = await callRest<{ 'request-id': string }>(restAddress, {
    method: 'POST',
    path: `${path}/${request.path}`,
    body: request.body,
  })
  request.accepted?.()
  for (;;) {
    const { status, operation } = await callRest<OperationResult>(restAddress, {
      path: `${path}/savepoints/${started['request-id']}`,
    })
    if (operation?.location !== undefined) return operation.location
    if (status.id === 'COMPLETED') {
      const failure = operation?.['failure-cause']?.['stack-trace'] ?? 'unknown'
      throw new FlinktsError('CHECKPOINT_FAILED', failure.replace(/^[A-Z_]+: /, ''))
    }
    await delay(STOP_POLL_MS)
  }
}

async function retried<T>(take: () => Promise<T>): Promise<T> {
  const deadline = systemClock.monotonicMs() + STOP_RETRY_MS
  for (;;) {
    try {
      return await take()
    } catch (error) {
      const mayHelp = isFlinktsError(error) && error.code === 'CHECKPOINT_FAILED'
      if (!mayHelp || systemClock.monotonicMs() > deadline) throw error
    }
    await delay(STOP_POLL_MS)
  }
}

export interface StopRequest {
  /** Absolute path of the folder that the savepoint is put into. Default: the job's own. */
  readonly folder?: string | undefined
  /** All windows fire first, and the next run begins afresh. Default: false: the next run goes on from the savepoint. */
  readonly drain?: boolean | undefined
  /** The session stops the job from here on, also when nobody waits for it any more. Called again where it must be asked again. */
  readonly accepted?: (() => void) | undefined
}

/** Ends the job with a savepoint; returns where it is. Throws CHECKPOINT_FAILED: the job goes on then. */
export function stopJob(
  restAddress: string,
  jobId: string,
  { folder, drain, accepted }: StopRequest = {},
): Promise<string> {
  const request = { path: 'stop', body: { targetDirectory: folder, drain }, accepted }
  return retried(() => takeSavepoint(restAddress, jobId, request))
}

/** Takes a savepoint of a job that goes on; returns where it is. `folder` as in stopJob. Throws CHECKPOINT_FAILED. */
export function createSavepoint(restAddress: string, jobId: string, folder?: string): Promise<string> {
  return retried(() => takeSavepoint(restAddress, jobId, { path: 'savepoints', body: { 'target-directory': folder } }))
}

/** Ends the job as a crash does: its next run goes on from the last checkpoint. */
export async function abortJob(restAddress: string, jobId: string): Promise<void> {
  await callRest(restAddress, { method: 'POST', path: `/flinkts/jobs/${jobId}/abort`, body: {} })
}

/** Ends the job; the next run begins afresh. */
export async function cancelJob(restAddress: string, jobId: string): Promise<void> {
  await callRest(restAddress, { method: 'PATCH', path: `/jobs/${jobId}` })
}
