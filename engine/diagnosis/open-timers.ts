// The pending timers of an operator, put together from what its subtasks tell; and with the open windows: what waits for
// event time.
import type { TimersDiagnostics } from '../metrics/diagnostics.ts'
import type { OperatorFacts, VertexFacts } from './job-facts.ts'
import type { JobIndex } from './job-index.ts'
import { lowest, nextToFire, type OperatorWindows } from './open-windows.ts'

export interface OperatorTimers {
  readonly vertex: VertexFacts
  readonly operator: OperatorFacts
  readonly time: TimersDiagnostics['time']
  /** Each key apart, over all subtasks. */
  readonly pending: number
  /** When the first of them fires, ms since 1970; undefined: none is pending. */
  readonly next: number | undefined
  /** The lowest of its subtasks; undefined: one has none yet. */
  readonly watermark: number | undefined
}

function timersOfOperator(index: JobIndex, vertex: VertexFacts, operator: OperatorFacts): OperatorTimers[] {
  const views = index.operatorViews(operator.nodeId).filter(({ told }) => told.timers !== undefined)
  if (views.length === 0) return []
  const told = views.flatMap((view) => view.told.timers!)
  const watermark = lowest(views.map(({ subtask }) => subtask.watermark))
  const none: OperatorTimers = { vertex, operator, time: 'event', pending: 0, next: undefined, watermark }
  const found = (['event', 'processing'] as const).flatMap((time): OperatorTimers[] => {
    const ofTime = told.filter((timers) => timers.time === time)
    if (ofTime.length === 0) return []
    const pending = ofTime.reduce((sum, timers) => sum + timers.pending, 0)
    return [{ ...none, time, pending, next: Math.min(...ofTime.map((timers) => timers.next)) }]
  })
  return found.length === 0 ? [none] : found
}

/** Of all operators that are asked about. */
export function allTimers(index: JobIndex, concerns: (nodeId: string) => boolean): OperatorTimers[] {
  return index.facts.vertices.flatMap((vertex) =>
    vertex.operators.flatMap((operator) =>
      concerns(operator.nodeId) ? timersOfOperator(index, vertex, operator) : [],
    ),
  )
}

/** What fires once the watermark has come to `firesAt`. */
export interface Waiting {
  readonly vertex: VertexFacts
  readonly operator: OperatorFacts
  readonly what: 'window' | 'timer'
  readonly firesAt: number
}

/** The next window or timer of each operator. */
export function waitingForEventTime(
  windows: readonly OperatorWindows[],
  timers: readonly OperatorTimers[],
): readonly Waiting[] {
  const ofWindows = windows.flatMap((each): Waiting[] => {
    const next = each.time === 'event' ? nextToFire(each) : undefined
    const { vertex, operator } = each
    return next === undefined ? [] : [{ vertex, operator, what: 'window', firesAt: next.firesAt }]
  })
  const ofTimers = timers.flatMap(({ vertex, operator, time, next }): Waiting[] =>
    time === 'event' && next !== undefined ? [{ vertex, operator, what: 'timer', firesAt: next }] : [],
  )
  return [...ofWindows, ...ofTimers]
}
