// UNION ALL: rows in order of arrival; the task combines the watermarks of the inputs.
import type { RecordBatch } from '../types/record-batch.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { UnionSpec } from './operator-spec.ts'

export class UnionOperator implements Operator {
  readonly #spec: UnionSpec
  #context!: OperatorContext

  constructor(spec: UnionSpec) {
    this.#spec = spec
  }

  open(context: OperatorContext): void {
    this.#context = context
  }

  /** The first input's field names are the result's. */
  processBatch(_input: number, batch: RecordBatch): void {
    this.#context.output.emit(batch.type === this.#spec.outputType ? batch : { ...batch, type: this.#spec.outputType })
  }
}
