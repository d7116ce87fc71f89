// What a coordinator must remember, as records with keys in the one partition of an internal topic. Until compaction does
// it, the log is begun anew when most of it is out of date: everything that is alive is appended once more and what lies
// before is deleted.
import { FlinktsError } from '../../common/errors.ts'
import type { Clock } from '../../time/clock.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { batchEndAt, isControlBatch, lastOffsetAt, readBatchHeader } from '../protocol/record-batch.ts'
import { RecordBatchBuilder } from '../protocol/record-batch-builder.ts'
import { RecordIndex } from '../protocol/record-index.ts'
import type { Topics } from './topics.ts'
import type { Partition } from './partition.ts'

const readBytes = 1024 * 1024
const rewriteBytesMinDefault = 8 * 1024 * 1024
const batchBytes = 256 * 1024

export interface KeyAndValue {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

export interface StateLogOptions<StateRecord> {
  readonly topic: string
  readonly topics: Topics
  readonly clock: Clock
  readonly encode: (record: StateRecord, nowMs: number) => KeyAndValue
  /** Undefined for what we do not write. */
  readonly decode: (record: KeyAndValue) => StateRecord | undefined
  /** What a new beginning of the log must hold. */
  readonly alive: () => Iterable<StateRecord>
  /** The log is not begun anew below this size. Default 8 MiB. */
  readonly rewriteBytesMin?: number | undefined
}

export class StateLog<StateRecord> {
  private readonly options: StateLogOptions<StateRecord>
  private readonly builder = new RecordBatchBuilder()
  private readonly rewriteBytesMin: number
  private rewriteAtBytes: number

  constructor(options: StateLogOptions<StateRecord>) {
    this.options = options
    this.rewriteBytesMin = this.rewriteAtBytes = options.rewriteBytesMin ?? rewriteBytesMinDefault
  }

  /** Gives everything that is there to `take`, in order. */
  async load(take: (record: StateRecord) => void): Promise<void> {
    const log = this.log
    if (log === undefined) return
    const records = new RecordIndex({ keys: true })
    for (let offset = log.logStartOffset; offset < log.logEndOffset;) {
      const bytes = await log.read(offset, readBytes, true)
      for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) {
        // Only an administrator's WriteTxnMarkers puts markers here: what they ended was written down as a record.
        if (!isControlBatch(readBatchHeader(bytes, at))) {
          records.read(bytes, at, offset)
          for (let i = 0; i < records.count; i++) {
            const record = this.options.decode(keyAndValueOf(records, i))
            if (record !== undefined) take(record)
          }
        }
        offset = lastOffsetAt(bytes, at) + 1
      }
    }
    this.rewriteIfDue()
  }

  append(records: readonly StateRecord[]): void {
    // Before: `alive` knows nothing of these records until they are stored.
    this.rewriteIfDue()
    this.write(records)
  }

  private write(records: Iterable<StateRecord>): void {
    const now = this.options.clock.now()
    for (const record of records) {
      const { key, value } = this.options.encode(record, now)
      this.builder.append(key, value, now)
      if (this.builder.sizeBytes >= batchBytes) this.appendBatch()
    }
    if (this.builder.count > 0) this.appendBatch()
  }

  private appendBatch(): void {
    const partition = this.partition()
    const appended = partition.log.append(this.builder.build(), this.options.clock.now())
    if (appended.error !== 'NONE')
      throw new FlinktsError('KAFKA_STORAGE', `cannot write to ${this.options.topic}: ${appended.message}`)
    partition.changed()
  }

  private rewriteIfDue(): void {
    const log = this.log
    if (log === undefined || log.sizeBytes < this.rewriteAtBytes) return
    const start = log.logEndOffset
    log.rollSegment()
    this.write(this.options.alive())
    log.deleteRecordsBefore(start, this.options.clock.now())
    this.rewriteAtBytes = Math.max(this.rewriteBytesMin, 4 * log.sizeBytes)
  }

  private get log(): PartitionLog | undefined {
    return this.options.topics.get(this.options.topic)?.partitions[0]?.log
  }

  private partition(): Partition {
    const { topics, topic: name } = this.options
    const topic =
      topics.get(name) ??
      topics.create({
        name,
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
