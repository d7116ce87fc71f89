import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parseOffsetSpec } from '../../../../src/services/offset-spec.ts'
import { parseSpeed } from '../../../../src/services/replay/parse-speed.ts'
import { newProgress, replayTopic, type ReplayOptions } from '../../../../src/services/replay/replay-topic.ts'
import { startTestKafka, type TestKafka } from '../../../helpers/kafka.ts'

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
})
afterAll(() => kafka.stop())

const START = Date.parse('2025-11-01T10:00:00Z')

function options(topic: string, more: Partial<ReplayOptions>): ReplayOptions & { notices: string[] } {
  const notices: string[] = []
  return {
    connection: { bootstrapServers: kafka.bootstrap },
    topic,
    from: parseOffsetSpec('earliest'),
    until: parseOffsetSpec('now'),
    speed: 'max',
    shiftFields: [],
    isolationLevel: 'read_committed',
    signal: AbortSignal.timeout(20_000),
    notice: (line) => notices.push(line),
    progress: newProgress(),
    notices,
    ...more,
  }
}

/** `count` records in each of two partitions, those of partition 1 half a step later; one is a tombstone. */
async function sampleTopic(count: number, stepMs: number): Promise<string> {
  const topic = await kafka.createTopic(2)
  for (const partition of [0, 1]) {
    await kafka.produce(
      topic,
      Array.from({ length: count }, (_, index) => {
        const at = START + index * stepMs + (partition * stepMs) / 2
        return {
          partition,
          key: `k${index % 3}`,
          value:
            index === 1 ? null : `{ "n":${index}, "at": "${new Date(at).toISOString()}","big":12345678901234567890 }`,
          timestamp: String(at),
          headers: index === 2 ? { trace: `t${index}` } : {},
        }
      }),
    )
  }
  return topic
}

test('keeps keys, values, headers, partitions and times; into itself it ends where it ended', async () => {
  const topic = await sampleTopic(50, 1000)
  const before = await kafka.read(topic)
  const given = options(topic, {})
  expect(await replayTopic(given)).toMatchObject({ read: 100, written: 100, isComplete: true, into: topic })
  expect(given.notices).toEqual([])
  expect(given.progress).toMatchObject({ total: 100, passed: 100, recordTimeMs: before.at(-1)!.timestamp })
  const after = await kafka.read(topic)
  for (const partition of [0, 1]) {
    const withoutOffset = after.filter((each) => each.partition === partition).map((each) => ({ ...each, offset: 0 }))
    expect(withoutOffset.slice(50)).toEqual(withoutOffset.slice(0, 50))
  }
})

test('takes a part: a range, partitions, records that a condition holds for', async () => {
  const topic = await sampleTopic(20, 1000)
  const into = await kafka.createTopic(2)
  const range = { from: parseOffsetSpec('0=5,1=15'), until: parseOffsetSpec('0=8,1=99') }
  expect(await replayTopic(options(topic, { ...range, into }))).toMatchObject({ written: 8, isComplete: true })
  const given = options(topic, { into, partitions: [1], filter: 'n >= 18' })
  expect(await replayTopic(given)).toMatchObject({ read: 20, written: 2 })
  expect(given.notices).toEqual(['not JSON objects, so left out by --filter: 1'])
  const numbers = (await kafka.read(into)).map(
    ({ partition, value }) => `${partition}:${JSON.parse(value!).n as number}`,
  )
  expect(numbers).toEqual(['0:5', '0:6', '0:7', '1:15', '1:16', '1:17', '1:18', '1:19', '1:18', '1:19'])
})

test('keys choose the partition of a topic with another number of them, as producers do', async () => {
  const topic = await sampleTopic(30, 1000)
  const into = await kafka.createTopic(3)
  const given = options(topic, { into })
  await replayTopic(given)
  expect(given.notices).toEqual([`${into} has 3 partitions, ${topic} 2: keys choose the partition`])
  const partitions = new Map<string, Set<number>>()
  for (const { key, partition } of await kafka.read(into))
    partitions.set(key!, (partitions.get(key!) ?? new Set()).add(partition))
  expect([...partitions.values()].map((set) => set.size)).toEqual([1, 1, 1])
})

test('makes the topic that it writes to like its source', async () => {
  const topic = await sampleTopic(5, 1000)
  const into = `${topic}-copy`
  const given = options(topic, { into })
  expect(await replayTopic(given)).toMatchObject({ written: 10, isComplete: true })
  expect(given.notices).toEqual([`made topic ${into} like ${topic}: 2 partitions`])
  const shape = (records: Awaited<ReturnType<typeof kafka.read>>): unknown[] =>
    records.map(({ partition, key, value }) => [partition, key, value])
  expect(shape(await kafka.read(into))).toEqual(shape(await kafka.read(topic)))
  const again = options(topic, { into })
  await replayTopic(again)
  expect(again.notices).toEqual([])
})

test('shifts record times and fields by the same, and nothing else', async () => {
  const topic = await sampleTopic(5, 1000)
  const into = await kafka.createTopic(2)
  const shiftTo = parseOffsetSpec('2025-11-02T12:00:00Z')
  const delta = 26 * 3_600_000
  await replayTopic(options(topic, { into, shiftTo, shiftFields: ['at'] }))
  const [source, target] = [await kafka.read(topic), await kafka.read(into)]
  expect(target.map(({ timestamp }) => timestamp - delta)).toEqual(source.map(({ timestamp }) => timestamp))
  expect(target.map(({ value }) => value)).toEqual(
    source.map(({ value, timestamp }) =>
      value === null ? null : value.replace(/"at": "[^"]*"/, `"at": "${new Date(timestamp + delta).toISOString()}"`),
    ),
  )
  await expect(replayTopic(options(topic, { into, shiftTo, shiftFields: ['att'] }))).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    fix: "Did you mean 'at'?",
  })
  expect(await kafka.read(into)).toHaveLength(10)
})

test('paces records by their times, in their order over all partitions', async () => {
  const topic = await sampleTopic(10, 100)
  const into = await kafka.createTopic(1)
  const startedAt = performance.now()
  await replayTopic(options(topic, { into, speed: 4 }))
  // from the first record to the last 950 ms passed
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(950 / 4)
  const times = (await kafka.read(into)).map(({ timestamp }) => timestamp)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times).toHaveLength(20)
})

test('stopped in the middle, it says what remains; done, each record was written once', async () => {
  const topic = await sampleTopic(40, 50)
  const into = await kafka.createTopic(2)
  const stop = new AbortController()
  const given = options(topic, { into, speed: 1, signal: stop.signal, shiftTo: parseOffsetSpec('2025-11-02') })
  const first = replayTopic(given)
  await expect.poll(() => given.progress.written, { interval: 5 }).toBeGreaterThan(10)
  stop.abort()
  const { rest, isComplete, written } = await first
  expect(isComplete).toBe(false)
  const { from, until, shiftTo } = rest
  expect(
    await replayTopic(
      options(topic, {
        into,
        from: parseOffsetSpec(from),
        until: parseOffsetSpec(until),
        shiftTo: parseOffsetSpec(shiftTo!),
      }),
    ),
  ).toMatchObject({ written: 80 - written, isComplete: true })
  const [source, target] = [await kafka.read(topic), await kafka.read(into)]
  const delta = Date.parse('2025-11-02T00:00:00Z') - START
  expect(target.map(({ timestamp }) => timestamp - delta)).toEqual(source.map(({ timestamp }) => timestamp))
})

test('what cannot be is refused', async () => {
  const topic = await sampleTopic(3, 1000)
  await expect(replayTopic(options('nowhere', { into: topic }))).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
  await expect(replayTopic(options(topic, { into: 'not/a name' }))).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  await expect(replayTopic(options(topic, { shiftTo: parseOffsetSpec('earliest') }))).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  })
  const ahead = replayTopic(options(topic, { shiftTo: { kind: 'time', timeMs: Date.now() + 7_200_000 } }))
  await expect(ahead).rejects.toMatchObject({
    code: 'KAFKA_REFUSED',
    fix: expect.stringContaining('--shift-to') as string,
  })
})

test('speeds', () => {
  expect(['1x', '0.5x', '60x', 'max'].map(parseSpeed)).toEqual([1, 0.5, 60, 'max'])
  for (const wrong of ['0x', '10', 'fast', '-1x']) expect(() => parseSpeed(wrong)).toThrow(wrong)
})

test('ends five seconds after it was asked to where Kafka has gone, and counts what is not acknowledged', async () => {
  const broker = await startTestKafka()
  const topic = await broker.createTopic(1)
  const records = Array.from({ length: 4000 }, (_, index) => ({
    partition: 0,
    value: `{"n":${index}}`,
    timestamp: String(START + index * 5),
  }))
  await broker.produce(topic, records)
  const stop = new AbortController()
  const given = options(topic, {
    connection: { bootstrapServers: broker.bootstrap },
    into: 'lost',
    speed: 1,
    signal: stop.signal,
  })
  const running = replayTopic(given)
  running.catch(() => undefined)
  const { progress } = given
  await vi.waitUntil(() => progress.written > 100, { timeout: 10_000 })
  await broker.stop()
  const before = progress.written
  await vi.waitUntil(() => progress.written > before + 20, { timeout: 10_000 })
  stop.abort()
  await expect(running).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  expect(given.notices.at(-1)).toMatch(
    /^Kafka did not acknowledge in 5 s: \d+ records were acknowledged: they are in topic lost; \d+ more were sent and may be there$/,
  )
}, 40_000)
