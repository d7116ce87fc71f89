import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker } from '../../../../engine/broker.ts'
import type { MetadataColumn, Split } from '../../../../engine/connectors/connector.ts'
import { kafkaDefinition } from '../../../../engine/connectors/kafka/definition.ts'
import { kafkaRuntime } from '../../../../engine/connectors/kafka/kafka-runtime.ts'
import { types, type LogicalType } from '../../../../engine/types/logical-type.ts'
import { batchFromRows, rowFromBatch, type Cell } from '../../../../engine/types/record-batch.ts'
import { startTestKafka, type TestKafka } from '../../../helpers/kafka.ts'
import { createRuntimeContext } from '../../../helpers/runtime-context.ts'
import { metadataOf, ScriptedBroker } from '../../kafka/client/scripted-broker.ts'

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
})
afterAll(() => kafka.stop())

interface TableOptions {
  readonly topic: string
  readonly fields?: Record<string, LogicalType>
  readonly metadata?: readonly MetadataColumn[]
  readonly options?: Record<string, string>
  readonly configuration?: Record<string, string>
  readonly bootstrap?: string
}

function describeTable({
  topic,
  fields = { a: types.int() },
  metadata = [],
  options = {},
  configuration = {},
  bootstrap,
}: TableOptions) {
  return {
    name: 't',
    physicalType: types.row(Object.entries(fields).map(([name, type]) => ({ name, type }))),
    metadata,
    primaryKey: undefined,
    configuration,
    options: {
      connector: 'kafka',
      topic,
      'properties.bootstrap.servers': bootstrap ?? kafka.bootstrap,
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
      format: 'json',
      ...options,
    },
  }
}

interface Read {
  readonly rows: Cell[][]
  readonly splits: readonly Split[]
  readonly metrics: Record<string, number>
}

/** Runs a bounded read to its end. */
async function read(options: TableOptions, restored?: readonly Split[]): Promise<Read> {
  const source = kafkaDefinition.createSource!(describeTable(options))
  const context = createRuntimeContext({ configuration: options.configuration ?? {} })
  const enumerator = kafkaRuntime.createEnumerator!(source, context)
  const reader = kafkaRuntime.createReader!(source, context)
  const rows: Cell[][] = []
  const output = {
    emit: (_: string, batch: Parameters<typeof rowFromBatch>[0]) => {
      for (let row = 0; row < batch.rowCount; row++) rows.push(rowFromBatch(batch, row))
    },
    splitFinished: () => undefined,
  }
  try {
    await reader.start(await enumerator.start(restored))
    for (let status = reader.poll(output); status !== 'end-of-input'; status = reader.poll(output)) {
      if (status === 'nothing-available') await reader.available()
    }
    return { rows, splits: reader.snapshot(), metrics: context.metrics.snapshot() }
  } finally {
    await enumerator.close()
    await reader.close()
  }
}

const values = (...documents: (string | null | object)[]) =>
  documents.map((document) => ({
    value: document === null || typeof document === 'string' ? document : JSON.stringify(document),
  }))

async function topicWith(...documents: (string | null | object)[]): Promise<string> {
  const topic = await kafka.createTopic()
  await kafka.produce(topic, values(...documents))
  return topic
}

describe('records', () => {
  it('skips records without a value and makes rows of root arrays', async () => {
    const topic = await topicWith({ a: 1 }, null, '', '[{"a":2},{"a":3}]')
    expect((await read({ topic })).rows).toEqual([[1], [2], [3]])
  })

  it('names topic, partition, offset and bytes of a malformed record', async () => {
    const topic = await topicWith({ a: 1 }, '{"a":"x"}')
    await expect(read({ topic })).rejects.toMatchObject({
      code: 'RECORD_MALFORMED',
      message: `record at topic ${topic}, partition 0, offset 1: Failed to deserialize JSON '{"a":"x"}': Fail to deserialize at field: a. (cannot read "x" as INT)`,
    })
  })

  it('skips and counts malformed records when asked to', async () => {
    const topic = await topicWith({ a: 1 }, 'no json', { a: 2 })
    const { rows, metrics } = await read({ topic, options: { 'json.ignore-parse-errors': 'true' } })
    expect(rows).toEqual([[1], [2]])
    expect(metrics['numRecordsInErrors']).toBe(1)
    // what `topics describe` takes a running job's lag from
    expect(metrics[`KafkaSourceReader.topic.${topic}.partition.0.currentOffset`]).toBe(2)
  })

  it('reads metadata', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, [
      { key: 'k1', value: '{"a":1}', timestamp: '1700000000123', headers: { h: 'v', e: '' } },
      { value: '{"a":2}', timestamp: '1700000001000' },
    ])
    const metadata: MetadataColumn[] = [
      { key: 'timestamp', type: types.timestampLtz(3) },
      { key: 'offset', type: types.bigint() },
      { key: 'partition', type: types.int() },
      { key: 'timestamp-type', type: types.string() },
      { key: 'leader-epoch', type: types.int() },
      { key: 'topic', type: types.string() },
      { key: 'headers', type: types.map(types.string(), types.bytes()) },
    ]
    expect((await read({ topic, metadata })).rows).toEqual([
      [
        1,
        1700000000123,
        0,
        0,
        'CreateTime',
        0,
        topic,
        new Map([
          ['h', Uint8Array.from([118])],
          ['e', new Uint8Array()],
        ]),
      ],
      [2, 1700000001000, 1, 0, 'CreateTime', 0, topic, new Map()],
    ])
  })

  it('casts metadata to the declared type, in the session time zone', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, [{ value: '{"a":1}', timestamp: '1700000000123' }])
    const metadata: MetadataColumn[] = [
      { key: 'timestamp', type: types.timestamp(3) },
      { key: 'partition', type: types.bigint() },
    ]
    const { rows } = await read({ topic, metadata, configuration: { 'table.local-time-zone': 'Asia/Tokyo' } })
    expect(rows).toEqual([[1, Date.UTC(2023, 10, 15, 7, 13, 20, 123), 0]])
  })
})

describe('keys', () => {
  const fields = { id: types.int(), v: types.string() }

  it('lets the value win where both hold a field', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, [
      { key: '{"id":5}', value: '{"id":7,"v":"x"}' },
      { key: '{"id":6}', value: '{"v":"y"}' },
    ])
    const options = { 'key.format': 'json', 'key.fields': 'id' }
    expect((await read({ topic, fields, options })).rows).toEqual([
      [7, 'x'],
      [null, 'y'],
    ])
    const except = { ...options, 'value.fields-include': 'EXCEPT_KEY' }
    expect((await read({ topic, fields, options: except })).rows).toEqual([
      [5, 'x'],
      [6, 'y'],
    ])
  })

  it('drops records without a key', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, [{ value: '{"v":"x"}' }, { key: '{"id":1}', value: '{"v":"y"}' }])
    const options = { 'key.format': 'json', 'key.fields': 'id', 'value.fields-include': 'EXCEPT_KEY' }
    expect((await read({ topic, fields, options })).rows).toEqual([[1, 'y']])
  })

  it('takes the prefix off the names of key fields', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, [{ key: '{"id":5}', value: '{"id":7,"v":"x"}' }])
    const options = {
      'key.format': 'json',
      'key.fields': 'k_id',
      'key.fields-prefix': 'k_',
      'value.fields-include': 'EXCEPT_KEY',
    }
    expect((await read({ topic, fields: { k_id: types.int(), ...fields }, options })).rows).toEqual([[5, 7, 'x']])
  })
})

describe('where reading begins and ends', () => {
  const timed = async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(
      topic,
      [0, 1, 2, 3, 4].map((a) => ({ value: `{"a":${a}}`, timestamp: String(1700000000000 + a * 1000) })),
    )
    return topic
  }

  it.each<[string, Record<string, string>, number[]]>([
    [
      'specific offsets',
      { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:0,offset:3' },
      [3, 4],
    ],
    ['a time', { 'scan.startup.mode': 'timestamp', 'scan.startup.timestamp-millis': '1700000002500' }, [3, 4]],
    [
      'a time behind the last record',
      { 'scan.startup.mode': 'timestamp', 'scan.startup.timestamp-millis': '1800000000000' },
      [],
    ],
    ['the latest offset', { 'scan.startup.mode': 'latest-offset' }, []],
    [
      'an end by offset',
      { 'scan.bounded.mode': 'specific-offsets', 'scan.bounded.specific-offsets': 'partition:0,offset:2' },
      [0, 1],
    ],
    [
      'an end by time',
      { 'scan.bounded.mode': 'timestamp', 'scan.bounded.timestamp-millis': '1700000003000' },
      [0, 1, 2],
    ],
  ])('knows %s', async (_, options, expected) => {
    expect((await read({ topic: await timed(), options })).rows.flat()).toEqual(expected)
  })

  it('refuses a partition that the topic does not have', async () => {
    const options = { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:7,offset:0' }
    await expect(read({ topic: await timed(), options })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('never resets an offset that the topic does not hold', async () => {
    const topic = await timed()
    const options = { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:0,offset:9' }
    const unbounded = {
      ...options,
      'scan.bounded.mode': 'specific-offsets',
      'scan.bounded.specific-offsets': 'partition:0,offset:20',
    }
    await expect(read({ topic, options: unbounded })).rejects.toMatchObject({ code: 'KAFKA_OFFSET_OUT_OF_RANGE' })
  })

  it('reads the topics it is given', async () => {
    const [first, second] = [await topicWith({ a: 1 }), await topicWith({ a: 2 })]
    expect((await read({ topic: `${first};${second}` })).rows.sort()).toEqual([[1], [2]])
  })

  it('names a topic that does not exist', async () => {
    await expect(read({ topic: 'no-such-topic' })).rejects.toMatchObject({
      code: 'KAFKA_TOPIC_MISSING',
      message: expect.stringContaining('no-such-topic'),
    })
  })

  it('goes on from restored positions and takes new partitions from their beginning', async () => {
    const topic = await timed()
    const source = kafkaDefinition.createSource!(
      describeTable({ topic, options: { 'scan.bounded.mode': 'unbounded' } }),
    )
    const context = createRuntimeContext()
    const enumerator = kafkaRuntime.createEnumerator!(source, context)
    const restored: Split[] = [
      { id: `${topic}-0`, state: { topic, partition: 0, nextOffset: 3, stoppingOffset: null } },
    ]
    await kafka.admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
    expect(await enumerator.start(restored)).toEqual([
      ...restored,
      { id: `${topic}-1`, state: { topic, partition: 1, nextOffset: 0, stoppingOffset: null } },
    ])
    expect(await enumerator.identity()).toMatchObject({
      clusterId: expect.any(String),
      topics: { [topic]: { partitions: 2 } },
    })
    await enumerator.close()
  })
})

describe('an unbounded reader', () => {
  it('waits for records and commits to the group when a checkpoint is complete', async () => {
    const topic = await topicWith({ a: 1 })
    const groupId = `group-${topic}`
    const options = { 'scan.bounded.mode': 'unbounded', 'properties.group.id': groupId }
    const source = kafkaDefinition.createSource!(describeTable({ topic, options }))
    const context = createRuntimeContext()
    const enumerator = kafkaRuntime.createEnumerator!(source, context)
    const reader = kafkaRuntime.createReader!(source, context)
    const rows: Cell[][] = []
    const output = {
      emit: (_: string, batch: Parameters<typeof rowFromBatch>[0]) => void rows.push(rowFromBatch(batch, 0)),
      splitFinished: () => undefined,
    }
    await reader.start(await enumerator.start(undefined))
    expect(reader.positions!()).toEqual([{ id: `${topic}-0`, position: '0', pendingRecords: undefined }])
    const until = async (count: number) => {
      while (rows.length < count)
        if (reader.poll(output) === 'nothing-available' && rows.length < count) await reader.available()
    }
    await until(1)
    expect(reader.positions!()).toEqual([{ id: `${topic}-0`, position: '1', pendingRecords: 0 }])
    expect(reader.trouble!()).toBeUndefined()
    await kafka.produce(topic, values({ a: 2 }))
    await until(2)
    expect(rows).toEqual([[1], [2]])
    reader.notifyCheckpointComplete?.(reader.snapshot())
    // a real cluster may still be choosing the group's coordinator
    const committed = () =>
      kafka.admin.fetchOffsets({ groupId, topics: [topic] }).then(
        (topics) => topics[0]!.partitions[0]!.offset,
        () => undefined,
      )
    while ((await committed()) !== '2') expect(context.metrics.snapshot()['commitsFailed']).toBe(0)
    await reader.close()
    await enumerator.close()
  })
})

it('commits where a job has ended to its group, and nothing without one', async () => {
  const topic = await topicWith({ a: 1 }, { a: 2 })
  const groupId = `ended-${topic}`
  const splits: Split[] = [{ id: `${topic}-0`, state: { topic, partition: 0, nextOffset: 2, stoppingOffset: 2 } }]
  for (const options of [{}, { 'properties.group.id': groupId }] as Record<string, string>[]) {
    const source = kafkaDefinition.createSource!(describeTable({ topic, options }))
    const enumerator = kafkaRuntime.createEnumerator!(source, createRuntimeContext())
    await enumerator.commit!(splits)
    await enumerator.close()
  }
  const [committed] = await kafka.admin.fetchOffsets({ groupId, topics: [topic] })
  expect(committed!.partitions).toMatchObject([{ partition: 0, offset: '2' }])
  const { groups } = await kafka.admin.listGroups()
  expect(groups.map((group) => group.groupId).filter((id) => id.includes(topic))).toEqual([groupId])
})

it('bears a broker that goes and comes back', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'flinkts-kafka-test-'))
  let broker = await startBroker({ dataDirectory, topics: [{ name: 'rides' }] })
  const produce = async (a: number) => {
    const client = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
    const producer = client.producer({ createPartitioner: () => () => 0 })
    await producer.connect()
    await producer.send({ topic: 'rides', messages: values({ a }) })
    await producer.disconnect()
  }
  await produce(1)
  const source = kafkaDefinition.createSource!(
    describeTable({ topic: 'rides', bootstrap: broker.bootstrap, options: { 'scan.bounded.mode': 'unbounded' } }),
  )
  const context = createRuntimeContext()
  const enumerator = kafkaRuntime.createEnumerator!(source, context)
  const reader = kafkaRuntime.createReader!(source, context)
  const rows: Cell[][] = []
  const output = {
    emit: (_: string, batch: Parameters<typeof rowFromBatch>[0]) => void rows.push(rowFromBatch(batch, 0)),
    splitFinished: () => undefined,
  }
  await reader.start(await enumerator.start(undefined))
  const until = async (count: number) => {
    while (rows.length < count)
      if (reader.poll(output) === 'nothing-available' && rows.length < count) await reader.available()
  }
  try {
    await until(1)
    const { port } = broker
    await broker.stop()
    while (reader.trouble!() === undefined) await new Promise((resolve) => setImmediate(resolve))
    expect(reader.trouble!()).toBeInstanceOf(Error)
    broker = await startBroker({ dataDirectory, port })
    await produce(2)
    await until(2)
    expect(rows).toEqual([[1], [2]])
  } finally {
    await reader.close()
    await enumerator.close()
    await broker.stop()
    rmSync(dataDirectory, { recursive: true, force: true })
  }
})

describe('the writer', () => {
  async function write(options: TableOptions, rows: Cell[][], parallelism = 1, subtaskIndex = 0) {
    const sink = kafkaDefinition.createSink!(describeTable(options))
    const writer = kafkaRuntime.createWriter!(sink, createRuntimeContext({ parallelism, subtaskIndex }))
    await writer.open()
    writer.write(batchFromRows(sink.consumedType, rows))
    await writer.flush()
    await writer.close()
    return kafka.read(options.topic)
  }
  const fields = { k: types.string(), v: types.int() }

  it('writes keys', async () => {
    const topic = await kafka.createTopic()
    const records = await write({ topic, fields, options: { 'key.format': 'json', 'key.fields': 'k' } }, [
      ['a', 1],
      [null, 4],
    ])
    expect(records).toMatchObject([
      { key: '{"k":"a"}', value: '{"k":"a","v":1}' },
      { key: '{"k":null}', value: '{"k":null,"v":4}' },
    ])
  })

  it('writes timestamps and headers', async () => {
    const topic = await kafka.createTopic()
    const metadata = [
      { key: 'timestamp', type: types.timestampLtz(3) },
      { key: 'headers', type: types.map(types.string(), types.bytes()) },
    ]
    const records = await write({ topic, fields, metadata }, [['a', 1, 1000, new Map([['x', Uint8Array.from([97])]])]])
    expect(records).toMatchObject([{ key: null, value: '{"k":"a","v":1}', timestamp: 1000, headers: { x: 'a' } }])
  })

  it('keeps a subtask to one partition when asked to', async () => {
    const topic = await kafka.createTopic(3)
    const records = await write(
      { topic, fields, options: { 'sink.partitioner': 'fixed' } },
      [
        ['a', 1],
        ['b', 2],
      ],
      5,
      4,
    )
    expect(records.map(({ partition }) => partition)).toEqual([1, 1])
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('writes and reads %s', async (compression) => {
    const topic = await kafka.createTopic()
    const rows = Array.from({ length: 500 }, (_, v): Cell[] => ['some text', v])
    const options = { 'properties.compression.type': compression }
    const sink = kafkaDefinition.createSink!(describeTable({ topic, fields, options }))
    const writer = kafkaRuntime.createWriter!(sink, createRuntimeContext())
    await writer.open()
    writer.write(batchFromRows(sink.consumedType, rows))
    await writer.flush()
    await writer.close()
    expect((await read({ topic, fields })).rows).toEqual(rows)
  })

  it('tells for how long Kafka has not acknowledged the oldest record, though it takes more', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const broker = new ScriptedBroker({})
    broker.handlers = {
      Metadata: () => metadataOf(broker.port, 'hung'),
      InitProducerId: () => ({ errorCode: 0, producerId: 1n, producerEpoch: 0 }),
      Produce: async ({ topicData }) => {
        await held
        const partitionResponses = [{ index: 0, errorCode: 0, baseOffset: 0n }]
        return { responses: topicData.map(({ name }) => ({ name, partitionResponses })) }
      },
    }
    await broker.start()
    const sink = kafkaDefinition.createSink!(
      describeTable({ topic: 'hung', fields, bootstrap: `127.0.0.1:${broker.port}` }),
    )
    const writer = kafkaRuntime.createWriter!(sink, createRuntimeContext())
    try {
      await writer.open()
      expect(writer.owedForMs!()).toBeUndefined()
      writer.write(batchFromRows(sink.consumedType, [['a', 1]]))
      const flushed = writer.flush()
      await expect.poll(() => broker.count('Produce')).toBe(1)
      const first = writer.owedForMs!()!
      expect(first).toBeGreaterThanOrEqual(0)
      writer.write(batchFromRows(sink.consumedType, [['b', 2]]))
      expect(writer.isAvailable()).toBe(true)
      await expect.poll(() => writer.owedForMs!()).toBeGreaterThan(first + 5)
      release()
      await flushed
      await writer.flush()
      expect(writer.owedForMs!()).toBeUndefined()
    } finally {
      release()
      await writer.close()
      await broker.stop()
    }
  })

  it('names a topic that does not exist', async () => {
    await expect(write({ topic: 'no-such-sink' }, [[1]])).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
  })
})
