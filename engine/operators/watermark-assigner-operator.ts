// Makes watermarks from a rowtime column in the middle of a job. Source: Flink's WatermarkAssignerOperator.
import type { FunctionContext } from '../functions/function-context.ts'
import { loadGenerated } from '../common/load-generated.ts'
import { runtimeFunctions } from '../functions/runtime-functions.ts'
import type { OperatorFindings } from '../metrics/diagnostics.ts'
import type { RowTimes, RowWatermarks } from '../time/row-watermarks.ts'
import { SplitWatermarks } from '../time/split-watermarks.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../types/stream-element.ts'
import { createFunctionContext } from './calc-operator.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { WatermarkAssignerSpec } from './operator-spec.ts'

const INPUT = 'input'

export class WatermarkAssignerOperator implements Operator {
  readonly #spec: WatermarkAssignerSpec
  readonly #random: () => number
  readonly #timestamps: RowTimes | undefined
  #context!: OperatorContext
  #emitted = MIN_WATERMARK
  #isIdle = false
  #watermarks!: SplitWatermarks

  /** `timestamps`: the user's function, where the strategy has one. */
  constructor(spec: WatermarkAssignerSpec, random: () => number, timestamps: RowTimes | undefined) {
    this.#spec = spec
    this.#random = random
    this.#timestamps = timestamps
  }

  open(context: OperatorContext): void {
    const { strategy } = this.#spec
    const { output } = context
    this.#context = context
    type Factory = (functions: object, context: FunctionContext) => RowWatermarks
    const evaluate =
      strategy.expression === undefined
        ? undefined
        : loadGenerated<Factory>(strategy.expression)(runtimeFunctions, createFunctionContext(context, this.#random))
    this.#watermarks = new SplitWatermarks(
      strategy,
      {
        emit: (batch) => output.emit(batch),
        emitWatermark: (timestampMs) => this.#emitWatermark(timestampMs),
        emitStatus: (idle) => this.#emitStatus(idle),
      },
      context.clock,
      evaluate,
      this.#timestamps,
    )
    this.#watermarks.addSplit(INPUT)
    context.registerProcessingTimer(this.#watermarks.nextEmitAt)
  }

  processBatch(_input: number, batch: RecordBatch): void {
    this.#watermarks.processBatch(INPUT, batch)
    if (this.#context.clock.now() >= this.#watermarks.nextEmitAt) this.#emit()
  }

  onProcessingTime(at: number): void {
    if (at >= this.#watermarks.nextEmitAt) this.#emit()
  }

  #emit(): void {
    this.#watermarks.onPeriodicEmit()
    this.#context.registerProcessingTimer(this.#watermarks.nextEmitAt)
  }

  /** Watermarks from upstream do not count, except the one that ends event time: also of an input that is idle. */
  processWatermark(timestampMs: number): void {
    if (timestampMs !== MAX_WATERMARK) return
    if (this.#isIdle) this.#emitStatus(false)
    this.#emitWatermark(timestampMs)
  }

  #emitStatus(idle: boolean): void {
    this.#isIdle = idle
    this.#context.output.emitWatermarkStatus?.(idle)
  }

  #emitWatermark(timestampMs: number): void {
    this.#emitted = timestampMs
    this.#context.output.emitWatermark(timestampMs)
  }

  diagnostics(): OperatorFindings {
    const [input] = this.#watermarks.splits()
    return {
      assigner: {
        watermark: this.#emitted === MIN_WATERMARK ? undefined : this.#emitted,
        isIdle: this.#isIdle,
        idleTimeoutMs: this.#spec.strategy.idleTimeoutMs,
        lastActiveAt: input!.lastActiveAt,
      },
    }
  }
}
