// The open windows of an operator, put together from what its subtasks (and its local phase) tell.
import type { OpenWindow, WindowsDiagnostics } from '../metrics/diagnostics.ts'
import type { OperatorFacts, VertexFacts } from './job-facts.ts'
import type { JobIndex } from './job-index.ts'

export interface OperatorWindows {
  readonly vertex: VertexFacts
  readonly operator: OperatorFacts
  readonly time: WindowsDiagnostics['time']
  readonly description: string
  /** Each key apart. */
  readonly openWindows: number
  /** There are too many to count them all. */
  readonly isEstimate: boolean
  /** Of one start and end, over all subtasks; earliest first. Not all of them where there are many. */
  readonly windows: readonly OpenWindow[]
  /** Answer to the asked window. */
  readonly asked: OpenWindow | undefined
  /** All windows up to it have fired; undefined: none yet. */
  readonly firedUpTo: number | undefined
  /** The lowest of its subtasks; undefined: one has none yet. */
  readonly watermark: number | undefined
}

function add(known: OpenWindow | undefined, other: OpenWindow): OpenWindow {
  return known === undefined
    ? other
    : { ...known, keys: known.keys + other.keys, hasFired: known.hasFired === true && other.hasFired === true }
}

/** One of each start and end, keys added up. */
function merged(windows: readonly OpenWindow[]): OpenWindow[] {
  const byBounds = new Map<string, OpenWindow>()
  for (const window of windows) {
    const bounds = `${window.start} ${window.end}`
    byBounds.set(bounds, add(byBounds.get(bounds), window))
  }
  return [...byBounds.values()].sort((left, right) => left.firesAt - right.firesAt || left.start - right.start)
}

/** Undefined where one of them is, or there are none. */
export function lowest(values: readonly (number | undefined)[]): number | undefined {
  return values.some((value) => value === undefined) || values.length === 0
    ? undefined
    : Math.min(...(values as readonly number[]))
}

/** Undefined: the operator has no windows, or none of its subtasks answered. */
export function windowsOfOperator(
  index: JobIndex,
  vertex: VertexFacts,
  operator: OperatorFacts,
): OperatorWindows | undefined {
  const views = index.operatorViews(operator.nodeId).filter(({ told }) => told.windows !== undefined)
  const [first] = views
  if (first === undefined) return undefined
  const told = views.map((view) => view.told.windows!)
  return {
    vertex,
    operator,
    time: first.told.windows!.time,
    description: first.told.windows!.description,
    openWindows: told.reduce((sum, { openWindows }) => sum + openWindows, 0),
    isEstimate: told.some(({ isEstimate }) => isEstimate === true),
    windows: merged(told.flatMap(({ windows }) => windows)),
    asked: merged(told.flatMap(({ asked }) => asked ?? []))[0],
    firedUpTo: lowest(told.map(({ firedUpTo }) => firedUpTo)),
    watermark: lowest(views.map(({ subtask }) => subtask.watermark)),
  }
}

/** Of all operators that are asked about. */
export function allWindows(index: JobIndex, concerns: (nodeId: string) => boolean): OperatorWindows[] {
  return index.facts.vertices.flatMap((vertex) =>
    vertex.operators.flatMap((operator) =>
      concerns(operator.nodeId) ? (windowsOfOperator(index, vertex, operator) ?? []) : [],
    ),
  )
}

/** The first that has not fired. */
export function nextToFire({ windows }: Pick<OperatorWindows, 'windows'>): OpenWindow | undefined {
  return windows.find(({ hasFired }) => hasFired !== true)
}
