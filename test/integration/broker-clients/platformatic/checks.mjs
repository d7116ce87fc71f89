// Holds a Kafka broker to what @platformatic/kafka expects of one: `<bootstrap> <check>`; ends with 0 when the check passes.
// FLINKTS_PLATFORMATIC names the folder in which the client is installed.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const installed = createRequire(join(process.env.FLINKTS_PLATFORMATIC, 'package.json')).resolve('@platformatic/kafka')
const client = await import(pathToFileURL(installed).href)
const [bootstrap, check] = process.argv.slice(2)
const rounds = Number(process.env.ROUNDS ?? 5)

const connected = (Client, options = {}) =>
  new Client({ clientId: 'checks', bootstrapBrokers: [bootstrap], retries: 5, retryDelay: 100, ...options })

const admin = () => connected(client.Admin)
const producer = (options) => connected(client.Producer, { serializers: client.stringSerializers, ...options })
const consumer = (groupId, options) =>
  connected(client.Consumer, { groupId, deserializers: client.stringDeserializers, maxWaitTime: 100, ...options })

const name = (prefix) => `${prefix}-${process.pid}-${process.hrtime.bigint().toString(36)}`

async function eventually(what, done) {
  for (const deadline = Date.now() + 30_000; !(await done()); await after(50))
    assert.ok(Date.now() < deadline, `not within 30 s: ${what}`)
}

/** The Kafka error that an action fails with. */
async function errorOf(action) {
  try {
    await action
  } catch (error) {
    const errors = [error]
    for (const one of errors) {
      if (one?.apiId !== undefined) return one.apiId
      errors.push(...(one?.errors ?? []), ...(one?.cause ? [one.cause] : []))
    }
    throw error
  }
  return 'none'
}

async function topicOf(partitions = 1, configs = []) {
  const topic = name('t')
  await admin().createTopics({ topics: [topic], partitions, replicas: 1, configs })
  const listed = consumer(name('g'))
  await eventually('the partitions serve', async () => {
    const offsets = await listed.listOffsets({ topics: [topic] }).catch(() => undefined)
    return offsets?.get(topic)?.length === partitions
  })
  return topic
}

const numbered = (topic, from, count, partitions = 1) =>
  Array.from({ length: count }, (_, i) => ({ topic, partition: (from + i) % partitions, value: `value ${from + i}` }))

/** The first `count` messages of a topic. */
async function read(topic, count, options = {}) {
  const reader = consumer(name('g'))
  const stream = await reader.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 100, ...options })
  const messages = []
  for await (const message of stream) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

const valuesOf = (messages) => messages.map(({ value }) => value)

function codec(compression) {
  return async () => {
    const topic = await topicOf(2)
    const sent = numbered(topic, 0, 500, 2)
    await producer().send({ messages: sent, compression })
    const messages = await read(topic, sent.length)
    for (const partition of [0, 1])
      assert.deepEqual(
        valuesOf(messages.filter((message) => message.partition === partition)),
        valuesOf(sent.filter((message) => message.partition === partition)),
      )
  }
}

async function acksVariants() {
  const topic = await topicOf()
  const sender = producer()
  for (const acks of Object.values(client.ProduceAcks)) await sender.send({ messages: numbered(topic, acks, 1), acks })
  assert.deepEqual(valuesOf(await read(topic, 3)), ['value -1', 'value 0', 'value 1'])
}

async function headersNulls() {
  const topic = await topicOf()
  const timestamp = 1_700_000_000_123n
  await producer().send({
    messages: [
      { topic, key: 'k', value: 'v', headers: { h: '1', g: '' }, timestamp },
      { topic, value: 'no key' },
      { topic, key: 'no value' },
    ],
  })
  const [first, second, third] = await read(topic, 3)
  assert.deepEqual([first.key, first.value, first.timestamp], ['k', 'v', timestamp])
  assert.deepEqual([...first.headers], [['h', '1'], ['g', '']]) // prettier-ignore
  assert.deepEqual([second.key || undefined, third.value || undefined], [undefined, undefined])
}

async function idempotent() {
  const topic = await topicOf()
  const sender = producer({ idempotent: true })
  for (let i = 0; i < 100; i++) await sender.send({ messages: numbered(topic, i, 1) })
  assert.deepEqual(valuesOf(await read(topic, 100)), valuesOf(numbered(topic, 0, 100)))
}

async function commitResume() {
  const topic = await topicOf()
  const group = name('g')
  await producer().send({ messages: numbered(topic, 0, 20) })
  const first = consumer(group)
  const stream = await first.consume({ topics: [topic], mode: 'earliest', autocommit: false })
  for await (const message of stream) {
    if (message.offset === 7n) {
      await message.commit()
      break
    }
  }
  await first.close(true)
  const second = await consumer(group).consume({ topics: [topic], mode: 'committed', autocommit: false })
  for await (const message of second) {
    assert.equal(message.value, 'value 8')
    break
  }
}

async function transactions() {
  const topic = await topicOf(2)
  const input = await topicOf()
  const group = name('g')
  await producer().send({ messages: numbered(input, 0, 2 * rounds) })
  const source = consumer(group)
  const stream = await source.consume({ topics: [input], mode: 'earliest', autocommit: false })
  const sender = producer({ transactionalId: name('tx'), idempotent: true })
  const committed = []
  let i = 0
  for await (const message of stream) {
    const messages = numbered(topic, 10 * i, 10, 2)
    const transaction = await sender.beginTransaction()
    await transaction.addConsumer(source)
    await transaction.send({ messages })
    await transaction.addOffset(message)
    // One abort only: of several of one producer in a fetch the client hides but the last.
    if (i === 1) await transaction.abort()
    else {
      await transaction.commit()
      committed.push(...messages)
    }
    if (++i === 2 * rounds) break
  }
  const messages = await read(topic, committed.length, { isolationLevel: client.FetchIsolationLevels.READ_COMMITTED })
  assert.deepEqual(valuesOf(messages).sort(), valuesOf(committed).sort())
  const [offsets] = await admin().listConsumerGroupOffsets({ groups: [group] })
  assert.equal(offsets.topics[0].partitions[0].committedOffset, BigInt(2 * rounds))
}

/** Three members share nine partitions, one leaves, and every record is seen. */
function rebalance(options) {
  return async () => {
    const topic = await topicOf(9)
    const group = name('g')
    const seen = new Set()
    const members = []
    for (let i = 0; i < 3; i++) {
      const member = consumer(group, options)
      members.push(member)
      const stream = await member.consume({
        topics: [topic],
        mode: 'committed',
        fallbackMode: 'earliest',
        autocommit: true,
      })
      stream.on('data', (message) => seen.add(message.value))
      stream.on('error', (error) => assert.fail(error))
    }
    const shares = (wanted) =>
      eventually(`shares ${wanted}`, () => {
        const owned = members.map(({ assignments }) => assignments?.flatMap(({ partitions }) => partitions) ?? [])
        const counts = owned.map(({ length }) => length).sort((a, b) => a - b)
        return counts.join() === wanted && new Set(owned.flat()).size === 9
      })
    const sender = producer()
    await shares('3,3,3')
    await sender.send({ messages: numbered(topic, 0, 90, 9) })
    await eventually('90 records are seen', () => seen.size === 90)
    await members.shift().close(true)
    await shares('4,5')
    await sender.send({ messages: numbered(topic, 90, 90, 9) })
    await eventually('180 records are seen', () => seen.size === 180)
  }
}

async function adminTopics() {
  const topics = admin()
  const topic = name('t')
  const create = () => topics.createTopics({ topics: [topic], partitions: 2, replicas: 1 })
  const [created] = await create()
  assert.deepEqual([created.name, created.partitions, created.replicas], [topic, 2, 1])
  assert.equal(await errorOf(create()), 'TOPIC_ALREADY_EXISTS')
  assert.equal(
    await errorOf(topics.createTopics({ topics: ['in valid'], partitions: 1, replicas: 1 })),
    'INVALID_TOPIC_EXCEPTION',
  )
  await eventually('it is listed', async () => (await topics.listTopics()).includes(topic))
  await topics.createPartitions({ topics: [{ name: topic, count: 4, assignments: null }] })
  await eventually('four partitions', async () => {
    const { topics: found } = await topics.metadata({ topics: [topic], forceUpdate: true })
    return found.get(topic).partitionsCount === 4
  })
  await topics.deleteTopics({ topics: [topic] })
  await eventually('it is gone', async () => !(await topics.listTopics()).includes(topic))
  assert.equal(await errorOf(topics.deleteTopics({ topics: [topic] })), 'UNKNOWN_TOPIC_OR_PARTITION')
}

async function adminConfigs() {
  const configs = admin()
  const resourceName = await topicOf(1, [{ name: 'retention.ms', value: '1000' }])
  const resource = { resourceType: client.ConfigResourceTypes.TOPIC, resourceName }
  const value = async (configName) => {
    const [described] = await configs.describeConfigs({ resources: [{ ...resource, configurationKeys: [configName] }] })
    return described.configs[0].value
  }
  assert.equal(await value('retention.ms'), '1000')
  const { SET, DELETE, APPEND } = client.IncrementalAlterConfigOperationTypes
  const alter = (...each) => configs.incrementalAlterConfigs({ resources: [{ ...resource, configs: each }] })
  await alter(
    { name: 'retention.ms', configOperation: DELETE },
    { name: 'max.message.bytes', configOperation: SET, value: '2000' },
    { name: 'cleanup.policy', configOperation: APPEND, value: 'compact' },
  )
  await eventually('altered one by one', async () => (await value('cleanup.policy')) === 'delete,compact')
  assert.deepEqual([await value('retention.ms'), await value('max.message.bytes')], ['604800000', '2000'])
  assert.equal(await errorOf(alter({ name: 'retention.ms', configOperation: SET, value: 'x' })), 'INVALID_CONFIG')
  await configs.alterConfigs({ resources: [{ ...resource, configs: [{ name: 'retention.ms', value: '77' }] }] })
  await eventually('altered as a whole', async () => (await value('retention.ms')) === '77')
  assert.equal(await value('max.message.bytes'), '1048588')
}

async function adminGroups() {
  const groups = admin()
  const topic = await topicOf(2)
  const group = name('g')
  await producer().send({ messages: numbered(topic, 0, 10, 2) })
  const member = consumer(group)
  const stream = await member.consume({ topics: [topic], mode: 'earliest', autocommit: 100 })
  let seen = 0
  stream.on('data', () => seen++)
  await eventually('every record is seen', () => seen === 10)
  const described = (await groups.describeGroups({ groups: [group] })).get(group)
  assert.deepEqual([described.state, described.protocolType, described.members.size], ['STABLE', 'consumer', 1])
  assert.equal((await groups.listGroups()).get(group).protocolType, 'consumer')
  assert.equal(await errorOf(groups.deleteGroups({ groups: [group] })), 'NON_EMPTY_GROUP')
  const [coordinator] = await groups.findCoordinator({ keyType: client.FindCoordinatorKeyTypes.GROUP, keys: [group] })
  assert.equal(`${coordinator.host}:${coordinator.port}`, bootstrap)
  await eventually('its offsets are committed', async () => {
    const [listed] = await groups.listConsumerGroupOffsets({ groups: [group] })
    return listed.topics[0]?.partitions.reduce((sum, { committedOffset }) => sum + committedOffset, 0n) === 10n
  })
  await member.close(true)
  const alteration = { groupId: group, topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 3n }] }] }
  await groups.alterConsumerGroupOffsets(alteration)
  await groups.deleteConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionIndexes: [1] }] })
  const [left] = await groups.listConsumerGroupOffsets({ groups: [group] })
  assert.deepEqual(left.topics[0].partitions.map((each) => [each.partitionIndex, each.committedOffset]), [[0, 3n]]) // prettier-ignore
  await groups.deleteGroups({ groups: [group] })
  assert.equal(await errorOf(groups.deleteGroups({ groups: [group] })), 'GROUP_ID_NOT_FOUND')
}

async function adminOffsets() {
  const offsets = admin()
  const topic = await topicOf()
  const at = BigInt(Date.now() - 3_600_000)
  await producer().send({ messages: numbered(topic, 0, 10).map((each, i) => ({ ...each, timestamp: at + BigInt(i) })) })
  const offset = async (timestamp) => {
    const [listed] = await offsets.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }],
    })
    return listed.partitions[0].offset
  }
  assert.deepEqual([await offset(-2n), await offset(-1n), await offset(at + 4n)], [0n, 10n, 4n])
  const remove = (before) =>
    offsets.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: before }] }] })
  assert.equal((await remove(6n))[0].partitions[0].lowWatermark, 6n)
  assert.equal(await offset(-2n), 6n)
  assert.equal((await read(topic, 4))[0].offset, 6n)
  assert.equal(await errorOf(remove(100n)), 'OFFSET_OUT_OF_RANGE')
  const folders = await offsets.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] })
  assert.ok(folders[0].results[0].topics[0].partitions[0].partitionSize > 0n)
}

const checks = {
  ...Object.fromEntries(
    ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((each) => [`produce_consume_${each}`, codec(each)]),
  ),
  acks_variants: acksVariants,
  headers_nulls: headersNulls,
  idempotent_100: idempotent,
  commit_resume: commitResume,
  transactions_commit_abort: transactions,
  group_rebalance_3_members: rebalance({ sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 200 }),
  group_kip848_3_members: rebalance({ groupProtocol: client.GroupProtocols.CONSUMER }),
  admin_topics: adminTopics,
  admin_configs: adminConfigs,
  admin_groups: adminGroups,
  admin_offsets_deleteRecords: adminOffsets,
}

await checks[check]()
process.exit(0) // the client's connections are open
