// What an accumulator's columns are to people who look into a snapshot: a label in the job's own names, and the SQL type of
// its cells where they are the values themselves.
import { types, withNullability, type LogicalType, type RowType } from '../../types/logical-type.ts'
import type { AggregateCallSpec } from '../operator-spec.ts'
import { sumKind } from './common-accumulators.ts'

export interface AccumulatorScope extends Pick<AggregateCallSpec, 'arguments' | 'filter' | 'distinct'> {
  readonly inputType: RowType
}

function sumType(type: LogicalType, wide: boolean): LogicalType {
  if (type.kind === 'DECIMAL') return types.decimal(38, type.scale)
  const kind = sumKind(type)
  if (kind === 'double') return types.double()
  return kind === 'exact' || wide ? types.bigint() : types.int()
}

/** Undefined: keys of distinct values, arrival numbers and the like. */
function typeOfColumn(purpose: string, argument: LogicalType | undefined, index: number): LogicalType | undefined {
  if (purpose === 'count') return types.bigint()
  if (purpose === 'text') return types.string()
  if (argument === undefined) return undefined
  const nullable = withNullability(argument, true)
  switch (purpose) {
    case 'sum':
      return sumType(argument, false)
    case 'wide-sum':
      return sumType(argument, true)
    case 'min':
    case 'max':
    case 'first-value':
    case 'last-value':
      return index === 0 ? nullable : undefined
    case 'array':
    case 'values in order':
      return types.array(nullable)
    case 'text list':
      return index === 0 ? types.array(types.string()) : types.string()
    default:
      return undefined
  }
}

/** Of the accumulator's column `index`, e.g. `sum(total_amount)`, `count(*) where is_late`. */
export function describeAccumulator(
  purpose: string,
  scope: AccumulatorScope,
  index: number,
): { readonly label: string; readonly type: LogicalType | undefined } {
  const { inputType, filter } = scope
  const field = (column: number): string => inputType.fields[column]!.name
  const place = scope.arguments.length === 0 ? '*' : scope.arguments.map(field).join(', ')
  const where = filter === undefined ? '' : ` where ${field(filter)}`
  const part = index === 0 ? '' : ` ${index}`
  const argument = scope.arguments.length === 0 ? undefined : inputType.fields[scope.arguments[0]!]!.type
  return {
    label: `${purpose}(${scope.distinct ? 'distinct ' : ''}${place})${where}${part}`,
    type: typeOfColumn(purpose, argument, index),
  }
}
