// Sinks that take no rows.
import type { Finding } from './finding.ts'
import type { OperatorFacts, SinkFacts } from './job-facts.ts'
import type { JobIndex } from './job-index.ts'
import { duration, known, list } from './phrase.ts'

/** A wait shorter than this is the ordinary rhythm of a sink. */
const STUCK_MS = 1000

const TARGETS: Readonly<Record<string, string>> = {
  jdbc: 'the database',
  kafka: 'Kafka',
  collect: 'whoever reads its rows',
}

/** A flush that takes longer is told of. */
const FLUSH_MS = 3000

/** `the database (table revenue.hourly)` */
function targetOf(sink: SinkFacts | undefined): string {
  const target = TARGETS[sink?.connector ?? ''] ?? 'its target'
  return sink?.target === undefined ? target : `${target} (${sink.target})`
}

function factsOf({ nodeId, name, sink }: Pick<OperatorFacts, 'nodeId' | 'name' | 'sink'>) {
  return { nodeId, name, table: sink?.tableName, connector: sink?.connector, target: sink?.target }
}

/** A checkpoint is complete when sinks have written what came before it: one that waits for sinks only tells of them. */
function unwritten(index: JobIndex): Finding[] {
  const { inProgress } = index.facts.checkpoints
  if (inProgress === undefined) return []
  const forMs = index.facts.now - inProgress.since
  const vertices = [...new Set(inProgress.missing.map((key) => key.slice(0, key.lastIndexOf('/'))))]
  const sinks = vertices.map(
    (id) => index.vertex(id)?.operators.filter(({ sink }) => sink !== undefined && sink.connector in TARGETS) ?? [],
  )
  if (forMs < FLUSH_MS || sinks.length === 0 || sinks.some((operators) => operators.length === 0)) return []
  return sinks.flat().map((operator): Finding => {
    return {
      kind: 'sink',
      severity: 'cause',
      text: `sink ${operator.name} has not written what it was given: ${targetOf(operator.sink)} has not taken it for ${duration(forMs)}, since checkpoint ${inProgress.id} began`,
      details: [
        `${inProgress.acknowledged} of ${inProgress.subtasks} subtasks have taken part in the checkpoint; only sinks are missing`,
        ...adviceFor(operator.sink),
      ],
      facts: known({ ...factsOf(operator), sinceMs: forMs, checkpoint: inProgress.id }),
    }
  })
}

function adviceFor(sink: SinkFacts | undefined): string[] {
  switch (sink?.connector) {
    case 'jdbc':
      return [
        'what to do: see what holds it up (locks, a full disk, a slow index): flinkts query "SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE state <> \'idle\'"',
      ]
    case 'kafka': {
      const topic = sink.target?.replace(/^topic /, '') ?? sink.tableName
      return [
        `what to do: see whether the broker answers and its topic has a leader and enough replicas in sync (flinkts topics describe ${topic}), and what it says of itself (flinkts logs kafka: a full disk?)`,
      ]
    }
    default:
      return []
  }
}

export function diagnoseSinks(index: JobIndex): Finding[] {
  const full = fullSinks(index)
  if (full.length > 0) return full
  const owing = owingSinks(index)
  return owing.length > 0 ? owing : unwritten(index)
}

/** They take rows still, into their buffers. */
function owingSinks(index: JobIndex): Finding[] {
  const told = index.facts.subtasks.flatMap(({ sinks }) => sinks ?? [])
  const slow = told.filter(({ owedForMs }) => owedForMs >= FLUSH_MS)
  return [...new Set(slow.map(({ nodeId }) => nodeId))].map((nodeId): Finding => {
    const these = slow.filter((each) => each.nodeId === nodeId)
    const longest = Math.max(...these.map(({ owedForMs }) => owedForMs))
    const { name } = these[0]!
    const operators = index.facts.vertices.flatMap(({ operators: all }) => all)
    const sink = operators.find((operator) => operator.nodeId === nodeId)?.sink
    return {
      kind: 'sink',
      severity: 'cause',
      text: `sink ${name} waits for ${targetOf(sink)}, for ${duration(longest)} now: it has not ${sink?.connector === 'kafka' ? 'acknowledged' : 'committed'} the rows that it was sent`,
      details: ['until its buffers are full the job reads on', ...adviceFor(sink)],
      facts: known({ ...factsOf({ nodeId, name, sink }), sinceMs: longest, subtasks: these.length }),
    }
  })
}

/** Their buffers are full: they take no more rows. */
function fullSinks(index: JobIndex): Finding[] {
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
    return {
      kind: 'sink',
      severity: 'cause',
      text: `sink ${waitsFor.name} waits for ${targetOf(sink)}, for ${duration(longest)} now: it has written nothing in that time, and all before it waits for it`,
      details: [
        `it waits in ${list(these.map((each) => index.subtaskName(each.subtask.vertexId, each.subtask.subtaskIndex)))}`,
        ...adviceFor(sink),
      ],
      facts: known({ ...factsOf({ nodeId, name: waitsFor.name, sink }), sinceMs: longest, subtasks: these.length }),
    }
  })
}
