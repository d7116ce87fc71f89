// Gigabytes of log without gigabytes of memory: three of them are written, recovered after a kill, read through, compacted
// and read again by a broker whose memory stays below a bound. Takes minutes and 4 GB of disk: only where ROUNDS is 50 or
// more. LARGE_LOG_BYTES makes it smaller.
import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hasValidChecksum } from '../../../engine/kafka/log/batch-validation.ts'
import { batchEndAt, readBatchHeader } from '../../../engine/kafka/protocol/record-batch.ts'
import { RawClient } from '../../engine/kafka/broker/raw-client.ts'
import { batchOf, recordsIn } from '../../engine/kafka/log/log-fixture.ts'
import { KillableBroker } from './killable-broker.ts'

const isLong = Number(process.env['ROUNDS'] ?? 5) >= 50 && process.platform === 'linux'
const logBytes = Number(process.env['LARGE_LOG_BYTES'] ?? 3e9)
const recordBytes = 1000
const recordsPerBatch = 900
const recordCount = Math.ceil(logBytes / recordBytes / recordsPerBatch) * recordsPerBatch
const keyCount = 100_000
const memoryBytesMax = 300e6
const topic = 'large'

const keyOf = (offset: number): string => `key ${(offset * 7919) % keyCount}`
const padding = 'x'.repeat(recordBytes - 40)
const valueOf = (offset: number): string => `${offset} ${padding}`

/** The most that the process has ever had in memory. */
function expectMemoryBelowMax(broker: KillableBroker, what: string): void {
  const peakBytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'))![1]) * 1024
  expect(peakBytes, what).toBeLessThan(memoryBytesMax)
}

async function write(client: RawClient): Promise<void> {
  for (let offset = 0; offset < recordCount; offset += recordsPerBatch) {
    const records = Array.from({ length: recordsPerBatch }, (_, i) => ({
      key: keyOf(offset + i),
      value: valueOf(offset + i),
      timestamp: Date.now(),
    }))
    expect(await client.produce(topic, batchOf(records))).toMatchObject({ errorCode: 0, baseOffset: BigInt(offset) })
  }
}

/** Gives each batch, whole and with its offset behind the one before. Returns where the log ends. */
async function readThrough(client: RawClient, take: (batch: Buffer) => void): Promise<number> {
  for (let offset = 0; ;) {
    const answer = await client.fetch(topic, offset, { maxBytes: 8 << 20 })
    expect(answer.errorCode).toBe(0)
    const bytes = Buffer.from(answer.records ?? [])
    if (bytes.length === 0) return offset
    for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) {
      const batch = bytes.subarray(at, next)
      const header = readBatchHeader(batch, 0)
      if (header.baseOffset < offset || !hasValidChecksum(batch, header))
        throw new Error(`the batch at ${header.baseOffset}, after ${offset}, is damaged`)
      offset = header.baseOffset + header.lastOffsetDelta + 1
      take(batch)
    }
  }
}

async function logSizeBytes(client: RawClient): Promise<number> {
  const { results } = await client.ask('DescribeLogDirs', 1, { topics: [{ topic, partitions: [0] }] })
  return Number(results[0]!.topics[0]!.partitions[0]!.partitionSize)
}

describe.skipIf(!isLong)('a large log', { timeout: 900_000 }, () => {
  test('is written, recovered, read and compacted in little memory', async () => {
    const broker = await KillableBroker.start({ configs: { 'log.cleaner.backoff.ms': '500' } })
    onTestFinished(() => broker.remove())
    let client = await RawClient.connect(broker)
    await client.createTopic(topic, 1, { 'segment.bytes': String(128 << 20), 'min.cleanable.dirty.ratio': '0.01' })
    await write(client)
    expectMemoryBelowMax(broker, 'writing')
    expect(await logSizeBytes(client)).toBeGreaterThan(logBytes * 0.9)

    await broker.kill()
    await broker.start()
    client = await RawClient.connect(broker)
    expectMemoryBelowMax(broker, 'recovering')
    let count = 0
    expect(await readThrough(client, (batch) => (count += readBatchHeader(batch, 0).recordCount))).toBe(recordCount)
    expect(count).toBe(recordCount)
    expectMemoryBelowMax(broker, 'reading')

    const policy = { name: 'cleanup.policy', configOperation: 0, value: 'compact' }
    const altered = await client.ask('IncrementalAlterConfigs', 1, {
      resources: [{ resourceType: 2, resourceName: topic, configs: [policy] }],
      validateOnly: false,
    })
    expect(altered.responses[0]!.errorCode).toBe(0)
    // What is left: each key once, and the last segment, which is not cleaned.
    const compactedBytesMax = keyCount * (recordBytes + 50) + (129 << 20)
    await expect.poll(() => logSizeBytes(client), { timeout: 600_000, interval: 500 }).toBeLessThan(compactedBytesMax)
    const last = new Map<string, number>()
    const end = await readThrough(client, (batch) => {
      for (const { key, value } of recordsIn(batch)) last.set(key!, Number.parseInt(value!, 10))
    })
    expect(end).toBe(recordCount)
    expect(last.size).toBe(keyCount)
    for (let offset = recordCount - keyCount; offset < recordCount; offset++)
      if (last.get(keyOf(offset)) !== offset)
        throw new Error(`${keyOf(offset)} is ${last.get(keyOf(offset))}, not ${offset}`)
    expectMemoryBelowMax(broker, 'compacting')
    await broker.stop()
  })
})
