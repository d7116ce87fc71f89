import { expect, it } from 'vitest'
import { printDefinition } from '../../../../engine/connectors/print/definition.ts'
import { printRuntime } from '../../../../engine/connectors/print/print-runtime.ts'
import { types, type RowType } from '../../../../engine/types/logical-type.ts'
import { batchFromRows, type Cell } from '../../../../engine/types/record-batch.ts'
import type { RuntimeContext } from '../../../../engine/connectors/connector.ts'
import { createRuntimeContext } from '../../../helpers/runtime-context.ts'

function print(
  type: RowType,
  rows: Cell[][],
  kinds?: number[],
  options: Record<string, string> = {},
  overrides: Partial<RuntimeContext> = {},
) {
  const table = {
    name: 't',
    physicalType: type,
    metadata: [],
    primaryKey: undefined,
    options: { connector: 'print', ...options },
    configuration: {},
  }
  const context = createRuntimeContext(overrides)
  const writer = printRuntime.createWriter!(printDefinition.createSink!(table), context)
  writer.write(batchFromRows(type, rows, kinds === undefined ? undefined : Uint8Array.from(kinds)))
  return context.lines
}
const lines = (...args: Parameters<typeof print>) => print(...args).map(({ line }) => line)
const simple = types.row([
  { name: 'a', type: types.int() },
  { name: 'b', type: types.string() },
])

it('prints row kinds', () => {
  const rows: Cell[][] = [
    [1, 'a'],
    [1, 'a'],
    [2, null],
    [3, 'x'],
  ]
  expect(lines(simple, rows, [0, 1, 2, 3])).toEqual(['+I[1, a]', '-U[1, a]', '+U[2, null]', '-D[3, x]'])
})

it('names itself and its subtask as Flink does', () => {
  const rows: Cell[][] = [[1, 'a']]
  expect(lines(simple, rows, undefined, { 'print-identifier': 'x' })).toEqual(['x> +I[1, a]'])
  expect(lines(simple, rows, undefined, {}, { parallelism: 2, subtaskIndex: 1 })).toEqual(['2> +I[1, a]'])
  expect(lines(simple, rows, undefined, { 'print-identifier': 'x' }, { parallelism: 2 })).toEqual(['x:1> +I[1, a]'])
  expect(print(simple, rows, undefined, { 'standard-error': 'true' })).toEqual([{ line: '+I[1, a]', stream: 'stderr' }])
})

it('prints every type as Java objects print themselves', () => {
  const day = Date.UTC(2024, 0, 2)
  const cells: [RowType['fields'][number]['type'], Cell, string][] = [
    [types.boolean(), true, 'true'],
    [types.bigint(), 9007199254740993n, '9007199254740993'],
    [types.float(), Math.fround(0.1), '0.1'],
    [types.double(), 1e20, '1.0E20'],
    [types.decimal(10, 2), 1250, '12.50'],
    [types.decimal(38, 18), 100000000000, '1.00000000000E-7'],
    [types.bytes(), Uint8Array.of(1, 255), '[1, -1]'],
    [types.date(), 19724, '2024-01-02'],
    [types.time(0), 11045000, '03:04:05'],
    [types.time(0), 11040000, '03:04'],
    [types.timestamp(3), day, '2024-01-02T00:00'],
    [types.timestamp(3), day + 120, '2024-01-02T00:00:00.120'],
    [types.timestamp(9), { millis: day, nanos: 1 }, '2024-01-02T00:00:00.000000001'],
    [types.timestamp(6), { millis: day, nanos: 1000 }, '2024-01-02T00:00:00.000001'],
    [types.timestampLtz(3), day, '2024-01-02T00:00:00Z'],
    [types.array(types.int()), [1, null], '[1, null]'],
    [types.map(types.string(), types.int()), new Map([['a', 1]]), '{a=1}'],
    [types.multiset(types.string()), new Map([['a', 2]]), '{a=2}'],
    [types.row([{ name: 'x', type: types.string() }]), ['y'], '+I[y]'],
  ]
  const type = types.row(cells.map(([cellType], index) => ({ name: `c${index}`, type: cellType })))
  expect(lines(type, [cells.map(([, cell]) => cell)])).toEqual([`+I[${cells.map(([, , text]) => text).join(', ')}]`])
})
