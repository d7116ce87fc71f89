// A job that does not run, or not yet: it is being deployed, restarts, has failed or has ended.
import type { ErrorData } from '../common/errors.ts'
import type { Finding } from './finding.ts'
import type { FailureFacts, JobFacts } from './job-facts.ts'
import type { JobIndex } from './job-index.ts'
import { count, counted, duration, known, list } from './phrase.ts'

/** All of it runs, or a part of it has read its input to the end: subtasks can say why nothing comes out. */
export function isWorking({ status, vertices }: JobFacts): boolean {
  return status === 'RUNNING' && vertices.every(({ subtasks }) => subtasks.every((subtask) => isUp(subtask.status)))
}

function isUp(status: string): boolean {
  return status === 'RUNNING' || status === 'FINISHED'
}

function firstCause(error: ErrorData): ErrorData {
  return error.cause === undefined ? error : firstCause(error.cause)
}

/** Where in the user's text it is: of the innermost error that knows. */
function locationText(error: ErrorData): string | undefined {
  const inner = error.cause === undefined ? undefined : locationText(error.cause)
  if (inner !== undefined || error.location === undefined) return inner
  const { file, line, column } = error.location
  return file === undefined ? `line ${line}, column ${column}` : `${file}:${line}:${column}`
}

function failureDetails({ error, subtask }: FailureFacts): string[] {
  const cause = firstCause(error)
  const location = locationText(error)
  const fix = cause.fix ?? error.fix
  return [
    `error code: ${cause.code}${subtask === undefined ? '' : `, in ${subtask}`}`,
    ...(location === undefined ? [] : [`in the source: ${location}`]),
    ...(fix === undefined ? [] : [`what to do: ${fix}`]),
  ]
}

function failureFacts({ error, at, subtask }: FailureFacts): Record<string, string | number | boolean> {
  const cause = firstCause(error)
  return known({ code: cause.code, message: cause.message, failedAt: at, subtask, location: locationText(error) })
}

/** How many of the last failures had the same first cause: from two on another attempt will meet it again. */
function repeats(failures: readonly FailureFacts[]): number {
  const causes = failures.map(({ error }) => firstCause(error))
  const other = causes.findIndex(({ code, message }) => code !== causes[0]!.code || message !== causes[0]!.message)
  return other < 0 ? causes.length : other
}

function attemptsText({ restart, restarts }: JobFacts): string {
  if (restart.strategy === 'none') return 'without a restart strategy'
  const often = restarts === 0 ? 'not restarted yet' : `restarted ${counted(restarts, 'time')} so far`
  if (restart.attemptsMax === undefined) return `${often}, without a limit`
  return `${often}; attempt ${count(Math.min(restart.failures, restart.attemptsMax))} of ${count(restart.attemptsMax)}`
}

const AGAIN = 'the job restarts again and again'

function restarting({ facts }: JobIndex): Finding {
  const { restart, now, failures } = facts
  const [failure] = failures
  const wait = restart.nextAttemptAt === undefined ? undefined : restart.nextAttemptAt - now
  const next =
    wait === undefined
      ? 'the next attempt begins when the last one has been taken down'
      : wait > 0
        ? `next attempt in ${duration(wait)}`
        : 'the next attempt is beginning'
  const cause = failure === undefined ? '' : `: ${firstCause(failure.error).message}`
  return {
    kind: 'job-status',
    severity: 'cause',
    text: `${repeats(failures) < 2 ? 'the job restarts' : AGAIN}${cause}`,
    details: [
      `${attemptsText(facts)}; ${next}`,
      ...(failure === undefined ? [] : failureDetails(failure)),
      ...repetition(facts),
    ],
    facts: {
      status: facts.status,
      restarts: facts.restarts,
      ...known({ nextAttemptInMs: wait, attemptsMax: restart.attemptsMax }),
      ...(failure === undefined ? {} : failureFacts(failure)),
    },
  }
}

function repetition({ failures }: JobFacts): string[] {
  const times = repeats(failures)
  if (times < 2) return []
  return [`the last ${times} attempts failed with the same cause: without a change it will go on like this`]
}

function failed({ facts }: JobIndex): Finding {
  const [failure] = facts.failures
  const cause = failure === undefined ? 'its cause was not kept' : firstCause(failure.error).message
  return {
    kind: 'job-status',
    severity: 'cause',
    text: `the job ${facts.status === 'FAILING' ? 'is failing' : 'has failed'}: ${cause}`,
    details: [
      ...(failure === undefined ? [] : failureDetails(failure)),
      ...(failure === undefined ? [] : [`why it was not restarted: ${failure.consequence}`]),
      ...repetition(facts),
      ...nextRun(facts),
    ],
    facts: { status: facts.status, ...(failure === undefined ? {} : failureFacts(failure)) },
  }
}

function nextRun({ checkpoints }: JobFacts): string[] {
  return checkpoints.nextRun === undefined ? [] : [`the next run: ${checkpoints.nextRun}`]
}

const ENDINGS: Readonly<Record<string, string>> = {
  FINISHED: 'the job has finished: its input ended and everything was written',
  CANCELED: 'the job was cancelled',
  CANCELLING: 'the job is being cancelled',
  SUSPENDED: 'the job ended with its session, without a savepoint',
  STOPPED: 'the job was stopped with a savepoint',
  ABORTED: 'the job ended with the `flinkts run` that followed it',
  CRASHED: 'the session that ran the job ended without a word: it crashed or was killed',
}

function ended({ facts }: JobIndex): Finding {
  const { status, statusSince, now, vertices } = facts
  const ago = statusSince === undefined ? '' : `, ${duration(now - statusSince)} ago`
  const figures = vertices.map(
    ({ name, recordsIn, recordsOut }) => `${name}: ${count(recordsIn)} records in, ${count(recordsOut)} out`,
  )
  return {
    kind: 'job-status',
    severity: 'cause',
    text: `${ENDINGS[status] ?? `the job is ${status}`}${ago}`,
    details: [...figures, ...nextRun(facts)],
    facts: { status, ...known({ endedAt: statusSince }) },
  }
}

const WAITING: Readonly<Record<string, string>> = {
  CREATED: 'waits for a slot',
  SCHEDULED: 'waits for a slot',
  DEPLOYING: 'is being sent to its TaskManager',
  INITIALIZING: 'restores its state or connects to its sink',
}

function deploying(index: JobIndex): Finding {
  const { facts } = index
  const subtasks = facts.vertices.flatMap(({ id, subtasks: all }) => all.map((subtask) => ({ id, ...subtask })))
  const waiting = subtasks.filter(({ status }) => !isUp(status))
  const since = facts.statusSince ?? facts.startedAt
  const kinds = [...new Set(waiting.map(({ status }) => status))]
  return {
    kind: 'job-status',
    severity: 'cause',
    text: `the job is being deployed: ${subtasks.length - waiting.length} of ${counted(subtasks.length, 'subtask')} run, after ${duration(facts.now - since)}`,
    details: kinds.map((kind) => {
      const these = waiting.filter(({ status }) => status === kind)
      return `${list(these.map(({ id, index: at }) => index.subtaskName(id, at)))}: ${WAITING[kind] ?? kind}`
    }),
    facts: { status: facts.status, subtasks: subtasks.length, waiting: waiting.length, sinceMs: facts.now - since },
  }
}

function created({ facts }: JobIndex): Finding {
  const forMs = facts.now - (facts.statusSince ?? facts.startedAt)
  return {
    kind: 'job-status',
    severity: 'cause',
    text: `the job waits to be deployed, for ${duration(forMs)} now`,
    details: [
      'TaskManagers are starting, or its sources are being looked at; `flinkts taskmanagers list` shows free slots',
    ],
    facts: { status: facts.status, sinceMs: forMs },
  }
}

/** A job that fails again and again runs in between, for as long as it takes to come to the same place. */
const CALM_MS = 30_000

/** It runs now, and yet it did not a moment ago. */
function restartedBefore({ facts }: JobIndex): Finding[] {
  const [failure] = facts.failures
  if (failure === undefined || facts.restarts === 0) return []
  const isCalm = isWorking(facts) && facts.now - (facts.statusSince ?? facts.startedAt) >= CALM_MS
  const isCause = repeats(facts.failures) >= 2 && !isCalm
  const { message } = firstCause(failure.error)
  const often = `${attemptsText(facts)}; it failed last ${duration(facts.now - failure.at)} ago`
  return [
    {
      kind: 'job-status',
      severity: isCause ? 'cause' : 'warning',
      text: `${isCause ? AGAIN : 'the job has been restarted'}: ${message}`,
      details: [often, ...failureDetails(failure), ...repetition(facts)],
      facts: { restarts: facts.restarts, ...failureFacts(failure) },
    },
  ]
}

export function diagnoseStatus(index: JobIndex): Finding[] {
  const { facts } = index
  switch (facts.status) {
    case 'CREATED':
      return [created(index)]
    case 'RESTARTING':
      return [restarting(index)]
    case 'FAILING':
    case 'FAILED':
      return [failed(index)]
    case 'RUNNING':
      return isWorking(facts) ? restartedBefore(index) : [...restartedBefore(index), deploying(index)]
    default:
      return [ended(index)]
  }
}
