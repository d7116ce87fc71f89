// What the session answers beyond Flink's API.
//
// POST   /flinkts/jobs {graph, key, fresh?, restore?, allowNonRestoredState?, detached?}
//        JSON lines: submitted, notice|stdout|stderr, status, rows, and last ended (with report, and error if it failed).
//        The client that goes before the end of a job that is not detached counts as crashed: the job is aborted, its
//        next run resumes from the last checkpoint.
// GET    /flinkts/jobs/:job/follow    the same lines for a job that runs already, without a say in its fate
// DELETE /flinkts/taskmanagers/:id    ends its thread
import { FlinktsError, toErrorData } from '../common/errors.ts'
import { reportOf } from '../cluster/job-report.ts'
import { hasEnded } from './job-json.ts'
import { reply, replyLines, type JobRequest, type JobRoute } from './route.ts'
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

function write(writer: LineWriter, line: object): void {
  writer.write(line)
}

/** Runs until the job ended or the client left. */
async function followJob(job: ManagedJob, writer: LineWriter, signal: AbortSignal): Promise<void> {
  const { master, log, results } = job
  write(writer, { kind: 'submitted', jobId: master.jobId, name: job.record.jobName })
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

async function submit({ jobManager, body }: JobRequest, options: FlinktsRoutesOptions): Promise<unknown> {
  if (typeof body !== 'object' || body === null || !('graph' in body)) {
    throw new FlinktsError('OPTION_INVALID', 'the body has no graph', { fix: 'Send {"graph": …, "key": …}.' })
  }
  const { graph, detached, ...submitOptions } = body as SubmitBody
  const release = options.holdLease?.(`job ${graph.jobName}`)
  try {
    const job = await jobManager.submit(graph, submitOptions)
    void job.settled.then(release)
    return replyLines(async (writer, signal) => {
      await followJob(job, writer, signal)
      if (detached !== true) abortUnlessEnded(jobManager, job)
    })
  } catch (error) {
    release?.()
    throw error
  }
}

export function flinktsRoutes(options: FlinktsRoutesOptions): JobRoute[] {
  return [
    { method: 'POST', path: '/flinkts/jobs', handle: (request) => submit(request, options) },
    {
      method: 'GET',
      path: '/flinkts/jobs/:job/follow',
      handle({ jobManager, params }) {
        const job = jobManager.job(params['job']!)
        return replyLines((writer, signal) => followJob(job, writer, signal))
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
