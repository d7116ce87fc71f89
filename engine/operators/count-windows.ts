// How many windows are open, and which fire first, where windows are made of slices (or stand for themselves). A key
// whose rows lie in several slices of a window is one open window, so overlapping slices' keys are looked up in a
// scratch table, up to a limit; everything else is arithmetic over slices.
import { DIAGNOSTIC_ENTRIES_MAX } from '../metrics/diagnostics.ts'
import { createScratchRows } from '../state/memory/hashmap-state-backend.ts'
import type { KeyedRows, KeyedTableDeclaration } from '../state/state-backend.ts'
import type { Slices } from '../windows/slices.ts'

/** A window in local time. */
export interface LocalWindow {
  readonly start: number
  readonly end: number
  readonly keys: number
}

export interface WindowCounts {
  readonly openWindows: number
  readonly isEstimate: boolean
  /** Earliest end first, at most DIAGNOSTIC_ENTRIES_MAX. */
  readonly windows: readonly LocalWindow[]
  readonly asked: LocalWindow | undefined
}

/** Rows that lie in all the windows with ends from `first` to `last`, a slice apart. */
export interface WindowPart {
  readonly rows: KeyedRows
  readonly first: number
  readonly last: number
}

/** More rows than this are not looked up: a diagnosis must not hold the subtask up. */
export const LOOKED_UP_ROWS_MAX = 100_000

type AddKeys = (keys: number, first: number, last: number) => void

/** `parts` ascending by `first`, and the later ones do not end before the earlier ones. `asked`: local time. */
export function countWindows(
  parts: Iterable<WindowPart>,
  slices: Slices,
  declaration: KeyedTableDeclaration,
  asked: number | undefined,
): WindowCounts {
  const { sliceMs } = slices
  const listed = new ListedWindows(slices, asked)
  let openWindows = 0
  let isEstimate = false
  const add: AddKeys = (keys, first, last) => {
    if (keys === 0 || first > last) return
    openWindows += keys * (Math.round((last - first) / sliceMs) + 1)
    listed.add(keys, first, last)
  }
  const count = (run: readonly WindowPart[]): void => {
    const [part] = run
    if (run.length === 1) return add(part!.rows.size, part!.first, part!.last)
    if (run.reduce((sum, { rows }) => sum + rows.size, 0) <= LOOKED_UP_ROWS_MAX) {
      return countKeys(run, sliceMs, declaration, add)
    }
    isEstimate = true
    countFirst(run, sliceMs, add)
  }
  // parts that share windows with the one before stand in a run
  let run: WindowPart[] = []
  let end = -Infinity
  for (const part of parts) {
    if (part.rows.size === 0) continue
    if (part.first > end && run.length > 0) {
      count(run)
      run = []
    }
    run.push(part)
    end = Math.max(end, part.last)
  }
  if (run.length > 0) count(run)
  return { openWindows, isEstimate, windows: listed.windows(), asked: listed.asked() }
}

function countKeys(
  run: readonly WindowPart[],
  sliceMs: number,
  declaration: KeyedTableDeclaration,
  add: AddKeys,
): void {
  const scratch = createScratchRows({ ...declaration, values: [{ name: 'counted up to', storage: 'float64' }] })
  // relative to the run's first end, plus one: 0 is a key that has not been counted
  const origin = run[0]!.first - 1
  for (const { rows, first, last } of run) {
    const ids = new Int32Array(rows.end)
    scratch.rowsForRowsOf(rows, ids)
    const countedUpTo = scratch.valueColumns[0] as Float64Array
    const keysFrom = new Map<number, number>()
    for (const id of ids) {
      const from = countedUpTo[id] === 0 ? first : Math.max(first, origin + countedUpTo[id]! + sliceMs)
      countedUpTo[id] = last - origin
      keysFrom.set(from, (keysFrom.get(from) ?? 0) + 1)
    }
    for (const [from, keys] of keysFrom) add(keys, from, last)
  }
}

/** Each window counts the keys of only the first part that lies in it. */
function countFirst(run: readonly WindowPart[], sliceMs: number, add: AddKeys): void {
  let countedUpTo = -Infinity
  for (const { rows, first, last } of run) {
    add(rows.size, Math.max(first, countedUpTo + sliceMs), last)
    countedUpTo = Math.max(countedUpTo, last)
  }
}

/** The first windows, and those that a time lies in: of the others nothing is kept. */
class ListedWindows {
  readonly #slices: Slices
  readonly #asked: number | undefined
  readonly #askedEnds: readonly number[]
  /** By window end: how many keys more (or fewer) the windows from there on have than those before. */
  readonly #changes = new Map<number, number>()
  #seen = 0
  #seenUpTo = -Infinity
  /** Enough windows end up to here. */
  #limit = Infinity

  constructor(slices: Slices, asked: number | undefined) {
    this.#slices = slices
    this.#asked = asked
    this.#askedEnds = endsOfWindowsAt(slices, asked)
  }

  add(keys: number, first: number, last: number): void {
    const { sliceMs } = this.#slices
    const [askedFirst = Infinity] = this.#askedEnds
    const askedLast = this.#askedEnds.at(-1) ?? -Infinity
    if (first > this.#limit && (first > askedLast || last < askedFirst)) return
    this.#changes.set(first, (this.#changes.get(first) ?? 0) + keys)
    this.#changes.set(last + sliceMs, (this.#changes.get(last + sliceMs) ?? 0) - keys)
    if (last <= this.#seenUpTo || this.#limit < Infinity) return
    this.#seen += Math.round((last - Math.max(first - sliceMs, this.#seenUpTo)) / sliceMs)
    this.#seenUpTo = last
    // later parts add to these windows or come behind them
    if (this.#seen >= DIAGNOSTIC_ENTRIES_MAX) this.#limit = last
  }

  windows(): LocalWindow[] {
    const windows: LocalWindow[] = []
    const ends = this.#changedEnds()
    let keys = 0
    for (const [index, from] of ends.entries()) {
      keys += this.#changes.get(from)!
      if (keys === 0) continue
      for (let end = from; end < ends[index + 1]!; end += this.#slices.sliceMs) {
        if (windows.length === DIAGNOSTIC_ENTRIES_MAX) return windows
        windows.push({ start: this.#slices.windowStart(end), end, keys })
      }
    }
    return windows
  }

  asked(): LocalWindow | undefined {
    const open: LocalWindow[] = []
    const ends = this.#changedEnds()
    let keys = 0
    let next = 0
    for (const end of this.#askedEnds) {
      for (; next < ends.length && ends[next]! <= end; next++) keys += this.#changes.get(ends[next]!)!
      if (keys > 0) open.push({ start: this.#slices.windowStart(end), end, keys })
    }
    return open.find(({ start }) => start === this.#asked) ?? open[0]
  }

  #changedEnds(): Float64Array {
    return Float64Array.from(this.#changes.keys()).sort()
  }
}

/** The ends of the windows that a local time lies in, ascending. */
function endsOfWindowsAt(slices: Slices, time: number | undefined): number[] {
  if (time === undefined) return []
  const first = slices.sliceEnd(time)
  const ends: number[] = []
  for (let end = first; end <= slices.lastWindowEnd(first); end += slices.sliceMs) ends.push(end)
  return ends
}
