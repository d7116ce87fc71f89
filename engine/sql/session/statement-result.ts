// What a statement answers.
import { types, type LogicalType } from '../../types/logical-type.ts'
import type { JobStatement, Statement } from '../ast/statement.ts'

export interface ResultColumn {
  readonly name: string
  readonly type: LogicalType
}
/** Rows of SHOW, DESCRIBE, EXPLAIN and SET: STRING and BOOLEAN columns. */
export interface RowsResult {
  readonly kind: 'rows'
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly (readonly (string | boolean | null)[])[]
}
/** Done: Flink answers one row, `OK`. */
export interface DoneResult {
  readonly kind: 'done'
}
/** A job to run: a query's rows come back, an insert's go to its table. */
export interface JobResult<Job> {
  readonly kind: 'job'
  readonly job: Job
  readonly statement: Extract<
    Statement,
    { kind: 'QueryStatement' | 'InsertStatement' | 'StatementSet' | 'EndStatementSet' | 'CreateTable' }
  >['kind']
  /** `table.dml-sync`: an insert answers only when its job has ended. */
  readonly waitsForEnd: boolean
}
/** About jobs that run: for whoever runs them. */
export interface JobRequest {
  readonly kind: 'job-request'
  readonly request: JobStatement
}
export type StatementResult<Job> = RowsResult | DoneResult | JobResult<Job> | JobRequest

export const done: DoneResult = Object.freeze({ kind: 'done' })

/** One STRING column. */
export function stringRows(column: string, values: readonly string[]): RowsResult {
  return { kind: 'rows', columns: [{ name: column, type: types.string() }], rows: values.map((value) => [value]) }
}
