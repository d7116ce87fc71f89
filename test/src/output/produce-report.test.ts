import { expect, test } from 'vitest'
import { renderProduceProgress, renderProduceResult } from '../../../src/output/produce-report.ts'
import type { ProduceProgress, ProduceResult } from '../../../src/services/produce-events.ts'

const result: ProduceResult = {
  records: 1000,
  bytes: 113_000,
  durationMs: 500,
  partitions: [600, 0, 400],
  late: 20,
  outOfOrder: 300,
  bad: { cut: 2, wrongType: 0, empty: 1, notUtf8: 0 },
  tombstones: 0,
  unset: 0,
  firstEventMs: Date.UTC(2025, 10, 1),
  lastEventMs: Date.UTC(2025, 10, 1, 0, 0, 1),
  notices: [],
}

test('the summary says what was written where, what is wrong on purpose, and how to repeat it', () => {
  expect(renderProduceResult('rides', result, { seed: 7, startMs: Date.UTC(2025, 10, 1) })).toBe(
    [
      'Wrote 1000 records to rides in 500 ms (2k/s, 110 kB).',
      '  partitions   0: 600  1: 0  2: 400',
      '  event time   2025-11-01T00:00:00.000Z to 2025-11-01T00:00:01.000Z',
      '  among them   300 out of order, 20 late, 3 bad (2 cut off, 1 empty)',
      '  again        --seed 7 --start 2025-11-01T00:00:00.000Z',
    ].join('\n'),
  )
})

test('what there is nothing to say of is left out', () => {
  const plain = {
    ...result,
    records: 1,
    partitions: [1],
    late: 0,
    outOfOrder: 0,
    bad: { cut: 0, wrongType: 0, empty: 0, notUtf8: 0 },
    firstEventMs: undefined,
    lastEventMs: undefined,
  }
  expect(renderProduceResult('x', plain, undefined)).toBe('Wrote 1 record to x in 500 ms (2/s, 110 kB).')
  expect(renderProduceResult('x', { ...plain, tombstones: 1 }, undefined)).toMatch(/among them +1 tombstone$/)
})

const progress: ProduceProgress = {
  records: 50_000,
  bytes: 5_000_000,
  elapsedMs: 1000,
  late: 0,
  outOfOrder: 10,
  bad: 0,
  fraction: 0.5,
}

test('progress is one line with a bar where the end is known, and never wider than the terminal', () => {
  expect(renderProduceProgress('rides', progress, 200)).toBe(
    '████████████░░░░░░░░░░░░  50%  rides: 50k records  50k/s  4.77 MB  1 s  10 out of order',
  )
  expect(renderProduceProgress('rides', { ...progress, fraction: undefined }, 200)).toMatch(/^rides: 50k records/)
  expect(renderProduceProgress('rides', progress, 40).length).toBe(39)
})
