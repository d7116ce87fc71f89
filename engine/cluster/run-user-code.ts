// Runs the user's code where flinkts waits for it and nothing else can happen meanwhile: at the top level of a file, and in
// the function given to job().
import { Script } from 'node:vm'
import { FlinktsError } from '../common/errors.ts'

const LIMIT_MS = 30_000

// A script's limit holds for what the script calls, and only its globals reach it.
const CALLED = Symbol.for('flinkts.run-user-code')
const call = new Script(`globalThis[Symbol.for('flinkts.run-user-code')]()`, { filename: 'flinkts-call.js' })

function exitRefused(what: string, code: number | string | null | undefined): FlinktsError {
  return new FlinktsError(
    'BUNDLE_INVALID',
    `${what} calls process.exit(${code ?? ''}), which would end flinkts with nothing said`,
    { fix: 'take the call out; where the file cannot go on, throw an Error that says why' },
  )
}

function overdue(what: string, limitMs: number): FlinktsError {
  return new FlinktsError(
    'BUNDLE_INVALID',
    `${what} has not ended within ${limitMs / 1000} s; flinkts waited for its end`,
    {
      fix: 'look for a loop that does not end there; long work belongs into sources, sinks or functions, or before the job starts',
    },
  )
}

/**
 * What `run` gives; it is synchronous. Throws what it throws, and BUNDLE_INVALID where it calls process.exit (also where it
 * catches what that throws) or does not end within `limitMs` (default: 30 s). `what` begins their messages, and is
 * asked for them only. Timers and promises that it leaves behind are not its own any more.
 */
export function runUserCode<T>(what: () => string, run: () => T, limitMs = LIMIT_MS): T {
  const exit = Object.getOwnPropertyDescriptor(process, 'exit')!
  const globals = globalThis as { [CALLED]?: (() => T) | undefined }
  let refused: FlinktsError | undefined
  process.exit = (code) => {
    throw (refused ??= exitRefused(what(), code))
  }
  globals[CALLED] = run
  try {
    const result = call.runInThisContext({ timeout: limitMs }) as T
    if (refused === undefined) return result
  } catch (error) {
    if (refused === undefined) throw isTimeout(error) ? overdue(what(), limitMs) : error
  } finally {
    Object.defineProperty(process, 'exit', exit)
    delete globals[CALLED]
  }
  throw refused
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
