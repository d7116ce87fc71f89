// A job's facts for tests of findings: SOURCE rides → WINDOW → SINK, each with two subtasks, healthy unless changed.
import type {
  JobFacts,
  OperatorFacts,
  SourceFacts,
  SubtaskFacts,
  VertexFacts,
} from '../../../engine/diagnosis/job-facts.ts'
import type { SplitDiagnostics, SubtaskDiagnostics } from '../../../engine/metrics/diagnostics.ts'

export const NOW = Date.parse('2025-11-01T12:00:00Z')
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const at = (text: string): number => Date.parse(`2025-11-01T${text}Z`)

export function subtask(index: number, more: Partial<SubtaskFacts> = {}): SubtaskFacts {
  return {
    index,
    status: 'RUNNING',
    statusSince: NOW - HOUR,
    taskManager: 'taskmanager-1',
    recordsIn: 1000,
    recordsOut: 1000,
    recordsInPerSecond: 100,
    recordsOutPerSecond: 100,
    busy: 0.1,
    backPressured: 0,
    ...more,
  }
}

export function vertex(
  id: string,
  name: string,
  inputs: readonly string[],
  more: Partial<VertexFacts> = {},
): VertexFacts {
  const subtasks = more.subtasks ?? [subtask(0), subtask(1)]
  return {
    id,
    name,
    parallelism: subtasks.length,
    inputs,
    operators: [{ nodeId: `node-${id}`, name, keepsRows: false }],
    recordsIn: subtasks.reduce((sum, { recordsIn }) => sum + recordsIn, 0),
    recordsOut: subtasks.reduce((sum, { recordsOut }) => sum + recordsOut, 0),
    ...more,
    subtasks,
  }
}

export const rides: SourceFacts = {
  tableName: 'rides',
  connector: 'kafka',
  bounded: false,
  watermarks: { idleTimeoutMs: 0, delayMs: 5 * SECOND },
  startup: 'earliest-offset',
  isTypeScript: false,
  positions: {},
  pending: undefined,
  unparsable: 0,
}

export function sourceOperator(more: Partial<SourceFacts> = {}): OperatorFacts {
  return { nodeId: 'node-s', name: 'rides[1]', keepsRows: false, source: { ...rides, ...more } }
}

export const windowOperator: OperatorFacts = {
  nodeId: 'node-w',
  name: 'WindowAggregate[3]',
  keepsRows: true,
  window: {
    shape: { kind: 'tumble', sizeMs: HOUR, offsetMs: 0 },
    time: { kind: 'rowtime', column: 0, ltz: false },
    zone: 'UTC',
    allowedLatenessMs: 0,
  },
}

export const sinkOperator: OperatorFacts = {
  nodeId: 'node-k',
  name: 'hourly[4]',
  keepsRows: false,
  sink: { tableName: 'hourly', connector: 'jdbc' },
}

export function split(
  id: string,
  watermark: number | undefined,
  quietMs: number,
  more: Partial<SplitDiagnostics> = {},
): SplitDiagnostics {
  return { id, watermark, lastActiveAt: NOW - quietMs, isIdle: false, position: '100', pendingRecords: 0, ...more }
}

export function sourceSubtask(
  subtaskIndex: number,
  splits: readonly SplitDiagnostics[],
  more: Partial<NonNullable<SubtaskDiagnostics['source']>> = {},
): SubtaskDiagnostics {
  const watermark = splits.length === 0 ? undefined : splits[0]!.watermark
  return {
    vertexId: 's',
    subtaskIndex,
    recordsIn: 100,
    recordsOut: 100,
    watermark,
    isIdle: false,
    source: {
      nodeId: 'node-s',
      name: 'rides[1]',
      watermark,
      isIdle: false,
      idleTimeoutMs: 0,
      splits,
      splitCount: splits.length,
      ...more,
    },
    channels: [],
    operators: [],
    waitsFor: undefined,
  }
}

export function windowSubtask(
  subtaskIndex: number,
  watermark: number | undefined,
  more: Partial<SubtaskDiagnostics['operators'][number]> = {},
): SubtaskDiagnostics {
  return {
    vertexId: 'w',
    subtaskIndex,
    recordsIn: 100,
    recordsOut: 100,
    watermark,
    isIdle: false,
    source: undefined,
    channels: [],
    operators: [
      {
        nodeId: 'node-w',
        name: 'WindowAggregate[3]',
        windows: {
          time: 'event',
          description: 'TUMBLE(size=[1 h])',
          openWindows: 0,
          windows: [],
          firedUpTo: watermark,
        },
        ...more,
      },
    ],
    waitsFor: undefined,
  }
}

/** The window [hour, hour + 1) of today with keys in it. */
export function openWindow(hour: string, keys: number) {
  const start = at(`${hour}:00`)
  return { start, end: start + HOUR, keys, firesAt: start + HOUR - 1 }
}

export function windowsWith(subtaskIndex: number, watermark: number, hours: readonly string[]): SubtaskDiagnostics {
  const windows = hours.map((hour) => openWindow(hour, 10))
  return windowSubtask(subtaskIndex, watermark, {
    windows: {
      time: 'event',
      description: 'TUMBLE(size=[1 h])',
      openWindows: 10 * hours.length,
      windows,
      firedUpTo: watermark,
    },
  })
}

/** Healthy unless `more` says otherwise. */
export function job(more: Partial<JobFacts> = {}): JobFacts {
  return {
    jobId: 'a'.repeat(32),
    name: 'hourly-revenue',
    status: 'RUNNING',
    statusSince: NOW - HOUR,
    startedAt: NOW - HOUR,
    now: NOW,
    restarts: 0,
    zone: 'UTC',
    vertices: [
      vertex('s', 'Source: rides[1] -> Calc[2]', [], { operators: [sourceOperator()] }),
      vertex('w', 'WindowAggregate[3]', ['s'], { operators: [windowOperator] }),
      vertex('k', 'hourly[4]: Writer', ['w'], { operators: [sinkOperator] }),
    ],
    subtasks: [
      sourceSubtask(0, [split('rides-0', at('11:59:58'), 100)]),
      sourceSubtask(1, [split('rides-1', at('11:59:59'), 100)]),
      windowSubtask(0, at('11:59:58')),
      windowSubtask(1, at('11:59:58')),
      ...[0, 1].map((subtaskIndex) => ({
        vertexId: 'k',
        subtaskIndex,
        recordsIn: 100,
        recordsOut: 100,
        watermark: at('11:59:58'),
        isIdle: false,
        source: undefined,
        channels: [],
        operators: [],
        waitsFor: undefined,
      })),
    ],
    failures: [],
    restart: { strategy: 'exponential-delay', attemptsMax: undefined, failures: 0, nextAttemptAt: undefined },
    checkpoints: {
      intervalMs: 10 * SECOND,
      timeoutMs: 10 * MINUTE,
      completed: 360,
      failed: 0,
      lastCompleted: { id: 360, at: NOW - 4 * SECOND, durationMs: 30 },
      lastFailed: undefined,
      inProgress: undefined,
    },
    ...more,
  }
}

/** The job with other splits, windows and so on; subtasks of the vertices that are given take the place of the old ones. */
export function jobTelling(subtasks: readonly SubtaskDiagnostics[], more: Partial<JobFacts> = {}): JobFacts {
  const replaced = new Set(subtasks.map(({ vertexId }) => vertexId))
  const base = job(more)
  return { ...base, subtasks: [...subtasks, ...base.subtasks.filter(({ vertexId }) => !replaced.has(vertexId))] }
}

/** No rates: nothing comes in. */
export function quiet(facts: JobFacts): JobFacts {
  const still = (each: SubtaskFacts): SubtaskFacts => ({ ...each, recordsInPerSecond: 0, recordsOutPerSecond: 0 })
  return { ...facts, vertices: facts.vertices.map((each) => ({ ...each, subtasks: each.subtasks.map(still) })) }
}
