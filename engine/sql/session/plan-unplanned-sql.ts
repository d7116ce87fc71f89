// SQL inside a TypeScript job: its nodes are planned one after the other in one session and replaced by ordinary nodes.
// Streams are tables of the `flinkts-stream` connector to the planner; their scans become edges from the stream's node.
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import { STREAM_CONNECTOR } from '../../connectors/stream/definition.ts'
import { outputTypeOf } from '../../graph/output-type.ts'
import { deriveNodeId, placeOfEdge } from '../../graph/stable-id.ts'
import { onceEach } from '../../graph/trap-texts.ts'
import type {
  OperatorNode,
  SourceNode,
  StreamEdge,
  StreamGraph,
  StreamNode,
  UnplannedSqlNode,
} from '../../graph/stream-graph.ts'
import { typeToString, type RowType } from '../../types/logical-type.ts'
import type { InsertStatement } from '../ast/statement.ts'
import type { QueryNode } from '../ast/query.ts'
import { parseStatement } from '../parser/parse.ts'
import { quoteIdentifier, quoteString } from '../parser/printer.ts'
import { locate, sourceText, type SourceText } from '../parser/source-text.ts'
import type { PlannedJob } from '../plan/planner.ts'
import type { Planner, PlanningContext } from './planner.ts'
import { splitStatements } from './split-statements.ts'
import { StatementExecutor } from './statement-executor.ts'

export interface UnplannedSqlOptions {
  readonly planner: Planner<PlannedJob>
  /** For tables made by CREATE TABLE that leave the address out. */
  readonly kafkaBootstrapServers: string
  readonly postgresUrl: string
  /** Added to the options of Kafka tables that are read. */
  readonly kafkaSourceOptions?: Readonly<Record<string, string>> | undefined
}

const RESULT_TABLE = 'stream_result'
/** The name under which a stream's event time is a column; see the API's SqlInJob. */
const ROWTIME = 'rowtime'

/**
 * The graph with ordinary nodes in place of SQL.
 * @throws SQL_SYNTAX, SQL_VALIDATION, SQL_UNSUPPORTED, OPTION_INVALID with the place in the user's source
 */
export function planUnplannedSql(graph: StreamGraph, options: UnplannedSqlOptions): StreamGraph {
  if (!graph.nodes.some((node) => node.kind === 'unplanned-sql')) return graph
  const { configuration } = graph
  const executor = new StatementExecutor<PlannedJob>({ planner: options.planner, configuration })
  const nodes: StreamNode[] = []
  const warnings = [...graph.warnings]
  const ids = new Set(graph.nodes.map((node) => node.id))
  const add = (node: StreamNode): void => {
    nodes.push({ ...node, name: `${node.name.replace(/\[\d+\]$/, '')}[${nodes.length + 1}]` })
  }
  for (const node of graph.nodes) {
    if (node.kind !== 'unplanned-sql') add(node)
    else {
      const planned = planNode(node, graph, executor, options, ids)
      planned.nodes.forEach(add)
      warnings.push(...planned.warnings)
    }
  }
  if (!nodes.some((node) => node.kind === 'sink')) {
    throw new FlinktsError('GRAPH_INVALID', `the job '${graph.jobName}' writes nowhere`, {
      fix: 'end a stream with .sinkTo(…), or INSERT INTO a table',
    })
  }
  return { ...graph, nodes, warnings: onceEach(warnings) }
}

interface PlannedNodes {
  readonly nodes: readonly StreamNode[]
  readonly warnings: readonly string[]
}

function planNode(
  node: UnplannedSqlNode,
  graph: StreamGraph,
  executor: StatementExecutor<PlannedJob>,
  options: UnplannedSqlOptions,
  ids: Set<string>,
): PlannedNodes {
  try {
    for (const input of node.inputs) createStreamTable(executor, input.tableName, typeOfStream(graph, input))
    const statements = splitStatements(textOf(node))
    const jobs = statements.flatMap((statement, index) => {
      const isResult = node.outputType.fields.length > 0 && index === statements.length - 1
      const job = isResult
        ? planResult(statement, node.outputType, executor, options)
        : execute(statement, executor, options)
      return job === undefined ? [] : [job]
    })
    return {
      nodes: jobs.flatMap((job) => spliceNodes(job.graph.nodes, node, ids)),
      warnings: jobs.flatMap((job) => job.graph.warnings),
    }
  } catch (error) {
    throw withPlaceInSource(error, node.source)
  } finally {
    for (const { tableName } of node.inputs) drop(executor, tableName)
    drop(executor, RESULT_TABLE)
  }
}

function typeOfStream(graph: StreamGraph, { from, output }: StreamEdge): RowType {
  return outputTypeOf(
    graph.nodes.find((node) => node.id === from)!,
    output,
  )!
}

function drop(executor: StatementExecutor<PlannedJob>, table: string): void {
  executor.execute(`DROP TEMPORARY TABLE IF EXISTS ${quoteIdentifier(table)}`)
}

function createStreamTable(executor: StatementExecutor<PlannedJob>, name: string, type: RowType): void {
  const columns = type.fields.map((field) => `${quoteIdentifier(field.name)} ${typeToString(field.type)}`)
  // the stream brings its watermarks along: that it has one is what the planner must know
  if (type.fields.at(-1)?.name === ROWTIME) columns.push(`WATERMARK FOR ${ROWTIME} AS ${ROWTIME}`)
  executor.execute(
    `CREATE TEMPORARY TABLE ${quoteIdentifier(name)} (${columns.join(', ')}) WITH ('connector' = '${STREAM_CONNECTOR}')`,
  )
}

/** A statement that gives no rows to the job. */
function execute(
  source: SourceText,
  executor: StatementExecutor<PlannedJob>,
  options: UnplannedSqlOptions,
): PlannedJob | undefined {
  const statement = parseStatement(source)
  const refuse = (message: string, fix: string): never => {
    throw new FlinktsError('SQL_VALIDATION', message, { location: locate(source, statement.span), fix })
  }
  if (statement.kind === 'QueryStatement')
    refuse('the rows of this SELECT go nowhere', 'write env.sql(schema)`SELECT …` for a stream, or INSERT INTO a table')
  if (statement.kind === 'SetStatement' || statement.kind === 'ResetStatement')
    refuse('settings are the whole job’s', 'give them to job(…, { configuration: { … } })')
  if (statement.kind === 'JobStatement') refuse('a job does not ask for jobs', 'use `flinkts jobs` or `flinkts sql`')
  const result = executor.execute(source)
  if (statement.kind === 'CreateTable')
    completeTable(
      statement.name.parts.map((part) => part.name),
      executor,
      options,
    )
  return result.kind === 'job' ? result.job : undefined
}

/** As the user's own ALTER TABLE … SET would do. */
function completeTable(
  name: readonly string[],
  executor: StatementExecutor<PlannedJob>,
  options: UnplannedSqlOptions,
): void {
  const table = executor.catalog.find(name)?.object
  if (table?.kind !== 'table') return
  const has = (key: string): boolean => key in table.options
  const added: Record<string, string> = {}
  if (table.options['connector'] === 'kafka') {
    if (!has('properties.bootstrap.servers')) added['properties.bootstrap.servers'] = options.kafkaBootstrapServers
    Object.assign(added, options.kafkaSourceOptions) // without effect where the table is written
  } else if (table.options['connector'] === 'jdbc' && !has('url')) added['url'] = options.postgresUrl
  const settings = Object.entries(added).map(([key, value]) => `${quoteString(key)} = ${quoteString(value)}`)
  if (settings.length > 0)
    executor.execute(`ALTER TABLE ${name.map(quoteIdentifier).join('.')} SET (${settings.join(', ')})`)
}

/** The last SELECT, planned as an insert into a table with the schema's columns: the planner checks and widens types. */
function planResult(
  source: SourceText,
  type: RowType,
  executor: StatementExecutor<PlannedJob>,
  { planner }: UnplannedSqlOptions,
): PlannedJob {
  const statement = parseStatement(source)
  const location = locate(source, statement.span)
  if (statement.kind !== 'QueryStatement') {
    throw new FlinktsError('SQL_VALIDATION', 'the last statement gives no rows', {
      location,
      fix: 'end with a SELECT, or leave the schema out: env.sql`…`',
    })
  }
  createStreamTable(executor, RESULT_TABLE, type)
  executor.configuration.checkPlannable()
  const context: PlanningContext = {
    catalog: executor.catalog,
    currentCatalog: executor.catalog.currentCatalog,
    currentDatabase: executor.catalog.currentDatabase,
    configuration: executor.configuration.toRecord(),
    source,
  }
  const names = (row: RowType): string => row.fields.map((field) => field.name).join(', ')
  const given = planner.queryType(statement.query, context)
  if (names(given) !== names(type)) {
    throw new FlinktsError('SQL_VALIDATION', `the SELECT gives (${names(given)}), the schema has (${names(type)})`, {
      location,
      fix: 'name the columns with AS as the schema does, in its order',
    })
  }
  return planner.plan([insertInto(RESULT_TABLE, statement.query)], context)
}

function insertInto(table: string, query: QueryNode): InsertStatement {
  const { span } = query
  const name = { kind: 'Identifier', name: table, quoted: true, span } as const
  return {
    kind: 'InsertStatement',
    mode: 'INTO',
    table: { kind: 'QualifiedName', parts: [name], span },
    hints: [],
    partition: [],
    columns: undefined,
    query,
    span,
  }
}

/**
 * The planned nodes, joined to the job's streams. Their ids follow from what they do and what feeds them, not from the
 * statement's text or place; what was the result's sink has the SQL's own id. `taken` grows by the new ids.
 */
function spliceNodes(planned: readonly StreamNode[], sql: UnplannedSqlNode, taken: Set<string>): StreamNode[] {
  const newIds = new Map<string, string>()
  // statements that read the same stream are told apart by where they write
  const targets = planned.flatMap((node) =>
    node.kind === 'sink' ? [`${node.sink.connector}:${node.sink.tableName}`] : [],
  )
  const identify = (id: string, inputs: readonly string[]): string => {
    for (let occurrence = 0; ; occurrence++) {
      const derived = deriveNodeId('sql', id, [...targets, ...inputs], occurrence)
      if (taken.has(derived)) continue
      taken.add(derived)
      newIds.set(id, derived)
      return derived
    }
  }
  return planned.map((node): StreamNode => {
    if (node.kind === 'source') return joinSource(node, sql, identify)
    const inputs = node.inputs.map((edge) => ({ ...edge, from: newIds.get(edge.from)! }))
    if (node.kind === 'sink' && node.sink.connector === STREAM_CONNECTOR)
      return passOn(sql.id, 'Sql', node.outputType, inputs)
    const id = identify(node.id, inputs.map(placeOfEdge))
    return { ...node, id, inputs } as StreamNode
  })
}

function passOn(id: string, name: string, outputType: RowType, inputs: readonly StreamEdge[]): OperatorNode {
  return { kind: 'operator', id, name, outputType, operator: { type: 'union', outputType }, inputs }
}

/** The scan of a stream becomes what of it belongs into a source, as an operator behind the stream's node. */
function joinSource(
  node: SourceNode,
  sql: UnplannedSqlNode,
  identify: (id: string, inputs: readonly string[]) => string,
): StreamNode {
  if (node.source.connector !== STREAM_CONNECTOR) return { ...node, id: identify(node.id, []) }
  const { tableName, ...edge } = sql.inputs.find((input) => input.tableName === node.source.tableName)!
  const id = identify(node.id, [placeOfEdge(edge)])
  const { calc, source } = node
  const { physicalType: inputType, producedType, projection } = source
  const isWhole = producedType.fields.length === inputType.fields.length
  if (calc === undefined && isWhole) return passOn(id, tableName, producedType, [edge])
  const outputType = calc?.outputType ?? producedType
  const operator = {
    type: 'calc' as const,
    inputType,
    outputType,
    code: isWhole ? calc!.code : behindProjection(calc?.code, projection, producedType),
    description: calc?.description ?? producedType.fields.map((field) => field.name).join(', '),
  }
  return { kind: 'operator', id, name: tableName, outputType, operator, inputs: [edge] }
}

/** Code of a calc over some columns of the stream's rows: what the planner took to be read no more is left out first. */
function behindProjection(calc: string | undefined, projection: readonly number[], type: RowType): string {
  return `(functions, context) => {
  const calc = ${calc === undefined ? '(batch) => batch' : `(${calc})(functions, context)`}
  const type = ${JSON.stringify(type)}
  return (batch) => calc({ ...batch, type, columns: [${projection.map((column) => `batch.columns[${column}]`).join(', ')}] })
}`
}

/** The SQL, whose places are those in the user's file. */
function textOf({ sql, source }: UnplannedSqlNode): SourceText {
  const place = placeOf(source)
  return place === undefined ? sourceText(sql) : sourceText(sql, place.file, place)
}

function placeOf(source: string | undefined): { file: string; line: number; column: number } | undefined {
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(source ?? '') ?? []
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) }
}

/** What is not about a place in the text is about the whole of it. */
function withPlaceInSource(error: unknown, source: string | undefined): unknown {
  const location = placeOf(source)
  if (location === undefined || !isFlinktsError(error) || error.location !== undefined) return error
  const { code, message, fix, cause } = error
  return new FlinktsError(code, message, { location, fix, cause })
}
