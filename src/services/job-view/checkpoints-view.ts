// A job's checkpoints and savepoints: /jobs/:job/checkpoints, and its details where one is opened.
import { callRest } from '../rest-client.ts'
import { numberOf, objectOf, objectsOf, sinceEpochOf, textOf, type RestAnswer } from './rest-answer.ts'

export interface CheckpointView {
  readonly id: number
  /** IN_PROGRESS, COMPLETED or FAILED. */
  readonly status: string
  readonly kind: 'checkpoint' | 'savepoint'
  readonly triggeredAt: number
  readonly durationMs: number | undefined
  readonly stateBytes: number
  readonly acknowledged: number
  readonly subtasks: number
  readonly failure: string | undefined
  readonly path: string | undefined
}

export interface CheckpointsView {
  readonly total: number
  readonly completed: number
  readonly failed: number
  readonly inProgress: number
  /** Undefined: none are taken by themselves. */
  readonly intervalMs: number | undefined
  readonly mode: string
  readonly durationMs: { readonly average: number; readonly p99: number } | undefined
  readonly restored: { readonly id: number; readonly at: number; readonly path: string } | undefined
  /** Newest first. */
  readonly history: readonly CheckpointView[]
}

/** One subtask's part in a checkpoint. */
export interface CheckpointPart {
  readonly vertexId: string
  readonly subtask: number
  readonly isAcknowledged: boolean
  readonly durationMs: number | undefined
  readonly stateBytes: number | undefined
  readonly alignmentMs: number | undefined
  readonly syncMs: number | undefined
  readonly asyncMs: number | undefined
  readonly startDelayMs: number | undefined
}

/** Flink's word for "no interval" is Long.MAX_VALUE. */
const INTERVAL_MS_MAX = 1e15

function checkpointOf(entry: RestAnswer): CheckpointView {
  return {
    id: numberOf(entry['id']) ?? 0,
    status: textOf(entry['status']) ?? '?',
    kind: entry['is_savepoint'] === true ? 'savepoint' : 'checkpoint',
    triggeredAt: numberOf(entry['trigger_timestamp']) ?? 0,
    durationMs: sinceEpochOf(entry['end_to_end_duration']),
    stateBytes: numberOf(entry['state_size']) ?? 0,
    acknowledged: numberOf(entry['num_acknowledged_subtasks']) ?? 0,
    subtasks: numberOf(entry['num_subtasks']) ?? 0,
    failure: textOf(entry['failure_message']),
    path: textOf(entry['external_path']),
  }
}

function restoredOf(restored: RestAnswer): CheckpointsView['restored'] {
  const id = numberOf(restored['id'])
  if (id === undefined) return undefined
  return { id, at: numberOf(restored['restore_timestamp']) ?? 0, path: textOf(restored['external_path']) ?? '' }
}

export async function readCheckpoints(address: string, jobId: string): Promise<CheckpointsView> {
  const path = `/jobs/${jobId}/checkpoints`
  const [answer, config] = await Promise.all([
    callRest<RestAnswer>(address, { path }),
    callRest<RestAnswer>(address, { path: `${path}/config` }),
  ])
  const counts = objectOf(answer['counts'])
  const duration = objectOf(objectOf(answer['summary'])['end_to_end_duration'])
  const average = numberOf(duration['avg'])
  const intervalMs = numberOf(config['interval'])
  return {
    total: numberOf(counts['total']) ?? 0,
    completed: numberOf(counts['completed']) ?? 0,
    failed: numberOf(counts['failed']) ?? 0,
    inProgress: numberOf(counts['in_progress']) ?? 0,
    intervalMs: intervalMs === undefined || intervalMs > INTERVAL_MS_MAX ? undefined : intervalMs,
    mode: textOf(config['mode']) ?? '?',
    durationMs: average === undefined ? undefined : { average, p99: numberOf(duration['p99']) ?? average },
    restored: restoredOf(objectOf(objectOf(answer['latest'])['restored'])),
    history: objectsOf(answer['history']).map(checkpointOf),
  }
}

/** Of every subtask. Throws JOB_NOT_FOUND for a checkpoint that has left the history. */
export async function readCheckpointParts(
  address: string,
  jobId: string,
  checkpoint: { readonly id: number; readonly vertexIds: readonly string[] },
): Promise<CheckpointPart[]> {
  const path = `/jobs/${jobId}/checkpoints/details/${checkpoint.id}/subtasks`
  const parts = await Promise.all(
    checkpoint.vertexIds.map(async (vertexId) => {
      const { subtasks } = await callRest<RestAnswer>(address, { path: `${path}/${vertexId}` })
      return objectsOf(subtasks).map((subtask, position) => {
        const times = objectOf(subtask['checkpoint'])
        return {
          vertexId,
          subtask: numberOf(subtask['index']) ?? position,
          isAcknowledged: subtask['status'] === 'completed',
          durationMs: sinceEpochOf(subtask['end_to_end_duration']),
          stateBytes: numberOf(subtask['state_size']),
          alignmentMs: numberOf(objectOf(subtask['alignment'])['duration']),
          syncMs: numberOf(times['sync']),
          asyncMs: numberOf(times['async']),
          startDelayMs: numberOf(subtask['start_delay']),
        }
      })
    }),
  )
  return parts.flat()
}
