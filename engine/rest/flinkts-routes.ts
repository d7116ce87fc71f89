// What the session answers beyond Flink's API.
//
// POST   /flinkts/jobs {graph, key, origin?, fresh?, restore?, allowNonRestoredState?, transient?, detached?}
//        JSON lines: submitted, notice|stdout|stderr, status, rows, and last ended (with report, and error if it failed).
//        The client that goes before the end of a job that is not detached counts as crashed: the job is aborted, its
//        next run resumes from the last checkpoint.
// GET    /flinkts/jobs                jobs that this session has had, each with what it has done so far
// POST   /flinkts/jobs/:job/abort     ends it as a crash does: its next run goes on from the last checkpoint
// GET    /flinkts/jobs/:job/follow    lines of a job that runs already, without a say in its fate: its notices, what it
//        prints from now on (lines that nobody reads are left out and counted), status, end; no rows of a SELECT
// DELETE /flinkts/taskmanagers/:id    ends its thread
import { FlinktsError, toErrorData } from '../common/errors.ts'
import { outcomeOf, type JobOutcome } from '../cluster/job-outcome.ts'
import { reportOf } from '../cluster/job-report.ts'
import { hasEnded } from './job-json.ts'
import { reply, replyLines, type JobRequest, type JobRoute } from './route.ts'
import type { JobStatus } from '../cluster/job-status.ts'
import type { JobManager, ManagedJob, SubmitOptions } from '../cluster/job-manager.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'
import type { LineWriter } from './http-server.ts'

interface SubmitBody extends SubmitOptions {
  readonly graph: StreamGraph
  readonly detached?: boolean | undefined
}

export interface FlinktsRoutesOptions {
  /** The session lives while a job is followed; called when its stream opens, the result when it closes. */
  readonly holdLease?: ((reason: string) => () => void) | undefined
}

/** One of GET /flinkts/jobs. */
export interface SessionJob {
  readonly jobId: string
  /** How a next run finds it. */
  readonly key: string
  readonly name: string
  readonly status: JobStatus
  /** When it was entered, ms since 1970. */
  readonly statusSince: number
  readonly startedAt: number
  readonly endedAt: number | undefined
  /** A client follows it and takes it along when it dies. */
  readonly attached: boolean
  /** No run will find it again. */
  readonly transient: boolean
  readonly outcome: JobOutcome
}

function write(writer: LineWriter, line: object): void {
  writer.write(line)
}

function begin(kind: 'submitted' | 'attached', { master, record }: ManagedJob, writer: LineWriter): void {
  write(writer, { kind, jobId: master.jobId, name: record.jobName })
}

/** For the one who submitted the job: everything it says. Runs until the job ended or the client left. */
async function followOwnJob(job: ManagedJob, writer: LineWriter, signal: AbortSignal): Promise<void> {
  const { master, log, results } = job
  begin('submitted', job, writer)
  for (const { kind, line } of log.messages) write(writer, { kind, line })
  write(writer, { kind: 'status', status: master.status })
  const ends = [
    log.listen(({ kind, line }) => write(writer, { kind, line })),
    master.onStatus((status) => write(writer, { kind: 'status', status })),
    results.read(({ rows, taken }) => {
      if (writer.write({ kind: 'rows', rows })) taken()
      else void writer.drained().then(taken)
    }),
  ]
  await untilEnd(job, writer, signal, ends)
}

/** For whoever looks in later: he must not hold the job up, nor the session's memory. */
async function followForeignJob(job: ManagedJob, writer: LineWriter, signal: AbortSignal): Promise<void> {
  const { master, log } = job
  begin('attached', job, writer)
  for (const { kind, line } of log.messages) if (kind === 'notice') write(writer, { kind, line })
  write(writer, { kind: 'status', status: master.status })
  let leftOut: number | undefined
  const print = (line: object): void => {
    if (leftOut !== undefined) leftOut++
    else if (!writer.write(line)) {
      leftOut = 0
      void writer.drained().then(() => {
        if (leftOut! > 0) write(writer, { kind: 'notice', line: `${leftOut} printed lines were left out` })
        leftOut = undefined
      })
    }
  }
  const ends = [
    log.listen(({ kind, line }) => (kind === 'notice' ? write(writer, { kind, line }) : print({ kind, line }))),
    master.onStatus((status) => write(writer, { kind: 'status', status })),
  ]
  await untilEnd(job, writer, signal, ends)
}

async function untilEnd(
  job: ManagedJob,
  writer: LineWriter,
  signal: AbortSignal,
  ends: readonly (() => void)[],
): Promise<void> {
  const { master } = job
  const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  await Promise.race([job.settled, left])
  for (const end of ends) end()
  if (signal.aborted) return
  const { failure } = master
  const report = reportOf(job, master.options.environment.clock.now())
  const error = failure === undefined ? undefined : { ...toErrorData(failure), stack: undefined }
  write(writer, { kind: 'ended', status: master.status, error, report })
}

function abortUnlessEnded(jobManager: JobManager, job: ManagedJob): void {
  if (!hasEnded(job)) jobManager.abort(job.master.jobId)
}

async function submit(
  { jobManager, body }: JobRequest,
  options: FlinktsRoutesOptions,
  attached: Set<string>,
): Promise<unknown> {
  if (typeof body !== 'object' || body === null || !('graph' in body)) {
    throw new FlinktsError('OPTION_INVALID', 'the body has no graph', { fix: 'Send {"graph": …, "key": …}.' })
  }
  const { graph, detached, ...submitOptions } = body as SubmitBody
  const release = options.holdLease?.(`job ${graph.jobName}`)
  try {
    const job = await jobManager.submit(graph, submitOptions)
    void job.settled.then(release)
    if (detached !== true) attached.add(job.master.jobId)
    return replyLines(async (writer, signal) => {
      await followOwnJob(job, writer, signal)
      attached.delete(job.master.jobId)
      if (detached !== true) abortUnlessEnded(jobManager, job)
    })
  } catch (error) {
    release?.()
    throw error
  }
}

function sessionJob(job: ManagedJob, attached: boolean, now: number): SessionJob {
  const { master, record, transient } = job
  const { jobId, key, jobName, startedAt, endedAt } = record
  const { status } = master
  const statusSince = master.enteredAt(status) ?? startedAt
  const outcome = record.outcome ?? outcomeOf(job, now)
  return { jobId, key, name: jobName, status, statusSince, startedAt, endedAt, attached, transient, outcome }
}

export function flinktsRoutes(options: FlinktsRoutesOptions): JobRoute[] {
  const attached = new Set<string>()
  return [
    { method: 'POST', path: '/flinkts/jobs', handle: (request) => submit(request, options, attached) },
    {
      method: 'GET',
      path: '/flinkts/jobs',
      handle: ({ jobManager, now }) =>
        jobManager.jobs.map((job) => sessionJob(job, attached.has(job.master.jobId), now)),
    },
    {
      method: 'GET',
      path: '/flinkts/jobs/:job/follow',
      handle({ jobManager, params }) {
        const job = jobManager.job(params['job']!)
        return replyLines((writer, signal) => followForeignJob(job, writer, signal))
      },
    },
    {
      method: 'POST',
      path: '/flinkts/jobs/:job/abort',
      async handle({ jobManager, params }) {
        const job = jobManager.job(params['job']!)
        abortUnlessEnded(jobManager, job)
        await job.settled
        return {}
      },
    },
    {
      method: 'DELETE',
      path: '/flinkts/taskmanagers/:id',
      async handle({ jobManager, params }) {
        await jobManager.killTaskManager(params['id']!)
        return reply(202, {})
      },
    },
  ]
}
