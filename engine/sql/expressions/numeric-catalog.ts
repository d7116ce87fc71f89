// The catalogue's mathematical functions.
import { MAX_DECIMAL_PRECISION, types, type LogicalType } from '../../types/logical-type.ts'
import {
  comparableOperand,
  commonOfAll,
  define,
  doubleOperand,
  firstType,
  intOperand,
  numericOperand,
  type CallOperands,
  type FunctionDefinition,
} from './function-definition.ts'

const double = types.double()

/** ROUND and TRUNCATE of a decimal: LogicalTypeMerging.findRoundDecimalType. */
function roundedType({ types: operands, expressions }: CallOperands): LogicalType {
  const type = operands[0]!
  if (type.kind !== 'DECIMAL') return type
  const digits = expressions[1]
  if (digits !== undefined && digits.kind !== 'literal') return type
  const kept = digits === undefined ? 0 : Number(digits.value)
  if (kept >= type.scale) return type
  const whole = type.precision - type.scale
  if (kept < 0) return { ...type, precision: Math.min(MAX_DECIMAL_PRECISION, 1 + whole), scale: 0 }
  return { ...type, precision: 1 + whole + kept, scale: kept }
}

function wholeType({ types: operands }: CallOperands): LogicalType {
  const type = operands[0]!
  return type.kind === 'DECIMAL' ? { ...type, scale: 0 } : type
}

const onDouble = (name: string, implementation: string): FunctionDefinition =>
  define(name, [doubleOperand], double, implementation)

export const numericCatalog: readonly FunctionDefinition[] = [
  define('ABS', [numericOperand], firstType, 'absolute'),
  define('SIGN', [numericOperand], firstType, 'sign'),
  define('ROUND', [numericOperand, intOperand], roundedType, 'round', { optional: 1, mayGiveNull: true }),
  define('TRUNCATE', [numericOperand, intOperand], roundedType, 'truncate', { optional: 1, mayGiveNull: true }),
  define('FLOOR', [numericOperand], wholeType, 'floorNumber', { mayGiveNull: true }),
  define('CEIL', [numericOperand], wholeType, 'ceilNumber', { mayGiveNull: true }),
  define('GREATEST', [comparableOperand], commonOfAll, 'greatest', { isVariadic: true, unifies: true }),
  define('LEAST', [comparableOperand], commonOfAll, 'least', { isVariadic: true, unifies: true }),
  define('POWER', [doubleOperand, doubleOperand], double, 'power'),
  onDouble('SQRT', 'squareRoot'),
  onDouble('EXP', 'exponential'),
  onDouble('LN', 'naturalLogarithm'),
  onDouble('LOG10', 'logarithm10'),
  onDouble('LOG2', 'logarithm2'),
  define('LOG', [doubleOperand, doubleOperand], double, 'logarithm', { optional: 1 }),
  onDouble('SIN', 'sine'),
  onDouble('COS', 'cosine'),
  onDouble('TAN', 'tangent'),
  onDouble('ASIN', 'arcSine'),
  onDouble('ACOS', 'arcCosine'),
  onDouble('ATAN', 'arcTangent'),
  define('ATAN2', [doubleOperand, doubleOperand], double, 'arcTangent2'),
  onDouble('SINH', 'hyperbolicSine'),
  onDouble('COSH', 'hyperbolicCosine'),
  onDouble('TANH', 'hyperbolicTangent'),
  onDouble('COT', 'cotangent'),
  onDouble('DEGREES', 'degrees'),
  onDouble('RADIANS', 'radians'),
  define('PI', [], double, 'pi', { nullable: 'never' }),
  define('E', [], double, 'eulersNumber', { nullable: 'never' }),
  define('RAND', [], double, 'random', { nullable: 'never', isDeterministic: false }),
  define('RAND_INTEGER', [intOperand], types.int(), 'randomInteger', { isDeterministic: false }),
]
