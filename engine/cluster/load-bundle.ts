// Loads a job's bundle and finds places of the user's source in its stack traces. The code is compiled as a function:
// each call gives a module of its own, nothing is left behind in a module cache, and frames name BUNDLE_FILE.
import { SourceMap, type SourceMapPayload } from 'node:module'
import { compileFunction } from 'node:vm'
import { FlinktsError, type ErrorData, type TextLocation } from '../common/errors.ts'
import type { JobBundle } from '../graph/stream-graph.ts'
import { runUserCode } from './run-user-code.ts'

/** What a bundle exports; nothing of it is certain before it was looked at. */
export interface BundleModule {
  /** The job file's default export. */
  readonly default?: unknown
  /** From operator id to function. */
  readonly userFunctions?: unknown
  /** Gives what each node is, by id. */
  readonly signature?: unknown
}

type BundleSourceMap = SourceMapPayload & { readonly ignoreList?: readonly number[] }

const BUNDLE_FILE = 'flinkts-job.cjs'
const FRAME = /flinkts-job\.cjs:(\d+):(\d+)/g

/**
 * `require`: for code that is no job and may have Node's modules. `limitMs`: see runUserCode. Throws BUNDLE_INVALID with what
 * the user's code threw when it was loaded.
 */
export function loadBundle(
  bundle: Pick<JobBundle, 'code' | 'sourceMap'>,
  require?: NodeJS.Require,
  limitMs?: number,
): BundleModule {
  const module = { exports: {} as BundleModule }
  try {
    const run = compileFunction(bundle.code, ['module', 'exports', 'require'], { filename: BUNDLE_FILE })
    const load = run as (module: unknown, exports: unknown, require: unknown) => void
    runUserCode(
      () => loadingOf(bundle.sourceMap),
      () => load(module, module.exports, require),
      limitMs,
    )
  } catch (cause) {
    throw bundleFailure('the job’s code fails when it is loaded', cause, bundle.sourceMap)
  }
  return module.exports
}

/** BUNDLE_INVALID that says what the user's code threw, and where. */
export function bundleFailure(message: string, cause: unknown, sourceMap: string | undefined): FlinktsError {
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  const location = cause instanceof Error ? locateInBundle(cause.stack, sourceMap) : undefined
  return new FlinktsError('BUNDLE_INVALID', `${message}: ${what}`, { cause, location, fix: 'mend the job file' })
}

/** In a bundle the file that was bundled comes behind what it imports. */
function loadingOf(sourceMap: string | undefined): string {
  if (sourceMap === undefined) return 'loading the job file'
  const { sources, ignoreList = [] } = JSON.parse(sourceMap) as BundleSourceMap
  return `loading ${sources.findLast((_source, index) => !ignoreList.includes(index)) ?? 'the job file'}`
}

/** The first frame of a stack that lies in the user's own source: not in flinkts, not in a package. */
export function locateInBundle(stack: string | undefined, sourceMap: string | undefined): TextLocation | undefined {
  if (stack === undefined || sourceMap === undefined) return undefined
  const payload = JSON.parse(sourceMap) as BundleSourceMap
  const map = new SourceMap(payload)
  const ignored = new Set((payload.ignoreList ?? []).map((index) => payload.sources[index]))
  for (const [, line, column] of stack.matchAll(FRAME)) {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
    if (!('originalSource' in entry) || ignored.has(entry.originalSource)) continue
    return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
  }
  return undefined
}

/** An error of a user function, pointing at the expression that threw instead of at the call of the API. */
export function locateUserError(error: ErrorData, bundle: JobBundle | undefined): ErrorData {
  if (error.code !== 'USER_FUNCTION_FAILED') return error
  const location = locateInBundle(error.cause?.stack, bundle?.sourceMap)
  return location === undefined ? error : { ...error, location }
}
