// Open sessions, which session-window-operator.ts keeps in slices as long as the gap: a row of a key goes on in its row
// of the next slice where the two touch, and only the last of such rows says when the session ends.
import { DIAGNOSTIC_ENTRIES_MAX } from '../metrics/diagnostics.ts'
import type { KeyedRows, KeyedTable } from '../state/state-backend.ts'
import { LOOKED_UP_ROWS_MAX, type LocalWindow, type WindowCounts } from './count-windows.ts'

/** How the operator's value columns say what a session's bounds are; local times. */
export interface SessionBounds {
  readonly gapMs: number
  /** Index of the column of slice start + gap − session start. */
  readonly reach: number
  /** Index of the column of the last row's time − slice start + 1; 0: the row is not in use. */
  readonly last: number
}

export function countSessions(table: KeyedTable, bounds: SessionBounds, asked: number | undefined): WindowCounts {
  const { gapMs } = bounds
  const found = new EarliestSessions(asked)
  let lookedUp = 0
  let isEstimate = false
  /** By row id of the present slice: where the sessions that come from the slice before have begun. */
  let begun: Float64Array | undefined
  for (const sliceStart of table.namespaces()) {
    const rows = table.rows(sliceStart)
    const next = table.existing(sliceStart + gapMs)
    let links: Links | undefined
    if (next !== undefined && next.size > 0) {
      lookedUp += rows.end
      if (lookedUp <= LOOKED_UP_ROWS_MAX) links = linksTo(next, rows)
      else isEstimate = true
    }
    collect(found, rows, sliceStart, bounds, begun, links)
    begun = links?.begun
  }
  return { openWindows: found.count, isEstimate, windows: found.sessions, asked: found.asked }
}

interface Links {
  readonly next: KeyedRows
  /** By row id: the row of the same key in the next slice, -1: none. */
  readonly targets: Int32Array
  readonly begun: Float64Array
}

function linksTo(next: KeyedRows, rows: KeyedRows): Links {
  const targets = new Int32Array(rows.end)
  next.findRowsOf(rows, targets)
  return { next, targets, begun: new Float64Array(next.end).fill(Infinity) }
}

function collect(
  found: EarliestSessions,
  rows: KeyedRows,
  sliceStart: number,
  { gapMs, reach, last }: SessionBounds,
  begun: Float64Array | undefined,
  links: Links | undefined,
): void {
  const reachOf = rows.valueColumns[reach] as Float64Array
  const lastOf = rows.valueColumns[last] as Float64Array
  const nextReachOf = links?.next.valueColumns[reach] as Float64Array
  for (let id = 0; id < rows.end; id++) {
    if (lastOf[id] === 0) continue
    const own = sliceStart + gapMs - reachOf[id]!
    const start = begun === undefined ? own : Math.min(own, begun[id]!)
    const end = sliceStart + lastOf[id]! - 1 + gapMs
    const target = links?.targets[id] ?? -1
    if (target >= 0 && sliceStart + 2 * gapMs - nextReachOf[target]! <= end) links!.begun[target] = start
    else found.add(start, end)
  }
}

class EarliestSessions {
  readonly #asked: number | undefined
  readonly sessions: LocalWindow[] = []
  count = 0
  asked: LocalWindow | undefined
  /** What ends no earlier is not listed any more. */
  #limit = Infinity

  constructor(asked: number | undefined) {
    this.#asked = asked
  }

  add(start: number, end: number): void {
    this.count++
    if (end < this.#limit) this.#list({ start, end, keys: 1 })
    const { asked } = this
    if (this.#asked === undefined || start > this.#asked || end <= this.#asked) return
    const keys = (asked?.keys ?? 0) + 1
    this.asked = asked !== undefined && asked.end <= end ? { ...asked, keys } : { start, end, keys }
  }

  #list(session: LocalWindow): void {
    let at = this.sessions.length
    while (at > 0 && this.sessions[at - 1]!.end > session.end) at--
    this.sessions.splice(at, 0, session)
    if (this.sessions.length > DIAGNOSTIC_ENTRIES_MAX) this.sessions.pop()
    if (this.sessions.length === DIAGNOSTIC_ENTRIES_MAX) this.#limit = this.sessions.at(-1)!.end
  }
}
