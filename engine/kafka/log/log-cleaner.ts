// Compaction: keeps at least the last record of each key of a log whose `cleanup.policy` says `compact`. Which log is due,
// how far it is cleaned and what stays are Kafka's rules (LogCleaner, LogCleanerManager):
//
// - the dirty part of a log is what was never cleaned; it is cleaned up to the active segment, the last stable offset and
//   the first segment with records younger than `min.compaction.lag.ms`, whichever comes first
// - a log is due when its dirty part is more than `min.cleanable.dirty.ratio` of it, or holds records older than
//   `max.compaction.lag.ms`; the dirtiest one comes first
// - a round maps the keys of the dirty part, as many as fit into `dedupeBufferBytes`, and copies the log from its beginning
//   without what the map makes superfluous; what does not fit is for the next round
import { setImmediate } from 'node:timers/promises'
import { isControlBatch, lastOffsetOf, type RecordBatchHeader } from '../protocol/record-batch.ts'
import { mapBatch, markerTypeOf, type CleaningRules, type LastOfProducer } from './clean-batch.ts'
import { CleanedTransactions, type AbortedTransactionRange } from './cleaned-transactions.ts'
import type { LogConfig } from './log-config.ts'
import { OffsetMap } from './offset-map.ts'
import type { Segment } from './segment.ts'
import { readSlice, recordsPerPause, SegmentCleaner } from './segment-cleaner.ts'

/** What the cleaner needs of a log. */
export interface CleanableLog {
  /** False: deleted, closed, or its disk failed. */
  readonly isOpen: boolean
  readonly logConfig: LogConfig
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly lastStableOffset: number
  /** The last is the active one. */
  readonly allSegments: readonly Segment[]
  /** What must stay of each producer that is alive. */
  readonly lastOfProducers: ReadonlyMap<number, LastOfProducer>
  /** Aborted transactions that have offsets in the range. */
  abortedBetween(fromOffset: number, endOffset: number): readonly AbortedTransactionRange[]
  newCleanedSegment(baseOffset: number): Segment
  /** False: they are not what they were, `cleaned` is of no use. */
  replaceSegments(old: readonly Segment[], cleaned: Segment, change: SegmentChange): Promise<boolean>
}

export interface SegmentChange {
  readonly nowMs: number
  /** Of the transactions whose abort markers are in the segments: those of which batches are left. */
  readonly remainingAborted: readonly AbortedTransactionRange[]
}

export interface LogCleanerOptions<Log extends CleanableLog> {
  readonly logs: () => Iterable<Log>
  /** Up to where a log was cleaned; undefined: never. */
  readonly cleanedOffset: (log: Log) => number | undefined
  readonly setCleanedOffset: (log: Log, offset: number) => void
  /** `log.cleaner.dedupe.buffer.size`: memory for the keys of a round. */
  readonly dedupeBufferBytes: number
  /** Hears of a log that cannot be cleaned; it is tried again the next time. */
  readonly onError: (log: Log, error: unknown) => void
  /** Awaited between slices, so that others get their turn. Default: after what waits in the event loop. */
  readonly pause?: () => Promise<unknown>
}

interface LogToClean<Log> {
  readonly log: Log
  readonly firstDirtyOffset: number
  readonly firstUncleanableOffset: number
  readonly cleanableBytes: number
  readonly cleanableRatio: number
  /** `max.compaction.lag.ms` is over. */
  readonly isOverdue: boolean
}

interface BatchToMap {
  readonly header: RecordBatchHeader
  readonly batch: Buffer
}

export class LogCleaner<Log extends CleanableLog> {
  private readonly options: LogCleanerOptions<Log>
  private stopped = false

  constructor(options: LogCleanerOptions<Log>) {
    this.options = options
  }

  /** Cleans until no log is due. Returns the number of rounds. */
  async cleanDue(nowMs: number): Promise<number> {
    const failed = new Set<Log>()
    for (let rounds = 0; ;) {
      const next = this.stopped ? undefined : this.dirtiest(nowMs, failed)
      if (next === undefined) return rounds
      try {
        this.options.setCleanedOffset(next.log, await this.cleanRound(next, nowMs))
        rounds++
      } catch (error) {
        failed.add(next.log)
        if (error !== cleaningEnded && next.log.isOpen) this.options.onError(next.log, error)
      }
    }
  }

  /** A cleaning that is under way ends at its next slice; nothing of it is kept. */
  stop(): void {
    this.stopped = true
  }

  private dirtiest(nowMs: number, failed: ReadonlySet<Log>): LogToClean<Log> | undefined {
    let dirtiest: LogToClean<Log> | undefined
    for (const log of this.options.logs()) {
      if (!log.isOpen || !log.logConfig.compact || failed.has(log)) continue
      const candidate = toClean(log, this.options.cleanedOffset(log), nowMs)
      const isDue =
        candidate.cleanableBytes > 0 &&
        (candidate.isOverdue || candidate.cleanableRatio > log.logConfig.minCleanableDirtyRatio)
      if (isDue && candidate.cleanableRatio > (dirtiest?.cleanableRatio ?? -1)) dirtiest = candidate
    }
    return dirtiest
  }

  /** Returns up to where the log is clean now. */
  private async cleanRound(due: LogToClean<Log>, nowMs: number): Promise<number> {
    const { log, firstDirtyOffset, firstUncleanableOffset } = due
    const lastDirtyOffsets = new Map<number, number>()
    const map = await this.mapKeys(log, firstDirtyOffset, firstUncleanableOffset, lastDirtyOffsets)
    const endOffset = map.latestOffset + 1
    const segments = log.allSegments.slice(0, -1).filter(({ baseOffset }) => baseOffset < endOffset)
    const transactions = new CleanedTransactions()
    for (const group of groupBySize(segments, log.logConfig))
      await this.cleanGroup(log, group, {
        nowMs,
        deleteRetentionMs: log.logConfig.deleteRetentionMs,
        map,
        transactions,
        lastOfProducers: log.lastOfProducers,
        lastDirtyOffsets,
        upperBoundOffset: firstUncleanableOffset,
      })
    return endOffset
  }

  private async cleanGroup(log: Log, group: readonly Segment[], rules: CleaningRules): Promise<void> {
    const { transactions } = rules
    const cleaner = new SegmentCleaner(() => this.pauseWhile(log, group))
    const markersBefore = transactions.remaining.length
    const cleaned = log.newCleanedSegment(group[0]!.baseOffset)
    try {
      for (const segment of group) {
        transactions.add(log.abortedBetween(segment.baseOffset, segment.readNextOffset()))
        await cleaner.clean(segment, cleaned, rules)
      }
      cleaned.seal()
      await cleaned.file.sync()
      const remainingAborted = transactions.remaining.slice(markersBefore)
      if (!(await log.replaceSegments(group, cleaned, { nowMs: rules.nowMs, remainingAborted }))) throw cleaningEnded
    } catch (error) {
      // A swap that failed half-way has closed the log: its files are what the next start completes it from.
      if (log.isOpen) cleaned.delete()
      else cleaned.abandon()
      throw error
    }
  }

  /** Also notes of each producer where its last batch ends. */
  private async mapKeys(
    log: Log,
    startOffset: number,
    endOffset: number,
    lastOffsets: Map<number, number>,
  ): Promise<OffsetMap> {
    const keysMax = OffsetMap.keysWithin(this.options.dedupeBufferBytes)
    const map = new OffsetMap(Math.min(keysMax, endOffset - startOffset))
    map.latestOffset = startOffset - 1
    const transactions = new CleanedTransactions()
    transactions.add(log.abortedBetween(startOffset, endOffset))
    const dirty = log.allSegments.filter(
      (segment, index, all) => segment.baseOffset < endOffset && (all[index + 1]?.baseOffset ?? Infinity) > startOffset,
    )
    for (const segment of dirty)
      for await (const { header, batch } of this.batchesFrom(log, segment, startOffset)) {
        if (isControlBatch(header)) transactions.onMarker(header, markerTypeOf(batch, header))
        const isVisible = !isControlBatch(header) && !transactions.onRecords(header)
        // One batch is mapped in any case, or nothing would ever go on.
        if (isVisible && map.latestOffset >= startOffset && map.size + header.recordCount > keysMax) return map
        if (isVisible) mapBatch(batch, header, startOffset, map)
        map.latestOffset = Math.max(map.latestOffset, lastOffsetOf(header))
        if (header.producerId >= 0 && !isControlBatch(header)) lastOffsets.set(header.producerId, lastOffsetOf(header))
      }
    map.latestOffset = endOffset - 1
    return map
  }

  /** From the one that holds `offset` on, with pauses. */
  private async *batchesFrom(log: Log, segment: Segment, offset: number): AsyncGenerator<BatchToMap> {
    let recordsSincePause = 0
    let position = segment.locate(offset)?.position ?? segment.sizeBytes
    while (position < segment.sizeBytes) {
      const { bytes, placed } = readSlice(segment, position)
      position += bytes.length
      for (const { header, position: start } of placed) {
        yield { header, batch: bytes.subarray(start, start + header.sizeBytes) }
        recordsSincePause += header.recordCount
        if (recordsSincePause < recordsPerPause) continue
        recordsSincePause = 0
        await this.pauseWhile(log, [segment])
      }
      await this.pauseWhile(log, [segment])
    }
  }

  /** Gives others their turn; ends the cleaning where it has become pointless. */
  private async pauseWhile(log: Log, segments: readonly Segment[]): Promise<void> {
    await (this.options.pause ?? setImmediate)()
    const isWanted = !this.stopped && log.isOpen && log.logConfig.compact
    if (!isWanted || segments.some(({ isRetired }) => isRetired)) throw cleaningEnded
  }
}

/** Thrown, and kept inside: no error, the log has changed or the broker stops. */
const cleaningEnded = new Error('the cleaning was ended')

function toClean<Log extends CleanableLog>(
  log: Log,
  cleanedOffset: number | undefined,
  nowMs: number,
): LogToClean<Log> {
  const { logConfig: config, logStartOffset, logEndOffset, allSegments } = log
  const isKnown = cleanedOffset !== undefined && cleanedOffset >= logStartOffset && cleanedOffset <= logEndOffset
  const firstDirtyOffset = isKnown ? cleanedOffset : logStartOffset
  const closed = allSegments.slice(0, -1)
  const dirty = closed.filter((_segment, index) => allSegments[index + 1]!.baseOffset > firstDirtyOffset)
  const tooYoung =
    config.minCompactionLagMs > 0
      ? dirty.find(({ newestTimeMs }) => newestTimeMs > nowMs - config.minCompactionLagMs)
      : undefined
  const limit = Math.min(log.lastStableOffset, allSegments.at(-1)!.baseOffset, tooYoung?.baseOffset ?? Infinity)
  // Whole segments only: a segment that reaches beyond the limit is left alone.
  const cleanable = dirty.filter((_segment, index) => nextBaseOf(dirty, index, allSegments) <= limit)
  const firstUncleanableOffset =
    cleanable.length === 0 ? firstDirtyOffset : nextBaseOf(dirty, cleanable.length - 1, allSegments)
  const cleanableBytes = sum(cleanable)
  const cleanBytes = sum(closed) - sum(dirty)
  const oldestDirtyMs = Math.min(...dirty.map(({ firstTimestamp }) => firstTimestamp ?? -1).filter((time) => time > 0))
  return {
    log,
    firstDirtyOffset,
    firstUncleanableOffset,
    cleanableBytes,
    cleanableRatio: cleanableBytes / Math.max(cleanBytes + cleanableBytes, 1),
    isOverdue: oldestDirtyMs < nowMs - config.maxCompactionLagMs,
  }
}

function nextBaseOf(dirty: readonly Segment[], index: number, all: readonly Segment[]): number {
  return (dirty[index + 1] ?? all.at(-1)!).baseOffset
}

function sum(segments: readonly Segment[]): number {
  return segments.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
}

/** Neighbours that fit together into one segment: what was cleaned before becomes fewer files. */
function groupBySize(segments: readonly Segment[], config: LogConfig): Segment[][] {
  const groups: Segment[][] = []
  let sizeBytes = 0
  let timeEntries = 0
  for (const [index, segment] of segments.entries()) {
    const group = groups.at(-1)
    const lastOffset = (segments[index + 1]?.baseOffset ?? segment.readNextOffset()) - 1
    const fits =
      group !== undefined &&
      sizeBytes + segment.sizeBytes <= config.segmentBytes &&
      (timeEntries + segment.timeIndex.entryCount) * 12 <= config.segmentIndexBytes &&
      group[0]!.canHold(lastOffset)
    if (fits) group.push(segment)
    else {
      groups.push([segment])
      sizeBytes = 0
      timeEntries = 0
    }
    sizeBytes += segment.sizeBytes
    timeEntries += segment.timeIndex.entryCount
  }
  return groups
}
