// Checkpoints that do not complete, and jobs without any.
import type { Finding } from './finding.ts'
import type { JobIndex } from './job-index.ts'
import { count, duration, known, list } from './phrase.ts'

/** A checkpoint that takes longer than this, and than its interval, is told of. */
const SLOW_MS = 10_000

function lastText(index: JobIndex): string {
  const { lastCompleted, completed } = index.facts.checkpoints
  if (lastCompleted === undefined) return 'none has completed in this run'
  return `the last complete one, ${lastCompleted.id}, is ${duration(index.facts.now - lastCompleted.at)} old (${count(completed)} in all)`
}

function inProgress(index: JobIndex): Finding[] {
  const { inProgress: pending, intervalMs = 0, timeoutMs } = index.facts.checkpoints
  if (pending === undefined) return []
  const forMs = index.facts.now - pending.since
  if (forMs < Math.max(SLOW_MS, intervalMs)) return []
  const missing = pending.missing.map((key) => {
    const slash = key.lastIndexOf('/')
    return index.subtaskName(key.slice(0, slash), Number(key.slice(slash + 1)))
  })
  return [
    {
      kind: 'checkpoints',
      severity: 'warning',
      text: `checkpoint ${pending.id} has been in progress for ${duration(forMs)}: ${pending.acknowledged} of ${pending.subtasks} subtasks have taken part; ${lastText(index)}`,
      details: [
        ...(missing.length === 0 ? [] : [`missing: ${list(missing, 5)}`]),
        `it expires in ${duration(timeoutMs - forMs)} (execution.checkpointing.timeout)`,
        'barriers travel with the rows: back-pressure or a sink that takes nothing holds them up',
      ],
      facts: known({ id: pending.id, forMs, acknowledged: pending.acknowledged, subtasks: pending.subtasks }),
    },
  ]
}

function failing(index: JobIndex): Finding[] {
  const { lastCompleted, lastFailed, failed } = index.facts.checkpoints
  if (lastFailed === undefined || (lastCompleted !== undefined && lastCompleted.at >= lastFailed.at)) return []
  return [
    {
      kind: 'checkpoints',
      severity: 'warning',
      text: `checkpoint ${lastFailed.id} failed ${duration(index.facts.now - lastFailed.at)} ago: ${lastFailed.reason}`,
      details: [
        `${count(failed)} have failed; ${lastText(index)}`,
        'after a crash the job goes on from the last complete one: rows written since are written again',
      ],
      facts: known({
        id: lastFailed.id,
        failed,
        failedAt: lastFailed.at,
        reason: lastFailed.reason,
        completedAt: lastCompleted?.at,
      }),
    },
  ]
}

function none(index: JobIndex): Finding[] {
  const { checkpoints, vertices } = index.facts
  const sinks = vertices.flatMap(({ operators }) => operators.flatMap(({ sink }) => sink ?? []))
  const isUnbounded = index.sources.some(({ source }) => !source.bounded)
  const writes = sinks.some(({ connector }) => !['collect', 'print', 'blackhole', 'memory'].includes(connector))
  if (checkpoints.intervalMs !== undefined || !isUnbounded || !writes) return []
  return [
    {
      kind: 'checkpoints',
      severity: 'note',
      text: 'no checkpoints are taken: after a crash the job starts from its beginning and writes its rows again',
      details: ["what to do: SET 'execution.checkpointing.interval' = '10 s'"],
      facts: {},
    },
  ]
}

export function diagnoseCheckpoints(index: JobIndex): Finding[] {
  return [...inProgress(index), ...failing(index), ...none(index)]
}
