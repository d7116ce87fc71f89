import fc from 'fast-check'
import { cpSync, readdirSync, rmSync, writeSync } from 'node:fs'
import type * as NodeFs from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogConfig } from '../../../../engine/kafka/log/log-config.ts'
import { LogDirectory } from '../../../../engine/kafka/log/log-directory.ts'
import type { PartitionLog } from '../../../../engine/kafka/log/partition-log.ts'
import { compressionTypes, loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import type { RecordBatchOptions } from '../../../../engine/kafka/protocol/record-batch-builder.ts'
import {
  deleteHorizonOf,
  readBatchHeader,
  type RecordBatchHeader,
} from '../../../../engine/kafka/protocol/record-batch.ts'
import {
  abandonWithoutClosing,
  batchOf,
  now,
  openLog,
  readAll,
  recordsIn,
  temporaryDirectory,
  type ReadRecord,
  type TestRecord,
} from './log-fixture.ts'

/** Steps of the file system from the first one that fails on: what a process does after it was killed. */
const disk = vi.hoisted(() => ({ stepsLeft: Infinity }))
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof NodeFs>()
  const step = <Arguments extends unknown[]>(act: (...given: Arguments) => void) => {
    return (...given: Arguments): void => {
      if (disk.stepsLeft-- <= 0) throw Object.assign(new Error('killed'), { code: 'EIO', syscall: 'rename' })
      act(...given)
    }
  }
  return { ...fs, renameSync: step(fs.renameSync), rmSync: step(fs.rmSync) }
})
beforeEach(() => {
  disk.stepsLeft = Infinity
})

const day = 24 * 60 * 60 * 1000
const compacted: Partial<LogConfig> = {
  compact: true,
  delete: false,
  minCleanableDirtyRatio: 0,
  segmentBytes: 500,
  indexIntervalBytes: 100,
  fileDeleteDelayMs: 0,
  segmentMs: Infinity,
}

function append(log: PartitionLog, records: readonly TestRecord[], options?: RecordBatchOptions): number {
  const outcome = log.append(batchOf(records, options), now)
  if (outcome.error !== 'NONE') throw new Error(`${outcome.error}: ${outcome.message}`)
  return outcome.baseOffset
}

async function headersOf(log: PartitionLog): Promise<RecordBatchHeader[]> {
  const headers: RecordBatchHeader[] = []
  for (let offset = log.logStartOffset; offset < log.logEndOffset;) {
    const header = readBatchHeader(await log.read(offset, 1, true), 0)
    headers.push(header)
    offset = header.baseOffset + header.lastOffsetDelta + 1
  }
  return headers
}

const texts = (records: readonly ReadRecord[]): string[] =>
  records.map(({ offset, key, value }) => `${offset}:${key}=${value}`)

describe('compaction', () => {
  test('keeps the last record of each key where it was, in any codec; never touches the active segment', async () => {
    for (const compression of compressionTypes) {
      const directory = LogDirectory.open(temporaryDirectory())
      const log = openLog(directory, { ...compacted, segmentBytes: 1_000_000 })
      const options = { compression, compressor: await loadCompressor(compression) }
      append(
        log,
        [
          { key: 'a', value: '0' },
          { key: 'b', value: '1' },
          { key: 'a', value: '2' },
        ],
        options,
      )
      append(
        log,
        [
          { key: 'c', value: '3' },
          { key: 'b', value: '4' },
        ],
        options,
      )
      expect(await directory.cleanDue(now)).toBe(0)
      log.rollSegment()
      append(log, [{ key: 'a', value: '5' }], options)
      expect(await directory.cleanDue(now)).toBe(1)
      expect(texts(await readAll(log))).toEqual(['2:a=2', '3:c=3', '4:b=4', '5:a=5'])
      expect(new Set((await headersOf(log)).map(({ attributes }) => attributes & 7))).toEqual(
        new Set([compressionTypes.indexOf(compression)]),
      )
      log.rollSegment()
      await directory.cleanDue(now)
      expect(texts(await readAll(log))).toEqual(['3:c=3', '4:b=4', '5:a=5'])
      expect(await directory.cleanDue(now)).toBe(0)
      await directory.close(now)
    }
  })

  test('small segments become one; keys that do not fit into memory take more rounds', async () => {
    const directory = LogDirectory.open(temporaryDirectory(), { dedupeBufferBytes: 24 * 20 })
    const log = openLog(directory, { ...compacted, segmentBytes: 4000 })
    for (let i = 0; i < 400; i++) {
      append(log, [{ key: `k${i % 100}`, value: `${i}` }])
      if (i % 10 === 9) log.rollSegment()
    }
    expect(log.segmentCount).toBe(41)
    expect(await directory.cleanDue(now)).toBeGreaterThan(10)
    expect((await readAll(log)).map(({ value }) => Number(value))).toEqual(
      Array.from({ length: 100 }, (_, i) => 300 + i),
    )
    expect(log.segmentCount).toBeLessThan(12)
    await directory.close(now)
  })

  test('a tombstone stays for delete.retention.ms after the pass that met it first', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { ...compacted, deleteRetentionMs: 1000 })
    append(log, [
      { key: 'a', value: '0', timestamp: now - day },
      { key: 'b', value: '1' },
    ])
    append(log, [
      { key: 'a', value: null, timestamp: now - 5 },
      { key: 'c', value: '3', timestamp: now + 7 },
    ])
    const cleanAt = async (time: number): Promise<ReadRecord[]> => {
      append(log, [{ key: 'x', value: 'more' }])
      log.rollSegment()
      await directory.cleanDue(time)
      return (await readAll(log)).filter(({ key }) => key !== 'x')
    }
    const kept = [
      { offset: 1, key: 'b', value: '1', timestamp: now },
      { offset: 2, key: 'a', value: null, timestamp: now - 5 },
      { offset: 3, key: 'c', value: '3', timestamp: now + 7 },
    ]
    expect(await cleanAt(now)).toEqual(kept)
    expect((await headersOf(log)).map(deleteHorizonOf).filter((time) => time !== undefined)).toEqual([now + 1000])
    expect(await cleanAt(now + 999)).toEqual(kept)
    expect(await cleanAt(now + 1000)).toEqual([kept[0], kept[2]])
    expect(log.findTimestamp(now + 7)).toEqual({ offset: 3, timestamp: now + 7 })
    await directory.close(now)
  })

  test('min.compaction.lag.ms, max.compaction.lag.ms and min.cleanable.dirty.ratio say when', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const fill = (log: PartitionLog): void => {
      for (const value of ['0', '1', '2']) append(log, [{ key: 'a', value }])
      log.rollSegment()
    }
    const lagging = openLog(directory, { ...compacted, minCompactionLagMs: 1000 }, 'lagging')
    fill(lagging)
    expect(await directory.cleanDue(now + 999)).toBe(0)
    expect(await directory.cleanDue(now + 1000)).toBe(1)
    const rated = openLog(directory, { ...compacted, minCleanableDirtyRatio: 0.6 }, 'rated')
    fill(rated)
    expect(await directory.cleanDue(now)).toBe(1)
    append(rated, [{ key: 'b', value: '3' }])
    rated.rollSegment()
    expect(await directory.cleanDue(now)).toBe(0)
    rated.reconfigure({ ...rated.logConfig, maxCompactionLagMs: 500 })
    expect(await directory.cleanDue(now + 500)).toBe(0)
    expect(await directory.cleanDue(now + 501)).toBe(1)
    // The active segment is never cleaned, so it must not live longer than that either.
    append(rated, [{ key: 'c', value: '4', timestamp: now }])
    append(rated, [{ key: 'c', value: '5', timestamp: now + 501 }])
    expect(rated.segmentCount).toBe(3)
    await directory.close(now)
  })

  test('records without a key, from before the topic was compacted, go; the policy changes at run time', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { ...compacted, compact: false, delete: true })
    append(log, [{ value: 'keyless' }, { key: 'a', value: '1' }])
    append(log, [{ key: 'a', value: '2' }])
    log.rollSegment()
    expect(await directory.cleanDue(now)).toBe(0)
    log.reconfigure({ ...log.logConfig, compact: true })
    expect(await directory.cleanDue(now)).toBe(1)
    expect(texts(await readAll(log))).toEqual(['2:a=2'])
    await directory.close(now)
  })

  test('what a producer wrote last stays, if need be as an empty batch, so that its sequence goes on', async () => {
    const path = temporaryDirectory()
    let directory = LogDirectory.open(path)
    let log = openLog(directory, compacted)
    const producer = { producerId: 7n, producerEpoch: 0 }
    append(log, [{ key: 'a', value: '0' }], { ...producer, baseSequence: 0 })
    append(
      log,
      [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
      { ...producer, baseSequence: 1 },
    )
    append(log, [{ key: 'a', value: '3' }])
    log.rollSegment()
    await directory.cleanDue(now)
    expect((await headersOf(log)).map(({ baseOffset, recordCount }) => [baseOffset, recordCount])).toEqual([
      [1, 0],
      [3, 1],
    ])
    abandonWithoutClosing(directory)
    for (const name of readdirSync(join(path, 'rides-0')))
      if (name.endsWith('.snapshot')) rmSync(join(path, 'rides-0', name))
    directory = LogDirectory.open(path)
    log = openLog(directory, compacted)
    expect(log.append(batchOf([{ key: 'a', value: '9' }], { ...producer, baseSequence: 5 }), now).error).toBe(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    )
    expect(append(log, [{ key: 'a', value: '4' }], { ...producer, baseSequence: 3 })).toBe(4)
    await directory.close(now)
  })

  test('records of aborted transactions go, markers go when nothing needs them, readers are told what is left', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { ...compacted, segmentBytes: 5000, deleteRetentionMs: 1000 })
    const producer = { producerId: 7n, producerEpoch: 0, transactional: true }
    const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0 }
    append(log, [{ key: 'a', value: 'committed' }], { ...producer, baseSequence: 0 })
    log.appendMarker({ ...marker, isCommit: true }, now)
    append(log, [{ key: 'a', value: 'aborted' }], { ...producer, baseSequence: 1 })
    log.appendMarker({ ...marker, isCommit: false }, now)
    append(log, [{ key: 'b', value: 'committed' }], { ...producer, baseSequence: 2 })
    log.appendMarker({ ...marker, isCommit: true }, now)
    append(log, [{ key: 'c', value: 'open' }], { ...producer, producerId: 8n, baseSequence: 0 })
    log.rollSegment()
    append(log, [{ key: 'a', value: 'too late' }])
    const offsets = async (): Promise<number[]> => (await headersOf(log)).map(({ baseOffset }) => baseOffset)
    // Not beyond the last stable offset: the segment with the open transaction is left alone.
    expect(await directory.cleanDue(now)).toBe(0)
    log.appendMarker({ ...marker, producerId: 8, isCommit: true }, now)
    log.rollSegment()
    expect(await directory.cleanDue(now)).toBe(1)
    // The aborted batch is gone; its marker and its entry are kept for those who are reading right now.
    expect(await offsets()).toEqual([1, 3, 4, 5, 6, 7, 8])
    expect(log.abortedBetween(0, 100)).toMatchObject([{ producerId: 7, firstOffset: 2, lastOffset: 3 }])
    append(log, [{ key: 'x', value: '1' }])
    log.rollSegment()
    await directory.cleanDue(now + 1)
    expect(log.abortedBetween(0, 100)).toEqual([])
    append(log, [{ key: 'x', value: '2' }])
    log.rollSegment()
    await directory.cleanDue(now + 1001)
    expect(await offsets()).toEqual([4, 5, 6, 7, 8, 10])
    await directory.close(now)
  })

  test('compact and delete together: old segments go, emptied ones too, the rest is compacted', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { ...compacted, delete: true, retentionMs: 1000, segmentBytes: 150 })
    for (let i = 0; i < 10; i++) append(log, [{ key: 'a', value: `${i}`, timestamp: now + i * 100 }])
    log.rollSegment()
    await directory.cleanDue(now)
    expect(texts(await readAll(log))).toEqual(['9:a=9'])
    append(log, [{ key: 'b', value: '10', timestamp: now + 3000 }])
    await directory.applyRetention(now + 1900, 1e12)
    expect(texts(await readAll(log))).toEqual(['9:a=9', '10:b=10'])
    await directory.applyRetention(now + 1901, 1e12)
    expect(texts(await readAll(log))).toEqual(['10:b=10'])
    await directory.close(now)
  })

  test('a disk that is full ends the round and damages nothing; the next one cleans', async () => {
    let bytesLeft = Infinity
    const errors: unknown[] = []
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path, {
      onCleanerError: (_name, error) => errors.push(error),
      writeFile: (descriptor, bytes, offset, length, position) => {
        const count = Math.min(length, bytesLeft)
        if (count <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC', syscall: 'write' })
        bytesLeft -= count
        return writeSync(descriptor, bytes, offset, count, position)
      },
    })
    const log = openLog(directory, compacted)
    for (let i = 0; i < 40; i++) append(log, [{ key: `k${i % 30}`, value: `${i}` }])
    log.rollSegment()
    const before = await readAll(log)
    for (const room of [0, 100, 1000]) {
      bytesLeft = room
      expect(await directory.cleanDue(now)).toBe(0)
      expect(errors.pop()).toMatchObject({ code: 'KAFKA_STORAGE' })
      expect((await readAll(log)).slice(-30)).toEqual(before.slice(-30))
      expect(readdirSync(join(path, 'rides-0')).filter((name) => name.includes('.cleaned'))).toEqual([])
    }
    bytesLeft = Infinity
    expect(await directory.cleanDue(now)).toBe(1)
    expect(await readAll(log)).toEqual(before.slice(-30))
    await directory.close(now)
  })

  test('a topic made anew counts as never cleaned, also after a crash', async () => {
    const path = temporaryDirectory()
    let directory = LogDirectory.open(path)
    const fill = (log: PartitionLog): void => {
      for (const value of ['0', '1', '2']) append(log, [{ key: 'a', value }])
      log.rollSegment()
    }
    fill(openLog(directory, compacted))
    expect(await directory.cleanDue(now)).toBe(1)
    directory.deleteLog('rides', 0)
    fill(openLog(directory, compacted))
    abandonWithoutClosing(directory)
    directory = LogDirectory.open(path)
    const log = openLog(directory, compacted)
    expect(await directory.cleanDue(now)).toBe(1)
    expect(texts(await readAll(log))).toEqual(['2:a=2'])
    await directory.close(now)
  })

  test('a log that is deleted, or a broker that stops, ends the cleaning; nothing of it is left', async () => {
    for (const end of ['delete', 'stop'] as const) {
      const path = temporaryDirectory()
      const directory = LogDirectory.open(path)
      const log = openLog(directory, { ...compacted, segmentBytes: 1_000_000 })
      for (let i = 0; i < 300; i++) append(log, [{ key: `k${i}`, value: 'x'.repeat(1000) }])
      log.rollSegment()
      const cleaning = directory.cleanDue(now)
      await new Promise(setImmediate)
      if (end === 'delete') directory.deleteLog('rides', 0)
      else directory.stopCleaning()
      expect(await cleaning).toBe(0)
      if (end === 'stop') expect((await readAll(log)).length).toBe(300)
      expect(readdirSync(path, { recursive: true }).filter((name) => String(name).includes('.cleaned'))).toEqual([])
      await directory.close(now)
    }
  })

  test('reads and appends go on while segments are replaced', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { ...compacted, segmentBytes: 100_000 })
    for (let i = 0; i < 600; i++) append(log, [{ key: `k${i % 7}`, value: 'x'.repeat(1000) }])
    let isCleaning = true
    const cleaning = directory.cleanDue(now).finally(() => (isCleaning = false))
    let reads = 0
    while (isCleaning) {
      const bytes = await log.read(reads % 600, 200_000, true)
      expect(recordsIn(bytes, reads % 600).length).toBeGreaterThan(0)
      append(log, [{ key: `k${reads % 7}`, value: 'y' }])
      reads += 13
      await new Promise(setImmediate)
    }
    await cleaning
    expect(reads).toBeGreaterThan(26)
    expect((await readAll(log)).filter(({ offset }) => offset < 500).length).toBeLessThan(8)
    await directory.close(now)
  })
})

describe('compaction against a plain model', () => {
  const record = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    value: fc.option(fc.string({ maxLength: 12 }), { freq: 4 }),
    timestamp: fc.integer({ min: now - 3 * day, max: now + 1000 }),
  })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ append: fc.array(record, { minLength: 1, maxLength: 5 }), codec: fc.nat(4) }) },
    { weight: 2, arbitrary: fc.record({ cleanAfterMs: fc.nat(2000), rolls: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ reopen: fc.constantFrom('clean', 'killed') }) },
  )

  test('the last value of each key is there, nothing else of what was cleaned, every offset reads on', async () => {
    const compressors = await Promise.all(compressionTypes.map((type) => loadCompressor(type)))
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 300, max: 1500 }),
        fc.constantFrom(24 * 4, 24 * 1000),
        async (steps, segmentBytes, dedupeBufferBytes) => {
          const path = temporaryDirectory()
          const config = { ...compacted, segmentBytes, deleteRetentionMs: 1000 }
          let directory = LogDirectory.open(path, { dedupeBufferBytes })
          let log = openLog(directory, config)
          const model: ReadRecord[] = []
          let time = now
          for (const step of steps) {
            if ('append' in step) {
              const compression = compressionTypes[step.codec]!
              append(log, step.append, { compression, compressor: compressors[step.codec] })
              for (const { key, value, timestamp } of step.append)
                model.push({ offset: model.length, key, value, timestamp })
            } else if ('reopen' in step) {
              if (step.reopen === 'clean') await directory.close(now)
              else abandonWithoutClosing(directory)
              directory = LogDirectory.open(path, { dedupeBufferBytes })
              log = openLog(directory, config)
            } else {
              time += step.cleanAfterMs
              if (step.rolls) log.rollSegment()
              await directory.cleanDue(time)
              const cleanedEnd = log.allSegments.at(-1)!.baseOffset
              await expectCompacted(log, model, cleanedEnd)
            }
          }
          await directory.close(now)
        },
      ),
      { numRuns: 60 },
    )
  })

  async function expectCompacted(log: PartitionLog, model: readonly ReadRecord[], cleanedEnd: number): Promise<void> {
    const kept = await readAll(log)
    expect(log.logEndOffset).toBe(model.length)
    const last = new Map(model.filter(({ offset }) => offset < cleanedEnd).map((record) => [record.key, record]))
    const expected = model.filter((record) => record.offset >= cleanedEnd || last.get(record.key) === record)
    const isThere = new Set(kept.map(({ offset }) => offset))
    // A tombstone may be gone already; anything else is there exactly if it is the last of its key.
    expect(kept).toEqual(expected.filter(({ offset, value }) => value !== null || isThere.has(offset)))
    for (let offset = 0; offset < model.length; offset++) {
      const first = recordsIn(await log.read(offset, 1 << 20, true), offset)[0]
      if (first !== undefined) expect(first).toEqual(kept.find((record) => record.offset >= offset))
    }
    const newest = kept.reduce((greatest, { timestamp }) => Math.max(greatest, timestamp), -1)
    expect(log.findMaxTimestamp()).toEqual(
      kept.length === 0 ? undefined : { timestamp: newest, offset: kept.find((r) => r.timestamp === newest)!.offset },
    )
    for (const { timestamp } of model)
      expect(log.findTimestamp(timestamp)?.offset).toBe(kept.find((record) => record.timestamp >= timestamp)?.offset)
  }
})

describe('a process killed while segments are swapped', () => {
  /** Twelve records in several segments. */
  function dirtyFolder(): string {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory, { ...compacted, segmentBytes: 300 })
    for (let i = 0; i < count; i++) append(log, [{ key: `k${i % 4}`, value: `${i}` }])
    abandonWithoutClosing(directory)
    return path
  }
  const count = 12
  const config = { ...compacted, segmentBytes: 1000 }

  test('loses nothing at any step, also when the next start is killed as well', async () => {
    const dirty = dirtyFolder()
    const isKnown = new Set(Array.from({ length: count }, (_, i) => `${i}:k${i % 4}=${i}`))
    let stepsOfRun = -1
    for (let steps = 0; stepsOfRun < 0; steps++) {
      const path = temporaryDirectory()
      cpSync(dirty, path, { recursive: true })
      const directory = LogDirectory.open(path)
      openLog(directory, config)
      disk.stepsLeft = steps
      await directory.cleanDue(now)
      if (disk.stepsLeft >= 0) stepsOfRun = steps
      disk.stepsLeft = Infinity
      abandonWithoutClosing(directory)
      for (let startSteps = 0; ; startSteps++) {
        const copy = temporaryDirectory()
        cpSync(path, copy, { recursive: true })
        const killed = LogDirectory.open(copy)
        disk.stepsLeft = startSteps
        let wasKilled = false
        try {
          openLog(killed, config)
        } catch {
          wasKilled = true
        }
        disk.stepsLeft = Infinity
        abandonWithoutClosing(killed)
        const again = LogDirectory.open(copy)
        const log = openLog(again, config)
        const kept = texts(await readAll(log))
        expect(log.logEndOffset).toBe(count)
        expect(kept.filter((record) => !isKnown.has(record))).toEqual([])
        expect(kept.slice(-4)).toEqual([8, 9, 10, 11].map((i) => `${i}:k${i % 4}=${i}`))
        for (const [index, segment] of log.allSegments.slice(0, -1).entries())
          expect(segment.readNextOffset()).toBeLessThanOrEqual(log.allSegments[index + 1]!.baseOffset)
        expect(readdirSync(join(copy, 'rides-0')).filter((name) => /cleaned|swap|deleted|tmp/.test(name))).toEqual([])
        log.rollSegment()
        await again.cleanDue(now)
        expect(texts(await readAll(log)).length).toBe(4)
        await again.close(now)
        rmSync(copy, { recursive: true })
        if (!wasKilled) break
      }
      rmSync(path, { recursive: true })
    }
    expect(stepsOfRun).toBeGreaterThan(10)
  })
})
