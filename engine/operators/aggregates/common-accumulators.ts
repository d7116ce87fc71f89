// Accumulators several aggregate functions share.
import { columnStorage } from '../../types/record-batch.ts'
import { types, type LogicalType } from '../../types/logical-type.ts'
import type { Accumulator } from './aggregate-definition.ts'

export const countAccumulator: Accumulator = {
  purpose: 'count',
  storages: ['float64'],
  accumulate: ([count]) => `${count}[id]++;`,
  retract: ([count]) => `${count}[id]--;`,
  merge: ([count], [merged]) => `${count}[id] += ${merged}[s];`,
}

/** How a sum of the type is kept: int32 wrapping at the type's width, a double, or an exact integer. */
export type SumKind = 'int' | 'double' | 'exact'

export function sumKind(type: LogicalType): SumKind {
  if (type.kind === 'FLOAT' || type.kind === 'DOUBLE' || type.kind === 'INTERVAL_DAY_TIME') return 'double'
  return columnStorage(type) === 'int32' ? 'int' : 'exact'
}

/** An expression of a number wrapped around or rounded as the type's arithmetic does in Java. */
export function wrapNumber(type: LogicalType, expression: string): string {
  switch (type.kind) {
    case 'TINYINT':
      return `(${expression}) << 24 >> 24`
    case 'SMALLINT':
      return `(${expression}) << 16 >> 16`
    case 'INTEGER':
    case 'INTERVAL_YEAR_MONTH':
      return `(${expression}) | 0`
    case 'FLOAT':
      return `Math.fround(${expression})`
    default:
      return expression
  }
}

function plainSum(purpose: string, type: LogicalType, square: boolean): Accumulator {
  const term = (value: string): string => {
    if (!square) return value
    return sumKind(type) === 'int' ? `Math.imul(${value}, ${value})` : wrapNumber(type, `${value} * ${value}`)
  }
  return {
    purpose,
    storages: [sumKind(type) === 'int' ? 'int32' : 'float64'],
    accumulate: ([sum], [x]) => `${sum}[id] = ${wrapNumber(type, `${sum}[id] + ${term(x!.value)}`)};`,
    retract: ([sum], [x]) => `${sum}[id] = ${wrapNumber(type, `${sum}[id] - ${term(x!.value)}`)};`,
    merge: ([sum], [merged]) => `${sum}[id] = ${wrapNumber(type, `${sum}[id] + ${merged}[s]`)};`,
  }
}

/** Adds in doubles while the sum is a safe integer; NaN operands and sums lead to the exact path. */
function exactSum(purpose: string, wraps: boolean): Accumulator {
  const add = (columns: readonly string[], value: string, cell: string, sign: '+' | '-'): string => `{
    const t = ${columns[0]}[id] ${sign} ${value};
    if (t >= -9007199254740991 && t <= 9007199254740991) ${columns[0]}[id] = t;
    else addExact(${columns[0]}, ${columns[1]}, id, ${cell}, ${sign === '+' ? '1n' : '-1n'}, ${wraps}); }`
  return {
    purpose,
    storages: ['float64', 'cell'],
    cellTypes: { 1: types.decimal(38, 0) },
    accumulate: (columns, [x]) => add(columns, x!.value, x!.cell, '+'),
    retract: (columns, [x]) => add(columns, x!.value, x!.cell, '-'),
    merge: (columns, merged) => add(columns, `${merged[0]}[s]`, `(${merged[1]}[s] ?? ${merged[0]}[s])`, '+'),
  }
}

/** The sum in the argument's own type, as Flink's SUM. */
export function sumAccumulator(type: LogicalType): Accumulator {
  const kind = sumKind(type)
  return kind === 'exact' ? exactSum('sum', type.kind === 'BIGINT') : plainSum('sum', type, false)
}

/** The sum in 64 bits (integers) or doubles, for AVG. */
export function wideSumAccumulator(type: LogicalType): Accumulator {
  const kind = sumKind(type)
  if (kind === 'double') return plainSum('wide-sum', { kind: 'DOUBLE', nullable: true }, false)
  return exactSum(type.kind === 'BIGINT' || type.kind === 'DECIMAL' ? 'sum' : 'wide-sum', type.kind !== 'DECIMAL')
}

/** The sum of squares in the argument's own type, for variances. */
export function sumOfSquaresAccumulator(type: LogicalType): Accumulator {
  if (sumKind(type) !== 'exact') return plainSum('sum-of-squares', type, true)
  const wraps = type.kind === 'BIGINT'
  const square = (cell: string): string => `(BigInt(${cell}) * BigInt(${cell}))`
  return {
    ...exactSum('sum-of-squares', wraps),
    accumulate: ([sum, exact], [x]) => `addExact(${sum}, ${exact}, id, ${square(x!.cell)}, 1n, ${wraps});`,
    retract: ([sum, exact], [x]) => `addExact(${sum}, ${exact}, id, ${square(x!.cell)}, -1n, ${wraps});`,
  }
}
