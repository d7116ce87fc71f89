// Opens the segments of a partition. After a clean stop they are taken as they are; else everything behind the recovery
// point is read and checked, the log is cut before the first batch that is torn or wrong, and the indexes are made again.
// An acknowledged batch was written whole before it was acknowledged, so a killed process loses none of them.
import { existsSync, readdirSync } from 'node:fs'
import { currentMagic, isControlBatch, lastOffsetOf } from '../protocol/record-batch.ts'
import { hasValidChecksum } from './batch-validation.ts'
import { readProducerSnapshot, removeSnapshotsAfter } from './producer-snapshot.ts'
import { producerBatchOf, type ProducerState } from './producer-state.ts'
import { Segment, type LogResources, type PlacedHeader } from './segment.ts'
import type { TransactionIndex } from './transaction-index.ts'
import { markerIn } from './transaction-marker.ts'
import type { LogConfig } from './log-config.ts'

export interface RecoveryOptions {
  readonly directory: string
  readonly config: LogConfig
  readonly resources: LogResources
  readonly nowMs: number
  readonly clean: boolean
  readonly recoveryPoint: number
  readonly logStartOffset: number
}

export interface RecoveredSegments {
  /** At least one. */
  readonly segments: Segment[]
  readonly endOffset: number
  /** Of the newest producer snapshot; -1 where one is owed. */
  readonly snapshotOffset: number
}

/** Of a log whose folder was made just now: there is nothing to look for. */
export function firstSegment({ directory, config, resources, logStartOffset }: RecoveryOptions): RecoveredSegments {
  const segment = new Segment(directory, logStartOffset, config.indexIntervalBytes, resources)
  return { segments: [segment], endOffset: logStartOffset, snapshotOffset: logStartOffset }
}

export function recoverSegments(
  options: RecoveryOptions,
  producers: ProducerState,
  aborted: TransactionIndex,
): RecoveredSegments {
  const segments = openSegments(options)
  const endOffset = options.clean ? endOfClean(segments) : recoverFrom(segments, options.recoveryPoint)
  const snapshotOffset = restoreProducers(options, segments, endOffset, { producers, aborted })
  return { segments, endOffset, snapshotOffset }
}

function openSegments(options: RecoveryOptions): Segment[] {
  const { directory, config, resources } = options
  const baseOffsets = readdirSync(directory)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
  if (baseOffsets.length === 0) baseOffsets.push(options.logStartOffset)
  return baseOffsets.map((baseOffset) => new Segment(directory, baseOffset, config.indexIntervalBytes, resources))
}

/** An index that somebody removed is made again; nothing else is doubted. */
function endOfClean(segments: readonly Segment[]): number {
  for (const segment of segments)
    if (segment.sizeBytes > 0 && !existsSync(segment.timeIndex.path)) checkSegment(segment, 0)
  return segments.at(-1)!.readNextOffset()
}

function hasDamagedIndex(segment: Segment): boolean {
  return !existsSync(segment.timeIndex.path) || segment.offsetIndex.isDamaged || segment.timeIndex.isDamaged
}

function recoverFrom(segments: Segment[], recoveryPoint: number): number {
  let next = segments[0]!.baseOffset
  for (const [index, segment] of segments.entries()) {
    const following = segments[index + 1]
    if (following !== undefined && following.baseOffset <= recoveryPoint && !hasDamagedIndex(segment)) {
      next = following.baseOffset
      continue
    }
    const checked = checkSegment(segment, recoveryPoint)
    next = checked.nextOffset
    if (!checked.wasCut) continue
    for (const lost of segments.splice(index + 1)) lost.delete()
  }
  return next
}

/** Checks the batches behind `recoveryPoint`, cuts the file before the first bad one, completes the indexes. */
function checkSegment(segment: Segment, recoveryPoint: number): { nextOffset: number; wasCut: boolean } {
  const known =
    !hasDamagedIndex(segment) && recoveryPoint > segment.baseOffset ? segment.locate(recoveryPoint)?.position : 0
  let end = segment.rewindIndexes(known ?? segment.sizeBytes)
  // Where the batch that an index entry names is no good, the index says nothing about what precedes it either.
  const first = segment.headerAt(end)
  if (end > 0 && (first === undefined || !isGoodBatch(segment, first, segment.baseOffset)))
    end = segment.rewindIndexes(0)
  let nextOffset = segment.baseOffset
  for (const placed of segment.headers(end)) {
    if (!isGoodBatch(segment, placed, nextOffset)) break
    const lastOffset = lastOffsetOf(placed.header)
    segment.index(placed.header, placed.position, lastOffset)
    end = placed.position + placed.header.sizeBytes
    nextOffset = lastOffset + 1
  }
  const wasCut = end < segment.sizeBytes
  segment.file.truncate(end)
  segment.seal()
  return { nextOffset, wasCut }
}

function isGoodBatch(segment: Segment, placed: PlacedHeader, expectedOffset: number): boolean {
  const { header } = placed
  return (
    header.magic === currentMagic &&
    header.baseOffset >= expectedOffset &&
    header.lastOffsetDelta >= 0 &&
    segment.canHold(lastOffsetOf(header)) &&
    hasValidChecksum(segment.readBatch(placed), header)
  )
}

interface Restored {
  readonly producers: ProducerState
  readonly aborted: TransactionIndex
}

/** The newest snapshot, then the batches and markers behind it: they make the state, and the index of aborted ones. */
function restoreProducers(
  options: RecoveryOptions,
  segments: readonly Segment[],
  endOffset: number,
  restored: Restored,
): number {
  const { directory, nowMs } = options
  // A snapshot vouches for the index up to its offset: with a damaged index none is of use.
  const isDamaged = !options.clean && restored.aborted.isDamaged
  removeSnapshotsAfter(directory, isDamaged ? -1 : endOffset)
  const snapshot = readProducerSnapshot(directory, endOffset)
  restored.producers.restore(snapshot?.producers ?? [])
  const from = snapshot?.offset ?? segments[0]!.baseOffset
  if (options.clean && from === endOffset) return endOffset
  restored.aborted.truncateTo(snapshot?.offset ?? 0)
  if (from === endOffset) return endOffset
  for (const [index, segment] of segments.entries()) {
    const following = segments[index + 1]
    if (following !== undefined && following.baseOffset <= from) continue
    const start = segment.locate(from)?.position ?? segment.sizeBytes
    for (const placed of segment.headers(start))
      if (placed.header.producerId >= 0) takeBatch(restored, segment, placed, nowMs)
  }
  return -1
}

function takeBatch({ producers, aborted }: Restored, segment: Segment, placed: PlacedHeader, nowMs: number): void {
  const { header } = placed
  if (!isControlBatch(header)) return producers.appended(producerBatchOf(header, header.baseOffset), nowMs)
  const marker = markerIn(segment.readBatch(placed), header)
  if (marker === undefined) return
  const decided = producers.markerAppended(marker, header.baseOffset, header.maxTimestamp, nowMs)
  if (decided === undefined || decided.isCommit) return
  const { producerId, firstOffset, lastOffset } = decided
  const lastStableOffset = producers.firstUndecidedOffset ?? lastOffset + 1
  aborted.append({ producerId, firstOffset, lastOffset, lastStableOffset })
}
