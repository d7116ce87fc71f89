// Errors of user functions: which function, where it stands, what it threw or returned.
import { FlinktsError } from '../../common/errors.ts'
import { UnfitValue } from './record-values.ts'

export interface UserFunctionPlace {
  /** The operator's name. */
  readonly operator: string
  /** Where the function stands in the user's source. */
  readonly source: string | undefined
}

export function userFunctionError(place: UserFunctionPlace, cause: unknown): FlinktsError {
  const where = `${place.operator}${place.source === undefined ? '' : ` (${place.source})`}`
  if (cause instanceof UnfitValue) {
    return new FlinktsError('USER_FUNCTION_FAILED', `${where}: ${cause.message}`, {
      fix: 'Return a record that fits the declared output schema.',
    })
  }
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  return new FlinktsError('USER_FUNCTION_FAILED', `${where} threw ${what}`, {
    cause,
    fix: 'Mend the function, or handle the record inside it.',
  })
}

/** A promise would be taken for a record (or for true): functions on the stream are synchronous. */
export function checkNotPromise(result: unknown): void {
  if (typeof result === 'object' && result !== null && typeof (result as { then?: unknown }).then === 'function') {
    throw new UnfitValue('the function returned a promise, but functions on the stream are synchronous')
  }
}
