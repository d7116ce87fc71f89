// The user functions of a job in a worker: the bundle runs the job's definition once more and hands out the closures that
// the graph refers to, after it has shown that it builds the same graph.
import { FlinktsError } from '../common/errors.ts'
import type { JobBundle } from '../graph/stream-graph.ts'
import type { UserFunctions } from '../task/task-environment.ts'
import { bundleFailure, loadBundle } from './load-bundle.ts'
import { runUserCode } from './run-user-code.ts'

type Signature = Readonly<Record<string, string>>

/** Throws BUNDLE_INVALID. Functions of a job without a bundle: undefined. */
export async function loadUserFunctions(bundle: JobBundle | undefined): Promise<UserFunctions | undefined> {
  if (bundle === undefined) return undefined
  const { userFunctions, signature } = loadBundle(bundle)
  if (typeof userFunctions !== 'function') {
    throw new FlinktsError('BUNDLE_INVALID', 'the job’s bundle does not export userFunctions')
  }
  if (bundle.signature !== undefined) checkSameGraph(bundle.signature, signatureOf(signature, bundle))
  return userFunctions as UserFunctions
}

function signatureOf(signature: unknown, bundle: JobBundle): Signature {
  try {
    return runUserCode(() => 'the function given to job()', signature as () => Signature)
  } catch (cause) {
    throw bundleFailure('the job cannot be built again in a worker', cause, bundle.sourceMap)
  }
}

function checkSameGraph(planned: Signature, built: Signature): void {
  const ids = [...new Set([...Object.keys(planned), ...Object.keys(built)])]
  const different = ids.find((id) => planned[id] !== built[id])
  if (different === undefined) return
  const describe = (signature: Signature): string => signature[different] ?? 'nothing'
  throw new FlinktsError(
    'BUNDLE_INVALID',
    `the job builds another graph when it is run again: ${describe(planned)} when it was planned, ${describe(built)} in a worker`,
    { fix: 'let the function given to job() depend on nothing outside of it: no clock, no randomness, no environment' },
  )
}
