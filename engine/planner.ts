// Plan Flink SQL: for src/ only. A door of its own, because the SQL front end takes longer to load than everything that
// `host.ts` holds, and most commands plan nothing. Exports, nothing else.
export { sourceText, substitutePlaceholders, type SourceText } from './sql/parser/source-text.ts'
export { splitStatements, StatementSplitter } from './sql/session/split-statements.ts'
export { sqlPlanner } from './sql/session/sql-planner.ts'
export { SessionConfiguration } from './sql/session/session-configuration.ts'
export { StatementExecutor } from './sql/session/statement-executor.ts'
export type { StatementResult } from './sql/session/statement-result.ts'
export type { PlannedJob } from './sql/plan/planner.ts'
export { planUnplannedSql } from './sql/session/plan-unplanned-sql.ts'
export { JsonCondition, type JsonObject } from './sql/session/json-condition.ts'
export { referencedColumns } from './sql/catalog/referenced-columns.ts'
export type { ResolvedTable } from './sql/catalog/catalog-object.ts'
