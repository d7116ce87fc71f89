// What `flinkts jobs` does to a job that runs, or did.
import { FlinktsError, isFlinktsError, JobStore, systemClock } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { abortJob, attachJob, cancelJob, stopJob } from '../job-client.ts'
import type { Session } from '../session/open-session.ts'
import { findJob } from './find-job.ts'
import { findRunningJob, readProjectJobs, type ProjectJob } from './project-jobs.ts'
import { startDetached, type DetachedJob } from './start-detached.ts'
import { checkStored, resubmit } from './stored-job.ts'

const CANCEL_LIMIT_MS = 10_000

/**
 * Cancels a running job and waits for its end; `state` is that, FINISHED or FAILED where it ended by itself meanwhile. Throws
 * JOB_NOT_FOUND for a job that is not running, TASK_CANCELLATION_TIMEOUT for one that has not ended within the limit.
 */
export async function cancelRunningJob(
  project: ProjectPlace,
  name: string,
  notice: (line: string) => void,
): Promise<{ readonly job: ProjectJob; readonly state: string }> {
  const job = findRunningJob(await readProjectJobs(project), name)
  const followed = await attachJob(job.restAddress, job.jobId)
  let isOverdue = false
  const limit = systemClock.setTimer(CANCEL_LIMIT_MS, () => {
    isOverdue = true
    followed.close()
  })
  try {
    await cancelJob(job.restAddress, job.jobId)
    notice(`cancelling ${job.key}; waiting for its end (${CANCEL_LIMIT_MS / 1000} s at most)`)
    for await (const event of followed.events) if (event.kind === 'ended') return { job, state: event.status }
  } catch (error) {
    if (!isOverdue) throw error
  } finally {
    limit.cancel()
    followed.close()
  }
  if (isOverdue) throw stillCancelling(job.key)
  throw new FlinktsError('SESSION_UNREACHABLE', `the session ended while ${job.key} was being cancelled`, {
    fix: `\`flinkts jobs show ${job.key}\` says what became of it`,
  })
}

function stillCancelling(key: string): FlinktsError {
  return new FlinktsError(
    'TASK_CANCELLATION_TIMEOUT',
    `${key} has been told to end, and has not ended after ${CANCEL_LIMIT_MS / 1000} s: a subtask still works`,
    { fix: `Wait: after task.cancellation.timeout its thread is ended; \`flinkts jobs show ${key}\` says when.` },
  )
}

export interface StopOptions {
  /** Folder the savepoint is put into, absolute. Default: the job's own. */
  readonly folder: string | undefined
  /** All windows fire first; the job is over for good. */
  readonly drain: boolean
  readonly notice: (line: string) => void
}

function stoppingNotice({ key }: ProjectJob): string {
  return `stopping ${key} with a savepoint`
}

/** Stops with a savepoint; gives its location. Throws JOB_NOT_FOUND, CHECKPOINT_FAILED. */
export async function stopRunningJob(
  project: ProjectPlace,
  name: string,
  { folder, drain, notice }: StopOptions,
): Promise<{ readonly job: ProjectJob; readonly savepoint: string }> {
  const job = findRunningJob(await readProjectJobs(project), name)
  const doing = drain ? `draining ${job.key}: its windows fire, then it ends with a savepoint` : stoppingNotice(job)
  let isTold = false
  const accepted = (): void => {
    if (!isTold) notice(doing)
    isTold = true
  }
  try {
    return { job, savepoint: await stopJob(job.restAddress, job.jobId, { folder, drain, accepted }) }
  } catch (cause) {
    if (!(isFlinktsError(cause) && cause.code === 'CHECKPOINT_FAILED')) throw cause
    throw new FlinktsError('CHECKPOINT_FAILED', `${job.key} goes on: ${cause.message}`, {
      fix: `End it without a savepoint: \`flinkts jobs cancel ${job.key}\`.`,
      cause,
    })
  }
}

/** Without a savepoint the run that follows goes on from the last checkpoint, as after a crash. */
async function endForRestart(job: ProjectJob & { restAddress: string }, notice: (line: string) => void): Promise<void> {
  notice(stoppingNotice(job))
  try {
    await stopJob(job.restAddress, job.jobId)
  } catch (cause) {
    if (!(isFlinktsError(cause) && cause.code === 'CHECKPOINT_FAILED')) throw cause
    notice(`it cannot take one (${cause.message}); restarting from its last checkpoint`)
    await abortJob(job.restAddress, job.jobId)
  }
}

/**
 * Submits the job's graph again, detached: a running job after a stop with savepoint, one that ended as the restart rule
 * says. Throws JOB_NOT_FOUND, also where the graph is not kept.
 */
export async function restartJob(
  project: Project,
  session: Session,
  name: string,
  notice: (line: string) => void,
): Promise<DetachedJob> {
  const all = await readProjectJobs(project)
  const job = findJob(all.jobs, name)
  if (job.transient) {
    throw new FlinktsError('JOB_NOT_FOUND', `'${job.key}' keeps no state: it cannot be restarted`, {
      fix: 'Jobs of a project (a folder with flinkts.yaml) that are started by `flinkts run` can.',
    })
  }
  const stored = checkStored(job.key, await new JobStore(project.stateFolder).readGraph(job.key))
  if (job.running) await endForRestart(findRunningJob(all, job.jobId), notice)
  const followed = await resubmit(session, stored, { notice })
  return startDetached(session.restAddress, { ...followed, name: job.key }, notice)
}
