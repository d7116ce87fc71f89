import { describe, expect, it } from 'vitest'
import type { RuntimeContext, Split } from '../../../../engine/connectors/connector.ts'
import { datagenDefinition } from '../../../../engine/connectors/datagen/definition.ts'
import { datagenRuntime } from '../../../../engine/connectors/datagen/datagen-runtime.ts'
import type { Clock } from '../../../../engine/time/clock.ts'
import { types, type LogicalType } from '../../../../engine/types/logical-type.ts'
import { rowFromBatch, type Cell } from '../../../../engine/types/record-batch.ts'
import { createRuntimeContext, seededRandom } from '../../../helpers/runtime-context.ts'

/** A clock that stands until it is moved. */
function manualClock(): Clock & { ms: number } {
  const clock = {
    ms: 0,
    now: () => 1_700_000_000_000 + clock.ms,
    monotonicMs: () => clock.ms,
    setTimer: () => ({ cancel: () => undefined }),
  }
  return clock
}

function createReader(
  fields: Record<string, LogicalType>,
  options: Record<string, string>,
  overrides: Partial<RuntimeContext> = {},
) {
  const physicalType = types.row(Object.entries(fields).map(([name, type]) => ({ name, type })))
  const table = {
    name: 't',
    physicalType,
    metadata: [],
    primaryKey: undefined,
    options: { connector: 'datagen', ...options },
    configuration: {},
  }
  const spec = datagenDefinition.createSource!(table)
  const clock = manualClock()
  const reader = datagenRuntime.createReader!(spec, createRuntimeContext({ clock, ...overrides }))
  const rows: Cell[][] = []
  const finished: string[] = []
  const output = {
    emit: (_: string, batch: Parameters<typeof rowFromBatch>[0]) => {
      for (let row = 0; row < batch.rowCount; row++) rows.push(rowFromBatch(batch, row))
    },
    splitFinished: (id: string) => void finished.push(id),
  }
  const start = (splits: Split[] = [{ id: 'datagen-0', state: { index: 0, of: 1, emitted: 0 } }]) =>
    reader.start(splits)
  const poll = () => reader.poll(output)
  return { reader, clock, rows, finished, start, poll }
}

describe('the rate', () => {
  it('is kept over time, in virtual time', async () => {
    const { start, poll, clock, rows } = createReader({ a: types.int() }, { 'rows-per-second': '100' })
    await start()
    expect(poll()).toBe('more')
    expect(rows.length).toBe(1)
    expect(poll()).toBe('nothing-available')
    clock.ms = 250
    poll()
    expect(rows.length).toBe(26)
    clock.ms = 1000
    poll()
    expect(rows.length).toBe(101)
  })

  it('is shared by the splits', async () => {
    const { start, poll, clock, rows } = createReader({ a: types.int() }, { 'rows-per-second': '100' })
    await start([{ id: 'datagen-1', state: { index: 1, of: 4, emitted: 0 } }])
    clock.ms = 1000
    poll()
    expect(rows.length).toBe(26)
  })
})

describe('values', () => {
  const sequence = {
    'fields.a.kind': 'sequence',
    'fields.a.start': '5',
    'fields.a.end': '9',
    'rows-per-second': '1000',
  }

  it('of a sequence are dealt to the splits, each once', async () => {
    const { start, poll, clock, rows, finished } = createReader({ a: types.bigint() }, sequence)
    await start([
      { id: 'datagen-0', state: { index: 0, of: 2, emitted: 0 } },
      { id: 'datagen-1', state: { index: 1, of: 2, emitted: 1 } },
    ])
    clock.ms = 1000
    while (poll() !== 'end-of-input');
    expect(rows.flat().sort()).toEqual([5, 7, 8, 9])
    expect(finished).toEqual(['datagen-0', 'datagen-1'])
  })

  it('end with the number of rows', async () => {
    const { start, poll, clock, rows } = createReader({ a: types.int() }, { ...sequence, 'number-of-rows': '3' })
    await start()
    clock.ms = 1000
    while (poll() !== 'end-of-input');
    expect(rows).toEqual([[5], [6], [7]])
  })

  it('lie within their bounds and repeat with the seed', async () => {
    const fields = {
      i: types.int(),
      b: types.bigint(),
      f: types.float(),
      d: types.double(),
      n: types.decimal(10, 2),
      s: types.string(),
      v: types.varchar(5),
      o: types.boolean(),
      t: types.timestamp(3),
      y: types.bytes(),
      e: types.date(),
    }
    const options = {
      'rows-per-second': '1000',
      'number-of-rows': '200',
      'fields.i.min': '-3',
      'fields.i.max': '3',
      'fields.f.min': '1',
      'fields.f.max': '2',
      'fields.d.min': '-1',
      'fields.d.max': '1',
      'fields.n.min': '0',
      'fields.n.max': '9.99',
      'fields.s.length': '8',
      'fields.s.var-len': 'true',
      'fields.t.max-past': '1 h',
      'fields.o.null-rate': '0.5',
      'fields.y.length': '3',
    }
    const run = async () => {
      const reader = createReader(fields, options, { random: seededRandom(7) })
      await reader.start()
      reader.clock.ms = 1000
      while (reader.poll() !== 'end-of-input');
      return reader.rows
    }
    const rows = await run()
    expect(await run()).toEqual(rows)
    for (const [i, b, f, d, n, s, v, , t, y, e] of rows as [
      number,
      number | bigint,
      number,
      number,
      number,
      string,
      string,
      null,
      number,
      Uint8Array,
      number,
    ][]) {
      expect(Number.isInteger(i) && i >= -3 && i <= 3).toBe(true)
      expect(BigInt.asIntN(64, BigInt(b))).toBe(BigInt(b))
      expect(f >= 1 && f <= 2 && Math.fround(f) === f).toBe(true)
      expect(d >= -1 && d <= 1).toBe(true)
      expect(Number.isInteger(n) && n >= 0 && n <= 999).toBe(true)
      expect(s).toMatch(/^[0-9a-f]{1,8}$/)
      expect(v).toMatch(/^[0-9a-f]{5}$/)
      expect(t > 1_700_000_000_000 - 3_600_000 && t <= 1_700_000_001_000).toBe(true)
      expect(y.length).toBe(3)
      expect(e).toBe(19675)
    }
    const flags = new Set(rows.map((row) => row[7]))
    expect(flags).toEqual(new Set([true, false, null]))
    expect(new Set(rows.map((row) => row[0])).size).toBe(7)
  })
})
