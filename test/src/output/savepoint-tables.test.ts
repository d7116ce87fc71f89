// What `savepoints inspect` shows of a process function: its states and timers by their names, with the keys' fields.
import { expect, test } from 'vitest'
import { stateEntries, summarizeStates } from '../../../engine/checkpoint/read-snapshot.ts'
import { mapState, schema, t, valueState } from '../../../engine/index.ts'
import { ProcessOperator } from '../../../engine/operators/process/process-operator.ts'
import { OperatorHarness } from '../../../engine/testing/operator-harness.ts'
import { entryToJson, renderEntries, renderInspection } from '../../../src/output/savepoint-tables.ts'
import type { SnapshotInspection, StateEntries } from '../../../src/services/savepoints/inspect-snapshot.ts'

const Reading = schema({ sensor: t.int(), value: t.double() })

function snapshot(): Uint8Array {
  const { valueType } = valueState(t.double())
  const { keyType, valueType: countType } = mapState(t.string(), t.int())
  const operator = new ProcessOperator(
    {
      type: 'process',
      inputType: Reading.rowType,
      outputType: Reading.rowType,
      keys: [0],
      sideOutputs: {},
      state: [
        { kind: 'value', name: 'previous', valueType },
        { kind: 'map', name: 'seen', keyType, valueType: countType },
      ],
      hasEventTime: true,
      hasTimers: true,
    },
    'Alerts[3]',
    () => ({
      onRecord(_: unknown, { state, timers }: never) {
        const { previous, seen } = state as {
          previous: { update(v: number): void }
          seen: Map<string, number> & { put(k: string, v: number): void }
        }
        previous.update(1.5)
        seen.put('high', 2)
        ;(timers as { eventTime: { register(at: number): void } }).eventTime.register(70_000)
      },
    }),
  )
  const harness = new OperatorHarness(operator)
  harness.processRows(Reading.rowType, [['+I', 7, 1.5]], [10_000])
  return harness.snapshot()
}

test('states and timers of a process function', () => {
  const bytes = snapshot()
  const states = summarizeStates([bytes])
  const operator = {
    operatorId: 'a'.repeat(32),
    name: 'Alerts[3]',
    parallelism: 1,
    maxParallelism: 128,
    sizeBytes: 900,
  }
  const inspection = {
    location: '/checkpoints/chk-1',
    manifest: { type: 'checkpoint', checkpointId: 1, jobName: 'alerts', completedAt: 0, stateSizeBytes: 900 },
    operators: [{ ...operator, splits: undefined, identity: undefined, states }],
  } as unknown as SnapshotInspection
  const lines = renderInspection(inspection).split('\n')
  const lineOf = (name: string) => lines.find((line) => line.includes(name))
  expect(lineOf('previous')).toMatch(/sensor → value +1 +1 of 128/)
  expect(lineOf('seen')).toMatch(/sensor, map key → value +1 +1 of 128/)
  expect(lineOf('event-time timers')).toMatch(/event-time timers +sensor, timer +1 +1 of 128/)
  expect(lineOf('processing-time timers')).toMatch(/sensor, timer +0 +0 of 128/)

  const entriesOf = (name: string): StateEntries => {
    const entries = [...stateEntries([bytes], name)]
    const state = states.find((each) => each.name === name)!
    return { operatorId: operator.operatorId, operator: operator.name, state, entries, found: entries.length }
  }
  expect(renderEntries([entriesOf('seen')])).toMatch(/sensor +map key +value\n.*\n? *7 +high +2/)
  const timers = entriesOf('event-time timers')
  expect(renderEntries([timers])).toMatch(/sensor +timer\n.*\n? *7 +1970-01-01 00:01:10\.000/)
  expect(JSON.parse(entryToJson(timers, timers.entries[0]!))).toMatchObject({
    operator: 'Alerts[3]',
    state: 'event-time timers',
    key: { sensor: 7 },
    values: {},
  })
})
