import { expect, test } from 'vitest'
import { renderReplay, renderReplayProgress, restCommand, type ReplayFlags } from '../../../src/output/replay-lines.ts'
import type { ReplayResult } from '../../../src/services/replay/replay-topic.ts'

const done: ReplayResult = {
  topic: 'rides',
  into: 'copy',
  read: 10,
  written: 4,
  durationMs: 2000,
  isComplete: true,
  rest: { from: 'rides:0=5,1=5', until: 'rides:0=5,1=5', shiftTo: undefined },
}
const flags: ReplayFlags = {
  into: 'copy',
  speed: '10x',
  filter: "zone = 'Queens'",
  partition: undefined,
  'shift-field': ['at'],
  isolation: 'read_committed',
}

test('says what was written, and how to go on where it stopped', () => {
  expect(renderReplay(done, flags)).toBe('Wrote 4 of 10 records of rides to copy in 2 s (2/s).')
  const one = { ...done, read: 1, written: 1 }
  expect(renderReplay(one, flags)).toMatch(/^Wrote 1 record of rides to copy/)
  const stopped = {
    ...done,
    isComplete: false,
    rest: { ...done.rest, from: 'rides:0=2,1=3', shiftTo: '2025-11-01T10:00:00.000Z' },
  }
  expect(renderReplay(stopped, flags).split('\n')).toEqual([
    'Wrote 4 records of rides to copy in 2 s (2/s).',
    'Stopped before the end. To go on:',
    `  ${restCommand(stopped, flags)}`,
  ])
  expect(restCommand(stopped, flags)).toBe(
    `flinkts replay rides --from rides:0=2,1=3 --until rides:0=5,1=5 --into copy --speed 10x --filter 'zone = '\\''Queens'\\''' --shift-to 2025-11-01T10:00:00.000Z --shift-field at`,
  )
  expect(
    restCommand(stopped, {
      ...flags,
      into: undefined,
      filter: undefined,
      partition: [0, 1],
      isolation: 'read_uncommitted',
    }),
  ).toBe(
    'flinkts replay rides --from rides:0=2,1=3 --until rides:0=5,1=5 --partition 0 --partition 1 --speed 10x --shift-to 2025-11-01T10:00:00.000Z --shift-field at --isolation read_uncommitted',
  )
})

test('progress on one line', () => {
  const progress = { total: undefined, read: 0, written: 0, passed: 0, recordTimeMs: undefined, waitMs: 0 }
  expect(renderReplayProgress(progress, 0)).toBe('looking up offsets …')
  const at = Date.parse('2025-11-01T10:00:00Z')
  expect(
    renderReplayProgress(
      { ...progress, total: 4000, written: 1000, passed: 3000, recordTimeMs: at, waitMs: 61_000 },
      2000,
    ),
  ).toBe('1k records written, 75 % of 4k done, 500/s, at 2025-11-01 10:00:00 UTC, next in 1 min 1 s')
})
