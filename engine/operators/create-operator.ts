// From an operator's description to the operator. The one place that knows all of them.
import { assertNever } from '../common/check.ts'
import { FlinktsError } from '../common/errors.ts'
import { createBoundedSort } from './bounded-sort.ts'
import { CalcOperator } from './calc-operator.ts'
import { GroupAggregateOperator } from './group-aggregate-operator.ts'
import { createLimit } from './limit.ts'
import { LateFiringWindowOperator } from './late-firing-window-operator.ts'
import type { Operator } from './operator.ts'
import type { OperatorSpec, WindowAggregateSpec, WindowReduceSpec } from './operator-spec.ts'
import { ProcessOperator } from './process/process-operator.ts'
import { createTimestampFunction } from './records/timestamp-function.ts'
import { createReduceContents } from './reduce-contents.ts'
import { createRowContents } from './row-contents.ts'
import { SessionWindowOperator } from './session-window-operator.ts'
import { SinkConstraintOperator } from './sink-constraint-operator.ts'
import { UnionOperator } from './union-operator.ts'
import { createFilter, createFlatMap, createMap, type UserFunction } from './user-function-operators.ts'
import { WatermarkAssignerOperator } from './watermark-assigner-operator.ts'
import { WindowAggregateOperator } from './window-aggregate-operator.ts'
import { createAggregateContents, type WindowContents, type WindowedSpec } from './window-contents.ts'
import { TumbleTableFunctionOperator } from './tumble-table-function-operator.ts'
import { WindowTableFunctionOperator } from './window-table-function-operator.ts'
import { windowZoneOf } from './window-times.ts'

export interface OperatorEnvironment {
  /** The operator's name, for error messages. */
  readonly name: string
  /** Uniform in [0, 1), for RAND and UUID. */
  readonly random: () => number
  /** The user's function of map, filter, flat-map, window-reduce and process, from the job's bundle. */
  readonly userFunction?: UserFunction | undefined
}

export function createOperator(spec: OperatorSpec, environment: OperatorEnvironment): Operator {
  switch (spec.type) {
    case 'calc':
      return new CalcOperator(spec, environment.random)
    case 'watermark-assigner':
      return new WatermarkAssignerOperator(
        spec,
        environment.random,
        spec.strategy.hasTimestampFunction === true
          ? createTimestampFunction(spec.inputType, environment.name, userFunctionOf(environment))
          : undefined,
      )
    case 'window-aggregate':
      return createWindowOperator(checkedWindow(spec), createAggregateContents(spec, windowZoneOf(spec.window)))
    case 'window-table-function':
      if (spec.window.shape.kind === 'tumble') return new TumbleTableFunctionOperator(spec, spec.window.shape)
      if (spec.window.shape.kind !== 'session') return new WindowTableFunctionOperator(spec)
      return createWindowOperator(
        { ...spec, keys: spec.window.shape.partitionKeys, phase: 'single' },
        createRowContents(spec, windowZoneOf(spec.window)),
      )
    case 'window-reduce': {
      const contents = createReduceContents(
        spec,
        windowZoneOf(spec.window),
        environment.name,
        userFunctionOf(environment),
      )
      return createWindowOperator({ ...checkedWindow(spec), phase: 'single' }, contents)
    }
    case 'group-aggregate':
      return new GroupAggregateOperator(spec)
    case 'bounded-sort':
      return createBoundedSort(spec)
    case 'limit':
      return createLimit(spec)
    case 'union':
      return new UnionOperator(spec)
    case 'sink-constraint':
      return new SinkConstraintOperator(spec)
    case 'map':
      return createMap(spec, environment.name, userFunctionOf(environment))
    case 'filter':
      return createFilter(spec, environment.name, userFunctionOf(environment))
    case 'flat-map':
      return createFlatMap(spec, environment.name, userFunctionOf(environment))
    case 'process':
      return new ProcessOperator(spec, environment.name, userFunctionOf(environment))
    default:
      return assertNever(spec)
  }
}

/** Attached windows are told apart by their columns, whatever their shape was. */
function createWindowOperator(spec: WindowedSpec, contents: WindowContents): Operator {
  if (spec.window.allowedLatenessMs > 0) return new LateFiringWindowOperator(spec, contents)
  const isSession = spec.window.shape.kind === 'session' && spec.window.time.kind !== 'attached'
  return isSession ? new SessionWindowOperator(spec, contents) : new WindowAggregateOperator(spec, contents)
}

function checkedWindow<T extends WindowAggregateSpec | WindowReduceSpec>(spec: T): T {
  const { shape, allowedLatenessMs } = spec.window
  if (allowedLatenessMs > 0 && (shape.kind === 'session' || spec.window.time.kind !== 'event-time'))
    throw refused('allowed lateness of session windows is not supported yet', 'Raise the watermark delay instead.')
  if (shape.kind === 'hop' && shape.sizeMs % shape.slideMs !== 0) {
    throw refused(
      `HOP table function based aggregate requires size must be an integral multiple of slide, but got size ${shape.sizeMs} ms and slide ${shape.slideMs} ms`,
      'Choose a size that is a multiple of the slide.',
    )
  }
  if (shape.kind === 'cumulate' && shape.maxSizeMs % shape.stepMs !== 0) {
    throw refused(
      `CUMULATE table function based aggregate requires maxSize must be an integral multiple of step, but got maxSize ${shape.maxSizeMs} ms and step ${shape.stepMs} ms`,
      'Choose a maximum size that is a multiple of the step.',
    )
  }
  return spec
}

function refused(message: string, fix: string): FlinktsError {
  return new FlinktsError('GRAPH_INVALID', message, { fix })
}

function userFunctionOf(environment: OperatorEnvironment): UserFunction {
  if (environment.userFunction !== undefined) return environment.userFunction
  throw new FlinktsError('GRAPH_INVALID', `the job's bundle has no function for ${environment.name}`, {
    fix: 'Bundle the job again from the sources the graph was made of.',
  })
}
