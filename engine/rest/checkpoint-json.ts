// Checkpoints as Flink's REST API shows them.
import { FlinktsError } from '../common/errors.ts'
import { checkpointSummary } from './statistics.ts'
import type { CheckpointRecord, SubtaskAcknowledgement } from '../checkpoint/checkpoint-statistics.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import type { JobVertex } from '../graph/job-graph.ts'

type Body = Record<string, unknown>

/** Flink's Long.MAX_VALUE, as a double: no periodic checkpoints. */
const NO_INTERVAL = 2 ** 63

function lastAcknowledgement(acknowledgements: readonly SubtaskAcknowledgement[]): number {
  return acknowledgements.length === 0 ? -1 : Math.max(...acknowledgements.map(({ acknowledgedAt }) => acknowledgedAt))
}

function sizeOf(acknowledgements: readonly SubtaskAcknowledgement[]): number {
  return acknowledgements.reduce((sum, { stateSizeBytes }) => sum + stateSizeBytes, 0)
}

/** Common to a checkpoint and to the part of one vertex in it. */
function progress(
  record: CheckpointRecord,
  acknowledgements: readonly SubtaskAcknowledgement[],
  subtasks: number,
): Body {
  const last = lastAcknowledgement(acknowledgements)
  const size = sizeOf(acknowledgements)
  return {
    id: record.id,
    status: record.status,
    latest_ack_timestamp: last,
    checkpointed_size: size,
    state_size: size,
    end_to_end_duration: last < 0 ? -1 : last - record.triggeredAt,
    alignment_buffered: 0,
    processed_data: 0,
    persisted_data: 0,
    num_subtasks: subtasks,
    num_acknowledged_subtasks: acknowledgements.length,
  }
}

function endOf(record: CheckpointRecord): Body {
  if (record.status === 'COMPLETED') return { external_path: `file:${record.location}`, discarded: record.discarded }
  if (record.status === 'FAILED') return { failure_timestamp: record.endedAt, failure_message: record.failure }
  return {}
}

function checkpointJson(record: CheckpointRecord, tasks: Body): Body {
  const savepoint = record.type === 'savepoint'
  const duration = record.endedAt === undefined ? {} : { end_to_end_duration: record.endedAt - record.triggeredAt }
  return {
    className: record.status.toLowerCase(),
    ...progress(record, record.acknowledgements, record.subtasks),
    ...duration,
    is_savepoint: savepoint,
    savepointFormat: savepoint ? 'NATIVE' : null,
    trigger_timestamp: record.triggeredAt,
    checkpoint_type: savepoint ? 'SAVEPOINT' : 'CHECKPOINT',
    tasks,
    ...endOf(record),
  }
}

export function checkpointsJson(job: ManagedJob): Body {
  const { statistics } = job.master.checkpoints
  const { counts, latest, restored } = statistics
  const completed = statistics.history.filter(({ status }) => status === 'COMPLETED')
  const sizes = checkpointSummary(completed.map(({ stateSizeBytes }) => stateSizeBytes))
  const none = checkpointSummary(completed.map(() => 0))
  const shown = (record: CheckpointRecord | undefined): Body | null =>
    record === undefined ? null : checkpointJson(record, {})
  return {
    counts: {
      restored: counts.restored,
      total: counts.total,
      in_progress: counts.inProgress,
      completed: counts.completed,
      failed: counts.failed,
    },
    summary: {
      checkpointed_size: sizes,
      state_size: sizes,
      end_to_end_duration: checkpointSummary(completed.map((record) => record.endedAt! - record.triggeredAt)),
      alignment_buffered: none,
      processed_data: none,
      persisted_data: none,
    },
    latest: {
      completed: shown(latest.completed),
      savepoint: shown(latest.savepoint),
      failed: shown(latest.failed),
      restored:
        restored === undefined
          ? null
          : {
              id: restored.id,
              restore_timestamp: restored.restoredAt,
              is_savepoint: restored.isSavepoint,
              external_path: `file:${restored.location}`,
            },
    },
    history: statistics.history.map((record) => checkpointJson(record, {})),
  }
}

export function checkpointConfigJson(job: ManagedJob): Body {
  const { options } = job.master.checkpoints
  return {
    mode: 'exactly_once',
    interval: options.intervalMs ?? NO_INTERVAL,
    timeout: options.timeoutMs,
    min_pause: options.minPauseMs,
    max_concurrent: 1,
    externalization: { enabled: true, delete_on_cancellation: false },
    state_backend: 'HashMapStateBackend',
    checkpoint_storage: 'FileSystemCheckpointStorage',
    unaligned_checkpoints: false,
    tolerable_failed_checkpoints: options.tolerableFailures,
    aligned_checkpoint_timeout: 0,
    checkpoints_after_tasks_finish: true,
    state_changelog_enabled: false,
    changelog_periodic_materialization_interval: 600_000,
    changelog_storage: 'memory',
  }
}

function recordOf(job: ManagedJob, checkpointId: number): CheckpointRecord {
  const record = job.master.checkpoints.statistics.history.find(({ id }) => id === checkpointId)
  if (record === undefined) {
    throw new FlinktsError('JOB_NOT_FOUND', `Could not find checkpointing statistics for checkpoint ${checkpointId}.`)
  }
  return record
}

/** Throws JOB_NOT_FOUND for a checkpoint that has left the history. */
export function checkpointDetailsJson(job: ManagedJob, checkpointId: number): Body {
  const record = recordOf(job, checkpointId)
  const tasks = job.master.options.graph.vertices.map(({ id, parallelism }) => [
    id,
    progress(
      record,
      record.acknowledgements.filter(({ vertexId }) => vertexId === id),
      parallelism,
    ),
  ])
  return checkpointJson(record, Object.fromEntries(tasks) as Body)
}

/** Throws JOB_NOT_FOUND for a checkpoint that has left the history. */
export function checkpointSubtasksJson(job: ManagedJob, checkpointId: number, vertex: JobVertex): Body {
  const record = recordOf(job, checkpointId)
  const { id: vertexId, parallelism } = vertex
  const parts = record.acknowledgements.filter((part) => part.vertexId === vertexId)
  const summary = (read: (part: SubtaskAcknowledgement) => number): Body => checkpointSummary(parts.map(read))
  const sizes = summary(({ stateSizeBytes }) => stateSizeBytes)
  const none = summary(() => 0)
  return {
    ...progress(record, parts, parallelism),
    summary: {
      checkpointed_size: sizes,
      state_size: sizes,
      end_to_end_duration: summary((part) => part.acknowledgedAt - record.triggeredAt),
      checkpoint_duration: {
        sync: summary((part) => part.syncDurationMs),
        async: summary((part) => part.asyncDurationMs),
      },
      alignment: {
        buffered: none,
        processed: none,
        persisted: none,
        duration: summary((part) => part.alignmentDurationMs),
      },
      start_delay: summary((part) => part.startDelayMs),
    },
    subtasks: Array.from({ length: parallelism }, (_, index) => {
      const part = parts.find(({ subtaskIndex }) => subtaskIndex === index)
      return part === undefined
        ? { className: 'pending', index, status: 'pending_or_failed' }
        : subtaskJson(record, part)
    }),
  }
}

function subtaskJson(record: CheckpointRecord, part: SubtaskAcknowledgement): Body {
  return {
    className: 'completed',
    index: part.subtaskIndex,
    ack_timestamp: part.acknowledgedAt,
    end_to_end_duration: part.acknowledgedAt - record.triggeredAt,
    checkpointed_size: part.stateSizeBytes,
    state_size: part.stateSizeBytes,
    checkpoint: { sync: Math.round(part.syncDurationMs), async: Math.round(part.asyncDurationMs) },
    alignment: { buffered: 0, processed: 0, persisted: 0, duration: Math.round(part.alignmentDurationMs) },
    start_delay: Math.round(part.startDelayMs),
    unaligned_checkpoint: false,
    aborted: false,
    status: 'completed',
  }
}
