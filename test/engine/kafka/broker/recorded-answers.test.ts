// What a real Apache Kafka 4.1.0 answered, check by check under its recorded name. Codes, offsets, epochs and whether a
// connection is closed are the same; texts and the order inside arrays are not compared.
import { describe, expect, test } from 'vitest'
import type { RunningBroker } from '../../../../engine/broker.ts'
import { crc32c } from '../../../../engine/kafka/protocol/crc32c.ts'
import { encodeRequest } from '../../../../engine/kafka/protocol/messages.ts'
import { zeroUuid } from '../../../../engine/kafka/protocol/message-schema.ts'
import { batchOf, recordsIn } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

async function fresh(options = {}): Promise<{ broker: RunningBroker; client: RawClient }> {
  const broker = await testBroker(options)
  return { broker, client: await RawClient.connect(broker) }
}

const recently = () => Date.now()
const plain = (count = 1) =>
  batchOf(Array.from({ length: count }, (_, index) => ({ value: `v${index}`, timestamp: recently() })))

function changed(change: (batch: Buffer) => void, count = 1): Buffer {
  const batch = plain(count)
  change(batch)
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}

const frameOf = (...bytes: number[]): Buffer => Buffer.from([0, 0, 0, bytes.length, ...bytes])

describe('connections', () => {
  test.each<[string, Buffer]>([
    ['garbage_bytes_close', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['negative_frame_length_closes', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['zero_length_frame', Buffer.from([0, 0, 0, 0])],
    ['oversized_frame_closes', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['unknown_api_key_closes', frameOf(0x03, 0xe7, 0, 0, 0, 0, 0, 1, 0xff, 0xff)],
    ['unsupported_version_of_known_api_closes', frameOf(0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff, 0)],
    ['truncated_body_closes', frameOf(0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0)],
    ['huge_array_length_closes', frameOf(0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff)],
  ])('%s', async (_name, bytes) => {
    const { broker, client } = await fresh()
    client.send([bytes])
    expect(await client.closed).toBe('closed')
    const other = await RawClient.connect(broker)
    expect((await other.ask('ApiVersions', 0, {})).errorCode).toBe(0)
  })

  test('apiversions_v0_v4, apiversions_unsupported_version_answers_35_in_v0, invalid_client_software_name', async () => {
    const { client } = await fresh()
    const named = { clientSoftwareName: 'raw', clientSoftwareVersion: '1.0' }
    for (let version = 0; version <= 4; version++)
      expect((await client.ask('ApiVersions', version, version < 3 ? {} : named)).errorCode).toBe(0)
    const unnamed = { clientSoftwareName: '', clientSoftwareVersion: '' }
    expect((await client.ask('ApiVersions', 3, unnamed)).errorCode).toBe(42)
    const frame = client.nextFrame()
    const [header] = encodeRequest('ApiVersions', 3, { correlationId: 77, clientId: null }, named)
    const future = Buffer.from(header!)
    future.writeInt16BE(99, 6)
    client.send([future])
    const answer = await frame
    expect([answer.readInt32BE(0), answer.readInt16BE(4), answer.readInt32BE(6)]).toEqual([77, 35, 1])
    expect(answer.length).toBe(4 + 2 + 4 + 6)
  })

  test('the versions advertised are those of Kafka 4.1', async () => {
    const { client } = await fresh()
    const { apiKeys } = await client.ask('ApiVersions', 0, {})
    const range = (key: number) => {
      const found = apiKeys.find(({ apiKey }) => apiKey === key)!
      return [found.minVersion, found.maxVersion]
    }
    expect([range(0), range(1), range(2), range(3)]).toEqual([
      [0, 13],
      [4, 18],
      [1, 10],
      [0, 13],
    ])
    expect([range(8), range(9), range(10), range(11)]).toEqual([
      [2, 9],
      [1, 9],
      [0, 6],
      [0, 9],
    ])
    expect([range(18), range(19), range(22), range(60)]).toEqual([
      [0, 4],
      [2, 7],
      [0, 5],
      [0, 2],
    ])
  })

  test('sasl_handshake_on_plaintext', async () => {
    const { client } = await fresh()
    expect((await client.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })).errorCode).toBe(34)
    expect((await client.ask('ApiVersions', 0, {})).errorCode).toBe(0)
  })

  test('byte_at_a_time_request', async () => {
    const { client } = await fresh()
    const frame = client.nextFrame()
    for (const chunk of encodeRequest('Metadata', 1, { correlationId: 5, clientId: 'x' }, { topics: null }))
      for (const byte of chunk) client.send([Buffer.from([byte])])
    expect((await frame).readInt32BE(0)).toBe(5)
  })

  test('pipelined_requests_answered_in_order, pipelined_long_fetch_then_produce_same_connection_ordered', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    const waiting = client.fetch('t', 0, { maxWaitMs: 50 })
    const asked = Array.from({ length: 50 }, () => client.produce('t', plain()))
    expect((await waiting).errorCode).toBe(0)
    expect((await Promise.all(asked)).map(({ baseOffset }) => Number(baseOffset))).toEqual([...Array(50).keys()])
  })

  test('connections_200_concurrent, connect_disconnect_churn_500, half_open_connections_do_not_block', async () => {
    const { broker, client } = await fresh()
    await client.createTopic('t')
    const clients = await Promise.all(Array.from({ length: 200 }, () => RawClient.connect(broker)))
    for (const half of clients.slice(0, 50)) half.send([Buffer.from([0, 0])])
    await Promise.all(clients.slice(50).map((each) => each.produce('t', plain())))
    for (let i = 0; i < 500; i++) (await RawClient.connect(broker)).close()
    expect(Number((await client.fetch('t', 0)).highWatermark)).toBe(150)
  })
})

describe('topics', () => {
  test('create_topics_codes', async () => {
    const { client } = await fresh()
    await client.createTopic('exists')
    const create = async (name: string, more: object = {}) => {
      const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more }
      return (await client.ask('CreateTopics', 5, { topics: [topic], timeoutMs: 1000 })).topics[0]!.errorCode
    }
    const assigned = (...assignments: [number, number][]) => ({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: assignments.map(([partitionIndex, broker]) => ({ partitionIndex, brokerIds: [broker] })),
    })
    const config = (name: string, value: string) => ({ configs: [{ name, value }] })
    expect({
      assign_and_parts: await create('a1', { ...assigned([0, 1]), numPartitions: 1, replicationFactor: 1 }),
      assign_gap: await create('a2', assigned([0, 1], [2, 1])),
      assign_ok: await create('a3', assigned([0, 1], [1, 1])),
      assign_unknown_broker: await create('a4', assigned([0, 7])),
      bad_cfg_name: await create('c1', config('no.such', '1')),
      bad_cfg_value: await create('c2', config('retention.ms', 'soon')),
      bad_cleanup: await create('c3', config('cleanup.policy', 'burn')),
      dot: await create('.'),
      empty: await create(''),
      exists: await create('exists'),
      long250: await create('x'.repeat(250)),
      'parts-2': await create('p1', { numPartitions: -2 }),
      parts0: await create('p2', { numPartitions: 0 }),
      rf0: await create('r0', { replicationFactor: 0 }),
      rf3: await create('r3', { replicationFactor: 3 }),
      space: await create('a b'),
    }).toEqual({
      assign_and_parts: 42,
      assign_gap: 39,
      assign_ok: 0,
      assign_unknown_broker: 39,
      bad_cfg_name: 40,
      bad_cfg_value: 40,
      bad_cleanup: 40,
      dot: 17,
      empty: 17,
      exists: 36,
      long250: 17,
      'parts-2': 37,
      parts0: 37,
      rf0: 38,
      rf3: 38,
      space: 17,
    })
  })

  test('create_topics: defaults_minus1, dot_underscore_collision, duplicate_in_request, validate_only, v7', async () => {
    const { client } = await fresh()
    const topic = (name: string, more: object = {}) => ({
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [],
      configs: [],
      ...more,
    })
    const create = async (topics: ReturnType<typeof topic>[], validateOnly = false, version = 7) =>
      (await client.ask('CreateTopics', version, { topics, timeoutMs: 1000, validateOnly })).topics
    const [made] = await create([topic('made', { configs: [{ name: 'retention.ms', value: '1000' }] })])
    expect([made!.errorCode, made!.numPartitions, made!.replicationFactor]).toEqual([0, 1, 1])
    expect(made!.topicId).not.toBe(zeroUuid)
    expect(made!.configs!.find(({ name }) => name === 'retention.ms')!.value).toBe('1000')
    await create([topic('a.b')])
    expect((await create([topic('a_b')]))[0]!.errorCode).toBe(17)
    expect((await create([topic('twice'), topic('twice')])).map(({ errorCode }) => errorCode)).toEqual([42])
    expect((await create([topic('good'), topic('b d')])).map(({ errorCode }) => errorCode)).toEqual([0, 17])
    expect((await create([topic('only')], true))[0]!.errorCode).toBe(0)
    const { topics } = await client.ask('Metadata', 4, { topics: [{ name: 'only' }], allowAutoTopicCreation: false })
    expect(topics[0]!.errorCode).toBe(3)
    expect((await create([topic('made')], true))[0]!.errorCode).toBe(36)
  })

  test('delete_topics_codes, delete_recreate_topic_is_empty_with_new_id', async () => {
    const { client } = await fresh()
    const first = await client.createTopic('t')
    await client.produceRecords('t', [{ value: 'x', timestamp: recently() }])
    const byName = async (name: string) =>
      (await client.ask('DeleteTopics', 6, { topics: [{ name, topicId: zeroUuid }], timeoutMs: 1000 })).responses[0]!
    expect([(await byName('t')).errorCode, (await byName('t')).errorCode]).toEqual([0, 3])
    const second = await client.createTopic('t')
    expect(second).not.toBe(first)
    const empty = await client.fetch('t', 0)
    expect([empty.errorCode, Number(empty.highWatermark)]).toEqual([0, 0])
    const byId = async (topicId: string) =>
      (await client.ask('DeleteTopics', 6, { topics: [{ name: null, topicId }], timeoutMs: 1000 })).responses[0]!
    expect([(await byId(second)).errorCode, (await byId(second)).errorCode]).toEqual([0, 100])
    expect((await client.ask('DeleteTopics', 5, { topicNames: ['no'], timeoutMs: 1 })).responses[0]!.errorCode).toBe(3)
  })

  test('create_partitions_codes', async () => {
    const { client } = await fresh()
    await client.createTopic('t', 3)
    const grow = async (count: number, name = 't') =>
      (
        await client.ask('CreatePartitions', 3, {
          topics: [{ name, count, assignments: null }],
          timeoutMs: 1000,
          validateOnly: false,
        })
      ).results[0]!.errorCode
    const codes = { lower: await grow(2), neg: await grow(-1), same: await grow(3), zero: await grow(0) }
    expect({ ...codes, unknown: await grow(4, 'no'), up: await grow(4) }).toEqual({
      lower: 37,
      neg: 37,
      same: 37,
      zero: 37,
      unknown: 3,
      up: 0,
    })
    expect((await client.produce('t', plain(), { partition: 3 })).errorCode).toBe(0)
  })

  test('metadata checks', async () => {
    const { client } = await fresh()
    const id = await client.createTopic('t', 3)
    const one = await client.ask('Metadata', 12, { topics: [{ name: 't' }] })
    expect(one.brokers.length).toBe(1)
    expect(one.topics[0]!.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ])
    const byId = await client.ask('Metadata', 12, { topics: [{ name: null, topicId: id }] })
    expect([byId.topics[0]!.errorCode, byId.topics[0]!.name]).toEqual([0, 't'])
    const unknownId = await client.ask('Metadata', 12, {
      topics: [{ name: null, topicId: Buffer.alloc(16, 9).toString('base64url') }],
    })
    expect([unknownId.topics[0]!.errorCode, unknownId.topics[0]!.name]).toEqual([100, null])
    expect((await client.ask('Metadata', 4, { topics: [] })).topics.length).toBe(0)
    expect((await client.ask('Metadata', 4, { topics: null })).topics.length).toBe(1)
    const ask = async (name: string, allowAutoTopicCreation: boolean) =>
      (await client.ask('Metadata', 4, { topics: [{ name }], allowAutoTopicCreation })).topics[0]!
    expect((await ask('auto', false)).errorCode).toBe(3)
    await ask('auto', true)
    expect([(await ask('auto', false)).errorCode, (await client.produce('auto', plain())).errorCode]).toEqual([0, 0])
    for (const name of ['.', '..', 'a b', 'a/b', 'x'.repeat(250), 'é'])
      expect((await ask(name, true)).errorCode).toBe(17)
  })

  test('describe_topic_partitions', async () => {
    const { client } = await fresh()
    await client.createTopic('t', 3)
    const { topics } = await client.ask('DescribeTopicPartitions', 0, { topics: [{ name: 't' }, { name: 'no' }] })
    const shapes = Object.fromEntries(topics.map((topic) => [topic.name, [topic.errorCode, topic.partitions.length]]))
    expect(shapes).toEqual({ t: [0, 3], no: [3, 0] })
    const page = await client.ask('DescribeTopicPartitions', 0, { topics: [{ name: 't' }], responsePartitionLimit: 2 })
    expect(page.nextCursor).toEqual({ topicName: 't', partitionIndex: 2 })
  })
})

describe('configs', () => {
  const [topic, brokerType] = [2, 4]

  test('describe_configs_codes', async () => {
    const { client } = await fresh()
    await client.createTopic('t', 1, { 'retention.ms': '12345' })
    const describe = async (resourceType: number, resourceName: string, configurationKeys: string[] | null = null) =>
      (await client.ask('DescribeConfigs', 4, { resources: [{ resourceType, resourceName, configurationKeys }] }))
        .results[0]!
    const all = await describe(topic, 't')
    const entry = (name: string) => all.configs.find((config) => config.name === name)!
    expect([entry('cleanup.policy').value, entry('cleanup.policy').configSource]).toEqual(['delete', 5])
    const retention = entry('retention.ms')
    expect([retention.value, retention.configSource, retention.configType]).toEqual(['12345', 1, 5])
    expect((await describe(topic, 't', ['max.message.bytes'])).configs.map(({ name }) => name)).toEqual([
      'max.message.bytes',
    ])
    expect((await describe(topic, 'no')).errorCode).toBe(3)
    expect((await describe(topic, 'a b')).errorCode).toBe(17)
    expect((await describe(brokerType, '1')).errorCode).toBe(0)
    expect((await describe(brokerType, '2')).errorCode).toBe(42)
    expect((await describe(brokerType, 'one')).errorCode).toBe(42)
  })

  test('incremental_alter_configs_codes, alter_configs_replaces_all', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    const [set, remove, append] = [0, 1, 2]
    const alter = async (configOperation: number, name: string, value: string | null, resourceName = 't') =>
      (
        await client.ask('IncrementalAlterConfigs', 1, {
          resources: [{ resourceType: topic, resourceName, configs: [{ name, configOperation, value }] }],
          validateOnly: false,
        })
      ).responses[0]!.errorCode
    const get = async (name: string) =>
      (
        await client.ask('DescribeConfigs', 4, {
          resources: [{ resourceType: topic, resourceName: 't', configurationKeys: [name] }],
        })
      ).results[0]!.configs[0]!.value
    expect([await alter(set, 'retention.ms', '1000'), await get('retention.ms')]).toEqual([0, '1000'])
    expect([await alter(remove, 'retention.ms', null), await get('retention.ms')]).toEqual([0, '604800000'])
    expect([await alter(append, 'cleanup.policy', 'compact'), await get('cleanup.policy')]).toEqual([
      0,
      'delete,compact',
    ])
    expect(await alter(append, 'retention.ms', '5')).toBe(40)
    expect(await alter(set, 'no.such', '5')).toBe(40)
    expect(await alter(set, 'retention.ms', 'soon')).toBe(40)
    expect(await alter(set, 'retention.ms', '5', 'no')).toBe(3)
    await alter(set, 'retention.ms', '5')
    const { responses } = await client.ask('AlterConfigs', 2, {
      resources: [{ resourceType: topic, resourceName: 't', configs: [{ name: 'max.message.bytes', value: '77777' }] }],
      validateOnly: false,
    })
    expect([responses[0]!.errorCode, await get('max.message.bytes'), await get('retention.ms')]).toEqual([
      0,
      '77777',
      '604800000',
    ])
  })

  test('misc_admin', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    const cluster = await client.ask('DescribeCluster', 1, { includeClusterAuthorizedOperations: false })
    expect([cluster.errorCode, cluster.brokers.length]).toEqual([0, 1])
    const dirs = await client.ask('DescribeLogDirs', 4, { topics: null })
    expect([dirs.errorCode, dirs.results.map(({ errorCode }) => errorCode)]).toEqual([0, [0]])
  })
})

describe('produce', () => {
  test('produce_codes', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    const code = async (batch: Buffer | null, topic = 't', partition = 0, acks = -1) =>
      (await client.produce(topic, batch, { partition, acks })).errorCode
    const badCrc = plain()
    badCrc[17]! ^= 1
    const rejected = [-1, 2, 76, 87]
    expect({
      'acks-2': await code(plain(), 't', 0, -2),
      acks2: await code(plain(), 't', 0, 2),
      bad_crc: await code(badCrc),
      base_offset_99: await code(changed((batch) => batch.writeBigInt64BE(99n, 0))),
      control_batch_from_client: await code(changed((batch) => batch.writeInt16BE(0x20, 21))),
      count_too_high: await code(changed((batch) => batch.writeInt32BE(5, 57))),
      count_zero: await code(changed((batch) => batch.writeInt32BE(0, 57))),
      empty_name: await code(plain(), ''),
      future_ts: await code(batchOf([{ value: 'x', timestamp: recently() + 7_200_000 }])),
      garbage_records: await code(changed((batch) => batch.fill(0xff, 61))),
      invalid_name: await code(plain(), 'a b'),
      last_offset_mismatch: await code(changed((batch) => batch.writeInt32BE(7, 23))),
      magic1: await code(changed((batch) => batch.writeInt8(1, 16))),
      magic3: await code(changed((batch) => batch.writeInt8(3, 16))),
      negative_count: await code(changed((batch) => batch.writeInt32BE(-1, 57))),
      negative_partition: await code(plain(), 't', -1),
      produce_empty_records: await code(Buffer.alloc(0)),
      tiny: await code(Buffer.alloc(10)),
      transactional_attr_no_txn_id: await code(changed((batch) => batch.writeInt16BE(0x10, 21))),
      truncated_batch: await code(plain().subarray(0, -1)),
      two_batches: await code(Buffer.concat([plain(), plain()])),
      unknown_partition: await code(plain(), 't', 9),
      unknown_topic: await code(plain(), 'no'),
      end: Number((await client.fetch('t', 0)).highWatermark),
    }).toEqual({
      'acks-2': 21,
      acks2: 21,
      bad_crc: 2,
      base_offset_99: 87,
      control_batch_from_client: 87,
      count_too_high: 87,
      count_zero: 87,
      empty_name: 3,
      future_ts: 32,
      garbage_records: 87,
      invalid_name: 3,
      last_offset_mismatch: 87,
      magic1: 87,
      magic3: 2,
      negative_count: 87,
      negative_partition: 3,
      produce_empty_records: 87,
      tiny: 87,
      transactional_attr_no_txn_id: 53,
      truncated_batch: 87,
      two_batches: 87,
      unknown_partition: 3,
      unknown_topic: 3,
      end: 0,
    })
    for (const compression of [1, 2, 3, 4, 5])
      expect(rejected).toContain(await code(changed((batch) => batch.writeInt16BE(compression, 21))))
    expect(await code(batchOf([{ value: 'x', timestamp: 5 }]))).toBe(0)
    expect(await code(batchOf([{ value: 'x', timestamp: -1 }]))).toBe(0)
    expect(await code(plain())).toBe(0)
  })

  test('produce_acks0_no_response, produce_acks0_error_closes, produce_v2_below_baseline_closes', async () => {
    const { broker, client } = await fresh()
    await client.createTopic('t')
    const withoutAnswer = (topic: string) =>
      encodeRequest(
        'Produce',
        9,
        { correlationId: 1, clientId: 'raw' },
        { acks: 0, timeoutMs: 1, topicData: [{ name: topic, partitionData: [{ index: 0, records: plain() }] }] },
      )
    client.send(withoutAnswer('t'))
    expect(Number((await client.fetch('t', 0)).highWatermark)).toBe(1)
    client.send(withoutAnswer('no'))
    expect(await client.closed).toBe('closed')
    const old = await RawClient.connect(broker)
    old.send([frameOf(0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)])
    expect(await old.closed).toBe('closed')
  })

  test('produce_base_offset_and_log_append_time', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    await client.createTopic('appended', 1, { 'message.timestamp.type': 'LogAppendTime' })
    expect((await client.produce('t', plain(2))).logAppendTimeMs).toBe(-1n)
    expect((await client.produce('t', plain())).baseOffset).toBe(2n)
    expect(Number((await client.produce('appended', plain())).logAppendTimeMs)).toBeGreaterThan(0)
  })

  test('produce_compacted_null_key, produce_too_large_*, produce_v13_topic_id, partial failure', async () => {
    const { client } = await fresh()
    await client.createTopic('compacted', 1, { 'cleanup.policy': 'compact' })
    const keyless = await client.produce('compacted', plain(2))
    expect([keyless.errorCode, keyless.recordErrors.map(({ batchIndex }) => batchIndex)]).toEqual([87, [0, 1]])
    const id = await client.createTopic('small', 1, { 'max.message.bytes': '1000' })
    const large = (bytes: number) => batchOf([{ value: 'x'.repeat(bytes), timestamp: recently() }])
    expect([
      (await client.produce('small', large(2000))).errorCode,
      (await client.produce('small', plain())).errorCode,
    ]).toEqual([10, 0])
    await client.createTopic('default')
    expect((await client.produce('default', large(1_100_000))).errorCode).toBe(10)
    const byId = async (topicId: string) =>
      (
        await client.ask('Produce', 13, {
          acks: 1,
          timeoutMs: 1,
          topicData: [{ topicId, partitionData: [{ index: 0, records: plain() }] }],
        })
      ).responses[0]!.partitionResponses[0]!.errorCode
    expect([await byId(id), await byId(Buffer.alloc(16, 9).toString('base64url'))]).toEqual([0, 100])
    await client.createTopic('three', 2)
    const bad = plain()
    bad[17]! ^= 1
    const { responses } = await client.ask('Produce', 9, {
      acks: 1,
      timeoutMs: 1,
      topicData: [
        {
          name: 'three',
          partitionData: [
            { index: 0, records: plain() },
            { index: 1, records: bad },
            { index: 7, records: plain() },
          ],
        },
      ],
    })
    expect(responses[0]!.partitionResponses.map(({ index, errorCode }) => [index, errorCode])).toEqual([
      [0, 0],
      [1, 2],
      [7, 3],
    ])
  })

  test('idempotent_sequences', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    const init = await client.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 0 })
    expect([init.errorCode, init.producerId >= 0n, init.producerEpoch]).toEqual([0, true, 0])
    const send = async (baseSequence: number, count = 1, producerEpoch = 0, producerId = init.producerId) => {
      const records = Array.from({ length: count }, () => ({ value: 'x', timestamp: recently() }))
      const answer = await client.produce('t', batchOf(records, { producerId, producerEpoch, baseSequence }))
      return [answer.errorCode, Number(answer.baseOffset)]
    }
    expect(await send(0, 3)).toEqual([0, 0])
    expect(await send(3, 3)).toEqual([0, 3])
    expect(await send(0, 3)).toEqual([0, 0])
    expect(await send(3, 3)).toEqual([0, 3])
    expect(await send(7)).toEqual([45, -1])
    for (let sequence = 6; sequence < 11; sequence++) expect(await send(sequence)).toEqual([0, sequence])
    expect(await send(0, 3)).toEqual([45, -1])
    expect(await send(5, 1, 0, 999_999n)).toEqual([0, 11])
    expect(await send(1, 1, 1)).toEqual([45, -1])
    expect(await send(0, 1, 1)).toEqual([0, 12])
    expect(await send(11)).toEqual([47, -1])
  })

  test('init_producer_id_codes without a transactional id', async () => {
    const { client } = await fresh()
    const init = (more: object) =>
      client.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1000, ...more })
    expect((await init({ transactionalId: '' })).errorCode).toBe(42)
    expect((await init({ producerId: 5n })).errorCode).toBe(42)
    expect((await init({})).producerId).not.toBe((await init({})).producerId)
  })
})

describe('fetch and offsets', () => {
  async function sixRecords(client: RawClient): Promise<void> {
    await client.createTopic('t')
    for (let i = 0; i < 3; i++) await client.produce('t', plain(2))
  }

  test('fetch_codes', async () => {
    const { client } = await fresh()
    await sixRecords(client)
    const shape = async (offset: number, options = {}, topic = 't') => {
      const answer = await client.fetch(topic, offset, options)
      const { errorCode, records, highWatermark, logStartOffset } = answer
      return [errorCode, (records?.length ?? 0) > 0, Number(highWatermark), Number(logStartOffset)]
    }
    expect(await shape(0)).toEqual([0, true, 6, 0])
    expect(await shape(6)).toEqual([0, false, 6, 0])
    expect(await shape(0, { epoch: 0 })).toEqual([0, true, 6, 0])
    expect(await shape(0, { epoch: 9 })).toEqual([75, false, -1, -1])
    expect(await shape(-5)).toEqual([1, false, -1, -1])
    expect(await shape(99)).toEqual([1, false, -1, -1])
    expect(await shape(0, { partition: 9 })).toEqual([3, false, -1, -1])
    expect(await shape(0, {}, 'no')).toEqual([3, false, -1, -1])
    const middle = Buffer.from((await client.fetch('t', 3, { maxBytes: 1 })).records!)
    expect(recordsIn(middle).map(({ offset }) => offset)).toEqual([2, 3])
  })

  test('fetch_long_poll_wakes_on_produce, fetch_max_wait_expires', async () => {
    const { broker, client } = await fresh()
    await client.createTopic('t')
    const waiting = client.fetch('t', 0, { maxWaitMs: 20_000 })
    const other = await RawClient.connect(broker)
    await other.produce('t', plain())
    expect((await waiting).records!.length).toBeGreaterThan(0)
    const started = performance.now()
    expect((await client.fetch('t', 1, { maxWaitMs: 100 })).errorCode).toBe(0)
    expect(performance.now() - started).toBeGreaterThan(90)
  })

  test('fetch_session_codes, fetch_session_incremental_only_changed, fetch_v13_unknown_topic_id', async () => {
    const { client } = await fresh()
    await client.createTopic('t', 2)
    const fetch = (sessionId: number, sessionEpoch: number, partitions: number[], offset = 0n) =>
      client.ask('Fetch', 11, {
        maxWaitMs: 0,
        minBytes: 1,
        sessionId,
        sessionEpoch,
        topics: [
          {
            topic: 't',
            partitions: partitions.map((partition) => ({ partition, fetchOffset: offset, partitionMaxBytes: 1e6 })),
          },
        ],
        forgottenTopicsData: [],
      })
    const first = await fetch(0, 0, [0, 1])
    expect([first.errorCode, first.sessionId > 0]).toEqual([0, true])
    expect((await fetch(first.sessionId, 1, [])).responses).toEqual([])
    await client.produce('t', plain(), { partition: 1 })
    const news = await fetch(first.sessionId, 2, [])
    expect(news.responses[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([1])
    expect((await fetch(first.sessionId, 9, [])).errorCode).toBe(71)
    expect((await fetch(12345, 1, [])).errorCode).toBe(70)
    const byId = await client.ask('Fetch', 13, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [
        {
          topicId: Buffer.alloc(16, 9).toString('base64url'),
          partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }],
        },
      ],
      forgottenTopicsData: [],
    })
    expect([byId.errorCode, byId.responses[0]!.partitions[0]!.errorCode]).toEqual([0, 100])
  })

  test('list_offsets_codes, list_offsets_inside_batch_by_timestamp', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    await client.createTopic('empty')
    await client.produceRecords('t', [{ value: 'a', timestamp: 1000 }])
    await client.produceRecords('t', [{ value: 'b', timestamp: 3000 }])
    await client.produceRecords('t', [{ value: 'c', timestamp: 2000 }])
    const list = async (timestamp: number, topic = 't', partitionIndex = 0) => {
      const { topics } = await client.ask('ListOffsets', 7, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [{ name: topic, partitions: [{ partitionIndex, timestamp: BigInt(timestamp) }] }],
      })
      const answer = topics[0]!.partitions[0]!
      return [answer.errorCode, Number(answer.offset), Number(answer.timestamp)]
    }
    expect({
      '-1': await list(-1),
      '-2': await list(-2),
      '-3': await list(-3),
      '0': await list(0),
      '1000': await list(1000),
      '1001': await list(1001),
      '3000': await list(3000),
      '3001': await list(3001),
      empty_max: await list(-3, 'empty'),
      unknown_part: await list(-1, 't', 5),
      unknown_topic: await list(-1, 'no'),
    }).toEqual({
      '-1': [0, 3, -1],
      '-2': [0, 0, -1],
      '-3': [0, 1, 3000],
      '0': [0, 0, 1000],
      '1000': [0, 0, 1000],
      '1001': [0, 1, 3000],
      '3000': [0, 1, 3000],
      '3001': [0, -1, -1],
      empty_max: [0, -1, -1],
      unknown_part: [3, -1, -1],
      unknown_topic: [3, -1, -1],
    })
  })

  test('delete_records_codes', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    await client.produce('t', plain(5))
    const remove = async (offset: number, topic = 't') => {
      const { topics } = await client.ask('DeleteRecords', 2, {
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: BigInt(offset) }] }],
        timeoutMs: 1000,
      })
      return [topics[0]!.partitions[0]!.errorCode, Number(topics[0]!.partitions[0]!.lowWatermark)]
    }
    expect(await remove(3)).toEqual([0, 3])
    expect(await remove(1)).toEqual([0, 3])
    expect(await remove(99)).toEqual([1, -1])
    expect(await remove(-2)).toEqual([1, -1])
    expect(await remove(0, 'no')).toEqual([3, -1])
    expect((await client.fetch('t', 0)).errorCode).toBe(1)
    expect(await remove(-1)).toEqual([0, 5])
  })

  test('offset_for_leader_epoch', async () => {
    const { client } = await fresh()
    await client.createTopic('t')
    await client.produce('t', plain(2))
    const ask = async (leaderEpoch: number, currentLeaderEpoch = -1, topic = 't') => {
      const { topics } = await client.ask('OffsetForLeaderEpoch', 4, {
        topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }],
      })
      const answer = topics[0]!.partitions[0]!
      return [answer.errorCode, answer.leaderEpoch, Number(answer.endOffset)]
    }
    expect(await ask(0)).toEqual([0, 0, 2])
    expect(await ask(9)).toEqual([0, -1, -1])
    expect(await ask(0, 9)).toEqual([75, -1, -1])
    expect(await ask(0, -1, 'no')).toEqual([3, -1, -1])
  })
})
