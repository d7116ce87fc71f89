// Group records in the partition log of `__consumer_offsets`. Until compaction does it, the log is begun anew when most of
// it is out of date: everything that is alive is appended once more and what lies before is deleted.
import { FlinktsError } from '../../common/errors.ts'
import type { Clock } from '../../time/clock.ts'
import { batchEndAt } from '../protocol/record-batch.ts'
import { RecordBatchBuilder } from '../protocol/record-batch-builder.ts'
import { RecordIndex } from '../protocol/record-index.ts'
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord } from './groups/group-records.ts'
import { groupOffsetsTopic, type Topics } from './topics.ts'
import type { Partition } from './partition.ts'

const readBytes = 1024 * 1024
const rewriteBytesMinDefault = 8 * 1024 * 1024
const batchBytes = 256 * 1024

export class GroupLog {
  private readonly topics: Topics
  private readonly clock: Clock
  private readonly alive: () => Iterable<GroupRecord>
  private readonly builder = new RecordBatchBuilder()
  private readonly rewriteBytesMin: number
  private rewriteAtBytes: number

  /** `alive` gives what a new beginning of the log must hold. */
  constructor(
    topics: Topics,
    clock: Clock,
    alive: () => Iterable<GroupRecord>,
    rewriteBytesMin = rewriteBytesMinDefault,
  ) {
    this.topics = topics
    this.clock = clock
    this.alive = alive
    this.rewriteBytesMin = this.rewriteAtBytes = rewriteBytesMin
  }

  async load(take: (record: GroupRecord) => void): Promise<void> {
    const log = this.topics.get(groupOffsetsTopic)?.partitions[0]?.log
    if (log === undefined) return
    const records = new RecordIndex({ keys: true })
    for (let offset = log.logStartOffset; offset < log.logEndOffset;) {
      const bytes = await log.read(offset, readBytes, true)
      for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) {
        records.read(bytes, at, offset)
        for (let i = 0; i < records.count; i++) {
          const record = decodeGroupRecord(keyAndValueOf(records, i))
          if (record !== undefined) take(record)
          offset = records.offsetOf(i) + 1
        }
      }
    }
    this.rewriteIfDue()
  }

  append(records: readonly GroupRecord[]): void {
    // Before: `alive` knows nothing of these records until they are stored.
    this.rewriteIfDue()
    this.write(records)
  }

  private write(records: Iterable<GroupRecord>): void {
    const now = this.clock.now()
    for (const record of records) {
      const { key, value } = encodeGroupRecord(record, now)
      this.builder.append(key, value, now)
      if (this.builder.sizeBytes >= batchBytes) this.appendBatch()
    }
    if (this.builder.count > 0) this.appendBatch()
  }

  private appendBatch(): void {
    const partition = this.partition()
    const appended = partition.log.append(this.builder.build(), this.clock.now())
    if (appended.error !== 'NONE')
      throw new FlinktsError('KAFKA_STORAGE', `cannot write to ${groupOffsetsTopic}: ${appended.message}`)
    partition.changed()
  }

  private rewriteIfDue(): void {
    const log = this.topics.get(groupOffsetsTopic)?.partitions[0]?.log
    if (log === undefined || log.sizeBytes < this.rewriteAtBytes) return
    const start = log.logEndOffset
    log.rollSegment()
    this.write(this.alive())
    log.deleteRecordsBefore(start, this.clock.now())
    this.rewriteAtBytes = Math.max(this.rewriteBytesMin, 4 * log.sizeBytes)
  }

  private partition(): Partition {
    const topic =
      this.topics.get(groupOffsetsTopic) ??
      this.topics.create({
        name: groupOffsetsTopic,
        partitionCount: 1,
        configs: { 'cleanup.policy': 'compact', 'segment.bytes': '104857600', 'max.message.bytes': '67108864' },
      })
    return topic.partitions[0]!
  }
}

function keyAndValueOf(records: RecordIndex, i: number): { key: Uint8Array; value: Uint8Array | null } {
  const slice = (start: number, length: number): Uint8Array => records.bytes.subarray(start, start + length)
  return {
    key: slice(records.keyStart[i]!, Math.max(records.keyLength[i]!, 0)),
    value: records.valueLength[i]! < 0 ? null : slice(records.valueStart[i]!, records.valueLength[i]!),
  }
}
