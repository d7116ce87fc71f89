// The one error class of the engine: what happened, where, how to fix it, and a stable code.
import { errorCodes, type ErrorCode } from './error-codes.ts'

/** A place in a text the user wrote. Lines and columns count from 1, columns in UTF-16 units. */
export interface TextLocation {
  readonly file?: string | undefined
  readonly line: number
  readonly column: number
  /** Length of the offending text, for underlining. Default 1. */
  readonly length?: number | undefined
}

export interface ErrorDetails {
  readonly location?: TextLocation | undefined
  /** One imperative sentence: how the user mends it. */
  readonly fix?: string | undefined
  /** The error underneath; the first cause is what gets printed first. */
  readonly cause?: unknown
}

/**
 * An error with a code from the closed list. `dist` and sources may be loaded side by side and errors cross threads as
 * plain data, so callers compare `code`, never `instanceof`.
 */
export class FlinktsError extends Error {
  readonly code: ErrorCode
  readonly location: TextLocation | undefined
  readonly fix: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'FlinktsError'
    this.code = code
    this.location = details.location
    this.fix = details.fix
  }

  get kind(): 'user' | 'system' {
    return errorCodes[this.code].kind
  }
}

/** An error as plain data, for thread, process and REST boundaries. */
export interface ErrorData {
  readonly code: ErrorCode
  readonly message: string
  readonly location?: TextLocation | undefined
  readonly fix?: string | undefined
  readonly stack?: string | undefined
  readonly cause?: ErrorData | undefined
}

export function isFlinktsError(error: unknown): error is FlinktsError {
  return error instanceof Error && error.name === 'FlinktsError' && 'code' in error
}

export function toErrorData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { code: 'INTERNAL', message: String(error) }
  const known = isFlinktsError(error) ? error : undefined
  // whichever write met it: on the other side of the boundary it has to have its name
  const meansDiskFull = known === undefined && 'code' in error && /^(ENOSPC|EDQUOT)$/.test(String(error.code))
  return {
    code: known?.code ?? (meansDiskFull ? 'DISK_FULL' : 'INTERNAL'),
    message: meansDiskFull ? `the disk is full: ${error.message}` : error.message,
    location: known?.location,
    fix: known?.fix,
    stack: error.stack,
    cause: error.cause === undefined ? undefined : toErrorData(error.cause),
  }
}

export function fromErrorData(data: ErrorData): FlinktsError {
  const error = new FlinktsError(data.code, data.message, {
    location: data.location,
    fix: data.fix,
    cause: data.cause === undefined ? undefined : fromErrorData(data.cause),
  })
  if (data.stack !== undefined) error.stack = data.stack
  return error
}
