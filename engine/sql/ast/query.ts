// Expressions, queries and tables: one file, because each may hold the others and import cycles are forbidden.
/* eslint max-lines: ['error', { max: 430, skipBlankLines: true, skipComments: true }] -- one recursive type */
import type { DataTypeNode } from './data-type.ts'
import type {
  DefaultArgument,
  DescriptorArgument,
  Hint,
  ModelArgument,
  StarArgument,
  StarItem,
  TableAlias,
  TimeUnitArgument,
} from './clause.ts'
import type { LiteralNode } from './literal.ts'
import type { Identifier, IntervalQualifier, Node, QualifiedName } from './node.ts'
import type { AfterMatch, RowPattern } from './row-pattern.ts'

// ---- expressions ----------------------------------------------------------------------------------------------------

/** `a`, `t.a`, `t.a.field`, `catalog.database.t.a`: which part is what is decided when names are resolved. */
export interface ColumnReference extends Node {
  readonly kind: 'ColumnReference'
  readonly parts: readonly Identifier[]
}
/** `INTERVAL 5 SECOND`, `INTERVAL (a + 1) DAY`, `INTERVAL a DAY`. */
export interface IntervalExpression extends Node {
  readonly kind: 'IntervalExpression'
  readonly negative: boolean
  readonly value: ExpressionNode
  readonly qualifier: IntervalQualifier
}
export interface UnaryExpression extends Node {
  readonly kind: 'UnaryExpression'
  readonly operator: '+' | '-' | 'NOT'
  readonly operand: ExpressionNode
}
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='
export type BinaryOperator =
  ComparisonOperator | 'AND' | 'OR' | '+' | '-' | '*' | '/' | '%' | '||' | 'OVERLAPS' | 'MEMBER OF' | 'SUBMULTISET OF'
export interface BinaryExpression extends Node {
  readonly kind: 'BinaryExpression'
  readonly operator: BinaryOperator
  readonly left: ExpressionNode
  readonly right: ExpressionNode
}
export type IsTest = 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN' | 'JSON VALUE' | 'JSON OBJECT' | 'JSON ARRAY' | 'JSON SCALAR'
/** `a IS NOT NULL`; `IS JSON` is `JSON VALUE`. */
export interface IsExpression extends Node {
  readonly kind: 'IsExpression'
  readonly operand: ExpressionNode
  readonly test: IsTest
  readonly negated: boolean
}
/** `a IS NOT DISTINCT FROM b`. */
export interface DistinctFromExpression extends Node {
  readonly kind: 'DistinctFromExpression'
  readonly left: ExpressionNode
  readonly right: ExpressionNode
  readonly negated: boolean
}
export interface BetweenExpression extends Node {
  readonly kind: 'BetweenExpression'
  readonly operand: ExpressionNode
  readonly low: ExpressionNode
  readonly high: ExpressionNode
  readonly symmetric: boolean
  readonly negated: boolean
}
export interface LikeExpression extends Node {
  readonly kind: 'LikeExpression'
  readonly operator: 'LIKE' | 'SIMILAR TO'
  readonly operand: ExpressionNode
  readonly pattern: ExpressionNode
  readonly escape: ExpressionNode | undefined
  readonly negated: boolean
}
export interface InListExpression extends Node {
  readonly kind: 'InListExpression'
  readonly operand: ExpressionNode
  readonly items: readonly ExpressionNode[]
  readonly negated: boolean
}
export interface InSubqueryExpression extends Node {
  readonly kind: 'InSubqueryExpression'
  readonly operand: ExpressionNode
  readonly query: QueryNode
  readonly negated: boolean
}
/** `a > ALL (SELECT …)`, `a = ANY (1, 2)`; SOME is read as ANY. */
export interface QuantifiedComparison extends Node {
  readonly kind: 'QuantifiedComparison'
  readonly operator: ComparisonOperator
  readonly quantifier: 'ANY' | 'ALL'
  readonly operand: ExpressionNode
  readonly source: QueryNode | readonly ExpressionNode[]
}
export interface ExistsExpression extends Node {
  readonly kind: 'ExistsExpression'
  readonly query: QueryNode
}
export interface ScalarSubquery extends Node {
  readonly kind: 'ScalarSubquery'
  readonly query: QueryNode
}
/** `operand` of the simple form; only there `conditions` may hold several (`WHEN 1, 2 THEN`). */
export interface CaseExpression extends Node {
  readonly kind: 'CaseExpression'
  readonly operand: ExpressionNode | undefined
  readonly branches: readonly CaseBranch[]
  readonly otherwise: ExpressionNode | undefined
}
export interface CaseBranch extends Node {
  readonly kind: 'CaseBranch'
  readonly conditions: readonly ExpressionNode[]
  readonly result: ExpressionNode
}
export interface CastExpression extends Node {
  readonly kind: 'CastExpression'
  readonly operand: ExpressionNode
  readonly type: DataTypeNode
  /** TRY_CAST: NULL instead of an error. */
  readonly safe: boolean
}
/** `TRIM(LEADING 'h' FROM s)`; `TRIM(s)` is BOTH without `characters` (a blank). */
export interface TrimExpression extends Node {
  readonly kind: 'TrimExpression'
  readonly side: 'BOTH' | 'LEADING' | 'TRAILING'
  readonly characters: ExpressionNode | undefined
  readonly operand: ExpressionNode
}
/** `ROW(1, 'x')`, or `(1, 'x')` when not `explicit`. */
export interface RowConstructor extends Node {
  readonly kind: 'RowConstructor'
  readonly explicit: boolean
  readonly elements: readonly ExpressionNode[]
}
/** `ARRAY[…]`, `MULTISET[…]`; `MAP[k, v, …]` has keys and values in turn. */
export interface CollectionConstructor extends Node {
  readonly kind: 'CollectionConstructor'
  readonly type: 'ARRAY' | 'MAP' | 'MULTISET'
  readonly elements: readonly ExpressionNode[]
}
/** `ARRAY(SELECT …)`. */
export interface CollectionSubquery extends Node {
  readonly kind: 'CollectionSubquery'
  readonly type: 'ARRAY' | 'MAP' | 'MULTISET'
  readonly query: QueryNode
}
/** `a[i]` of an array, map or row. */
export interface ItemAccess extends Node {
  readonly kind: 'ItemAccess'
  readonly operand: ExpressionNode
  readonly index: ExpressionNode
}
/** `(expression).field`, `f(x).field`, `a[1].field`; fields of plain names are parts of a ColumnReference. */
export interface FieldAccess extends Node {
  readonly kind: 'FieldAccess'
  readonly operand: ExpressionNode
  readonly field: Identifier
}
export interface AtTimeZoneExpression extends Node {
  readonly kind: 'AtTimeZoneExpression'
  readonly operand: ExpressionNode
  /** `undefined`: AT LOCAL. */
  readonly zone: ExpressionNode | undefined
}
/** `FINAL LAST(a.price)` in MATCH_RECOGNIZE. */
export interface MatchSemanticsExpression extends Node {
  readonly kind: 'MatchSemanticsExpression'
  readonly semantics: 'RUNNING' | 'FINAL'
  readonly operand: ExpressionNode
}

/** What may follow an aggregate call. */
export interface AggregateClauses {
  /** `ARRAY_AGG(x ORDER BY y)` or `WITHIN GROUP (ORDER BY y)`. */
  readonly orderBy: readonly OrderItem[]
  readonly withinGroup: boolean
  readonly filter: ExpressionNode | undefined
  readonly nullTreatment: 'IGNORE NULLS' | 'RESPECT NULLS' | undefined
  readonly over: WindowSpecification | Identifier | undefined
}
/**
 * A call of a function by name: scalar, aggregate, window or table function. The name is as written; built-in names
 * are matched without regard to case. SUBSTRING(x FROM a FOR b), OVERLAY(x PLACING y FROM a FOR b) and POSITION(a IN b)
 * have their operands in this order as arguments.
 */
export interface FunctionCall extends Node, AggregateClauses {
  readonly kind: 'FunctionCall'
  readonly name: QualifiedName
  readonly quantifier: 'DISTINCT' | 'ALL' | undefined
  readonly arguments: readonly FunctionArgumentNode[]
  /** CURRENT_TIMESTAMP, LOCALTIME …: called without parentheses. */
  readonly bare: boolean
}
/** `SIZE => INTERVAL '1' HOUR`. */
export interface NamedArgument extends Node {
  readonly kind: 'NamedArgument'
  readonly name: Identifier
  readonly value: FunctionArgumentNode
}
/** `TABLE t PARTITION BY k ORDER BY ts`, `TABLE(SELECT …)`, or a query in parentheses. */
export interface TableArgument extends Node {
  readonly kind: 'TableArgument'
  readonly source: QualifiedName | QueryNode
  readonly partitionBy: readonly ExpressionNode[]
  readonly orderBy: readonly OrderItem[]
}
export type FunctionArgumentNode =
  ExpressionNode | StarArgument | NamedArgument | DefaultArgument | DescriptorArgument | TableArgument | ModelArgument

// JSON functions with clauses. The others (JSON_STRING, JSON_QUOTE, JSON …) are plain calls.

export type JsonValueBehavior =
  { readonly type: 'NULL' | 'ERROR' } | { readonly type: 'DEFAULT'; readonly value: ExpressionNode }
/** JSON_VALUE(input, path [RETURNING type] [… ON EMPTY] [… ON ERROR]). */
export interface JsonValueExpression extends Node {
  readonly kind: 'JsonValueExpression'
  readonly input: ExpressionNode
  readonly path: ExpressionNode
  readonly returning: DataTypeNode | undefined
  readonly onEmpty: JsonValueBehavior | undefined
  readonly onError: JsonValueBehavior | undefined
}
export type JsonQueryBehavior = 'NULL' | 'ERROR' | 'EMPTY ARRAY' | 'EMPTY OBJECT'
/** JSON_QUERY(input, path [RETURNING type] [… WRAPPER] [… ON EMPTY] [… ON ERROR]). */
export interface JsonQueryExpression extends Node {
  readonly kind: 'JsonQueryExpression'
  readonly input: ExpressionNode
  readonly path: ExpressionNode
  readonly returning: DataTypeNode | undefined
  /** WITH WRAPPER is UNCONDITIONAL. */
  readonly wrapper: 'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL' | undefined
  readonly onEmpty: JsonQueryBehavior | undefined
  readonly onError: JsonQueryBehavior | undefined
}
export interface JsonExistsExpression extends Node {
  readonly kind: 'JsonExistsExpression'
  readonly input: ExpressionNode
  readonly path: ExpressionNode
  readonly onError: 'TRUE' | 'FALSE' | 'UNKNOWN' | 'ERROR' | undefined
}
export type JsonNullClause = 'NULL ON NULL' | 'ABSENT ON NULL'
/** `KEY k VALUE v`, `k VALUE v` and `k : v` give the same node. */
export interface JsonEntry extends Node {
  readonly kind: 'JsonEntry'
  readonly key: ExpressionNode
  readonly value: ExpressionNode
}
export interface JsonObjectExpression extends Node {
  readonly kind: 'JsonObjectExpression'
  readonly entries: readonly JsonEntry[]
  readonly onNull: JsonNullClause | undefined
}
export interface JsonArrayExpression extends Node {
  readonly kind: 'JsonArrayExpression'
  readonly elements: readonly ExpressionNode[]
  readonly onNull: JsonNullClause | undefined
}
export interface JsonObjectAggregate extends Node, AggregateClauses {
  readonly kind: 'JsonObjectAggregate'
  readonly entry: JsonEntry
  readonly onNull: JsonNullClause | undefined
}
export interface JsonArrayAggregate extends Node, AggregateClauses {
  readonly kind: 'JsonArrayAggregate'
  readonly operand: ExpressionNode
  readonly onNull: JsonNullClause | undefined
}

export type ExpressionNode =
  | LiteralNode
  | ColumnReference
  | IntervalExpression
  | UnaryExpression
  | BinaryExpression
  | IsExpression
  | DistinctFromExpression
  | BetweenExpression
  | LikeExpression
  | InListExpression
  | InSubqueryExpression
  | QuantifiedComparison
  | ExistsExpression
  | ScalarSubquery
  | CaseExpression
  | CastExpression
  | TimeUnitArgument
  | TrimExpression
  | RowConstructor
  | CollectionConstructor
  | CollectionSubquery
  | ItemAccess
  | FieldAccess
  | AtTimeZoneExpression
  | MatchSemanticsExpression
  | FunctionCall
  | JsonValueExpression
  | JsonQueryExpression
  | JsonExistsExpression
  | JsonObjectExpression
  | JsonArrayExpression
  | JsonObjectAggregate
  | JsonArrayAggregate

// ---- windows of OVER, ordering --------------------------------------------------------------------------------------

export interface OrderItem extends Node {
  readonly kind: 'OrderItem'
  readonly expression: ExpressionNode
  readonly direction: 'ASC' | 'DESC'
  /** `undefined`: Flink's default, NULLs are the lowest values. */
  readonly nulls: 'FIRST' | 'LAST' | undefined
}
/** `(base PARTITION BY … ORDER BY … ROWS BETWEEN … AND …)`. */
export interface WindowSpecification extends Node {
  readonly kind: 'WindowSpecification'
  readonly base: Identifier | undefined
  readonly partitionBy: readonly ExpressionNode[]
  readonly orderBy: readonly OrderItem[]
  readonly frame: WindowFrame | undefined
}
/** `end` is `undefined` in the short form (`ROWS 2 PRECEDING`): CURRENT ROW. */
export interface WindowFrame extends Node {
  readonly kind: 'WindowFrame'
  readonly unit: 'ROWS' | 'RANGE'
  readonly start: WindowFrameBound
  readonly end: WindowFrameBound | undefined
}
export interface WindowFrameBound extends Node {
  readonly kind: 'WindowFrameBound'
  readonly type: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING'
  /** Of PRECEDING and FOLLOWING only. */
  readonly offset: ExpressionNode | undefined
}
/** `WINDOW w AS (…)`. */
export interface NamedWindow extends Node {
  readonly kind: 'NamedWindow'
  readonly name: Identifier
  readonly specification: WindowSpecification
}

// ---- queries --------------------------------------------------------------------------------------------------------

export interface ExpressionItem extends Node {
  readonly kind: 'ExpressionItem'
  readonly expression: ExpressionNode
  readonly alias: Identifier | undefined
}
export type SelectItem = StarItem | ExpressionItem

/** `a`, or `(a, b)`, or `()`: the expressions grouped together. */
export interface GroupingKeys extends Node {
  readonly kind: 'GroupingKeys'
  readonly expressions: readonly ExpressionNode[]
}
export interface GroupingSets extends Node {
  readonly kind: 'GroupingSets'
  readonly type: 'GROUPING SETS' | 'ROLLUP' | 'CUBE'
  readonly items: readonly GroupItem[]
}
export type GroupItem = GroupingKeys | GroupingSets

export interface SelectQuery extends Node {
  readonly kind: 'SelectQuery'
  readonly hints: readonly Hint[]
  readonly quantifier: 'DISTINCT' | 'ALL' | undefined
  readonly items: readonly SelectItem[]
  /** `undefined`: SELECT without FROM. Comma lists are CROSS joins with `comma`. */
  readonly from: TableNode | undefined
  readonly where: ExpressionNode | undefined
  /** `undefined`: no GROUP BY. */
  readonly groupBy: readonly GroupItem[] | undefined
  readonly groupByDistinct: boolean
  readonly having: ExpressionNode | undefined
  readonly windows: readonly NamedWindow[]
  readonly qualify: ExpressionNode | undefined
}
export interface SetOperation extends Node {
  readonly kind: 'SetOperation'
  /** MINUS is read as EXCEPT. */
  readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT'
  readonly all: boolean
  readonly left: QueryNode
  readonly right: QueryNode
}
/** Each row is a RowConstructor; a single value without parentheses is a row of one. */
export interface ValuesQuery extends Node {
  readonly kind: 'ValuesQuery'
  readonly rows: readonly RowConstructor[]
}
/** `TABLE t` as a query. */
export interface ExplicitTableQuery extends Node {
  readonly kind: 'ExplicitTableQuery'
  readonly name: QualifiedName
}
/** A query with ORDER BY, LIMIT, OFFSET or FETCH; LIMIT n, m is read as OFFSET n, LIMIT m; LIMIT ALL as no limit. */
export interface OrderedQuery extends Node {
  readonly kind: 'OrderedQuery'
  readonly query: QueryNode
  readonly orderBy: readonly OrderItem[]
  readonly offset: ExpressionNode | undefined
  readonly limit: ExpressionNode | undefined
}
export interface CommonTable extends Node {
  readonly kind: 'CommonTable'
  readonly name: Identifier
  readonly columns: readonly Identifier[]
  readonly query: QueryNode
}
export interface WithQuery extends Node {
  readonly kind: 'WithQuery'
  readonly recursive: boolean
  readonly tables: readonly CommonTable[]
  readonly query: QueryNode
}
export type QueryNode = SelectQuery | SetOperation | ValuesQuery | ExplicitTableQuery | OrderedQuery | WithQuery

// ---- tables ---------------------------------------------------------------------------------------------------------

export interface TableReference extends Node {
  readonly kind: 'TableReference'
  readonly name: QualifiedName
  readonly hints: readonly Hint[]
  /** FOR SYSTEM_TIME AS OF. */
  readonly systemTime: ExpressionNode | undefined
  readonly alias: TableAlias | undefined
}
export interface DerivedTable extends Node {
  readonly kind: 'DerivedTable'
  readonly query: QueryNode
  readonly lateral: boolean
  readonly alias: TableAlias | undefined
}
/** `TABLE(f(…))`, `LATERAL TABLE(f(…))` or `f(…)` in FROM: window functions and user table functions. */
export interface TableFunction extends Node {
  readonly kind: 'TableFunction'
  readonly call: FunctionCall
  readonly lateral: boolean
  readonly alias: TableAlias | undefined
}
export interface UnnestTable extends Node {
  readonly kind: 'UnnestTable'
  readonly operands: readonly ExpressionNode[]
  readonly withOrdinality: boolean
  readonly lateral: boolean
  readonly alias: TableAlias | undefined
}
export interface JoinTable extends Node {
  readonly kind: 'JoinTable'
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS'
  readonly natural: boolean
  /** Written as `a, b`. */
  readonly comma: boolean
  readonly left: TableNode
  readonly right: TableNode
  readonly on: ExpressionNode | undefined
  readonly using: readonly Identifier[] | undefined
}
export interface MatchRecognizeTable extends Node {
  readonly kind: 'MatchRecognizeTable'
  readonly input: TableNode
  readonly partitionBy: readonly ExpressionNode[]
  readonly orderBy: readonly OrderItem[]
  /** Every measure has an alias. */
  readonly measures: readonly ExpressionItem[]
  readonly rowsPerMatch: 'ONE' | 'ALL' | undefined
  readonly afterMatch: AfterMatch | undefined
  readonly pattern: RowPattern
  readonly within: ExpressionNode | undefined
  readonly definitions: readonly MatchDefinition[]
  readonly alias: TableAlias | undefined
}
export interface MatchDefinition extends Node {
  readonly kind: 'MatchDefinition'
  readonly variable: Identifier
  readonly condition: ExpressionNode
}
export type TableNode = TableReference | DerivedTable | TableFunction | UnnestTable | JoinTable | MatchRecognizeTable
