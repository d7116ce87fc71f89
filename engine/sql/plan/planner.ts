// The planner's door: bound statements become a stream graph, or text for EXPLAIN. Pure: the same statements, catalogue
// and settings always give the same graph.
import type { RowType } from '../../types/logical-type.ts'
import { FlinktsError } from '../../common/errors.ts'
import type { StreamGraph } from '../../graph/stream-graph.ts'
import type { Node } from '../ast/node.ts'
import type { QueryNode } from '../ast/query.ts'
import type { ExplainDetail, InsertStatement } from '../ast/statement.ts'
import type { CatalogObject } from '../catalog/catalog-object.ts'
import { locate, placeText, type SourceText } from '../parser/source-text.ts'
import { optimize } from '../rules/optimize.ts'
import { bindCollect, bindInsert } from '../validate/bind-insert.ts'
import { bindQuery } from '../validate/bind-query.ts'
import type { QueryEnvironment, TableLookup } from '../validate/query-environment.ts'
import { buildPhysicalPlan } from './build-physical-plan.ts'
import { buildStreamGraph } from './build-stream-graph.ts'
import { explainText } from './explain.ts'
import type { LogicalNode, SinkNode } from './logical-node.ts'
import type { PhysicalNode } from './physical-node.ts'
import { readPlanSettings, type PlanSettings } from './plan-settings.ts'
import { warnOfTraps } from './warn-of-traps.ts'

/** Where names of tables are found. */
export interface PlannerCatalog {
  /** By its written name, one to three parts, beginning in this catalog and database. */
  find(
    parts: readonly string[],
    catalog: string,
    database: string,
  ): { readonly path: readonly string[]; readonly object: CatalogObject } | undefined
  /** Names of the current database, for "did you mean". */
  names(): readonly string[]
}

export interface PlanningContext {
  readonly catalog: PlannerCatalog
  readonly currentCatalog: string
  readonly currentDatabase: string
  /** Session settings under Flink's keys. */
  readonly configuration: Readonly<Record<string, string>>
  /** The text the statement was parsed from, for the places of errors. */
  readonly source: SourceText
  /** Of each INSERT, where every one has a text of its own: BEGIN STATEMENT SET. Default: all have `source`. */
  readonly sources?: readonly SourceText[] | undefined
}

export interface PlannedJob {
  readonly graph: StreamGraph
  /** Names and types of a SELECT's columns; of INSERT undefined. */
  readonly resultType: RowType | undefined
}

function environmentOf(context: PlanningContext, settings: PlanSettings, warnings: string[]): QueryEnvironment {
  const { catalog } = context
  const inScope = (source: SourceText, currentCatalog: string, currentDatabase: string): QueryEnvironment => ({
    configuration: context.configuration,
    options: {
      sessionTimeZone: settings.sessionTimeZone,
      isBatch: settings.isBatch,
      locate: (node) => locate(source, node.span),
    },
    lookUp: (name): TableLookup | undefined => {
      const found = catalog.find(
        name.parts.map((part) => part.name),
        currentCatalog,
        currentDatabase,
      )
      if (found === undefined) return undefined
      const { path, object } = found
      if (object.kind === 'table') return { kind: 'table', path, table: object }
      // the frozen query names everything in full; its places are those of the query it was made from
      const environment = inScope(object.source, object.catalog, object.database)
      return { kind: 'view', path, view: { query: object.expandedQuery, type: object.type, environment } }
    },
    tableNames: () => catalog.names(),
    commonTables: new Map(),
    warn: (message) => {
      if (!warnings.includes(message)) warnings.push(message)
    },
  })
  return inScope(context.source, context.currentCatalog, context.currentDatabase)
}

interface Planned {
  readonly logical: readonly SinkNode[]
  readonly physical: readonly PhysicalNode[]
  readonly settings: PlanSettings
  readonly warnings: readonly string[]
}

function plan(context: PlanningContext, statement: QueryNode | readonly InsertStatement[]): Planned {
  const settings = readPlanSettings(context.configuration)
  const warnings: string[] = []
  const environment = environmentOf(context, settings, warnings)
  const logical = bindStatements(statement, context, environment)
  const physical = buildPhysicalPlan(optimize(logical), settings, environment.warn)
  warnOfTraps(physical, {
    settings,
    warn: environment.warn,
    placeOfTable: (path) => {
      const object = context.catalog.find(path, context.currentCatalog, context.currentDatabase)?.object
      return object?.kind === 'table' ? placeText(object.createdAt) : undefined
    },
    placeOfJob: isQuery(statement) ? undefined : placeText(locate(sourceOf(context, 0), statement[0]!.table.span)),
  })
  return { logical, physical, settings, warnings }
}

function sourceOf({ source, sources }: PlanningContext, index: number): SourceText {
  return sources?.[index] ?? source
}

function bindStatements(
  statement: QueryNode | readonly InsertStatement[],
  context: PlanningContext,
  environment: QueryEnvironment,
): readonly SinkNode[] {
  if (isQuery(statement)) return [bindCollect(bindQuery(statement, environment))]
  return statement.map((insert, index) => {
    const source = sourceOf(context, index)
    const options = { ...environment.options, locate: (node: Node) => locate(source, node.span) }
    return bindInsert(insert, { ...environment, options })
  })
}

function isQuery(statement: QueryNode | readonly InsertStatement[]): statement is QueryNode {
  return !Array.isArray(statement)
}

function jobName(
  statement: QueryNode | readonly InsertStatement[],
  context: PlanningContext,
  planned: Planned,
): string {
  const named = context.configuration['pipeline.name']
  if (named !== undefined) return named
  if (isQuery(statement)) return 'collect'
  return `insert-into_${planned.logical.map((sink) => (sink.target.kind === 'table' ? sink.target.path.join('.') : 'collect')).join(',')}`
}

/**
 * Plans a query (its rows go to the `collect` sink) or one or more INSERTs as one job.
 * @throws SQL_VALIDATION, SQL_UNSUPPORTED, OPTION_INVALID with the place in the text
 */
export function planStatement(statement: QueryNode | readonly InsertStatement[], context: PlanningContext): PlannedJob {
  const planned = plan(context, statement)
  const graph = buildStreamGraph(
    planned.physical,
    jobName(statement, context, planned),
    planned.settings,
    planned.warnings,
  )
  return { graph, resultType: isQuery(statement) ? planned.logical[0]!.type : undefined }
}

/** The text of EXPLAIN. @throws as planStatement */
export function explainStatement(
  statement: QueryNode | readonly InsertStatement[],
  details: readonly ExplainDetail[],
  context: PlanningContext,
): string {
  const other = details.find((detail) => detail !== 'CHANGELOG_MODE')
  if (other !== undefined) {
    throw new FlinktsError('SQL_UNSUPPORTED', `EXPLAIN ${other} is not supported yet.`, {
      fix: 'Use EXPLAIN, or EXPLAIN CHANGELOG_MODE for the kinds of rows.',
    })
  }
  const { logical, physical, warnings } = plan(context, statement)
  return explainText(logical, physical, warnings, { changelogMode: details.includes('CHANGELOG_MODE') })
}

/** The columns a query gives, e.g. of a view that is being created. @throws SQL_VALIDATION, SQL_UNSUPPORTED */
export function resultTypeOf(query: QueryNode, context: PlanningContext): RowType {
  const settings = readPlanSettings(context.configuration)
  const node: LogicalNode = bindQuery(query, environmentOf(context, settings, []))
  return node.type
}
