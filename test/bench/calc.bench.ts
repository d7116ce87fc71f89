// The taxi course's projection and filter: generated loops over columns beside the same expressions over row objects.
// Run: npx tsx test/bench/calc.bench.ts
import { Bench } from 'tinybench'
import type { CalcFactory } from '../../engine/functions/function-context.ts'
import { loadGenerated } from '../../engine/common/load-generated.ts'
import { runtimeFunctions } from '../../engine/functions/runtime-functions.ts'
import { bindCondition, bindExpression } from '../../engine/sql/expressions/bind-expression.ts'
import { generateCalc } from '../../engine/sql/expressions/generate-calc.ts'
import { scopeOfRow } from '../../engine/sql/expressions/scope.ts'
import { parseExpression } from '../../engine/sql/parser/parse.ts'
import { types } from '../../engine/types/logical-type.ts'
import { allocateColumn, createBatch, rowFromBatch, type RecordBatch } from '../../engine/types/record-batch.ts'

const ROWS = 8192

const inputType = types.row(
  [
    { name: 'zone', type: types.int() },
    { name: 'distance', type: types.double() },
    { name: 'amount', type: types.double() },
    { name: 'pickup', type: types.bigint() },
  ],
  false,
)
const scope = scopeOfRow(inputType, { sessionTimeZone: 'UTC' })
const bind = (sql: string): ReturnType<typeof bindExpression> => bindExpression(parseExpression(sql), scope)

const projection = ['zone', 'amount / distance', 'pickup + 3600000', 'TO_TIMESTAMP_LTZ(pickup, 3)', 'zone * 2 + 1'].map(
  bind,
)
const filter = bindCondition(parseExpression('distance > 0 AND zone < 200'), scope, 'WHERE')
const outputType = types.row(
  projection.map((each, index) => ({ name: `x${index}`, type: each.type })),
  false,
)
const context = { sessionTimeZone: 'UTC', clock: { now: () => 0 }, random: () => 0, currentWatermark: () => -Infinity }

function createInput(nullEvery: number): RecordBatch {
  const columns = inputType.fields.map((field) => allocateColumn(field.type, ROWS))
  for (let row = 0; row < ROWS; row++) {
    columns[0]!.values[row] = (row * 7) % 265
    columns[1]!.values[row] = ((row * 37) % 2000) / 100
    columns[2]!.values[row] = ((row * 91) % 9000) / 100
    columns[3]!.values[row] = 1_761_955_200_000 + row * 860
    if (nullEvery > 0 && row % nullEvery === 0) (columns[2]!.nulls ??= new Uint8Array(ROWS))[row] = 1
  }
  return createBatch(inputType, columns, ROWS)
}

function factory(filtered: boolean): (batch: RecordBatch) => RecordBatch | undefined {
  const { code } = generateCalc({ inputType, projection, outputType, filter: filtered ? filter : undefined })
  return loadGenerated<CalcFactory>(code)(runtimeFunctions, context)
}

const plain = createInput(0)
const withNulls = createInput(10)
const objects = Array.from({ length: ROWS }, (_, row) => {
  const [zone, distance, amount, pickup] = rowFromBatch(plain, row) as number[]
  return { zone: zone!, distance: distance!, amount: amount!, pickup: pickup! }
})

const bench = new Bench({ time: 500 })
const project = factory(false)
const filterAndProject = factory(true)
bench
  .add('generated: project', () => void project(plain))
  .add('generated: project, every tenth amount NULL', () => void project(withNulls))
  .add('generated: filter and project', () => void filterAndProject(plain))
  .add('row objects: filter and project', () => {
    const result = []
    for (const { zone, distance, amount, pickup } of objects) {
      if (!(distance > 0 && zone < 200)) continue
      result.push({ zone, perMile: amount / distance, later: pickup + 3_600_000, at: pickup, odd: zone * 2 + 1 })
    }
    return result.length
  })
await bench.run()
for (const task of bench.tasks) {
  const { result } = task
  if (result.state !== 'completed') continue
  console.log(`${task.name}: ${(ROWS / result.latency.mean / 1000).toFixed(1)} M rows/s`)
}
