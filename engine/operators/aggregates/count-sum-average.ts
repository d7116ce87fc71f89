// COUNT, SUM, $SUM0 and AVG, with Flink's result types: integers wrap around, AVG of integers truncates.
import { decimalDivide, powerOfTen } from '../../functions/decimal.ts'
import { int64Divide, type Int64 } from '../../functions/int64.ts'
import type { DecimalType, LogicalType } from '../../types/logical-type.ts'
import type { AggregateDefinition, AggregateResult, AggregateScope } from './aggregate-definition.ts'
import { countAccumulator, sumAccumulator, sumKind, wideSumAccumulator, wrapNumber } from './common-accumulators.ts'

const NUMERIC = new Set<LogicalType['kind']>([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'DECIMAL',
  'FLOAT',
  'DOUBLE',
  'INTERVAL_DAY_TIME',
  'INTERVAL_YEAR_MONTH',
])

export function refuseNonNumeric(argumentTypes: readonly LogicalType[]): string | undefined {
  const [type] = argumentTypes
  return NUMERIC.has(type!.kind) ? undefined : `its argument must be numeric, but is ${type!.kind}`
}

export const count: AggregateDefinition = {
  arguments: { min: 0, max: 16 },
  define(scope) {
    const [column] = scope.accumulator(countAccumulator)
    return { form: 'number', value: `${column}[id]` }
  },
}

/** NULL until something was added: asked of the shared count, which is left out where the argument cannot be NULL. */
function nullWhereEmpty(scope: AggregateScope): string | undefined {
  if (!scope.mayBeEmpty) return undefined
  const [column] = scope.accumulator(countAccumulator)
  return `${column}[id] === 0`
}

function sumResult(scope: AggregateScope, isNull: string | undefined): AggregateResult {
  const type = scope.argumentTypes[0]!
  const [sum, exact] = scope.accumulator(sumAccumulator(type))
  if (sumKind(type) !== 'exact') return { form: 'number', isNull, value: `${sum}[id]` }
  if (type.kind !== 'DECIMAL') return { form: 'exact', isNull, value: `${sum}[id]`, exact: `${exact}[id]` }
  // more digits than the result type has: NULL, as Flink's decimal arithmetic
  const limit = scope.constant(powerOfTen((scope.resultType as DecimalType).precision))
  const overflows = `(${exact}[id] !== null && (${exact}[id] >= ${limit} || ${exact}[id] <= -${limit}))`
  const nullOrOverflow = isNull === undefined ? overflows : `${isNull} || ${overflows}`
  return { form: 'exact', isNull: nullOrOverflow, value: `${sum}[id]`, exact: `${exact}[id]` }
}

export const sum: AggregateDefinition = {
  arguments: { min: 1, max: 1 },
  refuse: refuseNonNumeric,
  define: (scope) => sumResult(scope, nullWhereEmpty(scope)),
}

/** The sum, 0 where there is nothing to add. */
export const sum0: AggregateDefinition = {
  arguments: { min: 1, max: 1 },
  refuse: refuseNonNumeric,
  define: (scope) => sumResult(scope, undefined),
}

export const average: AggregateDefinition = {
  arguments: { min: 1, max: 1 },
  refuse: refuseNonNumeric,
  define(scope) {
    const type = scope.argumentTypes[0]!
    const [column] = scope.accumulator(countAccumulator)
    const [total, exact] = scope.accumulator(wideSumAccumulator(type))
    const isNull = `${column}[id] === 0`
    if (sumKind(type) === 'double') {
      return { form: 'number', isNull, value: wrapNumber(scope.resultType, `${total}[id] / ${column}[id]`) }
    }
    const cell = `(${exact}[id] ?? ${total}[id])`
    if (type.kind === 'DECIMAL') {
      const { precision, scale } = scope.resultType as DecimalType
      const divide = scope.constant((value: Int64, divisor: number) =>
        decimalDivide(value, divisor, { left: type.scale, right: 0, precision, scale }),
      )
      return { form: 'cell', value: `(${isNull} ? null : ${divide}(${cell}, ${column}[id]))` }
    }
    const divide = scope.constant(int64Divide)
    return { form: 'cell', value: `(${isNull} ? null : ${divide}(${cell}, ${column}[id]))` }
  },
}
