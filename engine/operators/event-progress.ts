// How far a window operator's time has come, kept over restores: rows and windows that were late stay late.
// Source: Flink's WindowAggOperator ("watermark" union list state, the minimum counts; the end of event time is none).
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
    // MAX: the job was drained; of what is read behind that nothing is late
    const restored = this.#state.get().map((element) => (element === 'MAX' ? MAX_WATERMARK : Number(element)))
    const lowest = Math.min(MAX_WATERMARK, ...restored)
    this.watermark = lowest === MAX_WATERMARK ? MIN_WATERMARK : lowest
  }

  /** Before a snapshot. JSON has no infinities. */
  save(): void {
    if (this.watermark === MIN_WATERMARK) this.#state.set([])
    else this.#state.set([this.watermark === MAX_WATERMARK ? 'MAX' : this.watermark])
  }
}
