// Jobs in the states that people meet, as the screen gets them.
import type { JobView, SubtaskView, VertexView } from '../../src/services/job-view/job-view.ts'
import type { SplitView } from '../../src/services/job-view/diagnostics-view.ts'
import { initialState, type ScreenData, type ScreenState } from '../../src/tui/screen-state.ts'

export const NOW = Date.parse('2025-11-01T10:00:00Z')
const JOB = '3f2a'.repeat(8)
const [SOURCE, WINDOW] = ['a'.repeat(32), 'b'.repeat(32)]

function subtask(index: number, change: Partial<SubtaskView> = {}): SubtaskView {
  return {
    index,
    status: 'RUNNING',
    taskManager: `taskmanager-${index + 1}`,
    recordsInPerSecond: 406_000,
    recordsOutPerSecond: 1_200,
    busyPercent: 63.2,
    backPressuredPercent: 0,
    watermark: NOW - 12_300,
    ...change,
  }
}

function source(change: Partial<VertexView> = {}): VertexView {
  return {
    id: SOURCE,
    name: 'Source: rides[1] -> Calc[2] -> LocalWindowAggregate[3]',
    parallelism: 2,
    status: 'RUNNING',
    recordsIn: 3_000_000,
    recordsOut: 240_907,
    recordsInPerSecond: 812_000,
    recordsOutPerSecond: 2_400,
    recordsSent: 0,
    recordsSentPerSecond: 0,
    busyPercent: 63.2,
    backPressuredPercent: 0,
    watermark: NOW - 12_300,
    lateRecordsDropped: 0,
    inputs: [],
    subtasks: [],
    ...change,
  }
}

function window(change: Partial<VertexView> = {}): VertexView {
  return source({
    id: WINDOW,
    name: 'GlobalWindowAggregate[4] -> Calc[5] -> hourly_revenue[6]: Writer',
    recordsIn: 240_907,
    recordsOut: 0,
    recordsInPerSecond: 2_400,
    recordsOutPerSecond: 0,
    recordsSent: 8_112,
    recordsSentPerSecond: 133,
    busyPercent: 4,
    inputs: [{ vertexId: SOURCE, strategy: 'HASH' }],
    lateRecordsDropped: 17,
    ...change,
  })
}

function job(change: Partial<JobView> = {}): JobView {
  return {
    id: JOB,
    name: 'hourly-revenue',
    state: 'RUNNING',
    durationMs: 245_000,
    now: NOW,
    restarts: 0,
    checkpoints: { completed: 24, failed: 0, inProgress: 0 },
    vertices: [source(), window()],
    ...change,
  }
}

function split(id: string, change: Partial<SplitView> = {}): SplitView {
  return {
    id,
    source: 'Source: rides[1]',
    subtask: 0,
    watermark: NOW - 12_300,
    lastActiveAt: NOW - 40,
    isIdle: false,
    idleTimeoutMs: 30_000,
    position: '1000000',
    pendingRecords: 1_200,
    ...change,
  }
}

const RUNNING: Partial<ScreenData> = {
  throughput: Array.from({ length: 80 }, (_, index) => 600_000 + 200_000 * Math.sin(index / 6)),
  slots: {
    taskManagers: [1, 2].map((number) => ({
      id: `taskmanager-${number}`,
      slots: 8,
      freeSlots: 7,
      heapUsedBytes: 180 << 20,
      heapMaxBytes: 2 ** 32,
      jobIds: [JOB],
    })),
    subtasks: [SOURCE, WINDOW].flatMap((vertexId) =>
      [0, 1].map((index) => ({ vertexId, subtask: index, status: 'RUNNING', taskManager: `taskmanager-${index + 1}` })),
    ),
  },
  checkpoints: {
    total: 25,
    completed: 24,
    failed: 1,
    inProgress: 0,
    intervalMs: 10_000,
    mode: 'exactly_once',
    durationMs: { average: 46, p99: 315 },
    restored: { id: 3, at: NOW - 245_000, path: 'file:/project/.flinkts/checkpoints/chk-3' },
    history: Array.from({ length: 10 }, (_, index) => ({
      id: 25 - index,
      status: index === 2 ? 'FAILED' : 'COMPLETED',
      kind: index === 4 ? 'savepoint' : 'checkpoint',
      triggeredAt: NOW - 10_000 * (index + 1),
      durationMs: 35 + index,
      stateBytes: 229_430,
      acknowledged: index === 2 ? 3 : 4,
      subtasks: 4,
      failure: index === 2 ? 'Checkpoint expired before completing.' : undefined,
      path: index === 2 ? undefined : `file:/project/.flinkts/checkpoints/chk-${25 - index}`,
    })),
  },
  parts: {
    id: 25,
    parts: [SOURCE, WINDOW].flatMap((vertexId) =>
      [0, 1].map((index) => ({
        vertexId,
        subtask: index,
        isAcknowledged: true,
        durationMs: 31 + index,
        stateBytes: vertexId === SOURCE ? 274 : 114_441,
        alignmentMs: index,
        syncMs: 2,
        asyncMs: 17,
        startDelayMs: 5,
      })),
    ),
  },
  diagnostics: {
    splits: [split('rides-0'), split('rides-1', { watermark: NOW - 14_000 }), split('rides-2'), split('rides-3')],
    splitCount: 4,
    subtasks: [0, 1].map((index) => ({ vertexId: WINDOW, subtask: index, watermark: NOW - 14_000, isIdle: false })),
    windows: [
      {
        vertexId: WINDOW,
        operator: 'GlobalWindowAggregate[4]',
        subtask: 0,
        time: 'event',
        description: 'TUMBLE(size=[1 h])',
        openWindows: 260,
        firedUpTo: NOW - 3_600_000,
        windows: [{ start: NOW - 3_600_000, end: NOW, keys: 131, firesAt: NOW - 1, hasFired: false }],
      },
    ],
  },
  topics: {
    at: NOW,
    topics: [
      {
        name: 'rides',
        role: 'source',
        bootstrapServers: '127.0.0.1:9092',
        problem: undefined,
        partitions: [0, 1, 2, 3].map((partition) => ({
          partition,
          earliest: 0,
          latest: 1_000_400 + partition,
          position: 1_000_000,
          lag: 400 + partition,
        })),
      },
      {
        name: 'big-tips',
        role: 'sink',
        bootstrapServers: '127.0.0.1:9092',
        problem: undefined,
        partitions: [{ partition: 0, earliest: 0, latest: 8_112, position: undefined, lag: undefined }],
      },
    ],
  },
  topicRates: new Map([
    ['rides 0', 203_000],
    ['rides 1', 203_000],
    ['rides 2', 203_000],
    ['rides 3', 203_000],
    ['big-tips 0', 133],
  ]),
  log: [
    '2025-11-01T09:55:55.000Z notice started from checkpoint 3',
    '2025-11-01T09:56:00.120Z stdout \u001b[31mred\u001b[0m text\tof a print sink',
    '2025-11-01T09:59:40.000Z notice checkpoint 23 failed: Checkpoint expired before completing.',
  ],
  exceptions: { entries: [], isTruncated: false },
}

function state(data: Partial<ScreenData>, change: Partial<ScreenState> = {}): ScreenState {
  const initial = initialState({ isWatched: false, columns: 80, rows: 24 })
  return { ...initial, notice: '', data: { ...initial.data, ...RUNNING, ...data }, ...change }
}

export function healthy(change: Partial<ScreenState> = {}): ScreenState {
  return state({ job: job() }, change)
}

export function idlePartition(change: Partial<ScreenState> = {}): ScreenState {
  const held = { watermark: NOW - 2_400_000 }
  return state(
    {
      job: job({ vertices: [source(held), window({ ...held, recordsSentPerSecond: 0 })] }),
      findings: [
        {
          kind: 'watermark-held',
          severity: 'cause',
          text: 'partition rides-2 holds the watermark back at 2025-11-01 09:20:00: no record since 40 min',
          details: [
            'the other 3 partitions are 39 min 48 s ahead',
            "fix: set 'table.exec.source.idle-timeout' = '30 s', or send records to the partition",
          ],
        },
        { kind: 'windows', severity: 'note', text: '260 windows are open', details: [] },
      ],
      diagnostics: {
        ...RUNNING.diagnostics!,
        splits: [
          split('rides-2', { ...held, lastActiveAt: NOW - 2_400_000, idleTimeoutMs: 0, pendingRecords: 0 }),
          ...['rides-0', 'rides-1', 'rides-3'].map((id) => split(id, { idleTimeoutMs: 0 })),
        ],
      },
    },
    change,
  )
}

export function slowSink(change: Partial<ScreenState> = {}): ScreenState {
  const pressed = { busyPercent: 8, backPressuredPercent: 92, recordsInPerSecond: 900, recordsOutPerSecond: 850 }
  const slow = { busyPercent: 97, recordsInPerSecond: 850, recordsSentPerSecond: 12 }
  return state(
    {
      job: job({
        vertices: [
          source({ ...pressed, subtasks: [subtask(0, pressed), subtask(1, pressed)] }),
          window({ ...slow, subtasks: [subtask(0, { busyPercent: 97 }), subtask(1, { busyPercent: 40 })] }),
        ],
      }),
      findings: [
        {
          kind: 'sink',
          severity: 'cause',
          text: 'the sink hourly_revenue[6]: Writer takes rows too slowly: 12/s, everything before it waits',
          details: ['Source: rides[1] is back-pressured 92 % of the time'],
        },
      ],
    },
    change,
  )
}

export function restarting(change: Partial<ScreenState> = {}): ScreenState {
  const message = "record rides-1 at offset 52: 'abc' is no DOUBLE (column total_amount)"
  const failure = (number: number) => ({
    at: NOW - 2_000 - 1_500 * (12 - number),
    code: 'RECORD_MALFORMED',
    message,
    details: [
      "  Set 'json.ignore-parse-errors' = 'true', or correct the record.",
      'Reported as: JOB_FAILED: the task failed',
    ],
    task: `Source: rides[1] -> Calc[2] (2/2) - execution #${number}`,
    taskManager: 'taskmanager-2',
    consequence: 'restart in 1000 ms',
  })
  return state(
    {
      job: job({
        state: 'RESTARTING',
        restarts: 12,
        vertices: [
          source({ status: 'CANCELED', watermark: undefined, recordsInPerSecond: 0, busyPercent: 0 }),
          window({ status: 'CANCELED', watermark: undefined, recordsInPerSecond: 0, recordsSentPerSecond: 0 }),
        ],
      }),
      exceptions: { entries: [12, 11, 10, 9].map(failure), isTruncated: true },
      findings: [
        {
          kind: 'job-status',
          severity: 'cause',
          text: `the job restarts again and again (12 times): ${message}`,
          details: ['next attempt in 0.4 s', "fix: set 'json.ignore-parse-errors' = 'true', or correct the record"],
        },
      ],
    },
    change,
  )
}

export function finished(change: Partial<ScreenState> = {}): ScreenState {
  const done = {
    status: 'FINISHED',
    recordsInPerSecond: 0,
    recordsOutPerSecond: 0,
    recordsSentPerSecond: 0,
    busyPercent: 0,
    watermark: Infinity,
  }
  return state({ job: job({ state: 'FINISHED', vertices: [source(done), window(done)] }) }, change)
}

/** Before the session has said anything. */
export function noJobYet(change: Partial<ScreenState> = {}): ScreenState {
  return { ...initialState({ isWatched: false, columns: 80, rows: 24 }), ...change }
}

/** Two sources joined, and a third that comes in later: the graph has three levels. */
export function joined(change: Partial<ScreenState> = {}): ScreenState {
  const ids = ['1', '2', '3', '4', '5'].map((digit) => digit.repeat(32))
  const vertex = (index: number, name: string, inputs: readonly number[]): VertexView =>
    source({
      id: ids[index]!,
      name,
      parallelism: 1,
      inputs: inputs.map((from) => ({ vertexId: ids[from]!, strategy: 'HASH' })),
    })
  const vertices = [
    vertex(0, 'Source: orders[1] -> Calc[2]', []),
    vertex(1, 'Source: payments[3]', []),
    vertex(2, 'Source: rates[4]', []),
    vertex(3, 'Join[5] -> Calc[6]', [0, 1]),
    vertex(4, 'TemporalJoin[7] -> paid[8]: Writer', [3, 2]),
  ]
  return state({ job: job({ name: 'paid-orders', vertices }) }, change)
}
