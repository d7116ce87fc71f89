// An exercise's check.ts, compiled and loaded.
import { createRequire } from 'node:module'
import { FlinktsError, locateInBundle, type TextLocation } from '../../engine/host.ts'
import { bundleScript, loadBundled } from '../services/bundle-job.ts'
import type { ExerciseCheck } from './check.ts'

export interface LoadedCheck {
  readonly check: ExerciseCheck
  /** Where in the chapter's source an error of the check comes from. */
  readonly locate: (error: unknown) => TextLocation | undefined
}

/** Node's modules may be imported. Throws FILE_INVALID, BUNDLE_INVALID with the place in the source. */
export async function loadCheck(path: string): Promise<LoadedCheck> {
  const bundle = await bundleScript(path)
  const exported = loadBundled(bundle, createRequire(path)).default as Partial<ExerciseCheck> | undefined
  if (exported?.kind !== 'flinkts-check')
    throw new FlinktsError('FILE_INVALID', `${path} does not export a check by default`, {
      location: { file: path, line: 1, column: 1 },
      fix: 'end it with `export default check(async (lab) => { … })`',
    })
  return {
    check: exported as ExerciseCheck,
    locate: (error) => (error instanceof Error ? locateInBundle(error.stack, bundle.sourceMap) : undefined),
  }
}
