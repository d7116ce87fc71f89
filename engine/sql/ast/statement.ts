// Statements: what one `;` ends.
import type { Hint, OptionNode } from './clause.ts'
import type { Identifier, Node, QualifiedName } from './node.ts'
import type { ExpressionNode, QueryNode } from './query.ts'
import type {
  ColumnDefinition,
  Distribution,
  LikeOption,
  PositionedColumn,
  TableConstraint,
  WatermarkDefinition,
} from './table-definition.ts'

// ---- queries and data -----------------------------------------------------------------------------------------------

export interface QueryStatement extends Node {
  readonly kind: 'QueryStatement'
  readonly query: QueryNode
}
export interface InsertStatement extends Node {
  readonly kind: 'InsertStatement'
  readonly mode: 'INTO' | 'OVERWRITE' | 'UPSERT'
  readonly table: QualifiedName
  readonly hints: readonly Hint[]
  /** `PARTITION (a = 1)`. */
  readonly partition: readonly PartitionValue[]
  /** `undefined`: no column list. A name may have parts (`a.b`). */
  readonly columns: readonly QualifiedName[] | undefined
  readonly query: QueryNode
}
export interface PartitionValue extends Node {
  readonly kind: 'PartitionValue'
  readonly column: Identifier
  readonly value: ExpressionNode | undefined
}
/** `EXECUTE STATEMENT SET BEGIN …; END` as one statement. */
export interface StatementSet extends Node {
  readonly kind: 'StatementSet'
  readonly statements: readonly InsertStatement[]
}
/** `BEGIN STATEMENT SET;`: the inserts follow as statements of their own. */
export interface BeginStatementSet extends Node {
  readonly kind: 'BeginStatementSet'
}
export interface EndStatementSet extends Node {
  readonly kind: 'EndStatementSet'
}
export type ExplainDetail = 'ESTIMATED_COST' | 'CHANGELOG_MODE' | 'JSON_EXECUTION_PLAN' | 'PLAN_ADVICE'
export interface ExplainStatement extends Node {
  readonly kind: 'ExplainStatement'
  readonly details: readonly ExplainDetail[]
  readonly statement: QueryStatement | InsertStatement | StatementSet | CreateTable
}

// ---- create, alter, drop --------------------------------------------------------------------------------------------

export interface CreateTable extends Node {
  readonly kind: 'CreateTable'
  readonly temporary: boolean
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  readonly name: QualifiedName
  /** `undefined`: no parentheses at all, as in CREATE TABLE … AS SELECT. */
  readonly columns: readonly ColumnDefinition[] | undefined
  readonly watermark: WatermarkDefinition | undefined
  readonly constraints: readonly TableConstraint[]
  readonly comment: string | undefined
  readonly distribution: Distribution | undefined
  readonly partitionedBy: readonly Identifier[]
  readonly options: readonly OptionNode[]
  readonly like: { readonly table: QualifiedName; readonly options: readonly LikeOption[] } | undefined
  readonly asQuery: QueryNode | undefined
}
export interface CreateView extends Node {
  readonly kind: 'CreateView'
  readonly temporary: boolean
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  readonly name: QualifiedName
  readonly columns: readonly Identifier[]
  readonly comment: string | undefined
  readonly query: QueryNode
}
export interface CreateDatabase extends Node {
  readonly kind: 'CreateDatabase'
  readonly ifNotExists: boolean
  readonly name: QualifiedName
  readonly comment: string | undefined
  readonly options: readonly OptionNode[]
}
export interface CreateCatalog extends Node {
  readonly kind: 'CreateCatalog'
  readonly ifNotExists: boolean
  readonly name: Identifier
  readonly comment: string | undefined
  readonly options: readonly OptionNode[]
}
export type FunctionLanguage = 'JAVA' | 'SCALA' | 'SQL' | 'PYTHON'
export interface CreateFunction extends Node {
  readonly kind: 'CreateFunction'
  readonly temporary: boolean
  readonly system: boolean
  readonly ifNotExists: boolean
  readonly name: QualifiedName
  readonly className: string
  readonly language: FunctionLanguage | undefined
  readonly resources: readonly { readonly type: 'JAR'; readonly path: string }[]
}

export type AlterTableAction =
  | { readonly type: 'rename'; readonly newName: QualifiedName }
  | { readonly type: 'rename-column'; readonly column: Identifier; readonly newName: Identifier }
  | { readonly type: 'set-options'; readonly options: readonly OptionNode[] }
  | { readonly type: 'reset-options'; readonly keys: readonly string[] }
  | (SchemaChange & { readonly type: 'add' })
  | (SchemaChange & { readonly type: 'modify' })
  | { readonly type: 'drop-columns'; readonly columns: readonly Identifier[] }
  | { readonly type: 'drop-primary-key' }
  | { readonly type: 'drop-constraint'; readonly name: Identifier }
  | { readonly type: 'drop-watermark' }
  | { readonly type: 'drop-distribution' }
/** `ADD (…)` and `MODIFY (…)`. */
export interface SchemaChange {
  readonly columns: readonly PositionedColumn[]
  readonly watermark: WatermarkDefinition | undefined
  readonly constraints: readonly TableConstraint[]
  readonly distribution: Distribution | undefined
}
export interface AlterTable extends Node {
  readonly kind: 'AlterTable'
  readonly ifExists: boolean
  readonly name: QualifiedName
  readonly action: AlterTableAction
}
export interface AlterView extends Node {
  readonly kind: 'AlterView'
  readonly name: QualifiedName
  readonly action:
    { readonly type: 'rename'; readonly newName: QualifiedName } | { readonly type: 'as'; readonly query: QueryNode }
}
export interface AlterDatabase extends Node {
  readonly kind: 'AlterDatabase'
  readonly name: QualifiedName
  readonly options: readonly OptionNode[]
}
export interface DropStatement extends Node {
  readonly kind: 'DropStatement'
  readonly object: 'TABLE' | 'VIEW' | 'DATABASE' | 'CATALOG' | 'FUNCTION'
  readonly temporary: boolean
  /** Of functions only. */
  readonly system: boolean
  readonly ifExists: boolean
  readonly name: QualifiedName
  /** Of databases only; RESTRICT is the default. */
  readonly cascade: boolean
}

// ---- session and inspection -----------------------------------------------------------------------------------------

export interface UseStatement extends Node {
  readonly kind: 'UseStatement'
  readonly object: 'DATABASE' | 'CATALOG'
  readonly name: QualifiedName
}
/** `SET` alone lists the configuration. */
export interface SetStatement extends Node {
  readonly kind: 'SetStatement'
  readonly option: OptionNode | undefined
}
/** `RESET` alone resets everything. */
export interface ResetStatement extends Node {
  readonly kind: 'ResetStatement'
  readonly key: string | undefined
}
/** `[FROM | IN db] [[NOT] LIKE | ILIKE 'pattern']` of SHOW. */
export interface ShowFilter {
  readonly from: QualifiedName | undefined
  readonly like: { readonly pattern: string; readonly negated: boolean; readonly caseInsensitive: boolean } | undefined
}
export interface ShowStatement extends Node, ShowFilter {
  readonly kind: 'ShowStatement'
  readonly object:
    'CATALOGS' | 'DATABASES' | 'TABLES' | 'VIEWS' | 'FUNCTIONS' | 'USER FUNCTIONS' | 'COLUMNS' | 'MODULES' | 'JARS'
}
export interface ShowCurrentStatement extends Node {
  readonly kind: 'ShowCurrentStatement'
  readonly object: 'CATALOG' | 'DATABASE'
}
export interface ShowCreateStatement extends Node {
  readonly kind: 'ShowCreateStatement'
  readonly object: 'TABLE' | 'VIEW' | 'CATALOG'
  readonly name: QualifiedName
}
/** DESCRIBE or DESC. */
export interface DescribeStatement extends Node {
  readonly kind: 'DescribeStatement'
  readonly object: 'TABLE' | 'DATABASE' | 'CATALOG' | 'FUNCTION'
  readonly extended: boolean
  readonly name: QualifiedName
}
/** SHOW JOBS, DESCRIBE JOB 'id', STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]: answered by whoever runs the jobs. */
export interface JobStatement extends Node {
  readonly kind: 'JobStatement'
  readonly action: 'SHOW' | 'DESCRIBE' | 'STOP'
  /** Undefined for SHOW. */
  readonly jobId: string | undefined
  readonly withSavepoint: boolean
  /** Only with `withSavepoint`. */
  readonly withDrain: boolean
}
/** A statement of Flink SQL that flinkts does not have: recognised by its first words, refused by name. */
export interface UnsupportedStatement extends Node {
  readonly kind: 'UnsupportedStatement'
  /** E.g. `CREATE MATERIALIZED TABLE`. */
  readonly construct: string
}

export type Statement =
  | QueryStatement
  | InsertStatement
  | StatementSet
  | BeginStatementSet
  | EndStatementSet
  | ExplainStatement
  | CreateTable
  | CreateView
  | CreateDatabase
  | CreateCatalog
  | CreateFunction
  | AlterTable
  | AlterView
  | AlterDatabase
  | DropStatement
  | UseStatement
  | SetStatement
  | ResetStatement
  | ShowStatement
  | ShowCurrentStatement
  | ShowCreateStatement
  | DescribeStatement
  | JobStatement
  | UnsupportedStatement
