// Who holds event time back, who is ahead of the clock, and who makes no watermarks at all.
import type { SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { Finding } from './finding.ts'
import type { SourceFacts } from './job-facts.ts'
import type { JobIndex, SplitView } from './job-index.ts'
import { allTimers, waitingForEventTime, type Waiting } from './open-timers.ts'
import { allWindows, type OperatorWindows } from './open-windows.ts'
import { count, counted, duration, known, list } from './phrase.ts'

/** Without windows that wait, a split counts as stuck when it is this far behind and was quiet this long. */
const BEHIND_MS = 60_000
const QUIET_MS = 10_000
/** Event time this far ahead of the clock is taken for a mistake in a record. */
const AHEAD_MS = 60 * 60_000

/** What may hold a watermark back. */
type Holder =
  | { readonly kind: 'split'; readonly watermark: number; readonly split: SplitView }
  /** A source subtask without any split, which never becomes idle or is not yet. */
  | { readonly kind: 'no-split'; readonly watermark: number; readonly subtask: SubtaskDiagnostics }
  /** An operator that makes watermarks, behind the source. */
  | {
      readonly kind: 'assigner'
      readonly watermark: number
      readonly subtask: SubtaskDiagnostics
      readonly name: string
      readonly lastActiveAt: number
      readonly idleTimeoutMs: number
    }
  /** A subtask upstream of which no more is known. */
  | { readonly kind: 'channel'; readonly watermark: number; readonly vertexId: string; readonly subtaskIndex: number }

const NONE_YET = -Infinity

/** Everything upstream of a vertex whose watermark counts, and does not count as idle. */
function holdersOf(index: JobIndex, vertexId: string): Holder[] {
  const upstream = index.upstreamOf(vertexId)
  const told = index.facts.subtasks.filter((subtask) => upstream.has(subtask.vertexId))
  const assigners = told.flatMap((subtask) =>
    subtask.operators.flatMap(({ name, assigner }): Holder[] => {
      if (assigner === undefined || assigner.isIdle) return []
      const { watermark = NONE_YET, lastActiveAt, idleTimeoutMs } = assigner
      return [{ kind: 'assigner', watermark, subtask, name, lastActiveAt, idleTimeoutMs }]
    }),
  )
  if (assigners.length > 0) return assigners
  const splits = index.splits
    .filter((split) => upstream.has(split.subtask.vertexId) && !split.isIdle && split.lastActiveAt !== undefined)
    .map((split): Holder => ({ kind: 'split', watermark: split.watermark ?? NONE_YET, split }))
  const withoutSplits = told
    .filter(({ source }) => source !== undefined && source.splitCount === 0 && !source.isIdle)
    .filter(({ source }) => source!.watermark !== Infinity && hasWatermarks(index, source!.nodeId))
    .map((subtask): Holder => ({ kind: 'no-split', watermark: NONE_YET, subtask }))
  const found = [...splits, ...withoutSplits]
  return found.length > 0 ? found : channelsOf(index, vertexId)
}

function hasWatermarks(index: JobIndex, nodeId: string): boolean {
  return index.sources.some(({ operator, source }) => operator.nodeId === nodeId && source.watermarks !== undefined)
}

/** Where the sources did not answer: what the vertex itself sees of the vertices before it. */
function channelsOf(index: JobIndex, vertexId: string): Holder[] {
  const lowest = new Map<string, Holder>()
  for (const { channels } of index.toldBy(vertexId)) {
    for (const channel of channels) {
      if (channel.isIdle) continue
      const { vertexId: from, subtaskIndex, watermark = NONE_YET } = channel
      const key = `${from}/${subtaskIndex}`
      if (watermark < (lowest.get(key)?.watermark ?? Infinity))
        lowest.set(key, { kind: 'channel', watermark, vertexId: from, subtaskIndex })
    }
  }
  return [...lowest.values()]
}

function nameOf(index: JobIndex, holder: Holder): string {
  switch (holder.kind) {
    case 'split':
      return holder.split.id
    case 'no-split':
    case 'assigner':
      return index.subtaskName(holder.subtask.vertexId, holder.subtask.subtaskIndex)
    case 'channel':
      return index.subtaskName(holder.vertexId, holder.subtaskIndex)
  }
}

interface Quiet {
  readonly lastActiveAt: number | undefined
  readonly idleTimeoutMs: number
}

function quietOf(holder: Holder): Quiet {
  if (holder.kind === 'split')
    return { lastActiveAt: holder.split.lastActiveAt, idleTimeoutMs: holder.split.idleTimeoutMs }
  if (holder.kind === 'assigner') return holder
  const idleTimeoutMs = holder.kind === 'no-split' ? holder.subtask.source!.idleTimeoutMs : 0
  return { lastActiveAt: undefined, idleTimeoutMs }
}

function unreadOf(holder: Holder): number {
  return holder.kind === 'split' ? (holder.split.pendingRecords ?? 0) : 0
}

function quietText(index: JobIndex, holder: Holder): string {
  const { lastActiveAt } = quietOf(holder)
  const { now } = index.facts
  if (holder.kind === 'no-split') return 'it has no split to read'
  if (unreadOf(holder) > 0) return `it still has ${counted(unreadOf(holder), 'record')} to read`
  if (lastActiveAt === undefined) return 'when its last record came is not known'
  const forText = duration(now - lastActiveAt)
  return holder.watermark === NONE_YET
    ? `it has had no record, for ${forText} now`
    : `its last record came ${forText} ago`
}

/** Undefined: it never becomes idle by itself. */
function idleIn(index: JobIndex, holder: Holder): number | undefined {
  const { lastActiveAt, idleTimeoutMs } = quietOf(holder)
  if (idleTimeoutMs === 0 || lastActiveAt === undefined) return undefined
  return Math.max(0, idleTimeoutMs - (index.facts.now - lastActiveAt))
}

function idleText(index: JobIndex, holder: Holder): string {
  const { idleTimeoutMs } = quietOf(holder)
  if (idleTimeoutMs === 0) return 'no idle timeout is set: it is waited for without a limit'
  const left = idleIn(index, holder)
  if (left === undefined) return `the idle timeout is ${duration(idleTimeoutMs)}`
  return `becomes idle in ${duration(left)} (idle timeout ${duration(idleTimeoutMs)}); then nobody waits for it`
}

function sourceOf(index: JobIndex, holder: Holder): SourceFacts | undefined {
  if (holder.kind === 'split') return holder.split.source.source
  if (holder.kind === 'no-split')
    return index.sources.find(({ operator }) => operator.nodeId === holder.subtask.source!.nodeId)?.source
  return index.sources[0]?.source
}

function advice(index: JobIndex, holder: Holder): string[] {
  const source = sourceOf(index, holder)
  if (source === undefined || unreadOf(holder) > 0) return []
  const setting = source.isTypeScript
    ? 'give the watermark strategy `idleAfter: seconds(10)`'
    : "SET 'table.exec.source.idle-timeout' = '10s'"
  const split =
    holder.kind === 'no-split'
      ? 'or lower the parallelism to the number of partitions'
      : 'or write to every partition, or make the topic with fewer'
  const { idleTimeoutMs } = quietOf(holder)
  return [
    idleTimeoutMs === 0 ? `what to do: ${setting}, ${split}` : `what to do: wait, set a shorter idle timeout, ${split}`,
  ]
}

function isStuck(index: JobIndex, holder: Holder, frontier: number): boolean {
  const { lastActiveAt } = quietOf(holder)
  const isQuiet = lastActiveAt === undefined || index.facts.now - lastActiveAt >= QUIET_MS
  return isQuiet && unreadOf(holder) === 0 && frontier - holder.watermark > BEHIND_MS
}

interface Held {
  /** Lowest first. */
  readonly holders: readonly Holder[]
  readonly others: readonly Holder[]
  /** What fires once they no longer hold; undefined: no window and no timer waits. */
  readonly waiting: Waiting | undefined
}

/** Those without which the next window or timer would have fired; where none waits, those that are far behind and quiet. */
function heldAt(index: JobIndex, vertexId: string, waitingHere: readonly Waiting[]): Held | undefined {
  const all = holdersOf(index, vertexId).sort((left, right) => left.watermark - right.watermark)
  const frontier = Math.max(NONE_YET, ...all.map(({ watermark }) => watermark))
  const waiting = waitingHere.toSorted((left, right) => left.firesAt - right.firesAt)[0]
  const target = waiting?.firesAt
  const holds = (holder: Holder): boolean =>
    target === undefined ? isStuck(index, holder, frontier) : holder.watermark < target
  const holders = all.filter(holds)
  const others = all.filter((holder) => !holds(holder))
  if (holders.length === 0 || others.length === 0 || frontier === NONE_YET) return undefined
  return { holders, others, waiting }
}

function heldFinding(index: JobIndex, { holders, others, waiting }: Held): Finding {
  const { times } = index
  const [first, ...more] = holders as readonly [Holder, ...Holder[]]
  const name = nameOf(index, first)
  const others0 = Math.min(...others.map(({ watermark }) => watermark))
  const stands =
    first.watermark === NONE_YET ? 'it has no watermark yet' : `its watermark is ${times.text(first.watermark)}`
  const who = more.length === 0 ? `${name} holds` : `${name} and ${counted(more.length, 'other')} hold`
  const { lastActiveAt } = quietOf(first)
  return {
    kind: 'watermark-held',
    severity: waiting === undefined ? 'warning' : 'cause',
    text: `${who} the watermark back: ${quietText(index, first)}; ${stands}, ${othersText(index, others, others0)}`,
    details: [
      ...more
        .slice(0, 5)
        .map(
          (holder) =>
            `${nameOf(index, holder)}: ${quietText(index, holder)}, watermark ${times.text(holder.watermark)}`,
        ),
      ...(waiting === undefined
        ? []
        : [
            `without ${more.length === 0 ? 'it' : 'them'} ${waiting.operator.name} would have fired its ${waiting.what} at ${times.text(waiting.firesAt)}`,
          ]),
      idleText(index, first),
      ...advice(index, first),
    ],
    facts: known({
      holder: name,
      holders: holders.length,
      watermark: first.watermark,
      othersWatermark: others0,
      lastActiveAt,
      quietMs: lastActiveAt === undefined ? undefined : index.facts.now - lastActiveAt,
      idleTimeoutMs: quietOf(first).idleTimeoutMs,
      idleInMs: idleIn(index, first),
      firesAt: waiting?.firesAt,
    }),
  }
}

function othersText(index: JobIndex, others: readonly Holder[], lowest: number): string {
  const at = index.times.text(lowest)
  return others.length === 1
    ? `${nameOf(index, others[0]!)} is at ${at}`
    : `${list(others.map((holder) => nameOf(index, holder)).sort())} are at ${at} or later`
}

/** A source subtask without splits that is not idle, though no window waits: said once, before it hurts. */
function withoutSplits(index: JobIndex): Finding[] {
  const lost = index.facts.subtasks.filter(
    ({ source }) =>
      source !== undefined &&
      source.splitCount === 0 &&
      !source.isIdle &&
      source.idleTimeoutMs === 0 &&
      source.watermark !== Infinity &&
      hasWatermarks(index, source.nodeId),
  )
  const [first] = lost
  if (first === undefined) return []
  const holder: Holder = { kind: 'no-split', watermark: NONE_YET, subtask: first }
  const names = lost.map(({ vertexId, subtaskIndex }) => index.subtaskName(vertexId, subtaskIndex))
  return [
    {
      kind: 'watermark-held',
      severity: 'cause',
      text: `${list(names)} ${lost.length === 1 ? 'has' : 'have'} no split to read and no idle timeout: no watermark passes, and no window fires`,
      details: advice(index, holder),
      facts: { subtasks: names, holder: names[0]!, holders: lost.length },
    },
  ]
}

function ahead(index: JobIndex): Finding[] {
  const { facts, times } = index
  return index.sources.flatMap(({ operator, source, vertex }) => {
    const told = index.toldBy(vertex.id).filter(({ source: each }) => each?.nodeId === operator.nodeId)
    const splits = index.splits.filter((split) => split.source.operator === operator)
    const far = splits
      .filter(({ watermark = NONE_YET }) => Number.isFinite(watermark) && watermark > facts.now + AHEAD_MS)
      .sort((left, right) => right.watermark! - left.watermark!)
    const emitted = Math.max(NONE_YET, ...told.map((each) => each.source?.watermark ?? NONE_YET))
    const isPassed = Number.isFinite(emitted) && emitted > facts.now + AHEAD_MS
    const [first] = far
    if (first === undefined && !isPassed) return []
    const watermark = first?.watermark ?? emitted
    const dropped = facts.subtasks
      .flatMap(({ operators }) => operators)
      .reduce((sum, { late }) => sum + (late?.dropped ?? 0), 0)
    return [
      {
        kind: 'watermark-ahead',
        severity: isPassed && dropped > 0 ? 'cause' : 'warning',
        text: `${first?.id ?? source.tableName} is ahead of the clock: its watermark is ${times.text(watermark)}, in ${duration(watermark - facts.now)}`,
        details: [
          'one record with a time far in the future is enough: everything that comes after it is late',
          isPassed
            ? `the watermark has passed on to the windows: ${counted(dropped, 'record')} came too late so far`
            : 'the other splits still hold the watermark back, so nothing is late because of it yet',
          'what to do: find the record, mend what writes it (seconds or microseconds instead of milliseconds?), filter such times out before the watermark, and begin anew with --fresh',
        ],
        facts: known({
          split: first?.id,
          source: source.tableName,
          watermark,
          aheadMs: watermark - facts.now,
          dropped,
        }),
      },
    ]
  })
}

/** Windows over event time whose source makes none: nothing will ever fire. */
function noWatermarks(index: JobIndex, windows: readonly OperatorWindows[]): Finding[] {
  const isWaiting = windows.some(({ time }) => time === 'event')
  const makers = index.facts.subtasks.some(({ operators }) => operators.some(({ assigner }) => assigner !== undefined))
  if (!isWaiting || makers) return []
  const upstream = new Set(
    windows.filter(({ time }) => time === 'event').flatMap(({ vertex }) => [...index.upstreamOf(vertex.id)]),
  )
  return index.sources
    .filter(({ vertex, source }) => upstream.has(vertex.id) && source.watermarks === undefined && !source.bounded)
    .map(({ source, operator }) => ({
      kind: 'no-watermarks',
      severity: 'cause',
      text: `${source.tableName} makes no watermarks: event time stands still, no window over it fires`,
      details: [
        source.isTypeScript
          ? 'what to do: call .withWatermarks(…) on its stream'
          : 'what to do: declare WATERMARK FOR its time column in CREATE TABLE',
      ],
      facts: { source: operator.name },
    }))
}

export function diagnoseWatermarks(index: JobIndex, concerns: (nodeId: string) => boolean): Finding[] {
  const windows = allWindows(index, concerns)
  const found = [...noWatermarks(index, windows), ...ahead(index)]
  const timers = allTimers(index, concerns)
  const waiting = waitingForEventTime(windows, timers)
  const users = [...windows, ...timers]
  const vertices = users.length > 0 ? [...new Set(users.map(({ vertex }) => vertex.id))] : lastVertices(index)
  const seen = new Set<string>()
  const held = vertices.flatMap((vertexId) => {
    const hold = heldAt(
      index,
      vertexId,
      waiting.filter(({ vertex }) => vertex.id === vertexId),
    )
    if (hold === undefined) return []
    const finding = heldFinding(index, hold)
    const key = finding.text
    if (seen.has(key)) return []
    seen.add(key)
    return [finding]
  })
  const lost =
    held.some(({ severity }) => severity === 'cause') || users.every(({ time }) => time !== 'event')
      ? []
      : withoutSplits(index)
  return [...lost, ...held, ...found]
}

/** Where rows leave the job. */
function lastVertices(index: JobIndex): string[] {
  return index.facts.vertices.filter(({ id }) => index.consumersOf(id).length === 0).map(({ id }) => id)
}

/** What the next window or timer of an operator needs, in words. */
export function neededText(
  index: JobIndex,
  { vertex }: Pick<OperatorWindows, 'vertex'>,
  firesAt: number,
): string | undefined {
  const all = holdersOf(index, vertex.id)
  const behind = all
    .filter(({ watermark }) => watermark < firesAt)
    .sort((left, right) => left.watermark - right.watermark)
  const [first] = behind
  if (first === undefined) return undefined
  if (first.kind === 'no-split') return `it waits for ${nameOf(index, first)}, which has no split to read`
  const delayMs = sourceOf(index, first)?.watermarks?.delayMs
  const record =
    delayMs === undefined
      ? `a record that brings the watermark to ${index.times.text(firesAt)}`
      : `a record with event time >= ${index.times.text(firesAt + delayMs)}`
  if (behind.length === 1) return `it waits for ${nameOf(index, first)}: it needs ${record}`
  return `it waits for ${count(behind.length)} splits (${list(behind.map((holder) => nameOf(index, holder)))}): each needs ${record}`
}
