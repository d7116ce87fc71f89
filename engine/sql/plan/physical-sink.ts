// Sinks: what they ask of the query, the NOT NULL enforcer, and the refusals of changelogs they cannot take. Source:
// Flink's StreamPhysicalSink inference and SinkUpsertMaterializer rules.
import { FlinktsError } from '../../common/errors.ts'
import { collectSink } from '../../connectors/collect/definition.ts'
import { readParallelism } from '../../connectors/connector-options.ts'
import type { SinkSpec, TableDescription } from '../../connectors/connector.ts'
import { connectorOf } from '../../connectors/definitions.ts'
import { isInsertOnly, modifyKindsOf, type ModifyKinds } from './changelog-mode.ts'
import type { LogicalNode, SinkNode } from './logical-node.ts'
import {
  exchange,
  parallelismOf,
  physicalOperator,
  type PhysicalContext,
  type Requirement,
} from './physical-context.ts'
import { physicalInputs, type PhysicalNode, type PhysicalSink } from './physical-node.ts'
import { sameKey, upsertKeysOf } from './upsert-keys.ts'

type TableTarget = Extract<SinkNode['target'], { kind: 'table' }>

function createSink(table: TableDescription): SinkSpec {
  const definition = connectorOf(table)
  if (definition.createSink !== undefined) return definition.createSink(table)
  throw new FlinktsError(
    'SQL_UNSUPPORTED',
    `Connector '${definition.identifier}' can only be used as a source. It cannot be used as a sink.`,
    {
      fix: 'Write to a kafka, jdbc, print or blackhole table.',
    },
  )
}

/** A sink that only counts what it gets: a key's changes may be thinned out in front of it. */
function isIndifferent(spec: SinkSpec): boolean {
  return spec.connector === 'blackhole'
}

/** An upsert sink whose key is the query's own key takes +U alone. */
function requirementOf(node: SinkNode, spec: SinkSpec, kinds: ModifyKinds): Requirement {
  const none = { updateBefore: false, perBatch: true }
  if (isInsertOnly(kinds) || isIndifferent(spec)) return none
  if (spec.changelog !== 'upsert') return { updateBefore: true, perBatch: false }
  const keyed = upsertKeysOf(node.input).some((key) => sameKey(key, spec.keyColumns))
  // a flush of the jdbc sink reduces by key; others write every change
  return keyed ? { updateBefore: false, perBatch: spec.connector === 'jdbc' } : { updateBefore: true, perBatch: false }
}

/** The node that makes updates, for messages: Flink names it. */
function updatingNode(node: PhysicalNode): PhysicalNode {
  const [input] = physicalInputs(node)
  return input !== undefined && !isInsertOnly(input.changelog) && node.title !== 'GroupAggregate'
    ? updatingNode(input)
    : node
}

function refuseUpdates(target: TableTarget, spec: SinkSpec, input: PhysicalNode): FlinktsError {
  const by = updatingNode(input)
  const kinds = [...(input.changelog.updates ? ['update'] : []), ...(input.changelog.deletes ? ['delete'] : [])].join(
    ' and ',
  )
  const table = target.path.join('.')
  if (spec.connector === 'jdbc') {
    return new FlinktsError(
      'SQL_VALIDATION',
      `Table sink '${table}': please declare primary key for sink table when query contains update/delete record.`,
      {
        fix: `Add PRIMARY KEY (…) NOT ENFORCED to ${target.table.name}, with the columns of GROUP BY, and the same key in Postgres.`,
      },
    )
  }
  return new FlinktsError(
    'SQL_VALIDATION',
    `Table sink '${table}' doesn't support consuming ${kinds} changes which is produced by node ${by.title}(${by.detail})`,
    {
      fix: 'Group by window_start and window_end for results that never change, or write to a jdbc table with a primary key.',
    },
  )
}

function columnNames(node: LogicalNode, columns: readonly number[]): string {
  return columns.map((column) => node.type.fields[column]!.name).join(', ')
}

function refuseOtherKey(node: SinkNode, target: TableTarget, spec: SinkSpec): FlinktsError {
  const keys = upsertKeysOf(node.input).map((key) => `(${columnNames(node, key)})`)
  const of = keys.length === 0 ? 'has no key of its own' : `has the key ${keys.join(' or ')}`
  return new FlinktsError(
    'SQL_UNSUPPORTED',
    `The primary key (${columnNames(node, spec.keyColumns)}) of ${target.table.name} is not the key of the query, which ${of}: ` +
      'writing it needs a sink materializer, which is not supported yet.',
    { fix: `Declare PRIMARY KEY of ${target.table.name} over the columns of GROUP BY.` },
  )
}

function checkChangelog(node: SinkNode, target: TableTarget, spec: SinkSpec, input: PhysicalNode): void {
  if (isInsertOnly(input.changelog) || spec.changelog === 'all') return
  if (spec.changelog === 'insert-only') throw refuseUpdates(target, spec, input)
  const keyed = upsertKeysOf(node.input).some((key) => sameKey(key, spec.keyColumns))
  if (!keyed) throw refuseOtherKey(node, target, spec)
}

/**
 * Guards columns that may not be NULL, whatever the query promises: a source may break its own declaration. `columns` are
 * all of them; nothing is checked where there are none.
 */
function constraint(
  input: PhysicalNode,
  columns: readonly number[],
  tableName: string,
  context: PhysicalContext,
): PhysicalNode {
  if (columns.length === 0) return input
  const names = columns.map((column) => input.type.fields[column]!.name).join(', ')
  return physicalOperator({
    title: 'ConstraintEnforcer',
    detail: `NotNullEnforcer(fields=[${names}])`,
    operator: {
      type: 'sink-constraint',
      inputType: input.type,
      notNullColumns: columns,
      onNull: context.settings.onNullInNotNull,
      tableName,
    },
    inputs: [input],
    type: input.type,
    changelog: input.changelog,
  })
}

/** A sink runs where its input runs, unless told otherwise; changes of a key then still meet in one subtask. */
function partitioned(input: PhysicalNode, spec: SinkSpec, parallelism: number | undefined): PhysicalNode {
  if (parallelism === undefined || isInsertOnly(input.changelog)) return input
  if (parallelism === parallelismOf(input)) return input
  return exchange(input, spec.changelog === 'upsert' ? spec.keyColumns : [])
}

function buildTableSink(node: SinkNode, target: TableTarget, context: PhysicalContext): PhysicalSink {
  const spec = createSink(target.table)
  const kinds = modifyKindsOf(node.input, context.changelog)
  const input = context.build(node.input, requirementOf(node, spec, kinds))
  checkChangelog(node, target, spec, input)
  const parallelism = readParallelism(target.table.options, 'sink.parallelism')
  const enforced = constraint(input, target.notNullColumns, target.path.join('.'), context)
  return {
    kind: 'sink',
    title: 'Sink',
    detail: `table=[${target.path.join('.')}], fields=[${node.type.fields.map((field) => field.name).join(', ')}]`,
    type: node.type,
    changelog: input.changelog,
    input: partitioned(enforced, spec, parallelism),
    sink: spec,
    parallelism,
  }
}

/** Rows come back to the one who asked, all changes in the order of emission. */
function buildCollectSink(node: SinkNode, context: PhysicalContext): PhysicalSink {
  const input = context.build(node.input, { updateBefore: true, perBatch: false })
  const notNull = node.type.fields.flatMap((field, index) => (field.type.nullable ? [] : [index]))
  return {
    kind: 'sink',
    title: 'Sink',
    detail: `table=[*collect*], fields=[${node.type.fields.map((field) => field.name).join(', ')}]`,
    type: node.type,
    changelog: input.changelog,
    input: constraint(input, notNull, 'the result', context),
    sink: collectSink(node.type),
    parallelism: 1,
  }
}

export function buildSink(node: SinkNode, context: PhysicalContext): PhysicalSink {
  return node.target.kind === 'collect' ? buildCollectSink(node, context) : buildTableSink(node, node.target, context)
}
