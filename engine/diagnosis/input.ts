// What sources have to read: nothing, or more than they read.
import type { Finding } from './finding.ts'
import type { JobIndex, SourceView, SplitView } from './job-index.ts'
import { allWindows, nextToFire } from './open-windows.ts'
import { count, counted, duration, known, rate, windowText } from './phrase.ts'
import { neededText } from './watermarks.ts'

const SPLITS_SHOWN = 8
/** A lag that is read in less than this is none to speak of. */
const LAG_MS = 2000

interface Input {
  readonly view: SourceView
  readonly splits: readonly SplitView[]
  readonly pending: number | undefined
  readonly recordsInPerSecond: number
  readonly hasEnded: boolean
}

function inputsOf(index: JobIndex): Input[] {
  return index.sources.map((view) => {
    const splits = index.splits.filter(({ source }) => source === view)
    const told = splits.flatMap(({ pendingRecords }) => pendingRecords ?? [])
    const { subtasks } = view.vertex
    return {
      view,
      splits,
      pending: told.length === 0 ? view.source.pending?.now : told.reduce((sum, pending) => sum + pending, 0),
      recordsInPerSecond: subtasks.reduce((sum, each) => sum + each.recordsInPerSecond, 0),
      hasEnded: subtasks.length > 0 && subtasks.every(({ status }) => status === 'FINISHED'),
    }
  })
}

function positions(index: JobIndex, { splits }: Input): string[] {
  const shown = splits.slice(0, SPLITS_SHOWN).map(({ id, position, pendingRecords, lastActiveAt, watermark }) => {
    const at = position === undefined ? 'position not known' : `at ${position}`
    const left =
      pendingRecords === undefined
        ? ''
        : pendingRecords === 0
          ? ', which is its end'
          : `, ${count(pendingRecords)} to read`
    const active =
      lastActiveAt === undefined || watermark === undefined
        ? ''
        : `, last record ${duration(index.facts.now - lastActiveAt)} ago`
    return `${id}: ${at}${left}${active}`
  })
  return splits.length <= SPLITS_SHOWN ? shown : [...shown, `and ${splits.length - SPLITS_SHOWN} more`]
}

const FROM_LATEST = /^latest/

function readDry(index: JobIndex, input: Input, isCause: boolean, waiting: readonly string[]): Finding[] {
  const { view, splits } = input
  const { source, vertex } = view
  const isEmpty = vertex.recordsIn === 0
  const fromLatest = isEmpty && FROM_LATEST.test(source.startup ?? '')
  const text = isEmpty
    ? fromLatest
      ? `${source.tableName} begins at the latest offset, and nothing has been written since the job began`
      : `${source.tableName} has had nothing to read: no record came in ${duration(index.facts.now - index.facts.startedAt)}`
    : `${source.tableName} has read everything there is: ${counted(vertex.recordsIn, 'record')}, none is waiting`
  return [
    {
      kind: 'no-input',
      severity: isCause ? 'cause' : 'note',
      text,
      details: [
        ...positions(index, input),
        ...(isCause ? waiting : []),
        ...(fromLatest ? ["what to do: 'scan.startup.mode' = 'earliest-offset' reads what was there before, too"] : []),
      ],
      facts: { source: source.tableName, recordsIn: vertex.recordsIn, splits: splits.length, pending: 0 },
    },
  ]
}

/** Records per second by which the lag grows; undefined: seen only once. */
function growth({ view, pending }: Input, now: number): number | undefined {
  const { pending: seen } = view.source
  if (seen === undefined || pending === undefined || now - seen.beforeAt < 500) return undefined
  return ((pending - seen.before) * 1000) / (now - seen.beforeAt)
}

function lagText(perSecond: number | undefined, pending: number, reads: number): string {
  if (perSecond === undefined) return `${rate(reads)} are read`
  const falls = -perSecond
  if (falls > 0.5)
    return `${rate(reads)} are read, the rest falls by ${rate(falls)}: read up in about ${duration((pending / falls) * 1000)}`
  if (perSecond > 0.5)
    return `${rate(reads)} are read, and still the rest grows by ${rate(perSecond)}: the job is too slow for what is written`
  return `${rate(reads)} are read, as many as are written`
}

function lag(index: JobIndex, input: Input, pending: number, isExplained: boolean): Finding[] {
  const { view, recordsInPerSecond: reads } = input
  const isSmall = reads > 0 && (pending / reads) * 1000 < LAG_MS
  if (isSmall) return []
  const perSecond = growth(input, index.facts.now)
  const stands = reads === 0
  const severity = stands && !isExplained ? 'cause' : (perSecond ?? 0) > 0.5 ? 'warning' : 'note'
  return [
    {
      kind: 'lag',
      severity,
      text: stands
        ? `${view.source.tableName} reads nothing, although ${counted(pending, 'record')} are waiting`
        : `${view.source.tableName} has ${counted(pending, 'record')} still to read: ${lagText(perSecond, pending, reads)}`,
      details: positions(index, input),
      facts: known({
        source: view.source.tableName,
        pending,
        recordsPerSecond: reads,
        growthPerSecond: perSecond,
        caughtUpInMs: perSecond !== undefined && perSecond < -0.5 ? (pending / -perSecond) * 1000 : undefined,
      }),
    },
  ]
}

/** A window that waits for event time waits for records: one line for each operator. */
function waitingWindows(index: JobIndex): string[] {
  return allWindows(index, () => true).flatMap((windows) => {
    const next = nextToFire(windows)
    if (windows.time !== 'event' || next === undefined) return []
    const needed = neededText(index, windows, next.firesAt)
    return [`${windows.operator.name}: window ${windowText(next)} is open${needed === undefined ? '' : `; ${needed}`}`]
  })
}

/** `isExplained`: something else is why nothing comes out. */
export function diagnoseInput(index: JobIndex, isExplained: boolean): Finding[] {
  const inputs = inputsOf(index)
  const dry = inputs.filter(({ pending, recordsInPerSecond }) => (pending ?? 0) === 0 && recordsInPerSecond === 0)
  const isQuiet = dry.length === inputs.length && !isExplained
  const waiting = waitingWindows(index)
  return inputs.flatMap((input) => {
    if (input.hasEnded) return []
    if (dry.includes(input))
      return readDry(index, input, isQuiet && (waiting.length > 0 || input.view.vertex.recordsIn === 0), waiting)
    // what stands still because somebody downstream is slow is said there
    return input.pending === undefined || input.pending === 0 ? [] : lag(index, input, input.pending, isExplained)
  })
}
