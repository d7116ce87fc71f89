// Runs statements one by one in a session: what concerns the catalog and the settings at once; queries and inserts are
// planned and handed back as jobs.
import { FlinktsError } from '../../common/errors.ts'
import { types } from '../../types/logical-type.ts'
import type { InsertStatement, SetStatement, Statement } from '../ast/statement.ts'
import { CatalogManager } from '../catalog/catalog-manager.ts'
import type { SchemaBinder } from '../catalog/schema-binder.ts'
import { parseStatement } from '../parser/parse.ts'
import { locate, sourceText, type SourceText } from '../parser/source-text.ts'
import {
  createTable,
  createTableAs,
  createView,
  executeDefinition,
  isDefinition,
  type DefinitionContext,
} from './execute-definition.ts'
import type { Planner, PlanningContext } from './planner.ts'
import { SessionConfiguration } from './session-configuration.ts'
import { executeDescribe, executeShow, executeShowCreate, executeShowCurrent } from './show-statements.ts'
import { done, stringRows, type JobResult, type RowsResult, type StatementResult } from './statement-result.ts'

export interface StatementExecutorOptions<Job> {
  readonly planner: Planner<Job>
  readonly catalog?: CatalogManager | undefined
  /** Settings before the first SET; RESET goes back to them. */
  readonly configuration?: Readonly<Record<string, string>> | undefined
}

export class StatementExecutor<Job> {
  readonly catalog: CatalogManager
  readonly configuration: SessionConfiguration
  private readonly planner: Planner<Job>
  /** The inserts since BEGIN STATEMENT SET; undefined outside of one. */
  private openSet: { readonly insert: InsertStatement; readonly source: SourceText }[] | undefined

  constructor({ planner, catalog, configuration }: StatementExecutorOptions<Job>) {
    this.planner = planner
    this.catalog = catalog ?? new CatalogManager()
    this.configuration = new SessionConfiguration(configuration)
  }

  /**
   * Parses and executes one statement.
   * @throws SQL_SYNTAX, SQL_VALIDATION, SQL_UNSUPPORTED, OPTION_INVALID; errors of the catalog get the statement's place
   */
  execute(source: SourceText | string): StatementResult<Job> {
    const text = typeof source === 'string' ? sourceText(source) : source
    const statement = parseStatement(text)
    try {
      return this.executeStatement(statement, text)
    } catch (error) {
      throw withLocation(error, statement, text)
    }
  }

  private executeStatement(statement: Statement, source: SourceText): StatementResult<Job> {
    if (this.openSet !== undefined && statement.kind !== 'InsertStatement' && statement.kind !== 'EndStatementSet') {
      throw new FlinktsError('SQL_VALIDATION', 'Only INSERT statements are allowed in a STATEMENT SET.', {
        location: locate(source, statement.span),
        fix: 'Close the set with END; first.',
      })
    }
    if (isDefinition(statement)) {
      executeDefinition(statement, this.definitionContext(source))
      return done
    }
    switch (statement.kind) {
      case 'CreateTable':
        if (statement.asQuery !== undefined) return this.createTableAs(statement, source)
        createTable(statement, this.definitionContext(source))
        return done
      case 'CreateView':
        createView(statement, this.definitionContext(source))
        return done
      case 'QueryStatement':
        return this.job(statement.kind, this.plan(statement.query, source))
      case 'InsertStatement':
        return this.insert(statement, source)
      case 'StatementSet':
        return this.job(statement.kind, this.plan(statement.statements, source))
      case 'BeginStatementSet':
        this.openSet = []
        return done
      case 'EndStatementSet':
        return this.endStatementSet(statement, source)
      case 'ExplainStatement':
        return this.explain(statement, source)
      case 'UnsupportedStatement':
        throw new FlinktsError('SQL_UNSUPPORTED', `${statement.construct} is not supported.`, {
          location: locate(source, statement.span),
        })
      case 'JobStatement':
        return { kind: 'job-request', request: statement }
      case 'SetStatement':
        return this.set(statement)
      case 'ResetStatement':
        this.configuration.reset(statement.key)
        return done
      case 'ShowStatement':
        return executeShow(statement, this.catalog, () => this.planner.functionNames())
      case 'ShowCurrentStatement':
        return executeShowCurrent(statement, this.catalog)
      case 'ShowCreateStatement':
        return executeShowCreate(statement, this.catalog)
      case 'DescribeStatement':
        return executeDescribe(statement, this.catalog)
    }
  }

  // ---- settings ---------------------------------------------------------------------------------------------------

  private set({ option }: SetStatement): StatementResult<Job> {
    if (option !== undefined) {
      this.configuration.set(option.key, option.value)
      return done
    }
    const columns = ['key', 'value'].map((name) => ({ name, type: types.string() }))
    return { kind: 'rows', columns, rows: Object.entries(this.configuration.toRecord()) } satisfies RowsResult
  }

  // ---- jobs -------------------------------------------------------------------------------------------------------

  private planningContext(source: SourceText): PlanningContext {
    return {
      catalog: this.catalog,
      currentCatalog: this.catalog.currentCatalog,
      currentDatabase: this.catalog.currentDatabase,
      configuration: this.configuration.toRecord(),
      source,
    }
  }

  private plan(
    statement: Parameters<Planner<Job>['plan']>[0],
    source: SourceText,
    sources?: PlanningContext['sources'],
  ): Job {
    this.configuration.checkPlannable()
    return this.planner.plan(statement, { ...this.planningContext(source), sources })
  }

  private job(statement: JobResult<Job>['statement'], job: Job): JobResult<Job> {
    const waits = this.configuration.get('table.dml-sync')?.toLowerCase() === 'true'
    return { kind: 'job', job, statement, waitsForEnd: statement !== 'QueryStatement' && waits }
  }

  private insert(statement: InsertStatement, source: SourceText): StatementResult<Job> {
    if (this.openSet === undefined) return this.job(statement.kind, this.plan([statement], source))
    // Planned alone first, so that an error points into this statement's text.
    this.plan([statement], source)
    this.openSet.push({ insert: statement, source })
    return done
  }

  private endStatementSet(statement: Statement, source: SourceText): StatementResult<Job> {
    const set = this.openSet
    this.openSet = undefined
    if (set === undefined || set.length === 0) {
      const message =
        set === undefined ? 'No STATEMENT SET has been begun.' : 'The STATEMENT SET has no INSERT statement.'
      throw new FlinktsError('SQL_VALIDATION', message, { location: locate(source, statement.span) })
    }
    const inserts = set.map(({ insert }) => insert)
    const sources = set.map((each) => each.source)
    return this.job('EndStatementSet', this.plan(inserts, source, sources))
  }

  private createTableAs(
    statement: Extract<Statement, { kind: 'CreateTable' }>,
    source: SourceText,
  ): StatementResult<Job> {
    this.configuration.checkPlannable()
    const created = createTableAs(statement, this.definitionContext(source))
    if (created === undefined) return done
    try {
      return this.job(statement.kind, this.plan([created.insert], source))
    } catch (error) {
      // A table whose query cannot run is not left behind.
      this.catalog.drop(created.path, 'table', { temporary: statement.temporary, ifExists: true })
      throw error
    }
  }

  private explain(
    { details, statement }: Extract<Statement, { kind: 'ExplainStatement' }>,
    source: SourceText,
  ): RowsResult {
    const context = this.planningContext(source)
    this.configuration.checkPlannable()
    switch (statement.kind) {
      case 'QueryStatement':
        return stringRows('result', [this.planner.explain(statement.query, details, context)])
      case 'InsertStatement':
        return stringRows('result', [this.planner.explain([statement], details, context)])
      case 'StatementSet':
        return stringRows('result', [this.planner.explain(statement.statements, details, context)])
      case 'CreateTable':
        return stringRows('result', [this.planner.explain(statement.asQuery!, details, context)])
    }
  }

  private definitionContext(source: SourceText): DefinitionContext {
    const contextOf = (from: SourceText): PlanningContext => this.planningContext(from)
    const binder: SchemaBinder = {
      expressionType: (expression, columns, from) => this.planner.expressionType(expression, columns, contextOf(from)),
      queryType: (query, from) => this.planner.queryType(query, contextOf(from)),
    }
    return { catalog: this.catalog, binder, source }
  }
}

/** Errors of the catalog know no text: they get the place of the name that the statement is about. */
function withLocation(error: unknown, statement: Statement, source: SourceText): unknown {
  if (!(error instanceof FlinktsError) || error.location !== undefined) return error
  const { code, message, fix, cause } = error
  const about =
    'name' in statement ? statement.name : 'option' in statement ? (statement.option ?? statement) : statement
  return new FlinktsError(code, message, { location: locate(source, about.span), fix, cause })
}
