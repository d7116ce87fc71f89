// Errors as Flink's REST API shows them. There are no Java classes: the error's code stands for one.
import type { ErrorData } from '../common/errors.ts'

export function stackOf(error: ErrorData): string {
  const own = `${error.code}: ${error.message}${error.fix === undefined ? '' : `\n\t${error.fix}`}`
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`
}

/** Flink's SerializedThrowable without the serialized form. */
export function failureCause(error: ErrorData): { readonly class: string; readonly 'stack-trace': string } {
  return { class: error.code, 'stack-trace': stackOf(error) }
}
