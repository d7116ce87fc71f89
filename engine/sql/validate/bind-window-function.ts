// TUMBLE, HOP, CUMULATE and SESSION as table functions. Source: Flink's SqlWindowTableFunction and its siblings.
import type { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import { typeToString, type LogicalType, type RowType } from '../../types/logical-type.ts'
import type { WindowShape, WindowTime } from '../../windows/window-spec.ts'
import type { DescriptorArgument } from '../ast/clause.ts'
import type { ExpressionNode, FunctionArgumentNode, FunctionCall, TableArgument } from '../ast/query.ts'
import { bindExpression } from '../expressions/bind-expression.ts'
import { calciteTypeName } from '../expressions/binder.ts'
import { createScope } from '../expressions/scope.ts'
import { typeOf } from '../plan/logical-node.ts'
import { windowFunction } from '../plan/build-node.ts'
import { hasTimeAttribute } from '../plan/window-properties.ts'
import { invalid, unsupported, type BoundRelation, type QueryEnvironment } from './query-environment.ts'

export type WindowFunctionName = 'TUMBLE' | 'HOP' | 'CUMULATE' | 'SESSION'

interface Signature {
  /** Parameter names in order; the last is optional where `optionalOffset`. */
  readonly parameters: readonly string[]
  readonly optionalOffset: boolean
  readonly form: string
}
const signatures: Readonly<Record<WindowFunctionName, Signature>> = {
  TUMBLE: {
    parameters: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
    optionalOffset: true,
    form: 'TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval])',
  },
  HOP: {
    parameters: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
    optionalOffset: true,
    form: 'HOP(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])',
  },
  CUMULATE: {
    parameters: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
    optionalOffset: true,
    form: 'CUMULATE(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])',
  },
  SESSION: {
    parameters: ['DATA', 'TIMECOL', 'GAP'],
    optionalOffset: false,
    form: 'SESSION(TABLE table_name [PARTITION BY (keycols, ...)], DESCRIPTOR(timecol), datetime interval)',
  },
}

export function windowFunctionName(name: string): WindowFunctionName | undefined {
  const upper = name.toUpperCase()
  return upper in signatures ? (upper as WindowFunctionName) : undefined
}

type Arguments = ReadonlyMap<string, FunctionArgumentNode>

/** Arguments by parameter name, positional or named (not mixed). */
function matchArguments(call: FunctionCall, name: WindowFunctionName, environment: QueryEnvironment): Arguments {
  const { parameters, optionalOffset } = signatures[name]
  const required = optionalOffset ? parameters.length - 1 : parameters.length
  const given = call.arguments
  if (given.length < required || given.length > parameters.length) {
    const fix = `Write it as ${signatures[name].form}.`
    const message = `Invalid number of arguments to function '${name}'. Was expecting ${required} arguments.`
    throw invalid(environment, call, message, fix)
  }
  const matched = new Map<string, FunctionArgumentNode>()
  given.forEach((argument, index) => {
    if (argument.kind !== 'NamedArgument') return void matched.set(parameters[index]!, argument)
    const parameter = argument.name.name.toUpperCase()
    if (!parameters.includes(parameter)) {
      const message = `Function '${name}' has no parameter '${argument.name.name}'.`
      throw invalid(environment, argument, message, `Use one of ${parameters.join(', ')}.`)
    }
    matched.set(parameter, argument.value)
  })
  return matched
}

/** The error for arguments of wrong types, with the supported form. */
function inapplicable(
  call: FunctionCall,
  name: WindowFunctionName,
  environment: QueryEnvironment,
  input: RowType | undefined,
): FlinktsError {
  const given = argumentTypes(call, environment, input)
  const message = `Cannot apply '${name}' to arguments of type '${name}(${given})'. Supported form(s): ${signatures[name].form}`
  return invalid(environment, call, message, `Write it as ${signatures[name].form}.`)
}

/** The arguments' types as Calcite's messages show them; `input` is the row of the table argument, once it is known. */
function argumentTypes(call: FunctionCall, environment: QueryEnvironment, input: RowType | undefined): string {
  const typeText = (argument: FunctionArgumentNode): string => {
    if (argument.kind === 'DescriptorArgument') return 'COLUMN_LIST'
    if (argument.kind === 'TableArgument') return input === undefined ? 'TABLE' : calciteTypeName(input)
    if (!isExpression(argument)) return argument.kind
    return calciteTypeName(bindExpression(argument, createScope([], environment.options)).type)
  }
  return call.arguments.map((argument) => `<${typeText(argument)}>`).join(', ')
}

const notExpressions: readonly string[] = [
  'StarArgument',
  'NamedArgument',
  'DefaultArgument',
  'DescriptorArgument',
  'TableArgument',
  'ModelArgument',
]
function isExpression(argument: FunctionArgumentNode): argument is ExpressionNode {
  return !notExpressions.includes(argument.kind)
}

/** A constant day-time interval, in ms. */
export function intervalArgument(
  argument: FunctionArgumentNode | undefined,
  call: FunctionCall,
  name: WindowFunctionName,
  environment: QueryEnvironment,
  input: RowType,
): number {
  if (argument === undefined || !isExpression(argument)) {
    throw inapplicable(call, name, environment, input)
  }
  const bound = bindExpression(argument, createScope([], environment.options))
  if (bound.type.kind === 'INTERVAL_YEAR_MONTH') {
    const message = `Window sizes of months or years have no fixed length: ${name} takes intervals of days and below.`
    throw invalid(environment, argument, message, "Use INTERVAL '30' DAY or shorter units.")
  }
  if (bound.type.kind !== 'INTERVAL_DAY_TIME' || bound.kind !== 'literal') {
    throw inapplicable(call, name, environment, input)
  }
  return Number(bound.value)
}

function checkPositive(
  name: string,
  what: string,
  ms: number,
  call: FunctionCall,
  environment: QueryEnvironment,
): void {
  if (ms > 0) return
  const message = `${name} table function based aggregate requires ${what} to be positive, but got ${ms} ms.`
  throw invalid(environment, call, message, `Give a ${what} above zero.`)
}

function checkMultiple(
  name: 'HOP' | 'CUMULATE',
  [whole, wholeMs]: readonly [string, number],
  [part, partMs]: readonly [string, number],
  call: FunctionCall,
  environment: QueryEnvironment,
): void {
  if (wholeMs % partMs === 0) return
  const message =
    `${name} table function based aggregate requires ${whole} must be an integral multiple of ${part}, ` +
    `but got ${whole} ${wholeMs} ms and ${part} ${partMs} ms.`
  throw invalid(environment, call, message, `Make the ${whole} a multiple of the ${part}.`)
}

/** The shape from sizes in ms, checked as Flink checks them. */
export function windowShape(
  name: WindowFunctionName,
  ms: (parameter: string) => number,
  partitionKeys: readonly number[],
  call: FunctionCall,
  environment: QueryEnvironment,
): WindowShape {
  const positive = (parameter: string, what: string): number => {
    const value = ms(parameter)
    checkPositive(name, what, value, call, environment)
    return value
  }
  switch (name) {
    case 'TUMBLE':
      return { kind: 'tumble', sizeMs: positive('SIZE', 'size'), offsetMs: ms('OFFSET') }
    case 'HOP': {
      const slideMs = positive('SLIDE', 'slide')
      const sizeMs = positive('SIZE', 'size')
      checkMultiple(name, ['size', sizeMs], ['slide', slideMs], call, environment)
      return { kind: 'hop', sizeMs, slideMs, offsetMs: ms('OFFSET') }
    }
    case 'CUMULATE': {
      const stepMs = positive('STEP', 'step')
      const maxSizeMs = positive('SIZE', 'maxSize')
      checkMultiple(name, ['maxSize', maxSizeMs], ['step', stepMs], call, environment)
      return { kind: 'cumulate', maxSizeMs, stepMs, offsetMs: ms('OFFSET') }
    }
    case 'SESSION':
      return { kind: 'session', gapMs: positive('GAP', 'gap'), partitionKeys }
  }
}

function timeTypeName(type: LogicalType): string {
  return typeToString({ ...type, nullable: true }).replace('TIMESTAMP_LTZ', 'TIMESTAMP_WITH_LOCAL_TIME_ZONE')
}

/** The time a window looks at; the column must carry a time attribute. */
export function windowTime(
  relation: BoundRelation,
  column: number,
  requirement: (message: string) => FlinktsError,
): WindowTime {
  const type = typeOf(relation.node, column)
  const isTimestamp = type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
  if (!isTimestamp) {
    throw requirement(
      `requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is ${timeTypeName(type)}. ` +
        'Besides, the timecol must be a time attribute type in streaming mode.',
    )
  }
  if (hasTimeAttribute(type, 'proctime')) return { kind: 'proctime', ltz: type.kind === 'TIMESTAMP_LTZ' }
  if (hasTimeAttribute(type, 'rowtime')) return { kind: 'rowtime', column, ltz: type.kind === 'TIMESTAMP_LTZ' }
  throw requirement(`requires the timecol is a time attribute type, but is ${timeTypeName(type)}.`)
}

/** Whether the windows' bounds are wall clock times of the session's zone. */
export function isLtz(time: WindowTime): boolean {
  return (time.kind === 'rowtime' || time.kind === 'proctime') && time.ltz
}

function findColumn(relation: BoundRelation, name: string): number {
  return relation.columns.findIndex((column) => column.name === name && column.hidden !== true)
}

function descriptorColumn(
  descriptor: DescriptorArgument,
  relation: BoundRelation,
  environment: QueryEnvironment,
): number {
  const [identifier] = descriptor.columns
  if (identifier === undefined || descriptor.columns.length !== 1) {
    throw invalid(environment, descriptor, 'DESCRIPTOR of a window takes one column.', 'Name the time column only.')
  }
  const column = findColumn(relation, identifier.name)
  if (column >= 0) return column
  const message = `Unknown identifier '${identifier.name}' in DESCRIPTOR.`
  const names = relation.columns.filter((each) => each.hidden !== true).map((each) => each.name)
  const near = nearestName(identifier.name, names)
  const known = `Name a column of the table the window is over: ${names.join(', ')}.`
  throw invalid(environment, identifier, message, near === undefined ? known : `Did you mean '${near}'?`)
}

function partitionColumns(table: TableArgument, relation: BoundRelation, environment: QueryEnvironment): number[] {
  return table.partitionBy.map((key) => {
    const bound = bindExpression(key, createScope(relation.columns, environment.options))
    if (bound.kind === 'column') return bound.index
    throw invalid(environment, key, 'PARTITION BY of a window takes columns.', 'Compute the key in a subquery first.')
  })
}

/** Binds `TUMBLE(TABLE t, DESCRIPTOR(rt), …)`; `bindInput` binds its table argument. */
export function bindWindowFunction(
  call: FunctionCall,
  name: WindowFunctionName,
  environment: QueryEnvironment,
  bindInput: (table: TableArgument) => BoundRelation,
): BoundRelation {
  const matched = matchArguments(call, name, environment)
  const table = matched.get('DATA')
  const descriptor = matched.get('TIMECOL')
  if (table?.kind !== 'TableArgument' || descriptor?.kind !== 'DescriptorArgument') {
    throw inapplicable(call, name, environment, undefined)
  }
  if (table.orderBy.length > 0)
    throw unsupported(
      environment,
      table,
      'ORDER BY in a table argument',
      'Leave it out: windows follow the time column.',
    )
  if (name !== 'SESSION' && table.partitionBy.length > 0) {
    throw invalid(environment, table, `Only SESSION takes PARTITION BY.`, 'Put the keys into GROUP BY.')
  }
  const relation = bindInput(table)
  const column = descriptorColumn(descriptor, relation, environment)
  const ms = (parameter: string): number =>
    parameter === 'OFFSET' && !matched.has(parameter)
      ? 0
      : intervalArgument(matched.get(parameter), call, name, environment, relation.node.type)
  const shape = windowShape(name, ms, partitionColumns(table, relation, environment), call, environment)
  const time = windowTime(relation, column, (message) =>
    invalid(
      environment,
      descriptor,
      typeOf(relation.node, column).kind.startsWith('TIMESTAMP')
        ? `The window function ${message}`
        : `The window function ${signatures[name].form} ${message}`,
      'Declare WATERMARK FOR the column in CREATE TABLE, and pass the column on unchanged.',
    ),
  )
  const node = windowFunction(relation.node, { shape, time, ltz: isLtz(time) })
  const added = node.type.fields.slice(relation.columns.length)
  const own = added.map((field, index) => ({
    name: field.name,
    type: field.type,
    index: relation.columns.length + index,
  }))
  return { node, columns: [...relation.columns.map((each) => ({ ...each, relation: undefined })), ...own] }
}
