// Loads a job's bundle in a worker and finds its user functions. The bundle exports `userFunctions`, a function from
// operator id to function: it runs the job's definition once and hands out the closures the graph refers to.
import { FlinktsError } from '../common/errors.ts'
import type { JobBundle } from '../graph/stream-graph.ts'
import type { UserFunctions } from '../task/task-environment.ts'

/** What a bundle's module must export. */
export interface BundleModule {
  readonly userFunctions: UserFunctions
}

/** Throws BUNDLE_INVALID. Functions of a job without a bundle: undefined. */
export async function loadUserFunctions(bundle: JobBundle | undefined): Promise<UserFunctions | undefined> {
  if (bundle === undefined) return undefined
  const map =
    bundle.sourceMap === undefined ? '' : `\n//# sourceMappingURL=${dataUrl('application/json', bundle.sourceMap)}`
  let module: Partial<BundleModule>
  try {
    module = (await import(dataUrl('text/javascript', bundle.code + map))) as Partial<BundleModule>
  } catch (cause) {
    throw new FlinktsError('BUNDLE_INVALID', 'the job’s code fails when it is loaded', { cause })
  }
  if (typeof module.userFunctions !== 'function') {
    throw new FlinktsError('BUNDLE_INVALID', 'the job’s bundle does not export userFunctions')
  }
  return module.userFunctions
}

function dataUrl(type: string, text: string): string {
  return `data:${type};base64,${Buffer.from(text).toString('base64')}`
}
