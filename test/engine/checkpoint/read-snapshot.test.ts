import { describe, expect, it } from 'vitest'
import { stateEntries, summarizeStates } from '../../../engine/checkpoint/read-snapshot.ts'
import { createStateBackend } from '../../../engine/state/create-state-backend.ts'
import { keyGroupRangeFor } from '../../../engine/state/key-groups.ts'
import { types } from '../../../engine/types/logical-type.ts'
import { allocateColumn, setCell, type Cell } from '../../../engine/types/record-batch.ts'
import type { KeyedTableDeclaration, StateBackend } from '../../../engine/state/state-backend.ts'

const plain: KeyedTableDeclaration = {
  kind: 'keyed-table',
  name: 'sums',
  key: [types.int(), types.string()],
  values: [
    { name: 'sum($3)', storage: 'float64' },
    { name: 'record', storage: 'cell' },
  ],
}
const labelled: KeyedTableDeclaration = {
  ...plain,
  keyNames: ['zone', 'borough'],
  namespace: 'slice end',
  values: [
    { name: 'sum($3)', storage: 'float64', label: 'sum(amount)', type: types.double() },
    { name: 'record', storage: 'cell', type: types.row([{ name: 'id', type: types.bigint() }]) },
  ],
}
const list = { kind: 'operator-list', name: 'watermark', redistribution: 'union' } as const

function backend(subtaskIndex = 0, parallelism = 1): StateBackend {
  return createStateBackend({
    keyGroups: keyGroupRangeFor(128, parallelism, subtaskIndex),
    maxParallelism: 128,
    subtaskIndex,
    parallelism,
  })
}

function put(
  state: StateBackend,
  declaration: KeyedTableDeclaration,
  namespace: number,
  key: Cell[],
  values: unknown[],
): void {
  const columns = declaration.key.map((type, index) => {
    const column = allocateColumn(type, 1)
    setCell(type, column, 0, key[index]!)
    return column
  })
  const rows = state.keyedTable(declaration).rows(namespace)
  const id = rows.rowFor(columns, 0)
  values.forEach((value, index) => (rows.valueColumns[index]![id] = value as number))
}

function bytesOf(state: StateBackend): Uint8Array {
  return new Uint8Array(Buffer.concat([...state.snapshot().write()]))
}

describe('what a snapshot holds', () => {
  it('is told without the job that wrote it, over the parts of all subtasks', () => {
    const [first, second] = [backend(0, 2), backend(1, 2)]
    put(first, labelled, 3_600_000, [1, 'Queens'], [1.5, [2n ** 60n]])
    put(first, labelled, 7_200_000, [1, 'Queens'], [2.5, [7]])
    put(second, labelled, 3_600_000, [2, 'Bronx'], [3.5, null])
    for (const state of [first, second]) state.operatorList(list).set([3_500_000])
    const parts = [first, second].map(bytesOf)
    expect(summarizeStates(parts)).toMatchObject([
      {
        kind: 'keyed-table',
        name: 'sums',
        keys: [{ name: 'zone', type: types.int() }, { name: 'borough' }],
        values: [{ name: 'sum(amount)', type: types.double() }, { name: 'record' }],
        namespace: 'slice end',
        entries: 3,
        namespaces: 2,
        keyGroups: 2,
        maxParallelism: 128,
      },
      { kind: 'operator-list', name: 'watermark', redistribution: 'union', entries: 2 },
    ])
    const entries = [...stateEntries(parts, 'sums')].map(({ namespace, key, values }) => [namespace, key, values])
    expect(entries).toEqual([
      [3_600_000, [1, 'Queens'], [1.5, [2n ** 60n]]],
      [7_200_000, [1, 'Queens'], [2.5, [7]]],
      [3_600_000, [2, 'Bronx'], [3.5, null]],
    ])
    expect([...stateEntries(parts, 'watermark')].map(({ values }) => values)).toEqual([[3_500_000], [3_500_000]])
  })

  it('is told of files of older releases too, which name nothing; they restore into an operator that does', () => {
    const old = backend()
    put(old, plain, 0, [1, 'Queens'], [1.5, null])
    const bytes = bytesOf(old)
    expect(summarizeStates([bytes])).toMatchObject([
      {
        keys: [{ name: 'key 0' }, { name: 'key 1' }],
        values: [{ name: 'sum($3)', type: undefined }, { name: 'record' }],
        namespace: undefined,
        namespaces: 1,
      },
    ])
    expect([...stateEntries([bytes], 'sums')]).toMatchObject([{ namespace: undefined, key: [1, 'Queens'] }])
    const now = backend()
    now.restore([bytes])
    expect(now.keyedTable(labelled).existing(0)?.size).toBe(1)
  })

  it('names the states there are, where another is asked for', () => {
    const state = backend()
    put(state, plain, 0, [1, 'a'], [1, null])
    expect(() => [...stateEntries([bytesOf(state)], 'counts')]).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', fix: "It has 'sums'." }),
    )
  })

  it('is refused by name where the bytes are damaged', () => {
    const state = backend()
    put(state, plain, 0, [1, 'a'], [1, null])
    const bytes = bytesOf(state)
    bytes[bytes.length - 20]! ^= 255
    expect(() => summarizeStates([bytes])).toThrow(expect.objectContaining({ code: 'STATE_CORRUPT' }))
  })
})
