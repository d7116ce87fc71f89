import { appendFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogConfig } from '../../../../engine/kafka/log/log-config.ts'
import { LogDirectory } from '../../../../engine/kafka/log/log-directory.ts'
import type { PartitionLog } from '../../../../engine/kafka/log/partition-log.ts'
import { markerIn } from '../../../../engine/kafka/log/transaction-marker.ts'
import { isControlBatch, isTransactional, readBatchHeader } from '../../../../engine/kafka/protocol/record-batch.ts'
import { abandonWithoutClosing, batchOf, now, openLog, recordsIn, temporaryDirectory } from './log-fixture.ts'

function send(log: PartitionLog, producerId: number, baseSequence: number, transactional = true, producerEpoch = 0) {
  const options = { producerId: BigInt(producerId), producerEpoch, baseSequence, transactional }
  return log.append(batchOf([{ value: `${producerId}/${baseSequence}` }], options), now)
}

function end(log: PartitionLog, producerId: number, isCommit: boolean, producerEpoch = 0, coordinatorEpoch = 0) {
  return log.appendMarker({ producerId, producerEpoch, coordinatorEpoch, isCommit }, now)
}

const indexFile = join('rides-0', 'aborted.txnindex')
const small = { segmentBytes: 200, indexIntervalBytes: 100 }

/** 0: 1/0, 1: 2/0, 2: abort of 1, 3: plain, 4: 1/1, 5: abort of 2, 6: commit of 1, 7: 2/1 */
function mixed(log: PartitionLog): void {
  send(log, 1, 0)
  send(log, 2, 0)
  end(log, 1, false)
  log.append(batchOf([{ value: 'plain' }]), now)
  send(log, 1, 1)
  end(log, 2, false)
  end(log, 1, true)
  send(log, 2, 1)
}

const abortedOfMixed = [
  { producerId: 1, firstOffset: 0, lastOffset: 2, lastStableOffset: 1 },
  { producerId: 2, firstOffset: 1, lastOffset: 5, lastStableOffset: 4 },
]

describe('a log with transactions', () => {
  test('the last stable offset waits for the first transaction that is not decided', () => {
    const log = openLog(LogDirectory.open(temporaryDirectory()))
    send(log, 1, 0)
    expect([log.lastStableOffset, log.logEndOffset]).toEqual([0, 1])
    send(log, 2, 0)
    end(log, 1, true)
    expect([log.lastStableOffset, log.logEndOffset]).toEqual([1, 3])
    send(log, 1, 1)
    end(log, 2, false)
    expect(log.lastStableOffset).toBe(3)
    end(log, 1, true)
    expect(log.lastStableOffset).toBe(6)
  })

  test('what read_committed may read ends at the last stable offset', async () => {
    const log = openLog(LogDirectory.open(temporaryDirectory()), small)
    for (let i = 0; i < 6; i++) log.append(batchOf([{ value: `plain ${i}` }]), now)
    send(log, 1, 0)
    for (let i = 0; i < 6; i++) log.append(batchOf([{ value: `later ${i}` }]), now)
    expect(log.lastStableOffset).toBe(6)
    const offsets: number[] = []
    for (let at = 0; at < 6; at = offsets.at(-1)! + 1) {
      const available = log.availableBytes(at, 10_000, log.lastStableOffset)!
      expect(available).toBe(log.availableBytes(at, 10_000)! - log.availableBytes(6, 10_000)!)
      const bytes = await log.read(at, 10_000, true, undefined, log.lastStableOffset)
      expect(bytes.length).toBeLessThanOrEqual(available)
      offsets.push(...recordsIn(bytes, at).map(({ offset }) => offset))
    }
    expect(offsets).toEqual([0, 1, 2, 3, 4, 5])
    expect(log.availableBytes(6, 10_000, 6)).toBe(0)
    expect((await log.read(6, 10_000, true, undefined, 6)).length).toBe(0)
  })

  test('aborted transactions are told to those who read their range, and to nobody else', () => {
    const log = openLog(LogDirectory.open(temporaryDirectory()))
    mixed(log)
    expect(log.abortedBetween(0, 7)).toEqual(abortedOfMixed)
    expect(log.abortedBetween(0, 1)).toEqual(abortedOfMixed.slice(0, 1))
    expect(log.abortedBetween(3, 7)).toEqual(abortedOfMixed.slice(1))
    expect(log.abortedBetween(6, 8)).toEqual([])
  })

  test('readers are told of aborted transactions up to the end of the log, without an index entry before it', () => {
    const log = openLog(LogDirectory.open(temporaryDirectory()))
    mixed(log)
    expect(log.abortedForRead(0, 1, true, log.lastStableOffset)).toEqual(abortedOfMixed)
    expect(log.abortedForRead(3, 1, true, log.lastStableOffset)).toEqual(abortedOfMixed.slice(1))
    expect(log.abortedForRead(6, 1, true, log.lastStableOffset)).toEqual([])
    expect(log.abortedForRead(7, 1, true, log.lastStableOffset)).toEqual([])
  })

  describe('readers are told of aborted transactions up to', () => {
    /** Six transactions of one batch each, all aborted: at 0, 2, 4 and so on. */
    function sixAborted(config: Partial<LogConfig>): PartitionLog {
      const log = openLog(LogDirectory.open(temporaryDirectory()), config)
      for (let sequence = 0; sequence < 6; sequence++) {
        send(log, 1, sequence)
        end(log, 1, false)
      }
      return log
    }
    const told = (log: PartitionLog, ...read: [number, number, boolean, number?]): number[] =>
      log.abortedForRead(...read).map(({ firstOffset }) => firstOffset)
    const transactionBytes = 149
    const batchBytes = 71

    test('the first index entry behind what they read', () => {
      // Entries: of the batches at 2, 4, 6, 8 and 10.
      const log = sixAborted({ indexIntervalBytes: 100 })
      expect(told(log, 0, 1, true)).toEqual([0])
      expect(told(log, 0, 1, false)).toEqual([0])
      expect(log.sizeBytes).toBe(6 * transactionBytes)
      expect(told(log, 0, transactionBytes, true)).toEqual([0])
      expect(told(log, 0, transactionBytes + 1, true)).toEqual([0, 2])
      expect(told(log, 4, batchBytes, true)).toEqual([4])
      expect(told(log, 1, 2 * batchBytes, true)).toEqual([0, 2])
      expect(told(log, 10, batchBytes, true)).toEqual([10])
    })

    test('the next segment', () => {
      const log = sixAborted({ segmentBytes: 2 * transactionBytes })
      expect([log.segmentCount, told(log, 0, 1, true), told(log, 2, 1, true)]).toEqual([3, [0, 2], [2]])
      expect(told(log, 9, 1 << 20, true)).toEqual([8, 10])
    })

    test('the last stable offset, where an index entry is behind it', () => {
      const log = openLog(LogDirectory.open(temporaryDirectory()), { indexIntervalBytes: 0 })
      send(log, 1, 0)
      end(log, 1, false)
      send(log, 2, 0)
      send(log, 1, 1)
      end(log, 1, false)
      expect([log.lastStableOffset, told(log, 0, 1 << 20, true, 2), told(log, 0, 1 << 20, true)]).toEqual([
        2,
        [0],
        [0, 3],
      ])
    })
  })

  test('a marker is a control batch of one record', async () => {
    const log = openLog(LogDirectory.open(temporaryDirectory()))
    send(log, 1, 0)
    end(log, 1, false, 3, 9)
    const bytes = await log.read(1, 1000, true)
    const header = readBatchHeader(bytes, 0)
    expect([isControlBatch(header), isTransactional(header), header.baseSequence]).toEqual([true, true, -1])
    expect(markerIn(bytes, header)).toEqual({ producerId: 1, producerEpoch: 3, coordinatorEpoch: 9, isCommit: false })
  })

  test('markers bring their epoch: older batches and markers are refused, the new epoch begins with 0', () => {
    const log = openLog(LogDirectory.open(temporaryDirectory()))
    send(log, 1, 0)
    end(log, 1, false, 1)
    expect(send(log, 1, 1)).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' })
    expect(end(log, 1, false, 0)).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' })
    expect(end(log, 1, false, 1, -1)).toMatchObject({ error: 'TRANSACTION_COORDINATOR_FENCED' })
    expect(send(log, 1, 5, true, 1)).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    expect(send(log, 1, 0, true, 1)).toMatchObject({ error: 'NONE', baseOffset: 2 })
    expect(send(log, 1, 1, false, 1)).toMatchObject({ error: 'INVALID_TXN_STATE' })
  })

  test('producers with an undecided transaction are not forgotten', () => {
    const log = openLog(LogDirectory.open(temporaryDirectory()))
    send(log, 1, 0)
    send(log, 2, 0, false)
    log.applyRetention(now + 1000, 1)
    expect([log.producerState.get(1) !== undefined, log.producerState.get(2)]).toEqual([true, undefined])
    expect(log.lastStableOffset).toBe(0)
  })
})

describe('recovery of a log with transactions', () => {
  function expectMixed(log: PartitionLog): void {
    expect([log.logEndOffset, log.lastStableOffset]).toEqual([8, 7])
    expect(log.abortedBetween(0, 8)).toEqual(abortedOfMixed)
    expect(log.producerState.hasTransaction(2, 0)).toBe(true)
    end(log, 2, false)
    expect(log.abortedBetween(0, 9)).toHaveLength(3)
    expect(log.lastStableOffset).toBe(9)
  }

  const crashes: [string, (path: string) => void][] = [
    ['nothing more', () => {}],
    ['the index lost', (path) => rmSync(join(path, indexFile))],
    ['the index torn', (path) => truncateSync(join(path, indexFile), 40)],
    [
      'an entry of a marker that was never written',
      (path) => appendFileSync(join(path, indexFile), Buffer.alloc(34, 0)),
    ],
    ['garbage for an index', (path) => writeFileSync(join(path, indexFile), 'x'.repeat(68))],
  ]
  test.each(crashes)('after a kill, and %s', async (_name, harm) => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    mixed(openLog(directory))
    abandonWithoutClosing(directory)
    harm(path)
    const again = LogDirectory.open(path)
    expectMixed(openLog(again))
    await again.close(now)
  })

  test('over several segments, with snapshots; and after a clean stop', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory, small)
    mixed(log)
    expect(log.segmentCount).toBeGreaterThan(2)
    await directory.close(now)
    const clean = LogDirectory.open(path)
    expect([clean.wasClean, openLog(clean, small).lastStableOffset]).toEqual([true, 7])
    abandonWithoutClosing(clean)
    const killed = LogDirectory.open(path)
    expectMixed(openLog(killed, small))
    await killed.close(now)
  })

  /** The last stable offset and the number of aborted transactions when the log of `mixed`, and a batch, ended here. */
  const knownAtEnd = [
    [0, 0],
    [0, 0],
    [0, 0],
    [1, 1],
    [1, 1],
    [1, 1],
    [4, 2],
    [7, 2],
    [7, 2],
    [7, 2],
  ] as const

  // A snapshot is written when the index is on disk: beside one, the index is whole.
  test.each([
    ['with a snapshot', true, ['00000000000000000000.log', '00000000000000000008.snapshot']],
    ['without a snapshot', false, ['00000000000000000000.log', 'aborted.txnindex']],
  ] as const)(
    'files cut anywhere, %s: what is known of transactions fits the log that is left',
    async (_name, isCheckpointed, names) => {
      const path = temporaryDirectory()
      const directory = LogDirectory.open(path)
      const log = openLog(directory)
      mixed(log)
      if (isCheckpointed) await directory.checkpoint(now)
      send(log, 3, 0)
      abandonWithoutClosing(directory)
      // As if nothing were known to be on disk.
      rmSync(join(path, 'recovery-point-offset-checkpoint'), { force: true })
      for (const name of names) {
        const isLog = name.endsWith('.log')
        const size = readFileSync(join(path, 'rides-0', name)).length
        for (let cut = 0; cut < size; cut += 7) {
          const copy = temporaryDirectory()
          cpSync(path, copy, { recursive: true })
          truncateSync(join(copy, 'rides-0', name), cut)
          const again = LogDirectory.open(copy)
          const recovered = openLog(again)
          const end = recovered.logEndOffset
          if (!isLog) expect(end).toBe(9)
          const [lastStableOffset, abortedCount] = knownAtEnd[end]!
          expect(recovered.lastStableOffset, `${name} cut at ${cut}`).toBe(lastStableOffset)
          expect(recovered.abortedBetween(0, end), `${name} cut at ${cut}`).toEqual(
            abortedOfMixed.slice(0, abortedCount),
          )
          await again.close(now)
          rmSync(copy, { recursive: true })
        }
      }
    },
  )

  test('a marker that was torn off did not decide anything', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory)
    send(log, 1, 0)
    const size = log.sizeBytes
    end(log, 1, false)
    abandonWithoutClosing(directory)
    truncateSync(join(path, 'rides-0', '00000000000000000000.log'), size + 30)
    const again = LogDirectory.open(path)
    const recovered = openLog(again)
    expect([recovered.logEndOffset, recovered.lastStableOffset]).toEqual([1, 0])
    expect(recovered.abortedBetween(0, 10)).toEqual([])
    end(recovered, 1, false)
    expect(recovered.abortedBetween(0, 10)).toMatchObject([{ producerId: 1, firstOffset: 0, lastOffset: 1 }])
    await again.close(now)
  })
})
