// SQL inside a job: text with streams in it becomes a node that the host plans. No SQL is parsed here, for the bundle also
// runs where the planner does not exist.
import { FlinktsError } from '../common/errors.ts'
import { placeOfEdge } from '../graph/stable-id.ts'
import { types } from '../types/logical-type.ts'
import type { UnplannedSqlNode } from '../graph/stream-graph.ts'
import { createStream } from './create-stream.ts'
import type { DataStream, StreamHandle } from './data-stream.ts'
import type { GraphBuilder } from './graph-builder.ts'
import type { Schema } from './schema.ts'
import { addRowtimeColumn, edgeFrom, streamOf } from './stream-nodes.ts'

/** A stream stands for a table; a text or a number is put into the statement as it is. */
export type SqlValue = { readonly node: StreamHandle } | string | number

/**
 * Statements of a job. A stream in the text is a table with the stream's fields; where it has event times, they are its
 * last column, `rowtime TIMESTAMP_LTZ(3)`, with the stream's watermarks. Tables made by CREATE TABLE are known to the
 * job's later statements; kafka and jdbc tables may leave out the address of the project's own services.
 *
 * ```ts
 * env.sql`INSERT INTO big_tips SELECT PULocationID, tip FROM ${rides} WHERE tip > 10`
 * const counts = env.sql(Count)`SELECT zone, COUNT(*) AS trips FROM TABLE(TUMBLE(TABLE ${rides}, …)) GROUP BY …`
 * ```
 */
export interface SqlInJob {
  /** CREATE TABLE, CREATE VIEW, INSERT …; several are separated by semicolons. */
  (text: TemplateStringsArray, ...values: readonly SqlValue[]): void
  /**
   * The rows of a last SELECT as a stream of records of `schema`: the same fields in the same order with the same types.
   * A SELECT whose results change later is refused; insert it into a table.
   */
  <T>(schema: Schema<T>): (text: TemplateStringsArray, ...values: readonly SqlValue[]) => DataStream<T>
}

interface SqlText {
  readonly sql: string
  readonly inputs: UnplannedSqlNode['inputs']
}

function joinText(
  text: TemplateStringsArray,
  values: readonly unknown[],
  tableOf: (stream: StreamHandle) => StreamHandle,
): SqlText {
  const inputs: UnplannedSqlNode['inputs'][number][] = []
  const written = values.map((value): string => {
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    if (typeof value === 'function') {
      throw new FlinktsError('SQL_UNSUPPORTED', 'TypeScript functions in SQL are not supported yet', {
        fix: 'call the function in .map(…) or .filter(…) in front of the SQL',
      })
    }
    const { node } = value as { readonly node: StreamHandle }
    const tableName = `stream_${inputs.length + 1}`
    inputs.push({ ...edgeFrom(tableOf(node)), tableName })
    return `\`${tableName}\``
  })
  return { sql: text.map((part, index) => part + (written[index] ?? '')).join(''), inputs }
}

export function createSqlInJob(builder: GraphBuilder): SqlInJob {
  const tables = new Map<string, StreamHandle>()
  const tableOf = (stream: StreamHandle): StreamHandle => {
    if (!stream.hasEventTime) return stream
    const place = placeOfEdge({ from: stream.nodeId, output: stream.output })
    const table = tables.get(place) ?? addRowtimeColumn(builder, stream)
    tables.set(place, table)
    return table
  }
  const add = (schema: Schema<unknown>, text: TemplateStringsArray, values: readonly unknown[]): string => {
    const { sql, inputs } = joinText(text, values, tableOf)
    const source = builder.context.callSite?.()
    return builder.add({ kind: 'unplanned-sql', sql, inputs, outputType: schema.rowType, source }, 'Sql')
  }
  const sql = (first: TemplateStringsArray | Schema<unknown>, ...values: readonly unknown[]): unknown => {
    if ('raw' in first) {
      add({ rowType: types.row([], false) }, first, values)
      return undefined
    }
    return (text: TemplateStringsArray, ...inner: readonly unknown[]) =>
      createStream(builder, streamOf(add(first, text, inner), first.rowType, false))
  }
  return sql as SqlInJob
}
