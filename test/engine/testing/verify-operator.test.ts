import { describe, expect, it } from 'vitest'
import type { Operator, OperatorContext } from '../../../engine/operators/operator.ts'
import type { OperatorListState } from '../../../engine/state/state-backend.ts'
import { row, verifyOperator } from '../../../engine/testing/verify-operator.ts'
import { types } from '../../../engine/types/logical-type.ts'
import { batchFromRows, getCell, type RecordBatch } from '../../../engine/types/record-batch.ts'

const inputType = types.row([{ name: 'v', type: types.int() }])
const ints = (batch: RecordBatch): number[] =>
  Array.from({ length: batch.rowCount }, (_, index) => getCell(types.int(), batch.columns[0]!, index) as number)

/** Emits the running sum of its rows; where it keeps the sum is the subclass's business. */
abstract class RunningSum implements Operator {
  protected context!: OperatorContext
  protected abstract add(value: number): number
  open(context: OperatorContext): void {
    this.context = context
  }
  processBatch(_input: number, batch: RecordBatch): void {
    this.context.output.emit(
      batchFromRows(
        inputType,
        ints(batch).map((value) => [this.add(value)]),
      ),
    )
  }
}

class GoodSum extends RunningSum {
  #state!: OperatorListState
  override open(context: OperatorContext): void {
    super.open(context)
    this.#state = context.state.operatorList({ kind: 'operator-list', name: 'sum', redistribution: 'union' })
  }
  protected override add(value: number): number {
    const sum = ((this.#state.get()[0] as number | undefined) ?? 0) + value
    this.#state.set([sum])
    return sum
  }
}

class ForgetfulSum extends RunningSum {
  #sum = 0
  protected override add(value: number): number {
    return (this.#sum += value)
  }
}

/** Emits at the end what it was given, from the batches it should not have kept. */
class BatchKeeper implements Operator {
  readonly #kept: RecordBatch[] = []
  #context!: OperatorContext
  open(context: OperatorContext): void {
    this.#context = context
  }
  processBatch(_input: number, batch: RecordBatch): void {
    this.#kept.push(batch)
  }
  endOfInput(): void {
    for (const batch of this.#kept) this.#context.output.emit(batch)
  }
}

const verify = (operator: () => Operator, expected: number[]): void =>
  verifyOperator({
    operator,
    inputType,
    input: [row(1), row(2), row(3)],
    compare: 'exact',
    expected: expected.map((value) => ['+I', value]),
  })

describe('the torture rig', () => {
  it('passes an operator that declares its state', () => {
    verify(() => new GoodSum(), [1, 3, 6])
  })
  it('finds a wrong result', () => {
    expect(() => verify(() => new GoodSum(), [1, 3, 7])).toThrow(/one row at a time: the output differs/)
  })
  it('finds state that is not declared', () => {
    expect(() => verify(() => new ForgetfulSum(), [1, 3, 6])).toThrow(
      /restored into a fresh instance after each element/,
    )
  })
  it('finds a batch that was kept', () => {
    expect(() => verify(() => new BatchKeeper(), [1, 2, 3])).toThrow(/one row at a time/)
  })
})
