// The project's jobs as text and as JSON.
import type { JobDetails } from '../services/jobs/job-details.ts'
import type { NextRun, ProjectJob } from '../services/jobs/project-jobs.ts'
import type { StoppedJob } from '../services/session/stop-session.ts'
import type { DetachedJob } from '../services/jobs/start-detached.ts'
import { formatBytes, formatDuration, formatTimestamp } from './quantities.ts'
import { renderTable } from './text-table.ts'

const ID_DIGITS = 8

function lastPart(location: string): string {
  return location.split(/[\\/]/).at(-1)!
}

/** `from chk-12`, `fresh`, `refused`, `–`. */
function nextRunText(next: NextRun | undefined): string {
  if (next === undefined) return '–'
  if (next.location === undefined) return next.kind
  return `from ${lastPart(next.location)}`
}

function durationOf(job: ProjectJob, now: number): string {
  if (job.running) return formatDuration(now - job.startedAt)
  return job.endedAt === undefined ? '–' : formatDuration(job.endedAt - job.startedAt)
}

const LIST_COLUMNS = [
  { name: 'job' },
  { name: 'state' },
  { name: 'started' },
  { name: 'ended' },
  { name: 'duration', align: 'right' },
  { name: 'next run' },
  { name: 'id' },
] as const

export function renderJobList(jobs: readonly ProjectJob[], now: number): string {
  if (jobs.length === 0) return 'The project has no jobs yet.'
  return renderTable(
    LIST_COLUMNS,
    jobs.map((job) => [
      job.key,
      job.state,
      formatTimestamp(job.startedAt),
      job.endedAt === undefined ? '–' : formatTimestamp(job.endedAt),
      durationOf(job, now),
      nextRunText(job.nextRun),
      job.jobId.slice(0, ID_DIGITS),
    ]),
  )
}

export function jobToJson(job: ProjectJob): Record<string, unknown> {
  const { key, name, jobId, state, stateSince, running, attached, transient, startedAt, endedAt, nextRun, record } = job
  const ending = running ? undefined : record?.ending
  return {
    job: key,
    name,
    jobId,
    state,
    stateSince,
    running,
    attached,
    keepsState: !transient,
    startedAt,
    endedAt,
    ending,
    nextRun,
  }
}

export function renderDetachedJob(job: DetachedJob): string {
  if (job.status === 'FINISHED') return `${job.name} has already finished; its id was ${job.jobId}`
  return `${job.name} ${job.status} as job ${job.jobId}, REST ${job.restAddress}; \`flinkts attach ${job.name}\` follows it`
}

function nextRunSentence(next: NextRun | undefined): string {
  if (next === undefined) return 'nothing is kept of it'
  if (next.kind === 'refused') return `the next run is refused: ${next.say.join('; ')}`
  if (next.location === undefined) return 'the next run begins afresh, for it has no checkpoint'
  return `the next run resumes from its last checkpoint, ${next.location}`
}

/** What `down` made of a job that ran. */
export function stoppedJobLine({ job, keepsState, state, savepoint, problem, nextRun }: StoppedJob): string {
  if (!keepsState) return `Ended ${job}, which keeps no state.`
  if (savepoint !== undefined) return `Stopped ${job} with savepoint ${savepoint}.`
  if (problem === undefined || (state !== undefined && ENDED_BY_ITSELF.has(state)))
    return `${job} has ${state ?? 'ended'}.`
  return `${job} could not take a savepoint (${problem}): ${nextRunSentence(nextRun)}.`
}

const ENDED_BY_ITSELF = new Set(['FINISHED', 'FAILED', 'CANCELED'])

function stateLine({ job, now }: JobDetails): string {
  const since = job.running
    ? `for ${formatDuration(now - (job.stateSince ?? job.startedAt))}`
    : `after ${durationOf(job, now)}`
  return `${job.key}  ${job.state} ${since}, started ${formatTimestamp(job.startedAt)}`
}

function refusedStartLines({ refusedStart }: JobDetails): string[] {
  if (refusedStart === undefined) return []
  const { at, code, message, fix } = refusedStart
  const line = `Started since, ${formatTimestamp(at)}, but refused before anything ran: ${message}  [${code}]`
  return fix === undefined ? [line] : [line, `  fix: ${fix}`]
}

function vertexLines({ job }: JobDetails): string[] {
  const vertices = job.outcome?.vertices ?? []
  if (vertices.length === 0) return []
  const columns = [
    { name: 'vertex' },
    { name: 'parallelism', align: 'right' },
    { name: 'records in', align: 'right' },
    { name: 'records out', align: 'right' },
  ] as const
  const rows = vertices.map((vertex) => [
    vertex.name,
    String(vertex.parallelism),
    String(vertex.recordsIn),
    String(vertex.recordsOut),
  ])
  return ['', renderTable(columns, rows)]
}

function snapshotLine({ lastSnapshot }: JobDetails): string {
  if (lastSnapshot === undefined) return 'Last checkpoint: none'
  const { kind, id, takenAt, durationMs, sizeBytes, location } = lastSnapshot
  const what = kind === 'savepoint' ? 'savepoint' : `checkpoint ${id}`
  return `Last ${what}: ${formatTimestamp(takenAt)}, ${formatBytes(sizeBytes)} in ${formatDuration(durationMs)}, ${location}`
}

function sourceLines({ lastSnapshot }: JobDetails): string[] {
  const sources = lastSnapshot?.sources ?? []
  if (sources.length === 0) return []
  const rows = sources.flatMap(({ operator, splits }) =>
    splits.map(({ id, position, watermark }) => [
      operator,
      id,
      position,
      watermark === undefined ? '–' : formatTimestamp(watermark),
    ]),
  )
  const columns = [
    { name: 'source' },
    { name: 'split' },
    { name: 'goes on at', align: 'right' },
    { name: 'watermark' },
  ] as const
  return ['', renderTable(columns, rows)]
}

function failureLines({ failures }: JobDetails): string[] {
  if (failures.length === 0) return []
  return [
    '',
    'Exceptions, newest first:',
    ...failures.flatMap(({ at, code, message, fix, consequence }) => [
      `  ${formatTimestamp(at)}  ${message}  [${code}]`,
      `    ${consequence}${fix === undefined ? '' : `; fix: ${fix}`}`,
    ]),
  ]
}

export function renderJobDetails(details: JobDetails): string {
  const { job } = details
  const { report } = job.outcome ?? {}
  const owner = job.attached ? '; a `flinkts run` follows it' : ''
  return [
    stateLine(details),
    `Id: ${job.jobId}${owner}`,
    ...(report === undefined
      ? []
      : [
          `Records: ${report.recordsIn} in, ${report.recordsOut} out, ${report.lateRecordsDropped} late; checkpoints: ${report.checkpoints.completed} completed, ${report.checkpoints.failed} failed`,
        ]),
    snapshotLine(details),
    ...(job.nextRun === undefined
      ? []
      : [`Next run: ${nextRunText(job.nextRun)}${job.nextRun.say.map((line) => `\n  ${line}`).join('')}`]),
    ...refusedStartLines(details),
    ...vertexLines(details),
    ...sourceLines(details),
    ...failureLines(details),
  ].join('\n')
}

export function jobDetailsToJson(details: JobDetails): Record<string, unknown> {
  const { job, lastSnapshot, failures, refusedStart } = details
  const { vertices, report } = job.outcome ?? {}
  return { ...jobToJson(job), vertices, report, lastSnapshot, failures, refusedStart }
}
