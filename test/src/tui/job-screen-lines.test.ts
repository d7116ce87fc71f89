import { expect, test } from 'vitest'
import type { JobView } from '../../../src/services/job-view.ts'
import { jobScreenLines, type ScreenState } from '../../../src/tui/job-screen-lines.ts'

const job: JobView = {
  id: 'a'.repeat(32),
  name: 'hourly-revenue',
  state: 'RUNNING',
  durationMs: 12_300,
  slots: { total: 8, available: 7 },
  vertices: [
    {
      id: 'b'.repeat(32),
      name: 'Source: rides[1] -> WindowAggregate[2] -> hourly_revenue[3]: Writer',
      status: 'RUNNING',
      recordsIn: 10_000,
      recordsOut: 0,
      subtasks: [
        {
          index: 0,
          status: 'RUNNING',
          taskManager: 'tm-1',
          recordsInPerSecond: 812_000,
          recordsOutPerSecond: 0,
          busyPercent: 63.2,
          backPressuredPercent: 0,
          watermark: 1_548_979_195_000,
        },
      ],
    },
  ],
  checkpoints: {
    completed: 1,
    failed: 0,
    history: [{ id: 1, status: 'COMPLETED', kind: 'checkpoint', triggeredAt: 0, durationMs: 12, stateBytes: 1536 }],
  },
}
const state: ScreenState = { job, log: ['started'], help: false, isWatched: false, notice: '', columns: 80, rows: 24 }

test('shows job, subtasks in slots, rates, watermark, back-pressure, checkpoints and log', () => {
  expect(jobScreenLines(state).map((line) => line.text)).toMatchInlineSnapshot(`
    [
      "hourly-revenue  RUNNING  12.3 s  slots 1/8",
      "Subtask            status         in/s    out/s  busy    bp  watermark",
      "Source: rides[1] -> WindowAggregate[2] -> hourly_revenue[3]: Wri…  in 10k  out 0",
      "  0 tm-1           RUNNING        812k        0   63%    0%  2019-01-31 23:59:55",
      "Checkpoints  completed 1  failed 0",
      "  #1   checkpoint 00:00:00    1.5 kB     12 ms  COMPLETED",
      "started",
      "q stop  c cancel  ? help",
    ]
  `)
})

test('fits any terminal', () => {
  const wide: JobView = { ...job, vertices: Array.from({ length: 30 }, () => job.vertices[0]!) }
  for (const [columns, rows] of [
    [80, 24],
    [40, 12],
    [200, 60],
  ] as const) {
    const lines = jobScreenLines({ ...state, job: wide, columns, rows })
    expect(lines.length).toBeLessThanOrEqual(rows)
    expect(lines.every((line) => line.text.length <= columns)).toBe(true)
    expect(lines.at(-1)!.text).toContain('q stop')
  }
})

test('help takes the place of the log, and waiting is said', () => {
  expect(jobScreenLines({ ...state, help: true }).some((line) => line.text.includes('savepoint'))).toBe(true)
  expect(jobScreenLines({ ...state, job: undefined, notice: 'waiting for the job …' })[0]!.text.trim()).toBe(
    'waiting for the job …',
  )
})
