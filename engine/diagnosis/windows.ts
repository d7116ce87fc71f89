// Open windows: how many, which fires next, at which watermark, what it waits for; and one that was asked about.
import type { OpenWindow } from '../metrics/diagnostics.ts'
import { firesAt } from '../operators/diagnose-windows.ts'
import { windowZoneOf } from '../operators/window-times.ts'
import { windowsOf } from '../windows/slices.ts'
import type { WindowSpec } from '../windows/window-spec.ts'
import type { Finding } from './finding.ts'
import type { JobIndex } from './job-index.ts'
import { allWindows, nextToFire, type OperatorWindows } from './open-windows.ts'
import { CALENDAR_MS_MAX, count, counted, duration, known, localTime, windowText } from './phrase.ts'
import { neededText } from './watermarks.ts'

const SHOWN = 5

/** How far the time that fires windows has come: the watermark, or the clock. */
function progressOf(index: JobIndex, { time, watermark }: Progress): number | undefined {
  return time === 'processing' ? index.facts.now : watermark
}

type Progress = Pick<OperatorWindows, 'time' | 'watermark'>

/** `firesAt`: the watermark, or the clock. */
export function firesText(index: JobIndex, progress: Progress, firesAt: number): string {
  const { times } = index
  const reached = progressOf(index, progress)
  if (progress.time === 'processing') return `fires in ${duration(firesAt - index.facts.now)}`
  const at = times.text(firesAt)
  if (reached === undefined || reached === -Infinity)
    return `fires when the watermark reaches ${at}; there is no watermark yet`
  if (reached >= firesAt) return 'fires now'
  return `fires when the watermark reaches ${at}; it stands at ${times.text(reached)}, ${duration(firesAt - reached)} to go`
}

function overview(index: JobIndex, windows: OperatorWindows): Finding[] {
  const { operator, openWindows, windows: open, firedUpTo, time, description } = windows
  const next = nextToFire(windows)
  const facts = known({
    operator: operator.name,
    nodeId: operator.nodeId,
    openWindows,
    firedUpTo,
    watermark: windows.watermark,
  })
  const fired = firedUpTo === undefined ? 'none has fired yet' : `all up to ${index.times.text(firedUpTo)} have fired`
  if (next === undefined) {
    const kept =
      openWindows === 0 ? 'no window is open' : `${counted(openWindows, 'window')} have fired and stay for late records`
    return [
      { kind: 'windows', severity: 'note', text: `${operator.name}: ${kept}; ${fired}`, details: [description], facts },
    ]
  }
  const needed = time === 'event' ? neededText(index, windows, next.firesAt) : undefined
  const others = open.filter((window) => window !== next).slice(0, SHOWN)
  return [
    {
      kind: 'windows',
      severity: 'note',
      text: `${operator.name}: ${windows.isEstimate ? 'about ' : ''}${counted(openWindows, 'open window')}; the next, ${windowText(next)} with ${counted(next.keys, 'key')}, ${firesText(index, windows, next.firesAt)}`,
      details: [
        ...(needed === undefined ? [] : [needed]),
        fired,
        ...others.map(
          (window) =>
            `${windowText(window)}: ${counted(window.keys, 'key')}${window.hasFired === true ? ', has fired and stays for late records' : ''}`,
        ),
        description,
      ],
      facts: { ...facts, ...known({ nextStart: next.start, nextEnd: next.end, nextFiresAt: next.firesAt }) },
    },
  ]
}

/** A window by its place alone, whether or not rows have come for it. */
export interface PlacedWindow {
  /** Local time of the windows' zone. */
  readonly start: number
  readonly end: number
  readonly firesAt: number
}

/** All windows that a row's time lies in, the first to fire first; of a session what this row alone would open. */
export function windowsOfTime(spec: WindowSpec, time: number): PlacedWindow[] {
  if (!(Math.abs(time) <= CALENDAR_MS_MAX)) return []
  const zone = windowZoneOf(spec)
  const local = zone.toLocal(time)
  const windows =
    spec.shape.kind === 'session' ? [{ start: local, end: local + spec.shape.gapMs }] : windowsOf(spec.shape, local)
  return windows
    .map((window) => ({ ...window, firesAt: firesAt(spec, zone, window.end) }))
    .sort((left, right) => left.firesAt - right.firesAt)
}

/** The window that begins at `local`, else the first to fire that holds it; none for sessions: only rows make them. */
function windowAt(spec: WindowSpec, local: number): PlacedWindow | undefined {
  if (spec.shape.kind === 'session') return undefined
  const zone = windowZoneOf(spec)
  const all = [...windowsOf(spec.shape, local)].sort((left, right) => left.end - right.end)
  const window = all.find(({ start }) => start === local) ?? all[0]
  return window === undefined ? undefined : { ...window, firesAt: firesAt(spec, zone, window.end) }
}

function askedFinding(index: JobIndex, windows: OperatorWindows, local: number): Finding {
  const { operator, asked, firedUpTo } = windows
  const make = (
    text: string,
    details: readonly string[],
    window: PlacedWindow | OpenWindow | undefined,
    state: string,
  ): Finding => ({
    kind: 'windows',
    severity: 'note',
    text: `${operator.name}: ${text}`,
    details,
    facts: {
      operator: operator.name,
      state,
      ...known({ start: window?.start, end: window?.end, firesAt: window?.firesAt, watermark: windows.watermark }),
    },
  })
  if (asked !== undefined) {
    const keys = counted(asked.keys, 'key')
    const state =
      asked.hasFired === true ? 'has fired and stays open for late records' : firesText(index, windows, asked.firesAt)
    const needed =
      asked.hasFired === true || windows.time !== 'event' ? undefined : neededText(index, windows, asked.firesAt)
    return make(
      `window ${windowText(asked)} is open with ${keys}; it ${state}`,
      needed === undefined ? [] : [needed],
      asked,
      'open',
    )
  }
  const spec = operator.window
  const window = spec === undefined ? undefined : windowAt(spec, local)
  if (window === undefined) {
    return make(
      `no window is open at ${localTime(local)}`,
      ['it has fired, or no record has come for it: session windows are made by their records'],
      undefined,
      'absent',
    )
  }
  const reached = Math.max(firedUpTo ?? -Infinity, progressOf(index, windows) ?? -Infinity)
  if (reached >= window.firesAt) {
    const how = Number.isFinite(reached)
      ? `: ${windows.time === 'event' ? 'the watermark' : 'the clock'} is at ${index.times.text(reached)}`
      : ': the input has ended'
    return make(
      `window ${windowText(window)} has fired${how}`,
      [
        'it fired when time reached ' +
          index.times.text(window.firesAt) +
          '; had it no rows, it gave none; rows that come for it now are dropped as late',
      ],
      window,
      'fired',
    )
  }
  return make(
    `window ${windowText(window)} is not open: no record has come for it yet`,
    [`it ${firesText(index, windows, window.firesAt)}`],
    window,
    'absent',
  )
}

/** `local`: the asked window; each operator with windows answers. */
export function diagnoseWindows(
  index: JobIndex,
  concerns: (nodeId: string) => boolean,
  local: number | undefined,
): Finding[] {
  const all = allWindows(index, concerns)
  if (local === undefined) return all.flatMap((windows) => overview(index, windows))
  if (all.length > 0) return all.map((windows) => askedFinding(index, windows, local))
  return [
    {
      kind: 'windows',
      severity: 'note',
      text: 'no operator that is asked about has windows',
      details: [`the job has ${count(index.facts.vertices.flatMap(({ operators }) => operators).length)} operators`],
      facts: {},
    },
  ]
}
