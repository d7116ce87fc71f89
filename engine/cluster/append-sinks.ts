// Which tables of a job get a row twice when it is written twice.
import type { StreamGraph } from '../graph/stream-graph.ts'

/** Keep no rows: what is repeated there doubles nothing. */
const KEEPS_NO_ROWS: ReadonlySet<string> = new Set(['blackhole', 'collect'])

/** Tables whose sinks keep every row they are given: a row that is written again is there twice. */
export function appendSinksOf(nodes: StreamGraph['nodes']): string[] {
  return nodes.flatMap((node) =>
    node.kind === 'sink' && node.sink.changelog === 'insert-only' && !KEEPS_NO_ROWS.has(node.sink.connector)
      ? [node.sink.tableName]
      : [],
  )
}
