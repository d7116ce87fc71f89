// `process` as a node of the graph.
import { FlinktsError } from '../common/errors.ts'
import { expectOptions, FUNCTION, isNamed, type OptionRule, type OptionRules } from '../common/expect-options.ts'
import type { OperatorSpec, ProcessStateSpec } from '../operators/operator-spec.ts'
import type { OperatorOptions, StreamHandle } from './data-stream.ts'
import type { GraphBuilder } from './graph-builder.ts'
import type { Schema } from './schema.ts'
import type { MapStateDeclaration, SideOutputs, StateDeclarations, ValueStateDeclaration } from './process.ts'
import { addOperator, streamOf } from './stream-nodes.ts'

const NAME = /^[A-Za-z]\w*$/

interface Definition {
  readonly output: Schema<unknown>
  readonly sideOutputs?: SideOutputs
  readonly state?: StateDeclarations
  readonly onRecord: unknown
  readonly onTimer?: unknown
}

const SCHEMA: OptionRule = {
  expected: 'a schema, e.g. schema({ id: t.int() })',
  holds: (value) => isNamed(value) && isNamed(value['rowType']),
}

const definitionParts: OptionRules<Definition> = {
  output: SCHEMA,
  sideOutputs: {
    expected: 'schemas by tag, e.g. { late: Ride }',
    holds: (value) => isNamed(value) && Object.values(value).every(SCHEMA.holds),
  },
  state: {
    expected: 'declarations by name, e.g. { previous: valueState(t.double()) }',
    holds: (value) =>
      isNamed(value) && Object.values(value).every((each) => isNamed(each) && isNamed(each['valueType'])),
  },
  onRecord: FUNCTION,
  onTimer: FUNCTION,
}

function partsOf({ output, sideOutputs, state, onRecord, onTimer }: Definition): object {
  return { output, sideOutputs, state, onRecord, onTimer }
}

function expectDefinition(definition: Definition): void {
  // an object of a class has fields of its own
  const isOfClass = isNamed(definition) && Object.getPrototypeOf(definition) !== Object.prototype
  const parts = isOfClass ? (partsOf(definition) as Definition) : definition
  expectOptions('process', parts, definitionParts, ['output', 'onRecord'])
}

function checkName(name: string, what: string): void {
  if (NAME.test(name)) return
  throw new FlinktsError('GRAPH_INVALID', `process: '${name}' cannot be the name of a ${what}`, {
    fix: 'use letters, digits and _, a letter first',
  })
}

function stateSpec(
  name: string,
  declaration: ValueStateDeclaration<unknown> | MapStateDeclaration<unknown, unknown>,
): ProcessStateSpec {
  checkName(name, 'state')
  const { valueType } = declaration
  return declaration.kind === 'value'
    ? { kind: 'value', name, valueType }
    : { kind: 'map', name, keyType: declaration.keyType, valueType }
}

/** `handle` is partitioned by `keys`. */
export function addProcess(
  builder: GraphBuilder,
  handle: StreamHandle,
  keys: readonly number[],
  definition: Definition,
  options: OperatorOptions,
): { readonly main: StreamHandle; readonly side: (tag: string) => StreamHandle } {
  const inputType = handle.schema.rowType
  expectDefinition(definition)
  const { output, sideOutputs = {}, state = {}, onTimer } = definition
  const { hasEventTime } = handle
  const tags = Object.entries(sideOutputs)
  for (const [tag] of tags) checkName(tag, 'side output')
  const operator: OperatorSpec = {
    type: 'process',
    inputType,
    outputType: output.rowType,
    keys,
    sideOutputs: Object.fromEntries(tags.map(([tag, { rowType }]) => [tag, rowType])),
    state: Object.entries(state).map(([name, declaration]) => stateSpec(name, declaration)),
    hasEventTime,
    hasTimers: onTimer !== undefined,
    source: builder.context.callSite?.(),
  }
  const nodeId = addOperator(builder, handle, 'Process', operator, {
    ...options,
    // a state more or less is no other operator: what is stored is checked when it is restored
    stateDigest: keys.map((key) => inputType.fields[key]),
    userFunction: () => definition,
  })
  const side = (tag: string): StreamHandle => {
    const schema = Object.hasOwn(sideOutputs, tag) ? sideOutputs[tag] : undefined
    if (schema !== undefined) return { ...streamOf(nodeId, schema.rowType, hasEventTime), output: tag }
    throw new FlinktsError('GRAPH_INVALID', `sideOutput: there is no side output '${tag}'`, {
      fix:
        tags.length === 0 ? 'declare it: sideOutputs: { … }' : `name one of ${tags.map(([name]) => name).join(', ')}`,
    })
  }
  return { main: streamOf(nodeId, output.rowType, hasEventTime), side }
}
