import fc from 'fast-check'
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BufferPool } from '../../../../engine/kafka/broker/buffer-pool.ts'
import { LogDirectory } from '../../../../engine/kafka/log/log-directory.ts'
import type { PartitionLog } from '../../../../engine/kafka/log/partition-log.ts'
import { ReadAhead } from '../../../../engine/kafka/log/read-ahead.ts'
import { loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import { readBatchHeader } from '../../../../engine/kafka/protocol/record-batch.ts'
import { batchOf, now, openLog, readAll, recordsIn, temporaryDirectory } from './log-fixture.ts'

function append(log: PartitionLog, values: readonly string[], timestamps?: readonly number[]): number {
  const outcome = log.append(
    batchOf(values.map((value, index) => ({ key: `k${index}`, value, timestamp: timestamps?.[index] ?? now }))),
    now,
  )
  if (outcome.error !== 'NONE') throw new Error(`${outcome.error}: ${outcome.message}`)
  return outcome.baseOffset
}

const long = 'x'.repeat(700)

describe('append and read', () => {
  test('offsets follow each other, batches lie in the file as they came but for offset and epoch', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory)
    expect(append(log, ['a', 'b'])).toBe(0)
    expect(append(log, ['c'])).toBe(2)
    const sent = batchOf([{ value: 'd' }])
    const copy = Buffer.from(sent)
    expect(log.append(sent, now)).toMatchObject({ error: 'NONE', baseOffset: 3, lastOffset: 3, logAppendTimeMs: -1 })
    const stored = await log.read(3, 1000, true)
    expect(stored.subarray(16)).toEqual(copy.subarray(16))
    expect(readBatchHeader(stored, 0)).toMatchObject({ baseOffset: 3, partitionLeaderEpoch: 0 })
    expect((await readAll(log)).map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd'])
    await directory.close(now)
  })

  test('many partitions are written to at the same time, and what their indexes hold is found again', async () => {
    const path = temporaryDirectory()
    const [partitions, rounds] = [100, 12]
    const value = (partition: number, round: number): string => `${partition}/${round}`.padEnd(2000, '.')
    const directory = LogDirectory.open(path)
    const logs = Array.from({ length: partitions }, (_, partition) => openLog(directory, {}, 'rides', partition))
    for (let round = 0; round < rounds; round++)
      for (const [partition, log] of logs.entries()) append(log, [value(partition, round)], [now + round])
    for (const [partition, log] of logs.entries()) {
      expect(log.findTimestamp(now + 9)).toEqual({ timestamp: now + 9, offset: 9 })
      expect((await readAll(log)).map((record) => record.value)).toEqual(
        Array.from({ length: rounds }, (_, round) => value(partition, round)),
      )
    }
    await directory.close(now)
    const again = LogDirectory.open(path)
    const reopened = logs.map((_, partition) => openLog(again, {}, 'rides', partition))
    for (const log of reopened) expect(log.findTimestamp(now + 9)).toEqual({ timestamp: now + 9, offset: 9 })
    await again.close(now)
  })

  test('an index that cannot be read refuses what is appended, and nothing of it is left in the file', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory, { indexIntervalBytes: 1 })
    append(log, ['a'])
    const index = join(path, 'rides-0', '00000000000000000000.index')
    mkdirSync(index)
    expect(() => append(log, ['b'])).toThrow(/cannot read .*00000000000000000000\.index/)
    expect(log.logEndOffset).toBe(1)
    rmdirSync(index)
    expect(append(log, ['b'])).toBe(1)
    expect((await readAll(log)).map(({ value }) => value)).toEqual(['a', 'b'])
    await directory.close(now)
  })

  test('a read gives whole batches up to the limit, at least one if it must, none at the end', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory)
    for (let i = 0; i < 10; i++) append(log, [long])
    const one = (await log.read(0, 1, true)).length
    expect((await log.read(0, 1, false)).length).toBe(0)
    expect((await log.read(0, 3 * one + 5, false)).length).toBe(3 * one)
    expect((await log.read(10, 1000, true)).length).toBe(0)
    expect(log.availableBytes(0, 1e9)).toBe(10 * one)
    expect(log.availableBytes(10, 1e9)).toBe(0)
    expect(log.availableBytes(11, 1e9)).toBeUndefined()
    await directory.close(now)
  })

  test('one read after the other takes what was read ahead meanwhile, and what was appended since', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory)
    const value = (i: number): string => `${i}`.padStart(20_000, 'x')
    for (let i = 0; i < 40; i++) append(log, [value(i)])
    let [written, allocated, adopted] = [40, 0, 0]
    const pool = new BufferPool()
    const memory = {
      allocate: (bytes: number) => (allocated++, pool.take(bytes)),
      adopt: () => void adopted++,
      readAhead: new ReadAhead(pool),
    }
    const read: (string | null)[] = []
    for (let bytes = await log.read(0, 100_000, true, memory); bytes.length > 0;) {
      read.push(...recordsIn(bytes).map((record) => record.value))
      while (written < Math.min(read.length + 40, 150)) append(log, [value(written++)])
      bytes = await log.read(read.length, 100_000, true, memory)
    }
    expect(read).toEqual(read.map((_, i) => value(i)))
    expect(read).toHaveLength(150)
    expect(adopted).toBeGreaterThan(5)
    expect(allocated).toBeLessThan(8)
    await directory.close(now)
  })

  test('an offset inside a batch gives the batch that holds it', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory)
    append(log, ['a', 'b', 'c'])
    append(log, ['d', 'e'])
    expect(recordsIn(await log.read(4, 1000, true)).map(({ offset }) => offset)).toEqual([3, 4])
    await directory.close(now)
  })

  test('any sequence of appends reads as its model, from every offset, over many segments', async () => {
    const batches = fc.array(fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.integer({ min: 150, max: 2000 }),
        fc.boolean(),
        async (model, segmentBytes, reopen) => {
          const path = temporaryDirectory()
          let directory = LogDirectory.open(path)
          let log = openLog(directory, { segmentBytes, indexIntervalBytes: 100 })
          const written = model.filter((values) => batchOf(values.map((value) => ({ value }))).length <= segmentBytes)
          for (const values of written) append(log, values)
          if (reopen) {
            await directory.close(now)
            directory = LogDirectory.open(path)
            log = openLog(directory, { segmentBytes, indexIntervalBytes: 100 })
          }
          const expected = written.flat()
          expect(log.logEndOffset).toBe(expected.length)
          expect((await readAll(log, 300)).map(({ value }) => value)).toEqual(expected)
          for (let offset = 0; offset < expected.length; offset++) {
            const records = recordsIn(await log.read(offset, 1, true), offset)
            expect(records[0]).toMatchObject({ offset, value: expected[offset] })
          }
          await directory.close(now)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('what was written is there after a clean stop, and no file stays open', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory, { segmentBytes: 1500 })
    for (let i = 0; i < 5; i++) append(log, [long])
    await directory.close(now)
    if (process.platform === 'linux') {
      const { readlinkSync } = await import('node:fs')
      const open = readdirSync('/proc/self/fd').map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`)
        } catch {
          return ''
        }
      })
      expect(open.filter((target) => target.startsWith(path))).toEqual([])
    }
    const again = LogDirectory.open(path)
    expect(again.wasClean).toBe(true)
    expect((await readAll(openLog(again))).length).toBe(5)
    await again.close(now)
  })

  test('fsync policies: flush.messages before the answer, checkpoints in the background', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const eager = openLog(directory, { flushMessages: 1 }, 'eager')
    const lazy = openLog(directory, { flushMs: 100 }, 'lazy')
    append(eager, ['a'])
    append(lazy, ['a'])
    expect(eager.recoveryPoint).toBe(1)
    expect(lazy.recoveryPoint).toBe(0)
    expect(lazy.isFlushDue(now + 99)).toBe(false)
    await directory.flushDue(now + 100)
    expect(lazy.recoveryPoint).toBe(1)
    await directory.close(now)
  })
})

describe('lookup by time', () => {
  test('finds the first record at a time, inside of a batch and compressed', async () => {
    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const directory = LogDirectory.open(temporaryDirectory())
      const log = openLog(directory)
      const compressor = await loadCompressor(compression)
      const times = [now, now + 10, now + 20, now + 20, now + 40]
      log.append(
        batchOf(
          times.map((timestamp) => ({ value: 'v', timestamp })),
          { compression, compressor },
        ),
        now,
      )
      expect(log.findTimestamp(0)).toEqual({ offset: 0, timestamp: now })
      expect(log.findTimestamp(now + 1)).toEqual({ offset: 1, timestamp: now + 10 })
      expect(log.findTimestamp(now + 20)).toEqual({ offset: 2, timestamp: now + 20 })
      expect(log.findTimestamp(now + 21)).toEqual({ offset: 4, timestamp: now + 40 })
      expect(log.findTimestamp(now + 41)).toBeUndefined()
      expect(log.findMaxTimestamp()).toEqual({ offset: 4, timestamp: now + 40 })
      await directory.close(now)
    }
  })

  test('agrees with a scan, whatever the times and segments, also after reopening', async () => {
    const batches = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 25,
    })
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(10), async (model, deleted) => {
        const path = temporaryDirectory()
        let directory = LogDirectory.open(path)
        const config = { segmentBytes: 400, indexIntervalBytes: 80, segmentMs: Infinity }
        let log = openLog(directory, config)
        for (const times of model)
          append(
            log,
            times.map(() => 'v'),
            times.map((time) => now + time),
          )
        log.deleteRecordsBefore(Math.min(deleted, log.logEndOffset), now)
        const check = (): void => {
          const records = model.flat().map((time, offset) => ({ offset, timestamp: now + time }))
          const alive = records.filter(({ offset }) => offset >= log.logStartOffset)
          for (let time = now - 1; time <= now + 51; time++)
            expect(log.findTimestamp(time)).toEqual(alive.find(({ timestamp }) => timestamp >= time))
        }
        check()
        await directory.close(now)
        directory = LogDirectory.open(path)
        log = openLog(directory, config)
        check()
        await directory.close(now)
      }),
      { numRuns: 25 },
    )
  })

  test('LogAppendTime: the time of the broker stands for every record', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { timestampType: 'LogAppendTime' })
    const sent = batchOf([
      { value: 'a', timestamp: 5 },
      { value: 'b', timestamp: 7 },
    ])
    expect(log.append(sent, now)).toMatchObject({ error: 'NONE', logAppendTimeMs: now })
    expect((await readAll(log)).map(({ timestamp }) => timestamp)).toEqual([now, now])
    expect(log.findTimestamp(now)).toEqual({ offset: 0, timestamp: now })
    await directory.close(now)
  })
})

describe('retention', () => {
  test('by time: old segments go, also the last one when all are old; offsets go on', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { segmentBytes: 1600, retentionMs: 1000 })
    for (let i = 0; i < 6; i++) append(log, [long], [now + i * 1000])
    expect(log.segmentCount).toBe(3)
    expect(log.applyRetention(now + 3500, 1e12)).toBe(1)
    expect(log.logStartOffset).toBe(2)
    log.applyRetention(now + 100_000, 1e12)
    expect([log.logStartOffset, log.logEndOffset, log.sizeBytes]).toEqual([6, 6, 0])
    expect(append(log, ['later'])).toBe(6)
    await directory.close(now)
  })

  test('by size: never below the limit', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { segmentBytes: 1600, retentionBytes: 3000 })
    for (let i = 0; i < 20; i++) append(log, [long])
    log.applyRetention(now, 1e12)
    expect(log.sizeBytes).toBeGreaterThanOrEqual(3000)
    expect(log.sizeBytes).toBeLessThan(3000 + 1600)
    await directory.close(now)
  })

  test('records without a time count by when they were written', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { segmentBytes: 1600, retentionMs: 60_000 })
    for (let i = 0; i < 6; i++) append(log, [long], [-1])
    expect(log.applyRetention(Date.now(), 1e12)).toBe(0)
    expect(log.applyRetention(Date.now() + 120_000, 1e12)).toBe(3)
    await directory.close(now)
  })

  test('retention.bytes=0 keeps nothing but what comes', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { segmentBytes: 1600, retentionBytes: 0 })
    for (let i = 0; i < 5; i++) append(log, [long])
    log.applyRetention(now, 1e12)
    expect([log.logStartOffset, log.sizeBytes]).toEqual([5, 0])
    await directory.close(now)
  })

  test('files of deleted segments stay for file.delete.delay.ms; a read that is under way ends well', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory, { segmentBytes: 200_000, fileDeleteDelayMs: 1000 })
    const large = 'x'.repeat(100_000)
    for (let i = 0; i < 3; i++) append(log, [large])
    const files = (): string[] => readdirSync(join(path, 'rides-0')).filter((name) => /log(\.deleted)?$/.test(name))
    const read = log.read(0, 200_000, true)
    log.deleteRecordsBefore(2, now)
    expect(recordsIn(await read).map(({ value }) => value)).toEqual([large])
    expect(files()).toEqual([
      '00000000000000000000.log.deleted',
      '00000000000000000001.log.deleted',
      '00000000000000000002.log',
    ])
    directory.removeDeletedFiles(now + 999)
    expect(files().length).toBe(3)
    directory.removeDeletedFiles(now + 1000)
    expect(files()).toEqual(['00000000000000000002.log'])
    await directory.close(now)
  })

  test('compacted topics lose nothing by time', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { segmentBytes: 1600, retentionMs: 1, compact: true, delete: false })
    for (let i = 0; i < 6; i++) append(log, [long])
    log.applyRetention(now + 1e9, 1e12)
    expect(log.logStartOffset).toBe(0)
    await directory.close(now)
  })

  test('DeleteRecords moves the start and outlives a crash', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory, { segmentBytes: 1600 })
    for (let i = 0; i < 6; i++) append(log, [long])
    log.deleteRecordsBefore(3, now)
    directory.writeLogStartOffsets()
    expect(readdirSync(join(path, 'rides-0')).filter((name) => name.endsWith('.log')).length).toBe(2)
    const { abandonWithoutClosing } = await import('./log-fixture.ts')
    abandonWithoutClosing(directory)
    const again = LogDirectory.open(path)
    const reopened = openLog(again, { segmentBytes: 1600 })
    expect([reopened.logStartOffset, reopened.logEndOffset]).toEqual([3, 6])
    await again.close(now)
  })
})

describe('rolling', () => {
  test('by size, by time of the records, and before an index would overflow', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const byTime = openLog(directory, { segmentMs: 1000 }, 'by-time')
    append(byTime, ['a'], [now])
    append(byTime, ['b'], [now + 1000])
    expect(byTime.segmentCount).toBe(1)
    append(byTime, ['c'], [now + 1001])
    expect(byTime.segmentCount).toBe(2)
    const byIndex = openLog(directory, { segmentIndexBytes: 36, indexIntervalBytes: 1 }, 'by-index')
    for (let i = 0; i < 12; i++) append(byIndex, ['a'], [now + i])
    expect(byIndex.segmentCount).toBeGreaterThan(2)
    expect((await readAll(byIndex)).length).toBe(12)
    await directory.close(now)
  })

  test('a batch larger than a segment is refused', async () => {
    const directory = LogDirectory.open(temporaryDirectory())
    const log = openLog(directory, { segmentBytes: 500 })
    expect(log.append(batchOf([{ value: long }]), now)).toMatchObject({ error: 'RECORD_LIST_TOO_LARGE' })
    await directory.close(now)
  })
})
