// A SQL session for planner tests: statements in, graphs and plans out.
import { StatementExecutor } from '../../engine/sql/session/statement-executor.ts'
import type { PlannedJob } from '../../engine/sql/plan/planner.ts'
import { sqlPlanner } from '../../engine/sql/plan/sql-planner.ts'
import type { OperatorNode, StreamNode } from '../../engine/graph/stream-graph.ts'
import type { OperatorSpec } from '../../engine/operators/operator-spec.ts'
import type { FlinktsError } from '../../engine/common/errors.ts'

export class SqlSession {
  readonly #executor = new StatementExecutor<PlannedJob>({ planner: sqlPlanner })

  constructor(...statements: readonly string[]) {
    for (const statement of ["SET 'table.local-time-zone' = 'UTC'", ...statements]) this.#executor.execute(statement)
  }

  run(statement: string): void {
    this.#executor.execute(statement)
  }

  plan(statement: string): PlannedJob {
    const result = this.#executor.execute(statement)
    if (result.kind !== 'job') throw new Error(`${statement} is no job`)
    return result.job
  }

  nodes(statement: string): readonly StreamNode[] {
    return this.plan(statement).graph.nodes
  }

  /** The lines of the optimised physical plan. */
  explain(statement: string, details = ''): string {
    const result = this.#executor.execute(`EXPLAIN ${details} ${statement}`)
    if (result.kind !== 'rows') throw new Error('EXPLAIN gives rows')
    const text = String(result.rows[0]![0])
    return /== Optimized Physical Plan ==\n([\s\S]*?)\n\n==/.exec(text)![1]!
  }

  /** The error of a statement that cannot be planned. */
  error(statement: string): FlinktsError {
    try {
      this.#executor.execute(statement)
    } catch (error) {
      return error as FlinktsError
    }
    throw new Error(`no error: ${statement}`)
  }
}

/** The operators of one type, in the order of the graph. */
export function operatorsOf<T extends OperatorSpec['type']>(
  nodes: readonly StreamNode[],
  type: T,
): readonly (OperatorNode & { readonly operator: Extract<OperatorSpec, { type: T }> })[] {
  return nodes.filter(
    (node): node is OperatorNode & { readonly operator: Extract<OperatorSpec, { type: T }> } =>
      node.kind === 'operator' && node.operator.type === type,
  )
}

export const ridesTable = `CREATE TABLE rides (PULocationID INT, DOLocationID INT, trip_distance DOUBLE, total_amount DOUBLE, tpep_pickup_datetime BIGINT,
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND)
  WITH ('connector'='kafka','properties.bootstrap.servers'='localhost:9092','topic'='rides','scan.startup.mode'='earliest-offset','scan.bounded.mode'='latest-offset','format'='json')`

/** A jdbc table of these columns. */
export function jdbcTable(name: string, columns: string): string {
  return `CREATE TABLE ${name} (${columns}) WITH ('connector'='jdbc','url'='jdbc:postgresql://localhost:5432/postgres','table-name'='${name}')`
}
