// The jobs of a check: submitted in the session as `flinkts run --detach` does, and what a check does with one.
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  FLAG,
  isTerminal,
  POSITIVE,
  systemClock,
  TEXT,
  TEXTS_BY_NAME,
  type OptionRules,
  type SessionJob,
  type WhyAnswer,
} from '../../engine/host.ts'
import { abortJob, attachJob, cancelJob, stopJob } from '../services/job-client.ts'
import { runDetached } from '../services/jobs/run-detached.ts'
import { sessionJobs } from '../services/session-jobs.ts'
import { parseOverrides } from '../services/override-offsets.ts'
import { callRest } from '../services/rest-client.ts'
import { cellTexts, prepareJobFile, type RunnableJob } from '../services/run-job.ts'
import { killTaskManager } from '../services/task-managers.ts'
import { CheckFailure } from './check-failure.ts'
import { untilCaughtUp } from './caught-up.ts'
import { expectLabOptions } from './expect-lab-options.ts'
import { guarded, telling, until, type LabContext } from './lab-context.ts'
import { followToEnd } from './job-end.ts'
import { missingFile } from './lab-files.ts'
import type { ChangesOptions, LabJob, RunOptions } from './lab.ts'

const CHECKPOINT_LIMIT_MS = 20_000
const END_LIMIT_MS = 10_000

const changesOptions: OptionRules<ChangesOptions> = { parallelism: POSITIVE, configuration: TEXTS_BY_NAME }
const runOptions: OptionRules<RunOptions> = { ...changesOptions, from: TEXT, until: TEXT, resume: FLAG }

async function statusOf(restAddress: string, jobId: string): Promise<SessionJob['status']> {
  const { status } = await callRest<Pick<SessionJob, 'status'>>(restAddress, { path: `/jobs/${jobId}/status` })
  return status
}

type JobControl = Pick<LabContext, 'session' | 'signal'>

async function untilEnded({ session, signal }: JobControl, jobId: string, name: string): Promise<void> {
  await until(async () => isTerminal(await statusOf(session.restAddress, jobId)), {
    what: `the end of ${name}`,
    limitMs: END_LIMIT_MS,
    signal,
    because: 'A subtask of it still works; `flinkts down` ends the whole session.',
  })
}

/** Ends what earlier checks, or the learner, left running under this name, or with these ids. */
export async function endJobs(
  context: JobControl,
  isMeant: (job: SessionJob) => boolean,
  how: (restAddress: string, jobId: string) => Promise<void> = cancelJob,
): Promise<void> {
  const { restAddress } = context.session
  const jobs = await sessionJobs(restAddress)
  const running = jobs.filter((job) => !isTerminal(job.status) && isMeant(job))
  await Promise.all(running.map((job) => how(restAddress, job.jobId)))
  for (const { jobId, name } of running) await untilEnded(context, jobId, name)
}

function checkRows(file: string, jobs: readonly RunnableJob[]): void {
  const select = jobs.find(({ showsRows }) => showsRows)
  if (select === undefined) return
  throw new CheckFailure(
    `${file} has a SELECT whose rows go nowhere`,
    'A check looks at what a job leaves behind: INSERT INTO a table. `flinkts run` shows the rows of a SELECT.',
  )
}

/** Planned, and what ran under the same names is ended. */
async function prepare(context: LabContext, file: string, options: RunOptions): Promise<RunnableJob[]> {
  const { project, session, folder, notice, signal } = context
  const path = join(folder, file)
  if (!existsSync(path)) throw missingFile(context, file)
  const jobs = await prepareJobFile(
    {
      project,
      file: relative(process.cwd(), path) || path,
      parallelism: options.parallelism,
      fresh: options.resume !== true,
      restore: undefined,
      allowNonRestoredState: false,
      offsets: parseOverrides(options),
      configuration: options.configuration ?? {},
      notice,
    },
    session,
  )
  const names = new Set(jobs.map(({ name }) => name))
  const end = options.resume === true ? abortJob : cancelJob
  await endJobs(
    context,
    ({ key }) => names.has(key),
    (restAddress, jobId) => {
      context.jobEnded(jobId)
      return end(restAddress, jobId)
    },
  )
  signal.throwIfAborted()
  return jobs
}

/** Whether a notice tells that a job begins without state, and what that means for its tables: a check has made them anew. */
export function saysFresh(line: string): boolean {
  return line.startsWith('starting fresh, as asked') || line.includes(' keeps the rows of the last run: ')
}

export async function runJob(context: LabContext, file: string, options: RunOptions = {}): Promise<LabJob> {
  expectLabOptions('lab.run', options, runOptions)
  const { session, notice, jobStarted } = context
  const jobs = await prepare(context, file, options)
  checkRows(file, jobs)
  const tell = (line: string): void => {
    if (options.resume === true || !saysFresh(line)) notice(line)
  }
  const started = await runDetached(jobs, session, tell)
  for (const { jobId } of started) jobStarted(jobId)
  const { jobId, name } = started.at(-1)!
  return labJob(context, jobId, name)
}

/** The changes of a SELECT's result, `+I JFK | 1`. */
export async function readChanges(context: LabContext, file: string, options: ChangesOptions = {}): Promise<string[]> {
  expectLabOptions('lab.changes', options, changesOptions)
  const [select, ...others] = await prepare(context, file, options)
  if (!select!.showsRows || others.length > 0)
    throw new CheckFailure(
      `${file} is not one SELECT`,
      'The check reads the changes of the one SELECT in it; an INSERT has none to show.',
    )
  const job = await select!.submit()
  const changes: string[] = []
  await followToEnd(job, job.name, context.signal, (event) => {
    if (event.kind === 'row') changes.push(`${event.op} ${cellTexts(job, event.cells).join(' | ')}`)
  })
  return changes
}

async function finished({ session, signal }: LabContext, jobId: string, name: string): Promise<void> {
  const status = await followToEnd(await attachJob(session.restAddress, jobId), name, signal)
  if (status !== 'FINISHED')
    throw new CheckFailure(`${name} is ${status}`, 'It was ended before it had read all of its input.')
}

/** What it means that a checkpoint does not come. */
function stuckCheckpoint(name: string): string {
  return `\`flinkts why ${name}\` says what keeps it from completing.`
}

/** Of GET /jobs/:id/checkpoints. */
interface CheckpointsDto {
  readonly latest: {
    readonly completed?: { readonly id: number; readonly state_size: number; readonly trigger_timestamp: number } | null
  }
}

async function checkpointed(
  { session: { restAddress }, signal }: LabContext,
  jobId: string,
  name: string,
): Promise<{ id: number; sizeBytes: number }> {
  const path = `/jobs/${jobId}/checkpoints`
  const { interval } = await callRest<{ interval: number }>(restAddress, { path: `${path}/config` })
  if (interval > 2 ** 40)
    throw new CheckFailure(
      `${name} takes no checkpoints`,
      "Nothing says how often: SET 'execution.checkpointing.interval' = '1s'; before the INSERT, or checkpoints.interval in flinkts.yaml.",
    )
  const since = systemClock.now()
  return until(
    async () => {
      const { latest } = await callRest<CheckpointsDto>(restAddress, { path })
      const done = latest.completed
      return done != null && done.trigger_timestamp >= since && { id: done.id, sizeBytes: done.state_size }
    },
    {
      what: `a completed checkpoint of ${name}`,
      limitMs: CHECKPOINT_LIMIT_MS + interval,
      signal,
      because: stuckCheckpoint(name),
    },
  )
}

/** Of GET /jobs/:id/checkpoints/:request, Flink's asynchronous operation. */
interface TriggeredDto {
  readonly status: { readonly id: 'IN_PROGRESS' | 'COMPLETED' }
  readonly operation: {
    readonly checkpointId?: number
    readonly failureCause?: { readonly 'stack-trace': string }
  } | null
}

async function takeCheckpoint(
  { session: { restAddress }, signal }: LabContext,
  jobId: string,
  name: string,
): Promise<{ id: number; sizeBytes: number }> {
  const path = `/jobs/${jobId}/checkpoints`
  const limits = {
    limitMs: CHECKPOINT_LIMIT_MS,
    signal,
    because: stuckCheckpoint(name),
  }
  const trigger = (): Promise<{ 'request-id': string }> => callRest(restAddress, { method: 'POST', path, body: {} })
  // a job that is being deployed or restarted cannot take one yet
  return until(
    async () => {
      const { 'request-id': request } = await trigger()
      const { operation } = await until(
        async () => {
          const answer = await callRest<TriggeredDto>(restAddress, { path: `${path}/${request}` })
          return answer.status.id === 'COMPLETED' && answer
        },
        { ...limits, what: `the end of a checkpoint of ${name}` },
      )
      const failure = operation?.failureCause?.['stack-trace']
      if (failure !== undefined) throw new Error(failure)
      const id = operation!.checkpointId!
      const { state_size } = await callRest<{ state_size: number }>(restAddress, { path: `${path}/details/${id}` })
      return { id, sizeBytes: state_size }
    },
    { ...limits, what: `a checkpoint of ${name}` },
  )
}

async function taskManagerOf(restAddress: string, jobId: string): Promise<string> {
  interface Dto {
    readonly vertices: readonly { readonly id: string }[]
  }
  interface VertexDto {
    readonly subtasks: readonly { readonly 'taskmanager-id': string; readonly status: string }[]
  }
  const { vertices } = await callRest<Dto>(restAddress, { path: `/jobs/${jobId}` })
  for (const { id } of vertices) {
    const { subtasks } = await callRest<VertexDto>(restAddress, { path: `/jobs/${jobId}/vertices/${id}` })
    const running = subtasks.find(({ status }) => status === 'RUNNING')
    if (running !== undefined) return running['taskmanager-id']
  }
  throw new CheckFailure('no subtask of the job runs on a TaskManager', 'It has ended, or has not started yet.')
}

function labJob(context: LabContext, id: string, name: string): LabJob {
  const { restAddress } = context.session
  const calls: LabJob = {
    id,
    name,
    finished: () => finished(context, id, name),
    caughtUp: () => untilCaughtUp(context, id, name),
    checkpoint: () => takeCheckpoint(context, id, name),
    checkpointed: () => checkpointed(context, id, name),
    async stop() {
      context.jobEnded(id)
      const savepoint = await stopJob(restAddress, id)
      await untilEnded(context, id, name)
      return { savepoint }
    },
    async cancel() {
      context.jobEnded(id)
      await cancelJob(restAddress, id)
      await untilEnded(context, id, name)
    },
    killTaskManager: async () => killTaskManager(restAddress, await taskManagerOf(restAddress, id)),
    state: () => statusOf(restAddress, id),
    rest: (path = '') => callRest(restAddress, { path: `/jobs/${id}${path}` }),
    why: () => callRest<WhyAnswer>(restAddress, { path: `/flinkts/jobs/${id}/why` }),
  }
  return guarded(telling(calls, context), context.signal)
}
