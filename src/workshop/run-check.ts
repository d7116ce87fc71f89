// Runs the check of one exercise on the learner's files, in the project's session.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock, type TextLocation } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import { kafkaConnectionOf, postgresConnectionOf } from '../services/project-connections.ts'
import { serviceOf, type Session } from '../services/session/open-session.ts'
import { CHECK_FILE, exerciseTitle, type Exercise } from './chapters.ts'
import { CheckFailure } from './check-failure.ts'
import { within, type LabContext } from './lab-context.ts'
import { endJobs } from './lab-jobs.ts'
import { loadCheck, type LoadedCheck } from './load-check.ts'
import { openLab } from './open-lab.ts'
import { lockCheck } from './workshop-locks.ts'

/** Of a whole check; every wait inside has a shorter limit. */
const CHECK_LIMIT_MS = 180_000
/** What is under way when a check is aborted: a statement, a compilation. */
const ABORT_LIMIT_MS = 5_000

interface Outcome {
  readonly durationMs: number
  /** What the check found worth showing, in order. */
  readonly notes: readonly string[]
  /** What `flinkts run` says beside its result: a port that moved, an option without effect. */
  readonly notices: readonly string[]
}

export type CheckResult =
  | (Outcome & { readonly kind: 'passed' })
  /** The check looked and says what is not right yet. */
  | (Outcome & { readonly kind: 'wrong'; readonly seen: string; readonly because: string })
  /** The learner's job was refused or failed, or a service did: an error as every command shows it. */
  | (Outcome & { readonly kind: 'error'; readonly error: Error })
  /** The check itself threw: a mistake of the workshop's author, or work that the check does not expect. */
  | (Outcome & { readonly kind: 'broken'; readonly message: string; readonly at: TextLocation | undefined })

export interface CheckRequest {
  readonly project: Project
  readonly session: Session
  readonly exercise: Exercise
  /** Absolute: the learner's files. */
  readonly folder: string
  /** Aborted: the result is no longer wanted. */
  readonly signal: AbortSignal
  /** Hears that the check of another process is waited for. */
  readonly waits: (line: string) => void
}

/** The ids of jobs that checks started, so that the next check, maybe of another process, ends them. */
function jobsFile({ stateFolder }: Project): string {
  return join(stateFolder, 'workshop-jobs.json')
}

function leftJobs(project: Project): string[] {
  try {
    return JSON.parse(readFileSync(jobsFile(project), 'utf8')) as string[]
  } catch {
    return [] // none yet, or torn when the machine went down: those jobs are gone, too
  }
}

async function openContext(request: CheckRequest, signal: AbortSignal, notices: string[]): Promise<LabContext> {
  const { project, session, exercise, folder } = request
  const started = await session.startServices({ services: ['kafka', 'postgres'] })
  notices.push(...started.notices)
  const jobs: string[] = []
  const endedJobs = new Set<string>()
  let knownUntil = -Infinity
  return {
    project,
    session,
    kafka: kafkaConnectionOf(project, serviceOf(started.services, 'kafka')),
    postgres: postgresConnectionOf(project, serviceOf(started.services, 'postgres')),
    exercise,
    folder,
    signal,
    jobs,
    jobStarted(jobId) {
      jobs.push(jobId)
      writeFileSync(jobsFile(project), JSON.stringify(jobs))
    },
    endedJobs,
    jobEnded: (jobId) => void endedJobs.add(jobId),
    knownUntil: () => knownUntil,
    jobsAsked: () => void (knownUntil = systemClock.now()),
    notice: (line) => void notices.push(line),
  }
}

/** Ends the jobs that checks left running; without them the session can end. Within ten seconds. */
export async function endLeftJobs(request: Pick<CheckRequest, 'project' | 'session' | 'signal'>): Promise<void> {
  const left = new Set(leftJobs(request.project))
  if (left.size > 0) await endJobs(request, ({ jobId }) => left.has(jobId))
}

function failed(thrown: unknown, loaded: LoadedCheck | undefined, outcome: Outcome): CheckResult {
  if (thrown instanceof CheckFailure) return { ...outcome, kind: 'wrong', seen: thrown.seen, because: thrown.because }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  // errors of ours have a code and say what happened, where and how to mend it
  if ('code' in error && (error.name === 'FlinktsError' || error.name === 'ConfigError'))
    return { ...outcome, kind: 'error', error }
  return { ...outcome, kind: 'broken', message: error.message, at: loaded?.locate(error) }
}

/** One at a time in a project. Throws what `signal` was aborted with, and FOLDER_IN_USE where another check does not end. */
export async function runCheck(request: CheckRequest): Promise<CheckResult> {
  const { project, signal, waits } = request
  const lock = await lockCheck(project, { limitMs: CHECK_LIMIT_MS + ABORT_LIMIT_MS, signal, waits })
  try {
    return await runAlone(request)
  } finally {
    lock.release()
  }
}

async function runAlone(request: CheckRequest): Promise<CheckResult> {
  const { exercise, session } = request
  const startedMs = systemClock.monotonicMs()
  const [notes, notices]: [string[], string[]] = [[], []]
  const abort = new AbortController()
  const signal = AbortSignal.any([request.signal, abort.signal])
  const outcome = (): Outcome => ({ durationMs: systemClock.monotonicMs() - startedMs, notes, notices })
  const late = (): Error =>
    new CheckFailure(
      `the check of ${exerciseTitle(exercise)} has not ended after ${CHECK_LIMIT_MS / 1000} s`,
      '`flinkts status` and `flinkts jobs list` say what runs.',
    )
  let loaded: LoadedCheck | undefined
  const check = async (): Promise<void> => {
    const [context, ready] = await Promise.all([
      openContext(request, signal, notices),
      loadCheck(join(exercise.folder, CHECK_FILE)),
    ])
    loaded = ready
    await endLeftJobs(context)
    await ready.check.run(openLab(context, (line) => void notes.push(line)))
  }
  const checking = check()
  try {
    await within(Promise.race([checking, session.lost]), CHECK_LIMIT_MS, request.signal, late)
    return { ...outcome(), kind: 'passed' }
  } catch (error) {
    request.signal.throwIfAborted()
    return failed(error, loaded, outcome())
  } finally {
    abort.abort(new Error('the check is over'))
    // one that was aborted must not work on beside the next
    await Promise.race([checking.catch(() => undefined), delay(ABORT_LIMIT_MS, undefined, { ref: false })])
  }
}
