// The facts of a session's job for a diagnosis.
import { graphFacts, zoneOfGraph, type CountedSubtask } from '../diagnosis/graph-facts.ts'
import type { CheckpointFacts, FailureFacts, JobFacts, RestartFacts } from '../diagnosis/job-facts.ts'
import type { SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'

function subtaskCounts({ master }: ManagedJob): CountedSubtask[] {
  return master.records.map((record) => ({
    vertexId: record.vertexId,
    subtaskIndex: record.subtaskIndex,
    status: record.status,
    statusSince: record.enteredAt(record.status),
    taskManager: record.taskManager,
    figures: record.figures,
  }))
}

function failureFacts({ master }: ManagedJob): FailureFacts[] {
  const { vertices } = master.options.graph
  return master.failures.map(({ at, error, consequence, subtask }) => {
    const vertex = vertices.find(({ id }) => id === subtask?.vertexId)
    return {
      at,
      error,
      consequence,
      subtask: vertex === undefined ? undefined : `${vertex.name} (${subtask!.subtaskIndex + 1}/${vertex.parallelism})`,
    }
  })
}

function restartFacts({ master }: ManagedJob): RestartFacts {
  const { strategy } = master
  const attempts =
    strategy.kind === 'fixed-delay'
      ? strategy.attempts
      : strategy.kind === 'exponential-delay' && Number.isFinite(strategy.attemptsMax)
        ? strategy.attemptsMax
        : undefined
  return {
    strategy: strategy.kind,
    attemptsMax: attempts,
    failures: master.countedFailures,
    nextAttemptAt: master.restartAt,
  }
}

function checkpointFacts({ master }: ManagedJob): CheckpointFacts {
  const { statistics, options } = master.checkpoints
  const { counts, latest, history } = statistics
  const { completed, failed } = latest
  const pending = history.find(({ status }) => status === 'IN_PROGRESS')
  const acknowledged = new Set(pending?.acknowledgements.map((part) => `${part.vertexId}/${part.subtaskIndex}`))
  return {
    intervalMs: options.intervalMs,
    timeoutMs: options.timeoutMs,
    completed: counts.completed,
    failed: counts.failed,
    lastCompleted:
      completed === undefined
        ? undefined
        : { id: completed.id, at: completed.endedAt!, durationMs: completed.endedAt! - completed.triggeredAt },
    lastFailed:
      failed === undefined ? undefined : { id: failed.id, at: failed.endedAt!, reason: failed.failure ?? 'not known' },
    inProgress:
      pending === undefined
        ? undefined
        : {
            id: pending.id,
            since: pending.triggeredAt,
            subtasks: pending.subtasks,
            acknowledged: acknowledged.size,
            missing: master.records.map(({ key }) => key).filter((key) => !acknowledged.has(key)),
          },
  }
}

/** `subtasks`: what they answered; none for a job that does not run. */
export function collectJobFacts(job: ManagedJob, subtasks: readonly SubtaskDiagnostics[], now: number): JobFacts {
  const { master, record } = job
  const { graph } = master.options
  return {
    jobId: master.jobId,
    name: record.jobName,
    status: master.stoppedWith !== undefined ? 'STOPPED' : master.status,
    statusSince: master.enteredAt(master.status),
    startedAt: record.startedAt,
    now,
    restarts: master.attempt,
    zone: zoneOfGraph(graph),
    vertices: graphFacts(graph, subtaskCounts(job), {
      pendingBefore: (vertexId) => master.pendingTrend.before(vertexId),
    }),
    subtasks,
    failures: failureFacts(job),
    restart: restartFacts(job),
    checkpoints: checkpointFacts(job),
  }
}
