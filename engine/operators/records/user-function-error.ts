// Errors of user functions: which function, where it stands, what it threw or returned, and for which record.
import { FlinktsError, isFlinktsError, type TextLocation } from '../../common/errors.ts'
import { UnfitValue } from './record-values.ts'

export interface UserFunctionPlace {
  /** The operator's name. */
  readonly operator: string
  /** Where the function stands in the user's source: `file:line:column`. */
  readonly source: string | undefined
  /** What the records of a failure are. Default: the record that the function was called for. */
  readonly subject?: string | undefined
}

const RECORD_LENGTH_MAX = 500

function jsonValue(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), item as unknown]))
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return value
}

/** Records as JSON, cut off where they are long. */
function recordText(records: readonly unknown[]): string {
  const text = records.map((record) => JSON.stringify(record, jsonValue)).join(' and ')
  return text.length <= RECORD_LENGTH_MAX ? text : `${text.slice(0, RECORD_LENGTH_MAX)}…`
}

/** `jobs/a.ts:12:5` as a place. */
function locationOf(source: string | undefined): TextLocation | undefined {
  const parts = /^(.*):(\d+):(\d+)$/.exec(source ?? '')
  return parts === null ? undefined : { file: parts[1]!, line: Number(parts[2]), column: Number(parts[3]) }
}

/**
 * What a function's failure becomes. `location` is where the function was given to the API; a host that knows the bundle's
 * source map points at the failing expression itself by the cause's stack. What is an error of the engine already, for
 * it came from further down the stream, stays what it is.
 */
export function userFunctionError(place: UserFunctionPlace, cause: unknown, records: readonly unknown[]): FlinktsError {
  if (isFlinktsError(cause)) return cause
  const of = records.length === 0 ? '' : ` ${place.subject ?? 'The record'}: ${recordText(records)}`
  const location = locationOf(place.source)
  if (cause instanceof UnfitValue) {
    return new FlinktsError('USER_FUNCTION_FAILED', `${place.operator}: ${cause.message}.${of}`, {
      location,
      fix: cause.fix ?? 'return what the declared schema says',
    })
  }
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  return new FlinktsError('USER_FUNCTION_FAILED', `${place.operator} threw ${what}.${of}`, {
    location,
    cause,
    fix: 'mend the function, or handle such a record in it',
  })
}
