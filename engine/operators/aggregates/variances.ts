// STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP and their short names, computed as Flink's planner rewrites them:
// (Σx² − (Σx)² / n) / n in the arithmetic of the argument's type; so over INT everything wraps around and truncates.
import { decimalToDouble, divideHalfUp, limitPrecision, powerOfTen } from '../../functions/decimal.ts'
import { int64Divide, int64Multiply, int64Subtract, type Int64 } from '../../functions/int64.ts'
import type { DecimalType, LogicalType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { AggregateDefinition, AggregateScope } from './aggregate-definition.ts'
import { countAccumulator, sumAccumulator, sumKind, sumOfSquaresAccumulator } from './common-accumulators.ts'
import { refuseNonNumeric } from './count-sum-average.ts'

/** Σx², Σx, n and the divisor (n or n − 1) → result. */
type Finish = (squares: Int64, total: Int64, rows: number, divisor: number) => Cell

function integerFinish(type: LogicalType, root: boolean): Finish {
  const wrapSquare = (value: Int64): Int64 =>
    type.kind === 'BIGINT' ? int64Multiply(value, value) : Math.imul(Number(value), Number(value))
  return (squares, total, rows, divisor) => {
    const variance = int64Divide(int64Subtract(squares, int64Divide(wrapSquare(total), rows)), divisor)
    return root ? Math.trunc(Math.sqrt(Number(variance))) : variance
  }
}

function doubleFinish(resultType: LogicalType, root: boolean): Finish {
  const round = resultType.kind === 'FLOAT' ? Math.fround : (value: number): number => value
  return (squares, total, rows, divisor) => {
    const variance = (Number(squares) - (Number(total) * Number(total)) / rows) / divisor
    return round(root ? Math.sqrt(variance) : variance)
  }
}

/** Exact: (n Σx² − (Σx)²) / (n · divisor), rounded once. The unscaled squares have twice the scale. */
function decimalFinish(type: DecimalType, resultType: LogicalType, root: boolean): Finish {
  return (squares, total, rows, divisor) => {
    const numerator = BigInt(rows) * BigInt(squares) - BigInt(total) * BigInt(total)
    const denominator = BigInt(rows) * BigInt(divisor)
    if (resultType.kind !== 'DECIMAL' || root) {
      const extraDigits = 20
      const scaled = divideHalfUp(numerator * powerOfTen(extraDigits), denominator)
      const variance = decimalToDouble(scaled, 2 * type.scale + extraDigits)
      const result = root ? Math.sqrt(variance) : variance
      if (resultType.kind !== 'DECIMAL') return result
      return limitPrecision(BigInt(Math.round(result * 10 ** resultType.scale)), resultType.precision)
    }
    const shift = resultType.scale - 2 * type.scale
    const quotient =
      shift >= 0
        ? divideHalfUp(numerator * powerOfTen(shift), denominator)
        : divideHalfUp(numerator, denominator * powerOfTen(-shift))
    return limitPrecision(quotient, resultType.precision)
  }
}

function finishFor(scope: AggregateScope, root: boolean): Finish {
  const type = scope.argumentTypes[0]!
  if (type.kind === 'DECIMAL') return decimalFinish(type, scope.resultType, root)
  return sumKind(type) === 'double' ? doubleFinish(scope.resultType, root) : integerFinish(type, root)
}

function variance(sample: boolean, root: boolean): AggregateDefinition {
  return {
    arguments: { min: 1, max: 1 },
    refuse: refuseNonNumeric,
    define(scope) {
      const type = scope.argumentTypes[0]!
      const [rows] = scope.accumulator(countAccumulator)
      const [total, exactTotal] = scope.accumulator(sumAccumulator(type))
      const [squares, exactSquares] = scope.accumulator(sumOfSquaresAccumulator(type))
      const cell = (column: string, exact: string | undefined): string =>
        exact === undefined ? `${column}[id]` : `(${exact}[id] ?? ${column}[id])`
      const finish = scope.constant(finishFor(scope, root))
      const divisor = sample ? `${rows}[id] - 1` : `${rows}[id]`
      return {
        form: 'cell',
        value: `(${rows}[id] <= ${sample ? 1 : 0} ? null : ${finish}(${cell(squares!, exactSquares)}, ${cell(total!, exactTotal)}, ${rows}[id], ${divisor}))`,
      }
    },
  }
}

export const varPop = variance(false, false)
export const varSamp = variance(true, false)
export const stddevPop = variance(false, true)
export const stddevSamp = variance(true, true)
