// How far a window operator's time has come, kept over restores: rows and windows that were late stay late.
// Source: Flink's WindowAggOperator ("watermark" union list state, the minimum counts).
import type { OperatorListState, OperatorStateDeclaration, StateBackend } from '../state/state-backend.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../types/stream-element.ts'

export const WATERMARK_STATE: OperatorStateDeclaration = {
  kind: 'operator-list',
  name: 'watermark',
  redistribution: 'union',
}

export class EventProgress {
  readonly #state: OperatorListState
  watermark: number

  constructor(backend: StateBackend) {
    this.#state = backend.operatorList(WATERMARK_STATE)
    const restored = this.#state.get().map((element) => (element === 'MAX' ? MAX_WATERMARK : Number(element)))
    this.watermark = restored.length === 0 ? MIN_WATERMARK : Math.min(...restored)
  }

  /** Before a snapshot. JSON has no infinities. */
  save(): void {
    if (this.watermark === MIN_WATERMARK) this.#state.set([])
    else this.#state.set([this.watermark === MAX_WATERMARK ? 'MAX' : this.watermark])
  }
}
