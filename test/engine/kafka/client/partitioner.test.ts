import { describe, expect, it } from 'vitest'
import { murmur2, partitionOfKey, StickyPartition } from '../../../../engine/kafka/client/partitioner.ts'

describe('murmur2', () => {
  // What org.apache.kafka.common.utils.UtilsTest expects of the Java client.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is what Java gives', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
    expect(murmur2(Buffer.from(`..${text}.`), 2, 2 + text.length)).toBe(hash)
  })

  it('gives the partition with the sign bit cleared', () => {
    expect(partitionOfKey(Buffer.from('21'), 1000)).toBe((-973932308 & 0x7fffffff) % 1000)
  })
})

describe('StickyPartition', () => {
  it('stays for 16 KiB, then takes another partition', () => {
    let seed = 1
    const sticky = new StickyPartition(5, () => (seed = (seed * 48271) % 2147483647) / 2147483647)
    const runs: number[][] = []
    for (let i = 0; i < 200; i++) {
      const partition = sticky.next(1024)
      if (runs.at(-1)?.[0] === partition) runs.at(-1)!.push(partition)
      else runs.push([partition])
    }
    expect(runs.slice(0, -1).every((run) => run.length === 16)).toBe(true)
    expect(new Set(runs.map((run) => run[0]!)).size).toBe(5)
  })

  it('stays where there is only one', () => {
    const sticky = new StickyPartition(1, () => 0.99)
    expect([sticky.next(20_000), sticky.next(20_000), sticky.next(1)]).toEqual([0, 0, 0])
  })
})
