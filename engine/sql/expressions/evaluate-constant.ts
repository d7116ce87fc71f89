import type { FunctionContext } from '../../functions/function-context.ts'
import { loadGenerated } from '../../common/load-generated.ts'
import { runtimeFunctions } from '../../functions/runtime-functions.ts'
import type { CalcFactory } from '../../functions/function-context.ts'
import { types } from '../../types/logical-type.ts'
import { createBatch, getCell, type Cell } from '../../types/record-batch.ts'
import { check } from '../../common/check.ts'
import type { Expression } from './expression.ts'
import { generateCalc } from './generate-calc.ts'
import type { ExpressionOptions } from './scope.ts'

const NO_COLUMNS = types.row([], false)

/** Constants depend on the session, never on the clock or on chance: those functions are not constant. */
function constantContext(options: ExpressionOptions): FunctionContext {
  return {
    sessionTimeZone: options.sessionTimeZone,
    clock: { now: () => 0 },
    random: () => 0,
    currentWatermark: () => -Infinity,
  }
}

/**
 * The value of an expression without columns, by the code that would run for a row.
 * @throws EXPRESSION_FAILED
 */
export function evaluateConstant(expression: Expression, options: ExpressionOptions): Cell {
  if (expression.kind === 'literal') return expression.value
  const outputType = types.row([{ name: 'value', type: expression.type }], false)
  const { code } = generateCalc({ inputType: NO_COLUMNS, projection: [expression], outputType })
  const factory = loadGenerated<CalcFactory>(code)
  const result = factory(runtimeFunctions, constantContext(options))(createBatch(NO_COLUMNS, [], 1))
  check(result !== undefined, 'a constant has one value')
  return getCell(expression.type, result.columns[0]!, 0)
}
