import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startBroker } from '../../../../engine/broker.ts'
import { startHttpServer } from '../../../../engine/rest/http-server.ts'
import { loadProject } from '../../../../src/config/project.ts'
import { replayJobTopic, type ReplayJobTopicOptions } from '../../../../src/services/replay/replay-job-topic.ts'
import { newProgress } from '../../../../src/services/replay/replay-topic.ts'
import type { ServiceStatus } from '../../../../src/services/session/session-protocol.ts'
import { certificateFiles, TestAuthority } from '../../../helpers/certificates.ts'
import { freePort } from '../../../helpers/free-port.ts'
import { startTestKafka, type TestKafka } from '../../../helpers/kafka.ts'

let kafka: TestKafka
let other: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
  other = await startTestKafka()
})
afterAll(async () => {
  await kafka.stop()
  await other.stop()
})

function folderWith(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-replay-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'flinkts.yaml'), yaml)
  return folder
}

/** What a session says of the project's Kafka. */
async function sessionOf(status: Partial<ServiceStatus>): Promise<string> {
  const services = [{ name: 'kafka', provider: 'embedded', state: 'running', ...status }]
  const handle = () => ({ kind: 'json', body: { services } }) as const
  const server = await startHttpServer({ port: 0, routes: [{ method: 'GET', path: '/flinkts/session', handle }] })
  onTestFinished(() => server.stop())
  return `http://127.0.0.1:${server.port}`
}

function options(
  given: Pick<ReplayJobTopicOptions, 'restAddress' | 'topic' | 'bootstrapServers'> & Partial<ReplayJobTopicOptions>,
): ReplayJobTopicOptions {
  return {
    project: given.project ?? loadProject(folderWith('')),
    from: 'earliest',
    speed: 'max',
    signal: AbortSignal.timeout(20_000),
    notice: () => undefined,
    progress: newProgress(),
    ...given,
  }
}

async function filled(cluster: TestKafka, topic?: string): Promise<string> {
  const name = topic ?? (await cluster.createTopic())
  await cluster.produce(name, [{ value: 'a' }, { value: 'b' }])
  return name
}

test('writes a topic of the project’s Kafka into itself, however its address is written', async () => {
  const topic = await filled(kafka)
  const restAddress = await sessionOf({ address: kafka.bootstrap })
  await replayJobTopic(options({ restAddress, topic, bootstrapServers: kafka.bootstrap }))
  const bootstrapServers = `${kafka.bootstrap.replace('127.0.0.1', 'LOCALHOST')}, 127.0.0.1:${await freePort()}`
  await replayJobTopic(options({ restAddress, topic, bootstrapServers, from: '0=3' }))
  expect((await kafka.read(topic)).map(({ value }) => value)).toEqual(['a', 'b', 'a', 'b', 'b'])
})

test.runIf(process.env['FLINKTS_KAFKA'] === undefined)(
  'refuses a topic of another cluster, and touches no topic of that name on the project’s own',
  async () => {
    const topic = await filled(kafka)
    await other.admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    await filled(other, topic)
    const restAddress = await sessionOf({ address: kafka.bootstrap })
    const refused = replayJobTopic(options({ restAddress, topic, bootstrapServers: other.bootstrap }))
    await expect(refused).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: `the job reads ${topic} at ${other.bootstrap}, which is not the project's Kafka (${kafka.bootstrap})`,
    })
    expect(await kafka.read(topic)).toHaveLength(2)
    expect(await other.read(topic)).toHaveLength(2)
  },
)

test('an external Kafka is logged into as flinkts.yaml says', async () => {
  const security = `
  security:
    protocol: SASL_SSL
    mechanism: SCRAM-SHA-512
    username: alice
    password: { file: password }
    ca: ca.crt
`
  const folder = folderWith('')
  const authority = new TestAuthority()
  const { keyFile, certificateFile } = certificateFiles(folder, authority)
  const broker = await startBroker({
    listeners: [{ securityProtocol: 'SASL_SSL', tls: { keyFile, certificateFile } }],
    users: [{ name: 'alice', password: 'hidden-word' }],
    topics: [{ name: 'rides', partitions: 1 }],
  })
  onTestFinished(() => broker.stop())
  const servers = `127.0.0.1:${await freePort()},${broker.bootstrap}`
  writeFileSync(join(folder, 'password'), 'hidden-word\n')
  writeFileSync(join(folder, 'flinkts.yaml'), `services: external\nkafka:\n  bootstrapServers: ${servers}${security}`)
  const project = loadProject(folder)
  const restAddress = await sessionOf({ provider: 'external', address: servers })
  const producer = new Kafka({
    brokers: [broker.bootstrap],
    logLevel: logLevel.NOTHING,
    ssl: { ca: [authority.certificate] },
    sasl: { mechanism: 'scram-sha-512', username: 'alice', password: 'hidden-word' },
  }).producer()
  await producer.connect()
  await producer.send({ topic: 'rides', messages: [{ value: 'a' }] })
  await producer.disconnect()
  const given = options({ restAddress, project, topic: 'rides', bootstrapServers: servers })
  expect(await replayJobTopic(given)).toMatchObject({ read: 1, written: 1, isComplete: true })

  writeFileSync(join(folder, 'password'), 'another-word\n')
  await expect(replayJobTopic(given)).rejects.toMatchObject({ code: 'KAFKA_LOGIN_FAILED' })
})

test('says so where the project’s Kafka does not run', async () => {
  const restAddress = await sessionOf({ state: 'stopped' })
  const refused = replayJobTopic(options({ restAddress, topic: 'rides', bootstrapServers: kafka.bootstrap }))
  await expect(refused).rejects.toMatchObject({ code: 'SERVICE_START_FAILED' })
})
