// What a check is given, put together; and the calls that need nothing but words.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { inspect, isDeepStrictEqual } from 'node:util'
import { DURATION, type SessionJob } from '../../engine/host.ts'
import { packageRoot } from '../config/package-root.ts'
import { sessionJobs } from '../services/session-jobs.ts'
import { callRest } from '../services/rest-client.ts'
import { CheckFailure } from './check-failure.ts'
import { endedJob, watchJobs } from './job-end.ts'
import { expectLabOptions } from './expect-lab-options.ts'
import { guarded, telling, until, within, type LabContext } from './lab-context.ts'
import { fileCalls } from './lab-files.ts'
import { readChanges, runJob } from './lab-jobs.ts'
import { postgresCalls } from './lab-postgres.ts'
import { topicCalls } from './lab-topics.ts'
import type { Lab } from './lab.ts'

const COMMAND_LIMIT_MS = 60_000
const UNTIL_LIMIT_MS = 15_000

/** `9,990`; of anything else what a programmer would write. */
export function valueText(value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value)) return value.toLocaleString('en-US')
  if (typeof value === 'string') return `'${value}'`
  return inspect(value, { depth: 4, breakLength: 100, compact: true, sorted: true })
}

async function runCommand({ project, signal }: LabContext, args: readonly string[]): ReturnType<Lab['flinkts']> {
  const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'run.js'), ...args], {
    cwd: project.folder,
    env: { ...process.env, NO_COLOR: '1', CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
  const late = (): CheckFailure =>
    new CheckFailure(
      `\`flinkts ${args.join(' ')}\` still runs after ${COMMAND_LIMIT_MS / 1000} s`,
      'Run it yourself to see what it waits for.',
    )
  try {
    return { code: await within(ended, COMMAND_LIMIT_MS, signal, late), ...output }
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL')
  }
}

async function jobStates({ session }: LabContext): Promise<Map<string, SessionJob['status']>> {
  const jobs = await sessionJobs(session.restAddress)
  return new Map(jobs.map(({ jobId, status }) => [jobId, status]))
}

const isCancelled = (status: SessionJob['status'] | undefined): boolean =>
  status === 'CANCELLING' || status === 'CANCELED'

/**
 * A job that the command has begun is the check's own: the next check ends it, or it would hold the session for ever. One that
 * was cancelled meanwhile counts as ended by the check.
 */
async function runAndKeepJobs(context: LabContext, args: readonly string[]): ReturnType<Lab['flinkts']> {
  const before = await jobStates(context)
  const answer = await runCommand(context, args)
  for (const [jobId, status] of await jobStates(context)) {
    if (!before.has(jobId)) context.jobStarted(jobId)
    if (isCancelled(status) && !isCancelled(before.get(jobId))) context.jobEnded(jobId)
  }
  return answer
}

function wrong(seen: string, because: string): never {
  throw new CheckFailure(seen, because)
}

function equal(seen: unknown, expected: unknown, what: string, because: string): void {
  if (isDeepStrictEqual(seen, expected)) return
  wrong(`${what}: ${valueText(seen)}, expected ${valueText(expected)}`, because)
}

/** What a job died of comes first; where nobody answers any more, what was waited for. */
async function untilOrLost<T>(
  context: LabContext,
  what: string,
  holds: () => Promise<T | undefined | false>,
  limitMs = UNTIL_LIMIT_MS,
): Promise<T> {
  expectLabOptions('lab.until', { limitMs }, { limitMs: DURATION })
  const { signal } = context
  const watch = watchJobs(context)
  let lost: Error | undefined
  const hopeless = async (): Promise<Error | undefined> => (lost = await watch())
  try {
    return await until(holds, { what, limitMs, signal, because: 'It did not come about in that time.', hopeless })
  } catch (error) {
    signal.throwIfAborted()
    throw lost ?? (await endedJob(context).catch(() => undefined)) ?? error
  }
}

/** `note`: see Lab. */
export function openLab(context: LabContext, note: (line: string) => void): Lab {
  const files = fileCalls(context)
  const { signal, session } = context
  const aboutJobs: Pick<Lab, 'flinkts' | 'rest' | 'until'> = {
    flinkts: (...args) => runAndKeepJobs(context, args),
    rest: (path) => callRest(session.restAddress, { path, signal }),
    until: (what, holds, limitMs) => untilOrLost(context, what, holds, limitMs),
  }
  const calls: Lab = {
    ...files,
    ...topicCalls(context, (name) => files.data(name)),
    ...postgresCalls(context),
    run: (file, options) => runJob(context, file, options),
    changes: (file, options) => readChanges(context, file, options),
    ...telling(aboutJobs, context),
    wrong,
    equal,
    note,
  }
  return guarded(calls, signal)
}
