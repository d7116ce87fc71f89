import fc from 'fast-check'
import { expect, it } from 'vitest'
import { diagnose } from '../../../engine/diagnosis/diagnose.ts'
import type { Ask, JobFacts } from '../../../engine/diagnosis/job-facts.ts'
import { job, NOW, rides, sinkOperator, windowOperator } from './facts.ts'

const time = fc.oneof(
  fc.integer({ min: NOW - 1e8, max: NOW + 1e8 }),
  fc.constantFrom(-Infinity, Infinity, 0, 8.64e15, -8.64e15, Number.MAX_SAFE_INTEGER),
)
/** What the clock says, unlike event time, is always a number. */
const moment = fc.integer({ min: NOW - 1e8, max: NOW + 1e8 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const count = fc.oneof(fc.nat(10), fc.nat())
const name = fc.constantFrom('s', 'w', 'k', 'other', '')

const openWindow = fc.record({ start: time, end: time, keys: count, firesAt: time, hasFired: maybe(fc.boolean()) })
const told = fc.record({
  nodeId: fc.constantFrom('node-s', 'node-w', 'node-k'),
  name,
  assigner: maybe(
    fc.record({ watermark: maybe(time), isIdle: fc.boolean(), idleTimeoutMs: count, lastActiveAt: moment }),
  ),
  windows: maybe(
    fc.record({
      time: fc.constantFrom('event' as const, 'processing' as const),
      description: name,
      openWindows: count,
      windows: fc.array(openWindow, { maxLength: 3 }),
      asked: maybe(openWindow),
      firedUpTo: maybe(time),
    }),
  ),
  late: maybe(
    fc.record({
      dropped: count,
      latenessMsMax: count,
      examples: fc.array(
        fc.record({ at: moment, eventTime: time, watermark: time, windowEnd: time, row: fc.constant({ id: '7' }) }),
        { maxLength: 2 },
      ),
    }),
  ),
})
const split = fc.record({
  id: fc.constantFrom('rides-0', 'rides-1'),
  watermark: maybe(time),
  lastActiveAt: maybe(moment),
  isIdle: fc.boolean(),
  position: maybe(fc.constantFrom('100', 'byte 4 of 9', '')),
  pendingRecords: maybe(count),
})
const diagnostics = fc.record({
  vertexId: name,
  subtaskIndex: fc.nat(3),
  recordsIn: count,
  recordsOut: count,
  watermark: maybe(time),
  isIdle: fc.boolean(),
  source: maybe(
    fc.record({
      nodeId: fc.constantFrom('node-s', 'gone'),
      name,
      watermark: maybe(time),
      isIdle: fc.boolean(),
      idleTimeoutMs: count,
      splits: fc.array(split, { maxLength: 3 }),
      splitCount: fc.nat(3),
    }),
  ),
  channels: fc.array(
    fc.record({
      input: fc.nat(1),
      vertexId: name,
      subtaskIndex: fc.nat(3),
      watermark: maybe(time),
      isIdle: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  operators: fc.array(told, { maxLength: 2 }),
  waitsFor: fc.oneof(
    fc.constant(undefined),
    fc.record({ kind: fc.constant('sink' as const), nodeId: name, name, sinceMs: count }),
    fc.record({ kind: fc.constant('exchange' as const), vertexId: name, sinceMs: count }),
  ),
})
const share = fc.double({ min: 0, max: 1, noNaN: true })
const subtask = fc.record({
  index: fc.nat(3),
  status: fc.constantFrom('RUNNING', 'FINISHED', 'INITIALIZING', 'SCHEDULED', 'FAILED'),
  statusSince: maybe(moment),
  taskManager: maybe(name),
  recordsIn: count,
  recordsOut: count,
  recordsInPerSecond: count,
  recordsOutPerSecond: count,
  busy: share,
  backPressured: share,
})
const operator = fc.record({
  nodeId: fc.constantFrom('node-s', 'node-w', 'node-k'),
  name: fc.constantFrom('a[1]', 'b'),
  keepsRows: fc.boolean(),
  filter: maybe(name),
  source: maybe(
    fc
      .record({
        watermarks: maybe(fc.record({ idleTimeoutMs: count, delayMs: maybe(count) })),
        isTypeScript: fc.boolean(),
        pending: maybe(fc.record({ before: count, beforeAt: moment, now: count })),
        unparsable: count,
        positions: fc.constant({ 'rides-0': 3 }),
      })
      .map((more) => ({ ...rides, ...more })),
  ),
  sink: maybe(fc.constant(sinkOperator.sink!)),
  window: maybe(
    fc.constantFrom(
      windowOperator.window!,
      { ...windowOperator.window!, shape: { kind: 'session' as const, gapMs: 1000, partitionKeys: [] } },
      {
        ...windowOperator.window!,
        shape: { kind: 'hop' as const, sizeMs: 3000, slideMs: 1000, offsetMs: 0 },
        zone: 'Europe/Berlin',
        time: { kind: 'rowtime' as const, column: 0, ltz: true },
      },
    ),
  ),
})
const vertex = fc.record({
  id: name,
  name,
  parallelism: fc.nat(3),
  inputs: fc.array(name, { maxLength: 2 }),
  operators: fc.array(operator, { maxLength: 3 }),
  subtasks: fc.array(subtask, { maxLength: 3 }),
  recordsIn: count,
  recordsOut: count,
})
const failure = fc.record({
  at: moment,
  error: fc.constantFrom(
    { code: 'INTERNAL' as const, message: 'x' },
    {
      code: 'JOB_FAILED' as const,
      message: 'y',
      cause: { code: 'INTERNAL' as const, message: 'z', location: { line: 1, column: 2 } },
    },
  ),
  consequence: name,
  subtask: maybe(name),
})
const facts: fc.Arbitrary<JobFacts> = fc
  .record({
    status: fc.constantFrom(
      'RUNNING',
      'RUNNING',
      'RUNNING',
      'RESTARTING',
      'FAILED',
      'CREATED',
      'FINISHED',
      'STOPPED',
      'SOMETHING',
    ),
    statusSince: maybe(moment),
    startedAt: moment,
    restarts: count,
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Nowhere/Land'),
    vertices: fc.array(vertex, { maxLength: 4 }),
    subtasks: fc.array(diagnostics, { maxLength: 5 }),
    failures: fc.array(failure, { maxLength: 3 }),
    restart: fc.record({
      strategy: fc.constantFrom('none' as const, 'fixed-delay' as const),
      attemptsMax: maybe(count),
      failures: count,
      nextAttemptAt: maybe(moment),
    }),
    checkpoints: fc.record({
      intervalMs: maybe(count),
      timeoutMs: count,
      completed: count,
      failed: count,
      lastCompleted: maybe(fc.record({ id: count, at: moment, durationMs: count })),
      lastFailed: maybe(fc.record({ id: count, at: moment, reason: name })),
      inProgress: maybe(
        fc.record({
          id: count,
          since: moment,
          subtasks: count,
          acknowledged: count,
          missing: fc.array(fc.constantFrom('k/0', 'gone/1', 'x'), { maxLength: 2 }),
        }),
      ),
    }),
  })
  .map((random) => ({ ...job(), ...random }))
const row = fc.record({
  fields: fc.constant({ id: '7' }),
  eventTime: maybe(time),
  watermark: maybe(time),
  filteredBy: fc.array(name, { maxLength: 1 }),
  windows: fc.array(
    fc.record({
      nodeId: fc.constantFrom('node-w', 'gone'),
      name,
      time: fc.integer({ min: NOW - 1e8, max: NOW + 1e8 }),
    }),
    { maxLength: 2 },
  ),
  unknownBehind: fc.array(name, { maxLength: 1 }),
})
const ask: fc.Arbitrary<Ask> = fc.record({
  window: maybe(fc.integer({ min: NOW - 1e8, max: NOW + 1e8 })),
  record: maybe(
    fc.record({
      topic: name,
      partition: fc.nat(1),
      offset: count,
      sources: fc.array(
        fc.record({
          nodeId: fc.constantFrom('node-s', 'gone'),
          splitId: fc.constantFrom('rides-0', 'rides-9'),
          range: maybe(fc.record({ from: count, to: count })),
          outcome: fc.oneof(
            fc.record({ kind: fc.constant('not-found' as const), reason: name }),
            fc.record({ kind: fc.constant('unparsable' as const), error: name }),
            fc.record({ kind: fc.constant('no-row' as const) }),
            fc.record({ kind: fc.constant('rows' as const), rows: fc.array(row, { maxLength: 2 }) }),
          ),
        }),
        { maxLength: 2 },
      ),
    }),
  ),
})

const RANK = { cause: 0, warning: 1, note: 2 }

it('answers whatever the facts are: in order, in single lines, in JSON that loses nothing', () => {
  fc.assert(
    fc.property(facts, ask, (random, asked) => {
      const { findings } = diagnose(random, asked)
      expect(findings.length).toBeGreaterThan(0)
      for (const { text, details } of findings) for (const line of [text, ...details]) expect(line).not.toContain('\n')
      expect(JSON.parse(JSON.stringify(findings))).toEqual(findings)
      if (asked.window !== undefined || asked.record !== undefined) return
      const ranks = findings.map(({ severity }) => RANK[severity])
      expect(ranks).toEqual(ranks.toSorted((left, right) => left - right))
    }),
    { numRuns: 2000 },
  )
})
