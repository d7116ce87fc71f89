// Client quotas through the socket: how long a client is told to wait, and that nothing more of it is looked at meanwhile.
import { expect, onTestFinished, test } from 'vitest'
import { ManualClock } from '../../../../../engine/testing/manual-clock.ts'
import { encodeRequest } from '../../../../../engine/kafka/protocol/messages.ts'
import { batchOf } from '../../log/log-fixture.ts'
import { RawClient, testBroker } from '../raw-client.ts'

interface Entity {
  readonly user?: string | null
  readonly 'client-id'?: string | null
}

async function setQuota(client: RawClient, entity: Entity, key: string, value: number): Promise<void> {
  const parts = Object.entries(entity).map(([entityType, entityName]) => ({
    entityType,
    entityName: entityName as string | null,
  }))
  const entries = [{ entity: parts, ops: [{ key, value, remove: value === 0 }] }]
  const answer = await client.ask('AlterClientQuotas', 1, { entries, validateOnly: false })
  expect(answer.entries[0]!.errorCode).toBe(0)
}

const records = batchOf([{ value: 'x'.repeat(20_000) }])

/** The time to wait that the answer to 20 kB names. */
async function produce(client: RawClient, clientId: string, acks = -1): Promise<number> {
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
  const answer = await client.ask('Produce', 9, { transactionalId: null, acks, timeoutMs: 1000, topicData }, clientId)
  expect(answer.responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
  return answer.throttleTimeMs
}

async function fetchThrottle(client: RawClient, clientId: string): Promise<number> {
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }]
  const topics = [{ topic: 't', partitions }]
  const request = { maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20, topics, forgottenTopicsData: [] }
  return (await client.ask('Fetch', 11, request, clientId)).throttleTimeMs
}

async function fresh() {
  const clock = new ManualClock(1_700_000_000_000)
  const broker = await testBroker({ clock })
  const admin = await RawClient.connect(broker)
  await admin.createTopic('t')
  return { clock, broker, admin, connect: () => RawClient.connect(broker) }
}

test('who produces too much is told so at once, and muted for that long; others are not', async () => {
  const { clock, admin, connect } = await fresh()
  const [slow, other] = [await connect(), await connect()]
  await setQuota(admin, { 'client-id': 'slow' }, 'producer_byte_rate', 1000)
  const waitMs = await produce(slow, 'slow')
  expect(waitMs).toBeGreaterThan(10_000)
  expect(waitMs).toBeLessThan(12_000)
  expect(await produce(other, 'other')).toBe(0)
  let isAnswered = false
  const muted = slow.ask('Metadata', 9, { topics: [] }, 'slow').then(() => (isAnswered = true))
  clock.advanceTo(clock.now() + waitMs - 1)
  expect(await produce(other, 'other')).toBe(0)
  expect(isAnswered).toBe(false)
  clock.advanceTo(clock.now() + 1)
  await muted
})

test('who does not wait for answers is muted, too', async () => {
  const { clock, admin, connect } = await fresh()
  const slow = await connect()
  await setQuota(admin, { 'client-id': 'slow' }, 'producer_byte_rate', 1000)
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
  const unanswered = { transactionalId: null, acks: 0, timeoutMs: 1000, topicData }
  slow.send(encodeRequest('Produce', 9, { correlationId: 0, clientId: 'slow' }, unanswered))
  let isAnswered = false
  const muted = slow.ask('Metadata', 9, { topics: [] }, 'slow').then(() => (isAnswered = true))
  await produce(admin, 'other')
  expect(isAnswered).toBe(false)
  clock.advanceTo(clock.now() + 12_000)
  await muted
})

test('the most special quota holds, whoever shares one shares its rate', async () => {
  const { admin, connect } = await fresh()
  const throttled = async (clientId: string) => (await produce(await connect(), clientId)) > 0
  await setQuota(admin, { 'client-id': null }, 'producer_byte_rate', 1000)
  expect(await throttled('a')).toBe(true)
  await setQuota(admin, { 'client-id': 'a' }, 'producer_byte_rate', 1e9)
  expect([await throttled('a'), await throttled('b')]).toEqual([false, true])
  await setQuota(admin, { user: null, 'client-id': 'b' }, 'producer_byte_rate', 1e9)
  expect(await throttled('b')).toBe(false)
  // 60 kB in all have to be spread over ten seconds: of three that are the same user, the third is too much.
  await setQuota(admin, { user: 'ANONYMOUS' }, 'producer_byte_rate', 5000)
  expect([await throttled('c'), await throttled('d'), await throttled('e')]).toEqual([false, false, true])
})

test('bytes of answers, and no limit any more when it is removed', async () => {
  const { admin, connect } = await fresh()
  await produce(admin, 'other')
  await setQuota(admin, { 'client-id': 'slow' }, 'consumer_byte_rate', 1000)
  expect(await fetchThrottle(await connect(), 'slow')).toBeGreaterThan(10_000)
  await setQuota(admin, { 'client-id': 'slow' }, 'consumer_byte_rate', 0)
  expect(await fetchThrottle(await connect(), 'slow')).toBe(0)
})

test('shares of requests: the wait is a second at most', async () => {
  const broker = await testBroker()
  const admin = await RawClient.connect(broker)
  await admin.createTopic('t')
  await setQuota(admin, { 'client-id': 'slow' }, 'request_percentage', 0.0001)
  const slow = await RawClient.connect(broker)
  onTestFinished(() => slow.close())
  expect(await produce(slow, 'slow')).toBe(1000)
})
