import fc from 'fast-check'
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LogDirectory } from '../../../../engine/kafka/log/log-directory.ts'
import type { PartitionLog } from '../../../../engine/kafka/log/partition-log.ts'
import { abandonWithoutClosing, batchOf, now, openLog, readAll, temporaryDirectory } from './log-fixture.ts'

const config = { segmentBytes: 300, indexIntervalBytes: 100 }
const firstLog = '00000000000000000000.log'

function fill(log: PartitionLog, count: number, from = 0): void {
  for (let i = from; i < from + count; i++)
    expect(
      log.append(
        batchOf([{ value: `value ${i}` }, { value: 'and another' }], {
          producerId: 7n,
          producerEpoch: 0,
          baseSequence: 2 * i,
        }),
        now + i,
      ).error,
    ).toBe('NONE')
}

/** A folder as a killed broker leaves it, with twelve batches of two records. */
function crashed(segmentBytes = config.segmentBytes): string {
  const path = temporaryDirectory()
  const directory = LogDirectory.open(path)
  fill(openLog(directory, { ...config, segmentBytes }), 12)
  abandonWithoutClosing(directory)
  return path
}

async function reopened(path: string, segmentBytes = config.segmentBytes): Promise<{ end: number; values: string[] }> {
  const directory = LogDirectory.open(path)
  expect(directory.wasClean).toBe(false)
  const log = openLog(directory, { ...config, segmentBytes })
  const values = (await readAll(log)).map(({ value }) => value!)
  const end = log.logEndOffset
  // The log is whole again: the next batch goes on where the last one ended, and the producer's sequence too.
  expect(log.append(batchOf([{ value: 'after' }]), now)).toMatchObject({ error: 'NONE', baseOffset: end })
  expect(log.producerState.get(7)?.batches.at(-1)?.lastSequence).toBe(end === 0 ? undefined : end - 1)
  await directory.close(now)
  return { end, values }
}

describe('recovery', () => {
  test('after a kill everything acknowledged is there', async () => {
    expect((await reopened(crashed())).end).toBe(24)
  })

  test('a tail cut at any byte loses only what was not whole', async () => {
    const path = crashed(1_000_000)
    const file = join('rides-0', firstLog)
    const whole = readFileSync(join(path, file))
    const ends = [0]
    while (ends.at(-1)! < whole.length) ends.push(ends.at(-1)! + whole.readInt32BE(ends.at(-1)! + 8) + 12)
    const from = ends.at(-4)!
    for (let size = from; size <= whole.length; size++) {
      const copy = temporaryDirectory()
      cpSync(path, copy, { recursive: true })
      truncateSync(join(copy, file), size)
      const batches = ends.filter((end) => end <= size).length - 1
      expect((await reopened(copy, 1_000_000)).end).toBe(2 * batches)
      rmSync(copy, { recursive: true })
    }
  })

  test('any damaged byte of the last batch cuts it off, and never more', async () => {
    const path = crashed(1_000_000)
    const file = join('rides-0', firstLog)
    const whole = readFileSync(join(path, file))
    let last = 0
    while (last + whole.readInt32BE(last + 8) + 12 < whole.length) last += whole.readInt32BE(last + 8) + 12
    for (let at = last; at < whole.length; at++) {
      // The leader epoch stands outside of the checksum; so do the offset's bytes, where only a jump back is wrong.
      if (at - last < 8 || (at - last >= 12 && at - last < 16)) continue
      const copy = temporaryDirectory()
      cpSync(path, copy, { recursive: true })
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 0x55
      writeFileSync(join(copy, file), damaged)
      expect((await reopened(copy, 1_000_000)).end).toBe(22)
      rmSync(copy, { recursive: true })
    }
  })

  test('garbage behind the last batch is cut off', async () => {
    for (const garbage of [Buffer.alloc(5), Buffer.alloc(500), Buffer.alloc(500, 0xff), Buffer.from('hello')]) {
      const path = crashed(1_000_000)
      appendFileSync(join(path, 'rides-0', firstLog), garbage)
      expect((await reopened(path, 1_000_000)).end).toBe(24)
    }
  })

  test('segments behind a damaged one are dropped: the log has no hole', async () => {
    const path = crashed()
    const logs = readdirSync(join(path, 'rides-0')).filter((name) => name.endsWith('.log'))
    expect(logs.length).toBeGreaterThan(2)
    const second = join(path, 'rides-0', logs[1]!)
    truncateSync(second, readFileSync(second).length - 1)
    const { end, values } = await reopened(path)
    expect(end).toBeLessThan(24)
    expect(end).toBeGreaterThan(Number.parseInt(logs[1]!, 10))
    expect(values.length).toBe(end)
  })

  test('indexes that are missing, cut, or full of nonsense are made again', async () => {
    const damages: ((path: string) => void)[] = [
      (path) => rmSync(path, { force: true }),
      (path) => writeFileSync(path, ''),
      (path) => writeFileSync(path, Buffer.alloc(24, 0xff)),
      (path) => writeFileSync(path, Buffer.alloc(24, 0x01)),
      (path) => appendFileSync(path, Buffer.alloc(5)),
    ]
    for (const damage of damages) {
      const path = temporaryDirectory()
      const directory = LogDirectory.open(path)
      fill(openLog(directory, config), 12)
      await directory.checkpoint(now)
      abandonWithoutClosing(directory)
      for (const name of readdirSync(join(path, 'rides-0')))
        if (name.endsWith('index')) damage(join(path, 'rides-0', name))
      expect((await reopened(path)).end).toBe(24)
    }
  })

  test('behind a checkpoint only the rest is read again; before it nothing is lost either', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    const log = openLog(directory, { ...config, segmentBytes: 1_000_000 })
    fill(log, 8)
    await directory.checkpoint(now)
    fill(log, 4, 8)
    abandonWithoutClosing(directory)
    expect((await reopened(path, 1_000_000)).end).toBe(24)
  })

  test('sequences survive a clean stop and a crash with damaged snapshots', async () => {
    const path = temporaryDirectory()
    const directory = LogDirectory.open(path)
    fill(openLog(directory, config), 12)
    await directory.close(now)
    const again = LogDirectory.open(path)
    const log = openLog(again, config)
    const repeat = batchOf([{ value: 'value 11' }, { value: 'and another' }], {
      producerId: 7n,
      producerEpoch: 0,
      baseSequence: 22,
    })
    expect(log.append(repeat, now)).toMatchObject({ error: 'NONE', baseOffset: 22, duplicate: true })
    const earlier = batchOf([{ value: 'value 8' }, { value: 'and another' }], {
      producerId: 7n,
      producerEpoch: 0,
      baseSequence: 16,
    })
    expect(log.append(earlier, now)).toMatchObject({ error: 'NONE', baseOffset: 16, duplicate: true })
    abandonWithoutClosing(again)
    for (const name of readdirSync(join(path, 'rides-0')))
      if (name.endsWith('.snapshot')) writeFileSync(join(path, 'rides-0', name), '{"version":1,"prod')
    expect((await reopened(path)).end).toBe(24)
  })
})

describe('any history, killed at any byte', () => {
  type Step = { readonly producer: number; readonly count: number } | 'roll' | 'checkpoint' | 'clean' | 'stop'
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ producer: fc.nat(2), count: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.constant('roll' as const) },
    { weight: 1, arbitrary: fc.constant('checkpoint' as const) },
    { weight: 1, arbitrary: fc.constant('clean' as const) },
    { weight: 1, arbitrary: fc.constant('stop' as const) },
  )
  /** What befalls the files that are not synced: any of them may be cut, be full of nonsense, or be missing. */
  const damage = fc.record({
    tail: fc.nat(400),
    files: fc.array(fc.record({ pick: fc.nat(), how: fc.constantFrom('cut', 'nonsense', 'missing') }), {
      maxLength: 4,
    }),
    leftovers: fc.subarray(['00000000000000000000.log.cleaned', '00000000000000000003.index.swap', '7.snapshot.tmp']),
  })

  /** What is left behind the cleaned part is cut, and the snapshot is damaged: the sequence must be found in the log. */
  const lastOfProducerIsCleanedAndTheTailCut: [Step[], Damage] = [
    [
      { producer: 2, count: 2 },
      'stop',
      { producer: 2, count: 4 },
      { producer: 0, count: 2 },
      { producer: 0, count: 1 },
      { producer: 0, count: 3 },
      { producer: 2, count: 2 },
      'clean',
    ],
    { tail: 1, files: [{ pick: 1331484271, how: 'cut' }], leftovers: [] },
  ]

  test('leaves a whole log: a prefix of what was acknowledged, all that was synced, and sequences that fit it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array<Step>(step, { minLength: 1, maxLength: 40 }), damage, async (steps, harm) => {
        const path = temporaryDirectory()
        let directory = LogDirectory.open(path)
        const options = { ...config, segmentBytes: 500, compact: true, minCleanableDirtyRatio: 0, fileDeleteDelayMs: 0 }
        let log = openLog(directory, options)
        const model: { key: string; value: string }[] = []
        const sent = [0, 0, 0]
        /** Up to where each producer had come when the log ended at an offset. */
        const sentAt = new Map<number, readonly number[]>([[0, [...sent]]])
        const send = (producer: number, count: number): void => {
          const records = Array.from({ length: count }, (_, i) => ({
            key: `k${(model.length + i) % 5}`,
            value: `${model.length + i}`,
          }))
          const producerOptions = { producerId: BigInt(producer), producerEpoch: 0, baseSequence: sent[producer]! }
          expect(log.append(batchOf(records, producerOptions), now)).toMatchObject({ baseOffset: model.length })
          model.push(...records)
          sent[producer]! += count
          sentAt.set(model.length, [...sent])
        }
        let synced = 0
        for (const step of steps) {
          if (step === 'roll') log.rollSegment()
          else if (step === 'clean') await directory.cleanDue(now)
          else if (step === 'stop') {
            await directory.close(now)
            directory = LogDirectory.open(path)
            log = openLog(directory, options)
            synced = model.length
          } else if (step === 'checkpoint') {
            await directory.checkpoint(now)
            synced = model.length
          } else send(step.producer, step.count)
        }
        synced = Math.max(synced, log.recoveryPoint)
        abandonWithoutClosing(directory)
        damageFiles(join(path, 'rides-0'), harm, synced)

        directory = LogDirectory.open(path)
        log = openLog(directory, options)
        const end = log.logEndOffset
        expect(end).toBeGreaterThanOrEqual(synced)
        expect(sentAt.has(end)).toBe(true)
        const kept = await readAll(log)
        for (const { offset, key, value } of kept) expect({ key, value }).toEqual(model[offset])
        // Nothing that is the last of its key is missing.
        for (const key of ['k0', 'k1', 'k2', 'k3', 'k4'])
          expect(kept.findLast((record) => record.key === key)?.value).toBe(
            model.slice(0, end).findLast((record) => record.key === key)?.value,
          )
        model.length = end
        sent.splice(0, 3, ...sentAt.get(end)!)
        for (const producer of [0, 1, 2]) send(producer, 1)
        await directory.close(now)
      }),
      { numRuns: 150, examples: [lastOfProducerIsCleanedAndTheTailCut] },
    )
  })

  interface Damage {
    readonly tail: number
    readonly files: { readonly pick: number; readonly how: string }[]
    readonly leftovers: string[]
  }

  function damageFiles(directory: string, { tail, files, leftovers }: Damage, synced: number): void {
    const logs = readdirSync(directory).filter((name) => name.endsWith('.log'))
    const last = join(directory, logs.at(-1)!)
    const size = readFileSync(last).length
    // What lies behind the recovery point may be torn.
    if (Number.parseInt(logs.at(-1)!, 10) >= synced) truncateSync(last, Math.max(size - tail, 0))
    const redundant = readdirSync(directory).filter((name) => /index$|snapshot$/.test(name))
    for (const { pick, how } of files) {
      if (redundant.length === 0) break
      const [name] = redundant.splice(pick % redundant.length, 1)
      const file = join(directory, name!)
      if (how === 'missing') rmSync(file)
      else if (how === 'cut') truncateSync(file, Math.floor(readFileSync(file).length / 2))
      else writeFileSync(file, Buffer.alloc(37, 0xa5))
    }
    for (const name of leftovers) writeFileSync(join(directory, name), 'left behind')
  }
})
