// Aggregate and window functions: operands, and the type of the result by Flink's rules.
import { types, withNullability, withoutTimeAttribute, type LogicalType } from '../../types/logical-type.ts'
import { isNumeric } from './common-type.ts'
import {
  anyOperand,
  comparableOperand,
  intOperand,
  numericOperand,
  stringOperand,
  type OperandRule,
} from './function-definition.ts'

export interface AggregateDefinition {
  readonly name: string
  readonly operands: readonly OperandRule[]
  readonly optional: number
  /** Result over non-empty groups; aggregates over no rows (no GROUP BY keys) may be NULL: the planner adds that. */
  readonly type: (operands: readonly LogicalType[]) => LogicalType
  /** Makes sense with OVER only. */
  readonly isWindowOnly: boolean
  /** COUNT and its like: never NULL, also over no rows. */
  readonly neverNull: boolean
}

function aggregate(
  name: string,
  operands: readonly OperandRule[],
  type: AggregateDefinition['type'],
  details: Partial<Pick<AggregateDefinition, 'optional' | 'isWindowOnly' | 'neverNull'>> = {},
): AggregateDefinition {
  return { name, operands, type, optional: 0, isWindowOnly: false, neverNull: false, ...details }
}

const bigintNotNull = (): LogicalType => types.bigint(false)
const doubleNotNull = (): LogicalType => types.double(false)
const sameType = ([type]: readonly LogicalType[]): LogicalType => withoutTimeAttribute(type!)
const nullableSame = (operands: readonly LogicalType[]): LogicalType => withNullability(sameType(operands), true)

/** LogicalTypeMerging.findSumAggType: integers keep their type and wrap around. */
function sumType([type]: readonly LogicalType[]): LogicalType {
  return type?.kind === 'DECIMAL' ? { ...type, precision: 38 } : type!
}

/** LogicalTypeMerging.findAvgAggType: integers stay integers. Variance and deviation follow it. */
function averageType([type]: readonly LogicalType[]): LogicalType {
  return type?.kind === 'DECIMAL' ? { ...type, precision: 38, scale: Math.max(6, type.scale) } : type!
}

/** The default of LAG and LEAD, where it is never NULL, makes the result NOT NULL if it may otherwise be that. */
function shiftedType(operands: readonly LogicalType[]): LogicalType {
  return withNullability(sameType(operands), operands[2]?.nullable ?? true)
}

const statistics = ['STDDEV', 'STDDEV_POP', 'STDDEV_SAMP', 'VARIANCE', 'VAR_POP', 'VAR_SAMP']
const numberOrInterval: OperandRule = numericOperand
const windowOnly = { isWindowOnly: true, neverNull: true } as const

const definitions: ReadonlyMap<string, AggregateDefinition> = new Map(
  [
    aggregate('COUNT', [anyOperand], bigintNotNull, { optional: 1, neverNull: true }),
    aggregate('SUM', [numberOrInterval], sumType),
    aggregate('AVG', [numberOrInterval], averageType),
    aggregate('MIN', [comparableOperand], sameType),
    aggregate('MAX', [comparableOperand], sameType),
    ...statistics.map((name) => aggregate(name, [numericOperand], averageType)),
    aggregate('FIRST_VALUE', [anyOperand], nullableSame),
    aggregate('LAST_VALUE', [anyOperand], nullableSame),
    aggregate('LISTAGG', [stringOperand, stringOperand], ([type]) => types.string(type!.nullable), { optional: 1 }),
    aggregate('COLLECT', [anyOperand], (operands) => types.multiset(sameType(operands), false)),
    aggregate('ARRAY_AGG', [anyOperand], (operands) => types.array(sameType(operands))),
    aggregate('JSON_ARRAYAGG', [anyOperand], () => types.varchar(2000, false)),
    aggregate('JSON_OBJECTAGG', [stringOperand, anyOperand], () => types.varchar(2000, false)),
    aggregate('SINGLE_VALUE', [anyOperand], nullableSame),
    aggregate(
      'PERCENTILE',
      [
        numericOperand,
        {
          label: '<NUMERIC> | <ARRAY>',
          accepts: (type) => isNumeric(type) || (type.kind === 'ARRAY' && isNumeric(type.element)),
        },
        intOperand,
      ],
      ([, percentage]) => (percentage!.kind === 'ARRAY' ? types.array(types.double()) : types.double()),
      { optional: 1 },
    ),
    aggregate('GROUPING', [anyOperand], bigintNotNull, { neverNull: true }),
    aggregate('GROUPING_ID', [anyOperand], bigintNotNull, { neverNull: true }),
    aggregate('ROW_NUMBER', [], bigintNotNull, windowOnly),
    aggregate('RANK', [], bigintNotNull, windowOnly),
    aggregate('DENSE_RANK', [], bigintNotNull, windowOnly),
    aggregate('NTILE', [intOperand], bigintNotNull, windowOnly),
    aggregate('CUME_DIST', [], doubleNotNull, windowOnly),
    aggregate('PERCENT_RANK', [], doubleNotNull, windowOnly),
    aggregate('LAG', [anyOperand, intOperand, anyOperand], shiftedType, { optional: 2, isWindowOnly: true }),
    aggregate('LEAD', [anyOperand, intOperand, anyOperand], shiftedType, { optional: 2, isWindowOnly: true }),
  ].map((each) => [each.name, each]),
)

/** By upper-case name. */
export function findAggregate(name: string): AggregateDefinition | undefined {
  return definitions.get(name)
}

export function aggregateNames(): string[] {
  return [...definitions.keys()].filter((name) => name !== 'SINGLE_VALUE')
}

/** GROUPING_ID takes any number of grouping keys. */
export function takesManyOperands(definition: AggregateDefinition): boolean {
  return definition.name === 'GROUPING_ID' || definition.name === 'GROUPING'
}
