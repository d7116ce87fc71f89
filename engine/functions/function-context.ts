// What generated code and scalar functions get from the outside, and the shape of a scalar function.
import type { LogicalType } from '../types/logical-type.ts'
import type { Cell, RecordBatch } from '../types/record-batch.ts'

/** What a running operator knows and a pure function does not. */
export interface FunctionContext {
  /** `table.local-time-zone`, an IANA name or an offset such as `+05:30`. */
  readonly sessionTimeZone: string
  /** Wall-clock time in ms since 1970, for PROCTIME, CURRENT_TIMESTAMP and NOW. */
  readonly clock: { now(): number }
  /** Uniform in [0, 1), for RAND and UUID. */
  random(): number
  /** The operator's current watermark in ms; -Infinity while there is none. */
  currentWatermark(): number
}

/** One call in the text: known before the first row, so a function prepares what does not depend on the row. */
export interface CallInfo {
  readonly operandTypes: readonly LogicalType[]
  readonly resultType: LogicalType
  readonly options: Readonly<Record<string, unknown>>
  readonly context: FunctionContext
}

/**
 * Makes the function for one call. The generated code calls it once per operator, and the result once per row, with
 * cells in canonical form. Functions that are not declared to take NULLs are never given one. NULL results are null.
 * Failures are thrown by `fail`; the generated code adds which expression failed.
 */
export type ScalarFunction = (call: CallInfo) => (...operands: never[]) => Cell

/** A family's functions by name. */
export type ScalarFunctions = Readonly<Record<string, ScalarFunction>>

/** What `code` of a CalcSpec evaluates to; `functions` is `runtimeFunctions`. */
export type CalcFactory = (
  functions: object,
  context: FunctionContext,
) => (batch: RecordBatch) => RecordBatch | undefined

/** Keeps the result for the last key: literals are prepared once, columns whenever they change. */
export function rememberLast<K, V>(compute: (key: K) => V): (key: K) => V {
  let known = false
  let lastKey: K
  let lastValue: V
  return (key) => {
    if (!known || key !== lastKey) {
      lastValue = compute(key)
      lastKey = key
      known = true
    }
    return lastValue
  }
}
