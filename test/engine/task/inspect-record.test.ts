import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDefaultEnvironment } from '../../../engine/task/default-environment.ts'
import { inspectedJobOf, inspectRecord, type InspectedSource } from '../../../engine/task/inspect-record.ts'
import { startTestKafka, type TestKafka } from '../../helpers/kafka.ts'
import { SqlSession } from '../../helpers/sql-session.ts'

let kafka: TestKafka
let topic: string
const MINUTE_TEN = Date.parse('2025-11-01T10:10:00Z')
beforeAll(async () => {
  kafka = await startTestKafka()
  topic = await kafka.createTopic()
  await kafka.produce(topic, [
    { value: JSON.stringify({ zone: 7, fare: 3.5, happened: MINUTE_TEN }) },
    { value: JSON.stringify({ zone: 8, fare: -1, happened: MINUTE_TEN }) },
    { value: '{"zone":3,"fa' },
    { key: 'gone', value: null },
    { value: JSON.stringify({ zone: 9, fare: 1 }) },
  ])
})
afterAll(() => kafka.stop())

const windowed = `INSERT INTO hourly SELECT window_start, zone, SUM(fare)
  FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(ts), INTERVAL '1' HOUR)) WHERE fare > 0 GROUP BY window_start, window_end, zone`

async function inspect(
  offset: number,
  more: { topic?: string; options?: string; parallelism?: string } = {},
): Promise<InspectedSource[]> {
  const session = new SqlSession(
    `SET 'parallelism.default' = '${more.parallelism ?? '1'}'`,
    `CREATE TABLE rides (zone INT, fare DOUBLE, happened BIGINT, ts AS TO_TIMESTAMP_LTZ(happened, 3),
      WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = '${topic}',
      'properties.bootstrap.servers' = '${kafka.bootstrap}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json' ${more.options ?? ''})`,
    `CREATE TABLE hourly (window_start TIMESTAMP(3), zone INT, fares DOUBLE) WITH ('connector' = 'blackhole')`,
  )
  const { graph } = session.plan(windowed)
  const place = { topic: more.topic ?? topic, partition: 0, offset }
  return inspectRecord(inspectedJobOf(graph, undefined), place, createDefaultEnvironment())
}

it.each(['1', '2'])('follows a record to its window, at parallelism %s behind the exchange', async (parallelism) => {
  const [source] = await inspect(0, { parallelism })
  expect(source).toMatchObject({ splitId: `${topic}-0`, range: { from: 0, to: 5 } })
  expect(source!.outcome).toMatchObject({
    kind: 'rows',
    rows: [
      {
        fields: { zone: '7', fare: '3.5', happened: String(MINUTE_TEN) },
        eventTime: MINUTE_TEN,
        watermark: MINUTE_TEN - 5000,
        filteredBy: [],
        windows: [
          {
            name: expect.stringMatching(parallelism === '1' ? /^WindowAggregate/ : /^GlobalWindowAggregate/),
            time: MINUTE_TEN,
          },
        ],
        unknownBehind: [],
      },
    ],
  })
})

it('names the condition that it does not pass', async () => {
  const [source] = await inspect(1)
  const { outcome } = source!
  expect(outcome.kind === 'rows' && outcome.rows[0]).toMatchObject({
    fields: { zone: '8', fare: '-1.0' },
    filteredBy: [expect.stringMatching(/where=\[/)],
    windows: [],
  })
})

it.each([
  [2, { kind: 'unparsable', error: expect.stringContaining('offset 2: Failed to deserialize JSON') }],
  [3, { kind: 'no-row' }],
  [5, { kind: 'not-found', reason: 'it has not been written yet' }],
])('says what offset %i is', async (offset, outcome) => {
  const [source] = await inspect(offset)
  expect(source!.outcome).toEqual(outcome)
})

it('says that the format skips it', async () => {
  const [source] = await inspect(2, { options: ", 'json.ignore-parse-errors' = 'true'" })
  expect(source!.outcome).toMatchObject({ kind: 'unparsable', error: expect.stringContaining('skipped') })
})

it('does not go on where the source fails: NULL as event time', async () => {
  const [source] = await inspect(4)
  const { outcome } = source!
  expect(outcome.kind === 'rows' && outcome.rows[0]!.unknownBehind[0]).toMatch(/should not be null/)
})

it('gives nothing for a topic that the job does not read', async () => {
  expect(await inspect(0, { topic: 'elsewhere' })).toEqual([])
})
