// Logs in temporary folders and batches to put into them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { logConfigDefault, type LogConfig } from '../../../../engine/kafka/log/log-config.ts'
import type { LogDirectory } from '../../../../engine/kafka/log/log-directory.ts'
import type { PartitionLog } from '../../../../engine/kafka/log/partition-log.ts'
import { RecordBatchBuilder, type RecordBatchOptions } from '../../../../engine/kafka/protocol/record-batch-builder.ts'
import { batchEndAt, readBatchHeader } from '../../../../engine/kafka/protocol/record-batch.ts'
import { RecordIndex } from '../../../../engine/kafka/protocol/record-index.ts'

export const now = 1_700_000_000_000

export interface TestRecord {
  readonly key?: string | null
  readonly value?: string | null
  readonly timestamp?: number
}

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'flinkts-log-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const bytesOf = (text: string | null | undefined): Buffer | null => (text == null ? null : Buffer.from(text))

export function batchOf(records: readonly TestRecord[], options: RecordBatchOptions = {}): Buffer {
  const builder = new RecordBatchBuilder()
  for (const { key, value, timestamp } of records) builder.append(bytesOf(key), bytesOf(value), timestamp ?? now)
  return builder.build(options)
}

export function openLog(
  directory: LogDirectory,
  config: Partial<LogConfig> = {},
  topic = 'rides',
  partition = 0,
): PartitionLog {
  return directory.openLog(topic, partition, { ...logConfigDefault, ...config }, now)
}

export interface ReadRecord {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
}

export function recordsIn(bytes: Buffer, fromOffset = 0): ReadRecord[] {
  const index = new RecordIndex({ keys: true, timestamps: true })
  const records: ReadRecord[] = []
  const text = (start: number, length: number): string | null =>
    length < 0 ? null : Buffer.from(index.bytes.subarray(start, start + length)).toString()
  for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) {
    index.read(bytes, at, fromOffset)
    for (let i = 0; i < index.count; i++)
      records.push({
        offset: index.offsetOf(i),
        key: text(index.keyStart[i]!, index.keyLength[i]!),
        value: text(index.valueStart[i]!, index.valueLength[i]!),
        timestamp: index.timestampOf(i),
      })
  }
  return records
}

export async function readAll(log: PartitionLog, bytesMax = 1 << 20): Promise<ReadRecord[]> {
  const records: ReadRecord[] = []
  let offset = log.logStartOffset
  while (offset < log.logEndOffset) {
    const bytes = await log.read(offset, bytesMax, true)
    records.push(...recordsIn(bytes, offset))
    let last = 0
    for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) last = at
    const header = readBatchHeader(bytes, last)
    offset = header.baseOffset + header.lastOffsetDelta + 1
  }
  return records
}

/**
 * As a killed process leaves it: nothing is written any more, the lock names a process that is gone, and the system has
 * closed its files.
 */
export function abandonWithoutClosing(directory: LogDirectory): void {
  for (const file of directory['resources'].openFiles['held']) file.release()
  rmSync(join(directory.path, '.lock'), { force: true })
}
