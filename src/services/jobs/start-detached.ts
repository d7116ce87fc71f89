// Waits until a job that was submitted detached runs, so that what is wrong from the start is said at once.
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock, type ErrorData } from '../../../engine/host.ts'
import { jobFailed, type FollowedJob } from '../job-client.ts'
import { callRest } from '../rest-client.ts'

export interface DetachedJob {
  readonly jobId: string
  readonly name: string
  /** Flink's JobStatus; RUNNING: every subtask runs. */
  readonly status: string
  readonly restAddress: string
}

/** A job that restarts again and again from its beginning is left to itself after this time. */
const START_LIMIT_MS = 20_000
const POLL_MS = 50

interface Started {
  jobId: string | undefined
  end: { readonly status: string; readonly error: ErrorData | undefined } | undefined
}

async function listen(job: FollowedJob, started: Started, notice: (line: string) => void): Promise<void> {
  for await (const event of job.events) {
    if (event.kind === 'submitted') started.jobId = event.jobId
    else if (event.kind === 'notice') notice(event.line)
    else if (event.kind === 'ended') started.end = event
  }
}

async function allRun(restAddress: string, jobId: string): Promise<boolean> {
  interface Dto {
    readonly vertices: readonly { readonly status: string }[]
  }
  const { vertices } = await callRest<Dto>(restAddress, { path: `/jobs/${jobId}` })
  return vertices.every(({ status }) => status === 'RUNNING' || status === 'FINISHED')
}

/** Throws JOB_FAILED with the cause of a job that failed at once. The job then goes on without us. */
export async function startDetached(
  restAddress: string,
  job: FollowedJob & { readonly name: string },
  notice: (line: string) => void,
): Promise<DetachedJob> {
  const started: Started = { jobId: undefined, end: undefined }
  let broken: Error | undefined
  const listening = listen(job, started, notice).catch((error: Error) => (broken = error))
  const deadline = systemClock.monotonicMs() + START_LIMIT_MS
  try {
    for (;;) {
      const { jobId, end } = started
      if (end?.status === 'FAILED') throw jobFailed(job.name, end.error)
      if (jobId !== undefined) {
        const known = { jobId, name: job.name, restAddress }
        if (end !== undefined) return { ...known, status: end.status }
        if (await allRun(restAddress, jobId)) return { ...known, status: 'RUNNING' }
        if (systemClock.monotonicMs() > deadline) {
          const { status } = await callRest<{ status: string }>(restAddress, { path: `/jobs/${jobId}/status` })
          notice(`${job.name} does not run yet after ${START_LIMIT_MS / 1000} s (${status}); it goes on trying`)
          return { ...known, status }
        }
      }
      if (broken !== undefined) throw broken
      await Promise.race([delay(POLL_MS), end === undefined ? listening : delay(POLL_MS)])
    }
  } finally {
    job.close()
  }
}
