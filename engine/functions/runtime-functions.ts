// Everything that generated code calls, by name: the `functions` argument of its factory.
import { castFunctions } from './cast.ts'
import { collectionFunctions } from './collection-functions.ts'
import { compareBytes, compareCells, compareStrings } from './comparison.ts'
import {
  compareDecimals,
  decimalAdd,
  decimalDivide,
  decimalMultiply,
  decimalNegate,
  decimalRemainder,
  decimalSubtract,
  decimalToDouble,
} from './decimal.ts'
import { encodingFunctions } from './encoding-functions.ts'
import { DIVISION_BY_ZERO, fail, failedAt } from './evaluation-error.ts'
import type { CallInfo, ScalarFunctions } from './function-context.ts'
import { gatherColumn, gatherValues } from './gather.ts'
import { hashFunctions } from './hash-functions.ts'
import { int64Add, int64Divide, int64Multiply, int64Negate, int64Remainder, int64Subtract } from './int64.ts'
import { jsonFunctions } from './json-functions.ts'
import { mathFunctions } from './math-functions.ts'
import { regularExpressionFunctions } from './regular-expression-functions.ts'
import { stringFunctions } from './string-functions.ts'
import { systemFunctions } from './system-functions.ts'
import { temporalFunctions } from './temporal-functions.ts'
import { createTimeZone } from './time-zone.ts'
import { compareTimestamps } from './timestamp.ts'
import type { Cell } from '../types/record-batch.ts'
import { check } from '../common/check.ts'

/** The functions of the catalogue: each is made for its call by `create`. */
export const scalarFunctions: ScalarFunctions = {
  ...castFunctions,
  ...collectionFunctions,
  ...encodingFunctions,
  ...hashFunctions,
  ...jsonFunctions,
  ...mathFunctions,
  ...regularExpressionFunctions,
  ...stringFunctions,
  ...systemFunctions,
  ...temporalFunctions,
}

function create(name: string, call: CallInfo): (...operands: never[]) => Cell {
  const make = scalarFunctions[name]
  check(make !== undefined, `generated code calls the unknown function ${name}`)
  return make(call)
}

/** Pass this as `functions` to what `loadGenerated` gives. */
export const runtimeFunctions = {
  create,
  failedAt,
  gatherColumn,
  gatherValues,
  divisionByZero: (): never => fail(DIVISION_BY_ZERO),
  int64Add,
  int64Subtract,
  int64Multiply,
  int64Divide,
  int64Remainder,
  int64Negate,
  decimalAdd,
  decimalSubtract,
  decimalMultiply,
  decimalDivide,
  decimalRemainder,
  decimalNegate,
  decimalToDouble,
  createTimeZone,
  compareDecimals,
  compareTimestamps,
  compareStrings,
  compareBytes,
  compareCells,
} as const
