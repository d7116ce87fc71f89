// Thread dumps in the shape of Flink's REST API. A TaskManager is one thread of JavaScript on which its subtasks take
// turns: there are no stacks of other threads to show, but what each subtask does and what it waits for.
import { hasEnded } from './job-json.ts'
import { taskManagerOf } from './task-manager-json.ts'
import type { ExecutionRecord } from '../cluster/execution-record.ts'
import type { JobManager, ManagedJob } from '../cluster/job-manager.ts'
import type { ThreadFigures } from '../cluster/thread-figures.ts'
import type { SubtaskDiagnostics } from '../metrics/diagnostics.ts'

interface ThreadInfo {
  readonly threadName: string
  readonly stringifiedThreadInfo: string
}

const MIB = 1024 * 1024

function thread(name: string, id: number, state: string, lines: readonly string[]): ThreadInfo {
  const text = [`"${name}" Id=${id} ${state}`, ...lines.map((line) => `\t${line}`), '', ''].join('\n')
  return { threadName: name, stringifiedThreadInfo: text }
}

function eventLoop(name: string, figures: ThreadFigures | undefined, lines: readonly string[]): ThreadInfo {
  const { load = 0, heapUsedBytes = 0, heapLimitBytes = 0 } = figures ?? {}
  const heap = `heap: ${Math.round(heapUsedBytes / MIB)} of ${Math.round(heapLimitBytes / MIB)} MiB`
  const at = `event loop: busy ${Math.round(load * 100)} % of the time since the last report`
  return thread(name, 1, load > 0.5 ? 'RUNNABLE' : 'WAITING on events', [at, heap, ...lines])
}

/** What it waits for, as far as it said so itself. */
function waitText(
  job: ManagedJob,
  record: ExecutionRecord,
  said: SubtaskDiagnostics | undefined,
): { readonly state: string; readonly since?: number } {
  const waits = said?.waitsFor
  if (waits?.kind === 'sink') return { state: `BLOCKED on sink ${waits.name}`, since: waits.sinceMs }
  if (waits?.kind === 'exchange') {
    const target = job.master.options.graph.vertices.find(({ id }) => id === waits.vertexId)
    return { state: `BLOCKED on credits of ${target?.name ?? waits.vertexId}`, since: waits.sinceMs }
  }
  switch (record.figures?.activity) {
    case 'backpressured':
      return { state: 'BLOCKED on output' }
    case 'idle':
      return { state: 'WAITING on input' }
    default:
      return { state: record.status === 'RUNNING' ? 'RUNNABLE' : `WAITING while ${record.status}` }
  }
}

function subtaskThread(
  job: ManagedJob,
  record: ExecutionRecord,
  id: number,
  said: SubtaskDiagnostics | undefined,
): ThreadInfo {
  const vertex = job.master.options.graph.vertices.find((candidate) => candidate.id === record.vertexId)!
  const name = `${vertex.name} (${record.subtaskIndex + 1}/${vertex.parallelism})#${record.attempt}`
  const { state, since } = waitText(job, record, said)
  const percent = (perSecond: number | undefined): number => Math.round(Math.min(1000, perSecond ?? 0) / 10)
  const { busyTimeMsPerSecond, idleTimeMsPerSecond, backPressuredTimeMsPerSecond } = record.figures ?? {}
  return thread(name, id, state, [
    ...(since === undefined ? [] : [`for ${Math.round(since)} ms`]),
    `busy ${percent(busyTimeMsPerSecond)} %, idle ${percent(idleTimeMsPerSecond)} %, back-pressured ${percent(backPressuredTimeMsPerSecond)} %`,
    `of job ${job.record.jobName} (${job.master.jobId}), ${record.status}`,
  ])
}

/** Throws JOB_NOT_FOUND. */
export async function taskManagerThreadDump(jobManager: JobManager, id: string): Promise<object> {
  const { metrics } = taskManagerOf(jobManager, id)
  const jobs = jobManager.jobs.filter((job) => !hasEnded(job))
  const threadInfos: ThreadInfo[] = []
  for (const job of jobs) {
    const records = job.master.records.filter(({ taskManager }) => taskManager === id)
    if (records.length === 0) continue
    const said = await jobManager.diagnose(job.master.jobId)
    for (const record of records) {
      const { vertexId, subtaskIndex } = record
      const own = said.find((one) => one.vertexId === vertexId && one.subtaskIndex === subtaskIndex)
      threadInfos.push(subtaskThread(job, record, threadInfos.length + 2, own))
    }
  }
  const lines = [`subtasks: ${threadInfos.length}; they take turns on this thread`]
  return { threadInfos: [eventLoop(id, metrics?.thread, lines), ...threadInfos] }
}

function coordinatorThread(job: ManagedJob, id: number, now: number): ThreadInfo {
  const { options, statistics } = job.master.checkpoints
  const pending = statistics.history.find(({ status }) => status === 'IN_PROGRESS')
  const state =
    pending === undefined
      ? options.intervalMs === undefined
        ? 'WAITING on a request: there are no periodic checkpoints'
        : 'TIMED_WAITING on the next checkpoint'
      : `TIMED_WAITING on checkpoint ${pending.id}`
  const lines =
    pending === undefined
      ? [`a checkpoint every ${options.intervalMs ?? '–'} ms`]
      : [
          `${pending.acknowledgements.length} of ${pending.subtasks} subtasks acknowledged, ${now - pending.triggeredAt} ms after its trigger`,
        ]
  return thread(`checkpoint coordinator of ${job.record.jobName}`, id, state, lines)
}

/** The JobManager's own thread, and what it does for each job. */
export function jobManagerThreadDump(jobManager: JobManager, now: number): object {
  const running = jobManager.jobs.filter((job) => !hasEnded(job))
  const lines = [`TaskManagers: ${jobManager.taskManagers.length}, running jobs: ${running.length}`]
  return {
    threadInfos: [
      eventLoop('main', jobManager.threadFigures, lines),
      ...running.map((job, index) => coordinatorThread(job, index + 2, now)),
    ],
  }
}
