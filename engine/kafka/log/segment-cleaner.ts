// Cleans a group of neighbouring segments into one new segment, a slice at a time.
import { compressionTypes, loadCompressor, type Compressor } from '../protocol/compression.ts'
import { batchHeaderBytes, batchSizeAt, compressionOf, readBatchHeader } from '../protocol/record-batch.ts'
import { cleanBatch, type CleaningRules } from './clean-batch.ts'
import { storageError } from './log-file.ts'
import type { PlacedHeader, Segment } from './segment.ts'

/** So much is read, and at most so many records and one batch are cleaned, between two pauses: about a millisecond. */
const sliceBytes = 64 * 1024
export const recordsPerPause = 1000

/** Whole batches of a segment from `position` on, about a slice of them. Empty at the end. */
export function readSlice(segment: Segment, position: number): { bytes: Buffer; placed: PlacedHeader[] } {
  let bytes = readAt(segment, position, Math.min(sliceBytes, segment.sizeBytes - position))
  if (bytes.length >= batchHeaderBytes && batchSizeAt(bytes, 0) > bytes.length)
    bytes = readAt(segment, position, batchSizeAt(bytes, 0))
  const placed: PlacedHeader[] = []
  let end = 0
  while (end + batchHeaderBytes <= bytes.length) {
    const header = readBatchHeader(bytes, end)
    if (header.sizeBytes < batchHeaderBytes || end + header.sizeBytes > bytes.length) break
    placed.push({ header, position: end })
    end += header.sizeBytes
  }
  if (end === 0 && position < segment.sizeBytes)
    throw storageError(`no batch begins at position ${position} of ${segment.file.path}`, undefined)
  return { bytes: bytes.subarray(0, end), placed }
}

function readAt(segment: Segment, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  return bytes.subarray(0, segment.file.readNow(bytes, length, position))
}

export class SegmentCleaner {
  private readonly compressors = new Map<number, Compressor | undefined>()
  private readonly pause: () => Promise<void>

  /** `pause` is awaited between slices; it throws to end the cleaning. */
  constructor(pause: () => Promise<void>) {
    this.pause = pause
  }

  /** Appends to `target` what stays of `segment`. */
  async clean(segment: Segment, target: Segment, rules: CleaningRules): Promise<void> {
    for (let position = 0; position < segment.sizeBytes;) {
      const { bytes, placed } = readSlice(segment, position)
      position += bytes.length
      this.append(target, await this.cleaned(bytes, placed, rules))
      await this.pause()
    }
  }

  private async cleaned(bytes: Buffer, placed: readonly PlacedHeader[], rules: CleaningRules): Promise<Buffer[]> {
    const kept: Buffer[] = []
    let recordsSincePause = 0
    for (const { header, position } of placed) {
      await this.load(compressionOf(header))
      const batch = bytes.subarray(position, position + header.sizeBytes)
      const cleaned = cleanBatch(batch, header, rules, this.compressors.get(compressionOf(header)))
      if (cleaned !== undefined) kept.push(cleaned)
      recordsSincePause += header.recordCount
      if (recordsSincePause < recordsPerPause) continue
      recordsSincePause = 0
      await this.pause()
    }
    return kept
  }

  private append(target: Segment, batches: readonly Buffer[]): void {
    if (batches.length === 0) return
    let position = 0
    const placed = batches.map((batch) => {
      const entry = { header: readBatchHeader(batch, 0), position }
      position += batch.length
      return entry
    })
    target.appendChunk(Buffer.concat(batches), placed)
  }

  private async load(compression: number): Promise<void> {
    if (compression === 0 || this.compressors.has(compression)) return
    this.compressors.set(compression, await loadCompressor(compressionTypes[compression]!))
  }
}
