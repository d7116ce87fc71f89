// How a scalar function fails: generated code turns it into EXPRESSION_FAILED with the expression's text and place.
import { FlinktsError, isFlinktsError, type TextLocation } from '../common/errors.ts'

export const DIVISION_BY_ZERO = 'Division by zero'

export function fail(message: string): never {
  throw new FlinktsError('EXPRESSION_FAILED', message)
}

/** Which expression generated code was at when something failed. */
export interface ExpressionSite {
  readonly text: string
  readonly location?: TextLocation | undefined
}

/** Adds text and place of the expression to what a function threw. Called by generated code. */
export function failedAt(error: unknown, site: ExpressionSite | undefined): unknown {
  if (site === undefined || !(error instanceof Error)) return error
  if (isFlinktsError(error) && error.code !== 'EXPRESSION_FAILED') return error
  const place = site.location === undefined ? '' : ` (line ${site.location.line}, column ${site.location.column})`
  const message = error.message.endsWith('.') ? error.message : `${error.message}.`
  return new FlinktsError('EXPRESSION_FAILED', `${message} In expression ${site.text}${place}.`, {
    location: site.location,
    cause: error,
  })
}
