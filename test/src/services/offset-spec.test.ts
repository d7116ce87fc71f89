import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaCluster, parseBootstrapServers, systemClock } from '../../../engine/host.ts'
import { commitOffsets } from '../../../engine/kafka/client/group-offsets.ts'
import {
  parseOffsetSpec,
  resolveOffsets,
  timeOf,
  type ResolveOffsetsOptions,
} from '../../../src/services/offset-spec.ts'
import { startTestKafka, type TestKafka } from '../../helpers/kafka.ts'

const TEN = Date.parse('2025-11-01T10:00:00Z')

describe('parseOffsetSpec', () => {
  it.each([
    ['earliest', { kind: 'earliest' }],
    [' Latest ', { kind: 'latest' }],
    ['now', { kind: 'latest' }],
    ['committed', { kind: 'committed' }],
    ['2025-11-01T10:00:00Z', { kind: 'time', timeMs: TEN }],
    ['2025-11-01T10:00:00', { kind: 'time', timeMs: TEN }],
    ['2025-11-01 10:00', { kind: 'time', timeMs: TEN }],
    ['2025-11-01T12:00:00+02:00', { kind: 'time', timeMs: TEN }],
    ['2025-11-01T12:00:00 +02', { kind: 'time', timeMs: TEN }],
    ['2025-11-01T04:30:00-0530', { kind: 'time', timeMs: TEN }],
    ['2025-11-01T10:00:00.123Z', { kind: 'time', timeMs: TEN + 123 }],
    ['2025-11-01T10:00:00,123999Z', { kind: 'time', timeMs: TEN + 123 }],
    ['2025-11-01', { kind: 'time', timeMs: Date.parse('2025-11-01T00:00:00Z') }],
    [String(TEN), { kind: 'time', timeMs: TEN }],
    ['-15m', { kind: 'ago', durationMs: 900_000 }],
    ['-2 h', { kind: 'ago', durationMs: 7_200_000 }],
    ['-PT1H30M', { kind: 'ago', durationMs: 5_400_000 }],
    ['0=120', { kind: 'offsets', topic: undefined, offsets: new Map([[0, 120]]) }],
    [
      'my.rides-2:0=120,1=98',
      {
        kind: 'offsets',
        topic: 'my.rides-2',
        offsets: new Map([
          [0, 120],
          [1, 98],
        ]),
      },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseOffsetSpec(text)).toEqual(expected)
  })

  it.each([
    ['', 'none of the known forms'],
    ['erliest', 'none of the known forms'],
    ['120', '0=120'],
    ['1762000000', 'not of our days'],
    ['2025-02-30T00:00:00Z', 'no such day'],
    ['2025-11-01T25:00:00Z', 'no such day'],
    ['-15', 'no duration'],
    ['-x', 'no duration'],
    ['rides:0=', 'none of the known forms'],
    ['rides:0=1,0=2', 'partition 0 twice'],
    ['0=99999999999999999999', 'too large'],
  ])('refuses %s', (text, why) => {
    expect(() => parseOffsetSpec(text)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        ...(why.includes('=') ? {} : { message: expect.stringContaining(why) }),
      }),
    )
  })

  it('reads every time that it could have written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e11, max: 4e12 }), fc.integer({ min: -839, max: 839 }), (timeMs, zoneMinutes) => {
        const zone = `${zoneMinutes < 0 ? '-' : '+'}${new Date(Math.abs(zoneMinutes) * 60_000).toISOString().slice(11, 16)}`
        const local = new Date(timeMs + zoneMinutes * 60_000).toISOString().replace('Z', zone)
        expect(parseOffsetSpec(local)).toEqual({ kind: 'time', timeMs })
        expect(parseOffsetSpec(String(timeMs))).toEqual({ kind: 'time', timeMs })
      }),
    )
  })

  it('counts a time ago from the present', () => {
    expect(timeOf(parseOffsetSpec('-15m'), TEN)).toBe(TEN - 900_000)
    expect(timeOf(parseOffsetSpec('earliest'), TEN)).toBeUndefined()
  })
})

describe('resolveOffsets', () => {
  let kafka: TestKafka
  let cluster: KafkaCluster
  let topic: string
  const resolve = async (text: string, options: ResolveOffsetsOptions = {}) =>
    (await resolveOffsets(cluster, topic, parseOffsetSpec(text), options)).map(
      ({ partition, offset, recordTimeMs }) => [partition, offset, recordTimeMs],
    )

  beforeAll(async () => {
    kafka = await startTestKafka()
    cluster = new KafkaCluster({
      bootstrapServers: parseBootstrapServers(kafka.bootstrap),
      clock: systemClock,
      random: Math.random,
    })
    topic = await kafka.createTopic(3)
    const minutes = (partition: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        partition,
        value: `${partition}-${index}`,
        timestamp: String(TEN + index * 60_000),
      }))
    await kafka.produce(topic, [...minutes(0, 10), ...minutes(1, 5)])
  })
  afterAll(async () => {
    cluster.close()
    await kafka.stop()
  })

  it('finds both ends, and the time of the record there', async () => {
    expect(await resolve('earliest')).toEqual([
      [0, 0, TEN],
      [1, 0, TEN],
      [2, 0, undefined],
    ])
    expect(await resolve('now')).toEqual([
      [0, 10, undefined],
      [1, 5, undefined],
      [2, 0, undefined],
    ])
  })

  it('reads no times where they are not wanted', async () => {
    expect(await resolve('0=3,1=4,2=0', { times: false })).toEqual([
      [0, 3, undefined],
      [1, 4, undefined],
      [2, 0, undefined],
    ])
  })

  it('finds the first record at or behind a time, and the end where there is none', async () => {
    expect(await resolve('2025-11-01T10:04:00Z')).toEqual([
      [0, 4, TEN + 240_000],
      [1, 4, TEN + 240_000],
      [2, 0, undefined],
    ])
    expect(await resolve('2025-11-01T10:04:00.001Z')).toEqual([
      [0, 5, TEN + 300_000],
      [1, 5, undefined],
      [2, 0, undefined],
    ])
  })

  it('takes named offsets, the earliest of partitions left out', async () => {
    expect(await resolve(`${topic}:0=3`)).toEqual([
      [0, 3, TEN + 180_000],
      [1, 0, TEN],
      [2, 0, undefined],
    ])
    await expect(resolve('other:0=3')).rejects.toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    await expect(resolve('3=0')).rejects.toThrow('has no partition 3')
    await expect(resolve('1=6')).rejects.toThrow(expect.objectContaining({ code: 'KAFKA_OFFSET_OUT_OF_RANGE' }))
    expect((await resolve('1=6', { use: 'until' }))[1]).toEqual([1, 6, undefined])
  })

  it('takes what a group committed, and says where it committed nothing', async () => {
    await commitOffsets(cluster, 'readers', [{ topic, partition: 0, offset: 7 }])
    await expect(resolve('committed')).rejects.toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    await expect(resolve('committed', { group: 'readers' })).rejects.toThrow(
      `group readers has committed no offset of ${topic}-1`,
    )
    expect(await resolve('1=2', { group: 'readers' })).toEqual([
      [0, 7, TEN + 420_000],
      [1, 2, TEN + 120_000],
      [2, 0, undefined],
    ])
    await commitOffsets(
      cluster,
      'readers',
      [1, 2].map((partition) => ({ topic, partition, offset: 0 })),
    )
    expect(await resolve('committed', { group: 'readers' })).toEqual([
      [0, 7, TEN + 420_000],
      [1, 0, TEN],
      [2, 0, undefined],
    ])
  })

  it('names a topic that is not there', async () => {
    await expect(resolveOffsets(cluster, 'nowhere', parseOffsetSpec('latest'))).rejects.toThrow(
      expect.objectContaining({ code: 'KAFKA_TOPIC_MISSING' }),
    )
  })
})
