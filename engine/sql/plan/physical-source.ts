// Table reads and constant rows.
import { readParallelism } from '../../connectors/connector-options.ts'
import type { SourceSpec, TableDescription } from '../../connectors/connector.ts'
import { connectorOf } from '../../connectors/definitions.ts'
import { valuesSource } from '../../connectors/values/definition.ts'
import { FlinktsError } from '../../common/errors.ts'
import { expressionToString } from '../expressions/expression-to-string.ts'
import { generateCalc } from '../expressions/generate-calc.ts'
import { sourceFields } from './build-node.ts'
import type { ModifyKinds } from './changelog-mode.ts'
import { describeTable } from './describe-node.ts'
import { isIdentity } from './expression-columns.ts'
import type { TableSourceNode, ValuesNode } from './logical-node.ts'
import { modeOf, type PhysicalContext, type Requirement } from './physical-context.ts'
import type { PhysicalSource } from './physical-node.ts'
import { emitStrategy, watermarkStrategy } from './watermark-strategy.ts'

/** @throws OPTION_INVALID from the connector's own checks */
function createSource(table: TableDescription): SourceSpec {
  const definition = connectorOf(table)
  if (definition.createSource !== undefined) return definition.createSource(table)
  throw new FlinktsError(
    'SQL_UNSUPPORTED',
    `Connector '${definition.identifier}' can only be used as a sink. It cannot be used as a source.`,
    {
      fix: `Read ${table.name} from Kafka, or query it where it lies.`,
    },
  )
}

/** The kinds of changes a table gives. A changelog without -U would need normalising. */
export function sourceKinds(table: TableDescription): ModifyKinds {
  const { changelog } = createSource(table)
  if (changelog === 'upsert') {
    throw new FlinktsError(
      'SQL_UNSUPPORTED',
      `Reading the upsert table ${table.name} (ChangelogNormalize) is not supported yet.`,
      {
        fix: 'Read it with the kafka connector as a stream of its changes.',
      },
    )
  }
  return { updates: changelog === 'all', deletes: changelog === 'all' }
}

function unboundedInBatch(node: TableSourceNode): FlinktsError {
  const message = `Querying an unbounded table '${node.path.join('.')}' in batch mode is not allowed. The table source is unbounded.`
  const fix = "Bound it, e.g. 'scan.bounded.mode' = 'latest-offset', or SET 'execution.runtime-mode' = 'streaming'."
  return new FlinktsError('SQL_VALIDATION', message, { fix })
}

function sourceSpec(node: TableSourceNode): SourceSpec {
  const definition = connectorOf(node.table)
  const source = createSource(node.table)
  const physicalCount = node.table.physicalType.fields.length
  const physical = node.columns.filter((column) => column < physicalCount)
  const metadata = node.columns
    .filter((column) => column >= physicalCount)
    .map((column) => node.table.metadata[column - physicalCount]!.key)
  return definition.applyProjection?.(source, physical, metadata) ?? source
}

export function buildTableSource(
  node: TableSourceNode,
  requirement: Requirement,
  context: PhysicalContext,
): PhysicalSource {
  const source = sourceSpec(node)
  if (context.settings.isBatch && !source.bounded) throw unboundedInBatch(node)
  const inputType = source.producedType
  const projected = isIdentity(node.expressions, inputType.fields.length)
  const calc = projected
    ? undefined
    : { ...generateCalc({ inputType, projection: node.expressions, outputType: node.type }), outputType: node.type }
  const { watermark } = node
  const pushed = [
    ...(watermark === undefined
      ? []
      : [
          `watermark=[${expressionToString(watermark.expression)}]`,
          `watermarkEmitStrategy=[${emitStrategy(watermark.options)}]`,
        ]),
  ]
  const fields = node.columns.map((column) => sourceFields(node.table)[column]!.name)
  return {
    kind: 'source',
    path: node.path,
    title: 'TableSourceScan',
    detail: describeTable(node.path, pushed, fields),
    type: node.type,
    changelog: modeOf(node, requirement, context),
    source,
    calc,
    watermarks:
      watermark &&
      watermarkStrategy(watermark.rowtime, watermark.expression, watermark.options, node.type, context.settings),
    parallelism: readParallelism(node.table.options, 'scan.parallelism'),
  }
}

export function buildValues(node: ValuesNode, requirement: Requirement, context: PhysicalContext): PhysicalSource {
  const tuples = node.rows.length === 1 && node.type.fields.length === 0 ? '{ 0 }' : `${node.rows.length} rows`
  return {
    kind: 'source',
    path: undefined,
    title: 'Values',
    detail: `tuples=[[${tuples}]], values=[${node.type.fields.map((field) => field.name).join(', ')}]`,
    type: node.type,
    changelog: modeOf(node, requirement, context),
    source: valuesSource(node.type, node.rows),
    calc: undefined,
    watermarks: undefined,
    parallelism: 1,
  }
}
