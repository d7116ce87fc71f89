// The large numbers, with what they cost printed: 10,000 topics, 1,000 readers that never read, 100 MiB from several at
// once. The small ones, and what is asserted about each kind, are in test/engine/kafka/broker/limits.test.ts.
import { expect, test } from 'vitest'
import { encodeRequest } from '../../../engine/kafka/protocol/messages.ts'
import { abandonedReader, connectedSocket, fetchOf, frameHead } from '../../engine/kafka/broker/bad-clients.ts'
import { measuredBroker, mebibyte, type MeasuredBroker } from '../../engine/kafka/broker/measured-broker.ts'
import { RawClient } from '../../engine/kafka/broker/raw-client.ts'
import { batchOf, temporaryDirectory } from '../../engine/kafka/log/log-fixture.ts'

const rounds = Number(process.env.ROUNDS ?? 5)

function report(what: string, broker: MeasuredBroker, more = ''): void {
  const { pid } = broker
  const resident = Math.round(broker.residentBytes() / mebibyte)
  process.stdout.write(`${what}: ${resident} MiB resident, ${broker.openFiles()} files open (pid ${pid})${more}\n`)
}

async function roundTrip(client: RawClient, topic: string): Promise<number> {
  const startMs = performance.now()
  const offset = await client.produceRecords(topic, [{ value: 'v' }])
  expect((await client.fetch(topic, offset)).records!.length).toBeGreaterThan(0)
  return performance.now() - startMs
}

/** Goes on until `isDone`; the longest round trip. */
async function worstRoundTripMs(client: RawClient, topic: string, isDone: () => boolean): Promise<number> {
  let worst = 0
  do worst = Math.max(worst, await roundTrip(client, topic))
  while (!isDone())
  return worst
}

test('10,000 topics: made, listed, started with again, cleanly and after kill -9; one client works all the time', async () => {
  const dataDirectory = temporaryDirectory()
  let broker = await measuredBroker({ dataDirectory, topics: [{ name: 'working' }] })
  report('no topics', broker)
  const [client, working] = [await RawClient.connect(broker), await RawClient.connect(broker)]
  let isMade = false
  const making = (async () => {
    for (let from = 0; from < 10_000; from += 1000) {
      const topics = Array.from({ length: 1000 }, (_, i) => ({
        name: `topic-${from + i}`,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      }))
      const made = await client.ask('CreateTopics', 7, { topics, timeoutMs: 60_000 })
      expect(made.topics.every(({ errorCode }) => errorCode === 0)).toBe(true)
    }
    isMade = true
  })()
  const worstMs = await worstRoundTripMs(working, 'working', () => isMade)
  await making
  expect(worstMs).toBeLessThan(5000)
  report('10,000 topics made', broker, `, longest round trip meanwhile ${Math.round(worstMs)} ms`)
  expect(broker.openFiles()).toBeLessThan(1200)
  await broker.stop()
  for (const end of ['a stop', 'kill -9']) {
    const startMs = performance.now()
    broker = await measuredBroker({ dataDirectory })
    const after = await RawClient.connect(broker)
    expect((await after.ask('Metadata', 12, { topics: null })).topics.length).toBe(10_001)
    report(
      `started with 10,000 topics after ${end}`,
      broker,
      `, first answer after ${Math.round(performance.now() - startMs)} ms`,
    )
    expect(broker.openFiles()).toBeLessThan(200)
    expect(broker.residentBytes()).toBeLessThan(300 * mebibyte)
    await roundTrip(after, 'topic-9999')
    process.kill(broker.pid, 'SIGKILL')
    await broker.exited
  }
})

test('1,000 readers that never read, and as many that only announce a frame: memory is bounded, others go on', async () => {
  const broker = await measuredBroker({ topics: [{ name: 't' }, { name: 'u' }] })
  const client = await RawClient.connect(broker)
  const batch = batchOf([{ value: 'x'.repeat(1_000_000) }])
  for (let i = 0; i < 56; i++) await client.produce('t', batch)
  const before = broker.residentBytes()
  report('56 MB stored', broker)
  let areHere = false
  const coming = (async () => {
    for (let i = 0; i < 1000; i += 100) {
      await Promise.all(Array.from({ length: 100 }, () => abandonedReader(broker, fetchOf('t', 55 * mebibyte))))
      const sockets = await Promise.all(Array.from({ length: 100 }, () => connectedSocket(broker)))
      for (const socket of sockets) socket.write(Buffer.concat([frameHead(100 * mebibyte), Buffer.alloc(1000)]))
    }
    areHere = true
  })()
  const worstMs = await worstRoundTripMs(client, 'u', () => areHere)
  await coming
  for (let i = 0; i < 100; i++) await roundTrip(client, 'u')
  report('1,000 readers, 1,000 announcers', broker, `, longest round trip meanwhile ${Math.round(worstMs)} ms`)
  expect(broker.residentBytes() - before).toBeLessThan(600 * mebibyte)
  expect(worstMs).toBeLessThan(5000)
})

test('frames of 100 MiB from several clients, again and again, leave no memory behind', async () => {
  const configs = { 'max.message.bytes': String(100 * mebibyte), 'retention.bytes': '1' }
  const broker = await measuredBroker({ topics: [{ name: 'large', partitions: 4, configs }, { name: 'u' }] })
  const records = batchOf([{ value: 'x'.repeat(100 * mebibyte - 1000) }])
  const working = await RawClient.connect(broker)
  const before = broker.residentBytes()
  const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(broker)))
  let isDone = false
  const producing = (async () => {
    for (let round = 0; round < Math.min(rounds, 5); round++)
      await Promise.all(
        clients.map(async (client, index) => {
          const answered = client.nextFrame()
          const partitionData = [{ index, records }]
          const topicData = [{ name: 'large', partitionData }]
          client.send(
            encodeRequest(
              'Produce',
              9,
              { correlationId: round, clientId: null },
              { transactionalId: null, acks: -1, timeoutMs: 60_000, topicData },
            ),
          )
          await answered
        }),
      )
    isDone = true
  })()
  const worstMs = await worstRoundTripMs(working, 'u', () => isDone)
  await producing
  report(
    `4 × ${Math.min(rounds, 5)} frames of 100 MiB stored`,
    broker,
    `, longest round trip meanwhile ${Math.round(worstMs)} ms`,
  )
  expect(broker.residentBytes() - before).toBeLessThan(900 * mebibyte)
  expect(worstMs).toBeLessThan(10_000)
})
