import { expect, test } from 'vitest'
import { valuesSource } from '../../../../engine/connectors/values/definition.ts'
import { valuesRuntime } from '../../../../engine/connectors/values/runtime.ts'
import type { ReaderOutput, RuntimeContext, Split } from '../../../../engine/connectors/connector.ts'
import { types } from '../../../../engine/types/logical-type.ts'
import { rowFromBatch, type Cell } from '../../../../engine/types/record-batch.ts'

const type = types.row([{ name: 'a', type: types.int() }], false)
const context = {} as RuntimeContext // constant rows ask nothing of their surroundings

function readAll(spec: ReturnType<typeof valuesSource>, splits: readonly Split[], polls = Infinity) {
  const reader = valuesRuntime.createReader!(spec, context)
  const rows: Cell[][] = []
  const finished: string[] = []
  const output: ReaderOutput = {
    emit: (_split, batch) => {
      for (let row = 0; row < batch.rowCount; row++) rows.push(rowFromBatch(batch, row))
    },
    splitFinished: (split) => void finished.push(split),
  }
  void reader.start(splits)
  let status = 'more'
  for (let count = 0; status === 'more' && count < polls; count++) status = reader.poll(output)
  return { rows, finished, status, snapshot: reader.snapshot() }
}

test('gives its rows in order and ends', async () => {
  const spec = valuesSource(type, [[1], [null], [3]])
  const splits = await valuesRuntime.createEnumerator!(spec, context).start(undefined)
  const read = readAll(spec, splits)
  expect(read.rows).toEqual([[1], [null], [3]])
  expect(read.finished).toEqual(['values-0'])
  expect(read.status).toBe('end-of-input')
})

test('goes on from a snapshot without repeating a row', async () => {
  const many = Array.from({ length: 5000 }, (_, index): Cell[] => [index])
  const spec = valuesSource(type, many)
  const splits = await valuesRuntime.createEnumerator!(spec, context).start(undefined)
  const first = readAll(spec, splits, 1)
  const second = readAll(spec, await valuesRuntime.createEnumerator!(spec, context).start(first.snapshot))
  expect(first.rows.length).toBeLessThan(5000)
  expect([...first.rows, ...second.rows]).toEqual(many)
})

test('a subtask without the split ends at once', () => {
  expect(readAll(valuesSource(type, [[1]]), []).status).toBe('end-of-input')
})

test('no rows at all still end', async () => {
  const spec = valuesSource(type, [])
  const splits = await valuesRuntime.createEnumerator!(spec, context).start(undefined)
  expect(readAll(spec, splits)).toMatchObject({ rows: [], finished: ['values-0'], status: 'end-of-input' })
})
