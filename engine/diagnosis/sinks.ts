// Sinks that take no rows.
import type { Finding } from './finding.ts'
import type { JobIndex } from './job-index.ts'
import { duration, known, list } from './phrase.ts'

/** A wait shorter than this is the ordinary rhythm of a sink. */
const STUCK_MS = 1000

const TARGETS: Readonly<Record<string, string>> = {
  jdbc: 'the database',
  kafka: 'Kafka',
  collect: 'whoever reads its rows',
}

export function diagnoseSinks(index: JobIndex): Finding[] {
  const waiting = index.facts.subtasks.flatMap((subtask) =>
    subtask.waitsFor?.kind === 'sink' && subtask.waitsFor.sinceMs >= STUCK_MS
      ? [{ subtask, waitsFor: subtask.waitsFor }]
      : [],
  )
  const nodes = [...new Set(waiting.map(({ waitsFor }) => waitsFor.nodeId))]
  return nodes.map((nodeId): Finding => {
    const these = waiting.filter(({ waitsFor }) => waitsFor.nodeId === nodeId)
    const longest = Math.max(...these.map(({ waitsFor }) => waitsFor.sinceMs))
    const { subtask, waitsFor } = these[0]!
    const vertex = index.vertex(subtask.vertexId)
    const sink = vertex?.operators.find((operator) => operator.nodeId === nodeId)?.sink
    const target = TARGETS[sink?.connector ?? ''] ?? 'its target'
    const locks =
      sink?.connector === 'jdbc'
        ? [
            'what to do: see what holds it up: `flinkts query "SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE state <> \'idle\'"` (locks, a full disk, a slow index)',
          ]
        : []
    return {
      kind: 'sink',
      severity: 'cause',
      text: `sink ${waitsFor.name} waits for ${target}, for ${duration(longest)} now: it has written nothing in that time, and all before it waits for it`,
      details: [
        `it waits in ${list(these.map((each) => index.subtaskName(each.subtask.vertexId, each.subtask.subtaskIndex)))}`,
        ...locks,
      ],
      facts: known({
        nodeId,
        name: waitsFor.name,
        table: sink?.tableName,
        connector: sink?.connector,
        sinceMs: longest,
        subtasks: these.length,
      }),
    }
  })
}
