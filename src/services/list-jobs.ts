// The session's jobs in a few words each. Light: `flinkts status` needs no more.
import { callRest } from './rest-client.ts'

export interface JobSummary {
  readonly id: string
  readonly name: string
  /** Flink's JobStatus. */
  readonly state: string
  /** How long it has been in it, ms. */
  readonly stateForMs: number
  /** ms since it was submitted. */
  readonly durationMs: number
}

/** Jobs of the session that have not ended, oldest first. */
export async function listJobs(restAddress: string): Promise<JobSummary[]> {
  interface JobDto {
    readonly jid: string
    readonly name: string
    readonly state: string
    readonly duration: number
    readonly 'start-time': number
    readonly 'end-time': number
    /** When the state was entered. */
    readonly 'last-modification': number
  }
  const { jobs } = await callRest<{ jobs: readonly JobDto[] }>(restAddress, { path: '/jobs/overview' })
  return jobs
    .filter((job) => job['end-time'] < 0)
    .sort((a, b) => a['start-time'] - b['start-time'])
    .map((job) => ({
      id: job.jid,
      name: job.name,
      state: job.state,
      stateForMs: job['start-time'] + job.duration - job['last-modification'],
      durationMs: job.duration,
    }))
}
