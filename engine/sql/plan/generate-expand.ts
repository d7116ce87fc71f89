// Code of Expand (grouping sets): every row once per projection, the copies of a row next to each other.
import type { RowType } from '../../types/logical-type.ts'
import type { Expression } from '../expressions/expression.ts'
import { generateCalc } from '../expressions/generate-calc.ts'

/** Copies column `values`, `nulls` and `exact` of each part's batch into every `count`-th place. */
const interleave = `
  const interleave = (parts, column, rows) => {
    const count = parts.length
    const first = parts[0].columns[column].values
    const values = Array.isArray(first) ? new Array(rows * count).fill(null) : new first.constructor(rows * count)
    let nulls, exact
    parts.forEach((part, offset) => {
      const from = part.columns[column]
      for (let row = 0, to = offset; row < rows; row++, to += count) {
        if (from.nulls !== undefined && from.nulls[row] === 1) (nulls ??= new Uint8Array(rows * count))[to] = 1
        else {
          values[to] = from.values[row]
          if (from.exact !== undefined && from.values[row] !== from.values[row]) (exact ??= [])[to] = from.exact[row]
        }
      }
    })
    return { values, nulls, exact }
  }`

/** A calc factory (see CalcSpec.code) that gives each row once per projection. */
export function generateExpand(
  inputType: RowType,
  projections: readonly (readonly Expression[])[],
  outputType: RowType,
): string {
  const parts = projections.map((projection) => generateCalc({ inputType, projection, outputType }).code)
  return `(functions, context) => {
  const projections = [${parts.map((part) => `(${part})(functions, context)`).join(',\n')}]${interleave}
  const type = ${JSON.stringify(outputType)}
  return (batch) => {
    const rows = batch.rowCount
    const count = projections.length
    const parts = projections.map((projection) => projection(batch))
    const columns = type.fields.map((_, column) => interleave(parts, column, rows))
    let rowKinds
    if (batch.rowKinds !== undefined) {
      rowKinds = new Uint8Array(rows * count)
      for (let row = 0; row < rows; row++) rowKinds.fill(batch.rowKinds[row], row * count, (row + 1) * count)
    }
    return { type, rowCount: rows * count, columns, rowKinds, eventTimes: undefined }
  }
}`
}
