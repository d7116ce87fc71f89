import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkaSourceFacts, type StreamGraph } from '../../../engine/host.ts'
import { offsetLines } from '../../../src/output/offset-lines.ts'
import { overrideOffsets, parseOverrides, planningOptions } from '../../../src/services/override-offsets.ts'
import { planSqlFile } from '../../../src/services/plan-sql.ts'
import { startTestKafka, type TestKafka } from '../../helpers/kafka.ts'

const TEN = Date.parse('2025-11-01T10:00:00Z')

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
})
afterAll(() => kafka.stop())

async function topicOf(...counts: number[]): Promise<string> {
  const topic = await kafka.createTopic(counts.length)
  const records = counts.flatMap((count, partition) =>
    Array.from({ length: count }, (_, a) => ({ partition, value: `{"a":${a}}`, timestamp: String(TEN + a * 60_000) })),
  )
  await kafka.produce(topic, records)
  return topic
}

function plan(topics: readonly string[], overrides: { from?: string; until?: string }, options = ''): StreamGraph {
  const tables = topics.map(
    (topic, index) => `CREATE TABLE t${index} (a INT) WITH ('connector' = 'kafka', 'topic' = '${topic}',
      'properties.bootstrap.servers' = '\${KAFKA}', 'format' = 'json' ${options});`,
  )
  const text = `${tables.join('\n')}
    CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole');
    INSERT INTO nowhere ${topics.map((_, index) => `SELECT a FROM t${index}`).join(' UNION ALL ')};`
  const addresses = { kafka: kafka.bootstrap, postgres: undefined }
  const planning = planningOptions(parseOverrides(overrides))
  return planSqlFile({ text, file: 'job.sql', addresses, configuration: {}, ...planning })[0]!.graph
}

const EARLIEST = ", 'scan.startup.mode' = 'earliest-offset'"

async function override(topics: readonly string[], overrides: { from?: string; until?: string }, options = '') {
  const [job] = await overrideOffsets([plan(topics, overrides, options)], parseOverrides(overrides))
  const sources = job!.graph.nodes.flatMap((node) => (node.kind === 'source' ? [node.source] : []))
  return { sources, lines: offsetLines([{ name: 'job.sql', ranges: job!.ranges }], false), ranges: job!.ranges }
}

describe('overrideOffsets', () => {
  it('puts what it resolved into the source, and tells it', async () => {
    const topic = await topicOf(10, 3)
    const { sources, lines, ranges } = await override(
      [topic],
      { from: '2025-11-01T10:02:00Z', until: `${topic}:0=4,1=9` },
      EARLIEST,
    )
    expect(lines).toEqual([
      `${topic}[0] from 2 (2025-11-01T10:02:00.000Z) until 4`,
      `${topic}[1] from 2 (2025-11-01T10:02:00.000Z) until 9`,
    ])
    expect(sources[0]).toMatchObject({
      bounded: true,
      settings: {
        startup: { mode: 'specific-offsets', offsets: { [topic]: { 0: 2, 1: 2 } } },
        stopping: { mode: 'specific-offsets', offsets: { [topic]: { 0: 4, 1: 9 } } },
        stopsRestored: true,
      },
    })
    expect(JSON.parse(offsetLines([{ name: 'job.sql', ranges }], true)[1]!)).toEqual({
      job: 'job.sql',
      kind: 'offsets',
      topic,
      partition: 1,
      from: { offset: 2, recordTime: '2025-11-01T10:02:00.000Z' },
      until: { offset: 9, recordTime: null },
    })
  })

  it('begins a table that would begin at the offsets of a group it does not name', async () => {
    const topic = await topicOf(3)
    expect(() => plan([topic], {})).toThrow('Property group.id is required')
    const { lines, sources } = await override([topic], { from: 'latest' })
    expect(lines).toEqual([`${topic}[0] from 3 (no record there)`])
    expect(sources[0]!.bounded).toBe(false)
    expect((await override([topic], { from: `${topic}:0=2` })).lines).toEqual([
      `${topic}[0] from 2 (2025-11-01T10:02:00.000Z)`,
    ])
  })

  it('bounds a job for the planner, too', async () => {
    const topic = await topicOf(3)
    const batch = ", 'scan.startup.mode' = 'earliest-offset'"
    expect(plan([topic], { until: 'now' }, batch).warnings).toEqual([])
    const { lines, sources } = await override([topic], { until: 'now' }, batch)
    expect(lines).toEqual([`${topic}[0] until 3`])
    expect(kafkaSourceFacts(sources[0]!)).toMatchObject({ startup: { mode: 'earliest-offset' } })
  })

  it('takes the group of the table, and its reset', async () => {
    const topic = await topicOf(3)
    const group = `${EARLIEST}, 'properties.group.id' = 'nobody'`
    await expect(override([topic], { from: 'committed' }, group)).rejects.toMatchObject({
      code: 'KAFKA_OFFSET_NOT_COMMITTED',
    })
    await expect(override([topic], { from: 'committed' }, EARLIEST)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    const { lines } = await override(
      [topic],
      { from: 'committed' },
      `${group}, 'properties.auto.offset.reset' = 'latest'`,
    )
    expect(lines).toEqual([`${topic}[0] from 3 (no record there)`])
  })

  it('leaves other topics alone when it names one, also in the same table', async () => {
    const [first, second] = [await topicOf(3), await topicOf(3)]
    const each = await override([first, second], { from: `${second}:0=1` }, EARLIEST)
    expect(each.lines).toEqual([`${second}[0] from 1 (2025-11-01T10:01:00.000Z)`])
    expect(each.sources.map(({ settings }) => settings)).toMatchObject([
      { startup: { mode: 'earliest-offset' } },
      { startup: { offsets: { [second]: { 0: 1 } } } },
    ])
    const both = await override([`${first};${second}`], { until: `${first}:0=2` }, EARLIEST)
    expect(both.sources[0]).toMatchObject({
      bounded: false,
      settings: { stopping: { offsets: { [first]: { 0: 2 } }, otherwise: null } },
    })
  })

  it.each<[string, { from?: string; until?: string }, string]>([
    ['a topic that the job does not read', { from: 'elsewhere:0=1' }, '--from names topic elsewhere'],
    ['offsets of nobody knows which topic', { until: '0=1' }, '--until does not say which topic'],
  ])('refuses %s', async (_, overrides, message) => {
    const topics = [await topicOf(1), await topicOf(1)]
    await expect(override(topics, overrides, EARLIEST)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(message),
    })
  })

  it('refuses a job that reads no topic', async () => {
    const graph = { ...plan([await topicOf(1)], {}, EARLIEST), nodes: [] }
    await expect(overrideOffsets([graph], parseOverrides({ from: 'latest' }))).rejects.toThrow('this one reads none')
  })
})
