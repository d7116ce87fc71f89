import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStateBackend } from '../../../../engine/state/create-state-backend.ts'
import { keyGroupRangeFor } from '../../../../engine/state/key-groups.ts'
import type {
  KeyedTableDeclaration,
  OperatorStateDeclaration,
  StateBackend,
  StateSnapshot,
} from '../../../../engine/state/state-backend.ts'
import { types } from '../../../../engine/types/logical-type.ts'
import { batchFromRows, getCell, type Cell } from '../../../../engine/types/record-batch.ts'

const table: KeyedTableDeclaration = {
  kind: 'keyed-table',
  name: 'sums',
  key: [types.string(), types.bigint()],
  values: [
    { name: 'count', storage: 'int32' },
    { name: 'sum', storage: 'float64' },
    { name: 'extra', storage: 'cell' },
  ],
}
const union: OperatorStateDeclaration = { kind: 'operator-list', name: 'watermark', redistribution: 'union' }
const split: OperatorStateDeclaration = { kind: 'operator-list', name: 'offsets', redistribution: 'split' }
const rowType = types.row([
  { name: 'a', type: types.string() },
  { name: 'b', type: types.bigint() },
])
type Entry = readonly [
  namespace: number,
  a: string | null,
  b: number | bigint | null,
  count: number,
  sum: number,
  extra: unknown,
]

const backendOf = (subtaskIndex = 0, parallelism = 1): StateBackend =>
  createStateBackend({
    keyGroups: keyGroupRangeFor(128, parallelism, subtaskIndex),
    maxParallelism: 128,
    subtaskIndex,
    parallelism,
  })

function fill(backend: StateBackend, entries: readonly Entry[]): void {
  const state = backend.keyedTable(table)
  for (const [namespace, a, b, count, sum, extra] of entries) {
    const rows = state.rows(namespace)
    const id = rows.rowFor(batchFromRows(rowType, [[a, b]]).columns, 0)
    rows.valueColumns[0]![id] = count
    rows.valueColumns[1]![id] = sum
    rows.valueColumns[2]![id] = extra
  }
}

function read(backend: StateBackend): Entry[] {
  const state = backend.keyedTable(table)
  return state.namespaces().flatMap((namespace) => {
    const rows = state.rows(namespace)
    const cell = (column: 0 | 1, id: number): Cell => getCell(table.key[column]!, rows.keyColumns[column]!, id)
    return [...rows.rowIds()].map((id): Entry => {
      const [count, sum, extra] = rows.valueColumns.map((column) => column[id])
      return [namespace, cell(0, id) as string, cell(1, id) as number, count as number, sum as number, extra]
    })
  })
}

function bytesOf(backend: StateBackend): Uint8Array {
  const chunks = [...backend.snapshot().write()]
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
}

const text = (entries: readonly Entry[]): string[] =>
  entries
    .map((entry) =>
      JSON.stringify(entry, (_, value: unknown) =>
        typeof value === 'bigint'
          ? `${value}n`
          : value instanceof Map
            ? [...(value as Map<unknown, unknown>)]
            : Object.is(value, -0)
              ? '-0'
              : value,
      ),
    )
    .sort()

const extras = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'grapheme' }),
  fc.constant('\ud800 alone'),
  fc.bigInt(),
  fc.boolean(),
  fc.array(fc.double({ noNaN: true })),
  fc.record({ millis: fc.integer(), nanos: fc.integer() }),
  fc.array(fc.tuple(fc.string(), fc.integer())).map((entries) => new Map(entries)),
)
const entries = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom(0, 1000, -5),
    fc.option(fc.string({ maxLength: 3 })),
    fc.option(fc.oneof(fc.integer(), fc.constantFrom(2n ** 62n, -(2n ** 61n)))),
    fc.integer(),
    fc.double({ noNaN: true }),
    extras,
  ),
  { selector: ([namespace, a, b]) => `${namespace}|${a === null ? 'null' : `'${a}'`}|${b}`, maxLength: 60 },
)

describe('the hashmap state backend', () => {
  it('gives a snapshot back at any parallelism', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (given, first, second) => {
        const single = backendOf()
        fill(single, given)
        let parts = [bytesOf(single)]
        for (const parallelism of [first, second]) {
          const backends = Array.from({ length: parallelism }, (_, index) => backendOf(index, parallelism))
          for (const backend of backends) backend.restore(parts)
          expect(text(backends.flatMap(read))).toEqual(text(given))
          parts = backends.map(bytesOf)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('keeps a snapshot as it was while the state goes on', () => {
    const backend = backendOf()
    fill(backend, [[0, 'a', 1, 1, 0.5, 'x']])
    const snapshot = backend.snapshot()
    fill(backend, [
      [0, 'a', 1, 2, 1.5, 'y'],
      [0, 'b', 2, 3, 2.5, null],
    ])
    const restored = backendOf()
    restored.restore([Uint8Array.from([...snapshot.write()].flatMap((chunk) => [...chunk]))])
    expect(read(restored)).toEqual([[0, 'a', 1, 1, 0.5, 'x']])
  })

  it('keeps every snapshot as it was, whatever happens to the rows before it is written', () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), key: fc.nat(15), namespace: fc.nat(1) }) },
        {
          weight: 3,
          arbitrary: fc.record({ do: fc.constant('remove' as const), key: fc.nat(15), namespace: fc.nat(1) }),
        },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), namespace: fc.nat(1) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('write' as const) }) },
      ),
      { maxLength: 120, size: 'max' },
    )
    const keyOf = (key: number) => batchFromRows(rowType, [[key % 7 === 0 ? null : `k${key}`, key]]).columns
    fc.assert(
      fc.property(steps, (given) => {
        const backend = backendOf()
        const state = backend.keyedTable(table)
        const pending: { snapshot: StateSnapshot; expected: string[] }[] = []
        const writeOldest = (): void => {
          const { snapshot, expected } = pending.shift()!
          const restored = backendOf()
          restored.restore([Uint8Array.from([...snapshot.write()].flatMap((chunk) => [...chunk]))])
          snapshot.release()
          expect(text(read(restored))).toEqual(expected)
        }
        for (const [at, step] of given.entries()) {
          if (step.do === 'put')
            fill(backend, [[step.namespace, step.key % 7 === 0 ? null : `k${step.key}`, step.key, at, at / 2, `${at}`]])
          else if (step.do === 'remove') {
            const rows = state.rows(step.namespace)
            const id = rows.find(keyOf(step.key), 0)
            if (id >= 0) rows.remove(id)
          } else if (step.do === 'drop') state.drop(step.namespace)
          else if (step.do === 'snapshot') pending.push({ expected: text(read(backend)), snapshot: backend.snapshot() })
          else if (pending.length > 0) writeOldest()
        }
        while (pending.length > 0) writeOldest()
      }),
      { numRuns: 200 },
    )
  })

  it('uses its reserve of memory again for each snapshot of a large table', () => {
    const backend = createStateBackend({
      keyGroups: { first: 0, last: 127 },
      maxParallelism: 128,
      reserveSnapshotMemory: true,
    })
    const state = backend.keyedTable({ ...table, key: [types.int()], values: table.values.slice(0, 2) })
    const sums = (): Float64Array => state.rows(0).valueColumns[1] as Float64Array
    const put = (from: number, to: number): void => {
      const keys = {
        values: Int32Array.from({ length: to - from }, (_, row) => from + row),
        nulls: undefined,
        exact: undefined,
      }
      const ids = new Int32Array(to - from)
      state.rows(0).rowsFor([keys], 0, to - from, ids)
      ids.forEach((id, row) => (sums()[id]! += from + row))
    }
    const written = (snapshot: StateSnapshot): Map<number, number> => {
      const restored = backendOf()
      restored.restore([Buffer.concat([...snapshot.write()])])
      const rows = restored.keyedTable(state.declaration).rows(0)
      return new Map(
        [...rows.rowIds()].map((id) => [rows.keyColumns[0]!.values[id] as number, rows.valueColumns[1]![id] as number]),
      )
    }
    for (let from = 0; from < 70_000; from += 1000) put(from, from + 1000)
    const [first, second] = [backend.snapshot(), backend.snapshot()] // the second has no reserve left
    put(0, 10)
    for (const snapshot of [first, second]) {
      expect(written(snapshot)).toEqual(new Map(Array.from({ length: 70_000 }, (_, key) => [key, key])))
      snapshot.release()
    }
    const third = backend.snapshot()
    for (let from = 70_000; from < 140_000; from += 1000) put(from, from + 1000) // grows under the snapshot
    expect(written(third).get(7)).toBe(14)
    third.release()
    const fourth = written(backend.snapshot())
    expect([fourth.size, fourth.get(7), fourth.get(139_999)]).toEqual([140_000, 14, 139_999])
  })

  it('deals split lists out and gives union lists to all', () => {
    const single = backendOf()
    single.operatorList(union).set([17])
    single.operatorList(split).set(['p0', 'p1', 'p2'])
    const parts = [bytesOf(single)]
    const restored = [0, 1].map((index) => {
      const backend = backendOf(index, 2)
      backend.restore(parts)
      return [backend.operatorList(union).get(), backend.operatorList(split).get()]
    })
    expect(restored).toEqual([
      [[17], ['p0', 'p2']],
      [[17], ['p1']],
    ])
  })

  it('reads several snapshots joined in one array', () => {
    const first = backendOf(0, 2)
    const second = backendOf(1, 2)
    first.operatorList(union).set([1])
    second.operatorList(union).set([2])
    const restored = backendOf()
    restored.restore([Uint8Array.from([...bytesOf(first), ...bytesOf(second)])])
    expect(restored.operatorList(union).get()).toEqual([1, 2])
  })

  it('names what nobody declared', () => {
    const single = backendOf()
    fill(single, [[0, 'a', 1, 1, 1, null]])
    single.operatorList(union).set([1])
    const restored = backendOf()
    restored.restore([bytesOf(single)])
    restored.operatorList(union)
    expect(restored.unclaimedStates()).toEqual(['sums'])
  })

  it('refuses a declaration that does not fit what was stored', () => {
    const single = backendOf()
    fill(single, [[0, 'a', 1, 1, 1, null]])
    const restored = backendOf()
    restored.restore([bytesOf(single)])
    expect(() => restored.keyedTable({ ...table, key: [types.string(), types.int()] })).toThrow(
      expect.objectContaining({
        code: 'STATE_INCOMPATIBLE',
        message: expect.stringMatching(/'sums'.*STRING, BIGINT.*STRING, INT/s),
      }),
    )
  })

  it('refuses damaged and cut files', () => {
    const single = backendOf()
    fill(single, [[0, 'a', 1, 1, 1, { deep: ['x'] }]])
    const bytes = bytesOf(single)
    const corrupt = expect.objectContaining({ code: 'STATE_CORRUPT' })
    for (let length = 0; length < bytes.length; length++) {
      expect(() => backendOf().restore([bytes.slice(0, length)])).toThrow(corrupt)
    }
    for (let index = 0; index < bytes.length; index++) {
      const damaged = bytes.slice()
      damaged[index]! ^= 0x10
      expect(() => {
        const backend = backendOf()
        backend.restore([damaged])
        read(backend)
      }).toThrow(corrupt)
    }
  })

  it('refuses other backends by name', () => {
    for (const type of ['rocksdb', 'forst', 'lmdb']) {
      expect(() => createStateBackend({ type, keyGroups: { first: 0, last: 127 }, maxParallelism: 128 })).toThrow(
        expect.objectContaining({
          code: 'STATE_BACKEND_UNSUPPORTED',
          message: expect.stringContaining(type),
          fix: expect.stringContaining('hashmap'),
        }),
      )
    }
  })

  it('stops for a moment only to snapshot a million keys', () => {
    const backend = backendOf()
    const state = backend.keyedTable({ ...table, key: [types.int()], values: table.values.slice(0, 2) })
    const count = 1_000_000
    const batch = {
      values: Int32Array.from({ length: count }, (_, index) => index * 3),
      nulls: undefined,
      exact: undefined,
    }
    state.rows(0).rowsFor([batch], 0, count, new Int32Array(count))
    const { user } = process.cpuUsage()
    backend.snapshot()
    expect((process.cpuUsage().user - user) / 1000).toBeLessThan(200)
  })
})
