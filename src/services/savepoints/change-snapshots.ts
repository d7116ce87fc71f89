// `flinkts savepoints create`, `restore` and `delete`.
import {
  fileSystemStorage,
  FlinktsError,
  isFlinktsError,
  JobStore,
  type CheckpointManifest,
} from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { createSavepoint } from '../job-client.ts'
import { findJob } from '../jobs/find-job.ts'
import { findRunningJob, readProjectJobs, type ProjectJob } from '../jobs/project-jobs.ts'
import { startDetached, type DetachedJob } from '../jobs/start-detached.ts'
import { checkStored, resubmit } from '../jobs/stored-job.ts'
import type { Session } from '../session/open-session.ts'
import { readManifestAt } from './inspect-snapshot.ts'
import { locateSnapshot, readProjectSnapshots } from './project-snapshots.ts'

/** `folder`: absolute, to put it into; default: the job's own. Throws JOB_NOT_FOUND, CHECKPOINT_FAILED. */
export async function takeJobSavepoint(
  project: Project,
  name: string,
  folder: string | undefined,
): Promise<{ readonly job: ProjectJob; readonly savepoint: string }> {
  const job = findRunningJob(await readProjectJobs(project), name)
  try {
    return { job, savepoint: await createSavepoint(job.restAddress, job.jobId, folder) }
  } catch (cause) {
    if (!(isFlinktsError(cause) && cause.code === 'CHECKPOINT_FAILED')) throw cause
    throw new FlinktsError('CHECKPOINT_FAILED', `no savepoint of ${job.key}: ${cause.message}`, {
      fix: `\`flinkts jobs show ${job.key}\` says how the job is; try again when all of it runs.`,
      cause,
    })
  }
}

/** Checkpoints say whose they are; those of older releases only by their job's name. */
function ownerOf(manifest: CheckpointManifest, jobs: readonly ProjectJob[], location: string): ProjectJob {
  const { jobKey, jobId, jobName } = manifest
  const owner =
    jobs.find(({ key }) => key === jobKey) ??
    (jobKey === undefined ? jobs.find((job) => job.jobId === jobId || job.name === jobName) : undefined)
  if (owner !== undefined) return owner
  throw new FlinktsError(
    'JOB_NOT_FOUND',
    `the project has no job '${jobKey ?? jobName}', to which ${location} belongs`,
    {
      fix: 'Name the job with --job, or use `flinkts run <file> --restore`.',
    },
  )
}

export interface RestoreRequest {
  /** Path, folder name or job. */
  readonly snapshot: string
  /** Default: the one it belongs to. */
  readonly job: string | undefined
  readonly allowNonRestoredState: boolean
  readonly notice: (line: string) => void
}

/** Runs the job again from there, detached, as it was last submitted. */
export async function restoreSnapshot(
  project: Project,
  session: Session,
  request: RestoreRequest,
): Promise<DetachedJob> {
  const location = await locateSnapshot(project, request.snapshot)
  const manifest = await readManifestAt(location)
  const { jobs } = await readProjectJobs(project)
  const job = request.job === undefined ? ownerOf(manifest, jobs, location) : findJob(jobs, request.job)
  if (job.running) {
    throw new FlinktsError('OPTION_INVALID', `job '${job.key}' is running`, {
      fix: `Stop it first: \`flinkts jobs stop ${job.key}\`.`,
    })
  }
  const stored = checkStored(job.key, await new JobStore(project.stateFolder).readGraph(job.key))
  const { allowNonRestoredState, notice } = request
  const followed = await resubmit(session, stored, { restore: location, allowNonRestoredState, notice })
  return startDetached(session.restAddress, { ...followed, name: job.key }, notice)
}

export interface DeletedSnapshot {
  readonly location: string
  /** Files in its folder that are not flinkts'; they and the folder stay. */
  readonly left: readonly string[]
}

/** Refuses the one that a job needs, unless forced. Damaged ones go too. Throws FILE_NOT_FOUND, OPTION_INVALID. */
export async function deleteSnapshot(
  project: Project,
  text: string,
  { force }: { readonly force: boolean },
): Promise<DeletedSnapshot> {
  const location = await locateSnapshot(project, text)
  const known = (await readProjectSnapshots(project)).filter((snapshot) => snapshot.location === location)
  // somewhere else only what is whole: another system's checkpoints have a _metadata too
  if (known.length === 0) await readManifestAt(location)
  const needed = known.find(({ neededBy }) => neededBy !== undefined)
  if (needed !== undefined && !force) {
    const why =
      needed.neededBy === 'next' ? `the next run of ${needed.key} begins from it` : `${needed.key} runs and may need it`
    throw new FlinktsError('OPTION_INVALID', `${needed.name} is not deleted: ${why}`, {
      fix: 'Delete it all the same with --force.',
    })
  }
  return { location, left: await fileSystemStorage.dispose(location) }
}
