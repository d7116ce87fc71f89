// TUMBLE, HOP and CUMULATE as table functions: each row once per window, nothing is ever late. (SESSION needs state:
// SessionWindowOperator with row-contents.ts.) Source: Flink's AlignedWindowTableFunctionOperator.
import { setCell, type RecordBatch } from '../types/record-batch.ts'
import { windowsOf, type SlicedShape } from '../windows/slices.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import { BatchBuilder, OUTPUT_ROWS_MAX } from './batch-builder.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { WindowTableFunctionSpec } from './operator-spec.ts'
import { createWindowTimes, windowZoneOf, type WindowTimes } from './window-times.ts'
import { copyCell } from './copy-cell.ts'

export class WindowTableFunctionOperator implements Operator {
  readonly #spec: WindowTableFunctionSpec
  readonly #shape: SlicedShape
  readonly #zone: WindowZone
  readonly #builder: BatchBuilder
  readonly #isLtz: boolean
  #context!: OperatorContext
  #times!: WindowTimes

  constructor(spec: WindowTableFunctionSpec) {
    this.#spec = spec
    this.#shape = spec.window.shape as SlicedShape
    this.#zone = windowZoneOf(spec.window)
    this.#builder = new BatchBuilder(spec.outputType, true)
    this.#isLtz = spec.outputType.fields[spec.inputType.fields.length + 2]!.type.kind === 'TIMESTAMP_LTZ'
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#times = createWindowTimes(this.#spec.window, context.clock)
  }

  processBatch(_input: number, batch: RecordBatch): void {
    const times = this.#times(batch)
    for (let row = 0; row < batch.rowCount; row++) {
      for (const { start, end } of windowsOf(this.#shape, this.#zone.toLocal(times[row]!))) {
        this.#add(batch, row, start, end)
        if (this.#builder.rowCount >= OUTPUT_ROWS_MAX) this.#builder.flush(this.#context.output)
      }
    }
    this.#builder.flush(this.#context.output)
  }

  #add(batch: RecordBatch, row: number, start: number, end: number): void {
    const builder = this.#builder
    builder.reserve(1)
    const { columns, rowCount } = builder
    const width = batch.columns.length
    for (let column = 0; column < width; column++) copyCell(batch.columns[column]!, row, columns[column]!, rowCount)
    const windowTime = this.#isLtz ? this.#zone.toInstant(end - 1) : end - 1
    const properties = [start, end, windowTime]
    properties.forEach((value, index) => {
      setCell(builder.type.fields[width + index]!.type, columns[width + index]!, rowCount, value)
    })
    builder.rowKinds![rowCount] = batch.rowKinds?.[row] ?? 0
    builder.rowCount++
  }
}
