// TUMBLE as a table function: each row lies in exactly one window, so the input's columns pass as they are and only the
// three window columns are made. The most common case of WindowTableFunctionOperator.
import { createBatch, type Column, type RecordBatch } from '../types/record-batch.ts'
import { gridStart } from '../windows/slices.ts'
import type { WindowShape } from '../windows/window-spec.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { WindowTableFunctionSpec } from './operator-spec.ts'
import { createWindowTimes, windowZoneOf, type WindowTimes } from './window-times.ts'

type TumbleShape = Extract<WindowShape, { kind: 'tumble' }>

const doubleColumn = (): { values: Float64Array<ArrayBuffer>; nulls: undefined; exact: undefined } => ({
  values: new Float64Array(0),
  nulls: undefined,
  exact: undefined,
})

export class TumbleTableFunctionOperator implements Operator {
  readonly #spec: WindowTableFunctionSpec
  readonly #shape: TumbleShape
  readonly #zone: WindowZone
  readonly #isLtz: boolean
  /** window_start, window_end, window_time; grown to the largest batch and reused. */
  readonly #starts = doubleColumn()
  readonly #ends = doubleColumn()
  readonly #windowTimes = doubleColumn()
  #context!: OperatorContext
  #times!: WindowTimes

  constructor(spec: WindowTableFunctionSpec, shape: TumbleShape) {
    this.#spec = spec
    this.#shape = shape
    this.#zone = windowZoneOf(spec.window)
    this.#isLtz = spec.outputType.fields[spec.inputType.fields.length + 2]!.type.kind === 'TIMESTAMP_LTZ'
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#times = createWindowTimes(this.#spec.window, context.clock)
  }

  processBatch(_input: number, batch: RecordBatch): void {
    this.#computeWindows(this.#times(batch), batch.rowCount)
    const columns: Column[] = [...batch.columns, this.#starts, this.#ends, this.#windowTimes]
    this.#context.output.emit(
      createBatch(this.#spec.outputType, columns, batch.rowCount, batch.rowKinds, batch.eventTimes),
    )
  }

  #computeWindows(times: Float64Array, rowCount: number): void {
    const { offsetMs, sizeMs } = this.#shape
    for (const column of [this.#starts, this.#ends, this.#windowTimes]) {
      if (column.values.length < rowCount) column.values = new Float64Array(rowCount)
    }
    const [starts, ends, windowTimes] = [this.#starts.values, this.#ends.values, this.#windowTimes.values]
    // Rows come roughly in the order of time: most lie in the window of the row before.
    let start = NaN
    let end = NaN
    let windowTime = NaN
    for (let row = 0; row < rowCount; row++) {
      const time = this.#zone.toLocal(times[row]!)
      if (!(time >= start && time < end)) {
        start = gridStart(time, offsetMs, sizeMs)
        end = start + sizeMs
        windowTime = this.#isLtz ? this.#zone.toInstant(end - 1) : end - 1
      }
      starts[row] = start
      ends[row] = end
      windowTimes[row] = windowTime
    }
  }
}
