// Runs generated projections and filters.
import { localTimeZone } from '../common/local-time-zone.ts'
import type { CalcFactory, FunctionContext } from '../functions/function-context.ts'
import { loadGenerated } from '../common/load-generated.ts'
import { runtimeFunctions } from '../functions/runtime-functions.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { CalcSpec } from './operator-spec.ts'

export function createFunctionContext(context: OperatorContext, random: () => number): FunctionContext {
  return {
    sessionTimeZone: localTimeZone(context.configuration),
    clock: context.clock,
    random,
    currentWatermark: () => context.currentWatermark(),
  }
}

export class CalcOperator implements Operator {
  readonly #spec: CalcSpec
  readonly #random: () => number
  #context!: OperatorContext
  #process!: (batch: RecordBatch) => RecordBatch | undefined

  constructor(spec: CalcSpec, random: () => number) {
    this.#spec = spec
    this.#random = random
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#process = loadGenerated<CalcFactory>(this.#spec.code)(
      runtimeFunctions,
      createFunctionContext(context, this.#random),
    )
  }

  processBatch(_input: number, batch: RecordBatch): void {
    const result = this.#process(batch)
    if (result !== undefined && result.rowCount > 0) this.#context.output.emit(result)
  }
}
