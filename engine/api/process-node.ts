// `process` as a node of the graph.
import { FlinktsError } from '../common/errors.ts'
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
