import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startBroker, type BrokerOptions } from '../../../engine/broker.ts'
import { loadProject } from '../../../src/config/project.ts'
import { ExternalStack } from '../../../src/services/external-stack.ts'
import { openKafka } from '../../../src/services/kafka-connection.ts'
import { freePort } from '../../helpers/free-port.ts'

function stackOf(yaml: string): { stack: ExternalStack; notices: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-external-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'flinkts.yaml'), `services: external\n${yaml}`)
  const notices: string[] = []
  const stack = new ExternalStack({ project: loadProject(folder), notice: (text) => notices.push(text) })
  onTestFinished(() => stack.stop())
  return { stack, notices }
}

async function brokerWith(options: BrokerOptions = {}): Promise<string> {
  const broker = await startBroker(options)
  onTestFinished(() => broker.stop())
  return broker.bootstrap
}

test('missing topics are made, others are left as they are, and that is said once', async () => {
  const bootstrap = await brokerWith({ topics: [{ name: 'theirs', partitions: 3 }] })
  const dead = `127.0.0.1:${await freePort()}`
  const { stack, notices } = stackOf(`
kafka: { bootstrapServers: "${dead}, ${bootstrap}" }
topics: { ours: { partitions: 2, retention: 1h }, theirs: { partitions: 1 } }
`)
  expect(stack.status().map(({ name, provider, state }) => [name, provider, state])).toEqual([
    ['kafka', 'external', 'stopped'],
    ['postgres', 'external', 'stopped'],
  ])
  await Promise.all([stack.start({ services: ['kafka'] }), stack.start({ services: ['kafka'] })])
  await stack.start({ services: ['kafka'] })
  expect(stack.status()[0]).toMatchObject({ state: 'running', address: `${dead},${bootstrap}`, error: undefined })
  expect(notices).toEqual([
    'topic theirs has 3 partitions, flinkts.yaml says 1: it is left as it is',
    'made topic ours',
  ])
  const cluster = openKafka({ bootstrapServers: bootstrap })
  onTestFinished(() => cluster.close())
  const topics = await cluster.topics(['ours', 'theirs'])
  expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
    ['ours', 2],
    ['theirs', 3],
  ])
})

test('brokers that tell their clients an address that does not hold here are found out', async () => {
  const port = await freePort()
  const listened = await freePort()
  await brokerWith({ port: listened, advertisedHost: '127.0.0.1', advertisedPort: port })
  const { stack } = stackOf(`kafka: { bootstrapServers: "127.0.0.1:${listened}" }`)
  const failing = stack.start({ services: ['kafka'] })
  await expect(failing).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' })
  await expect(failing).rejects.toThrow(`1 of 1 brokers cannot be reached at the address that it tells its clients`)
  await expect(failing).rejects.toThrow(String(port))
  expect(stack.status()[0]).toMatchObject({ state: 'failed' })
})

test('what is not configured, not there, or not ours is told', async () => {
  const port = await freePort()
  const { stack } = stackOf(`postgres: { url: "postgresql://u@127.0.0.1:${port}/d", password: hidden-word }`)
  await expect(stack.start({ services: ['kafka'] })).rejects.toThrow('kafka.bootstrapServers is not set')
  const unreachable = stack.start({ services: ['postgres'] })
  await expect(unreachable).rejects.toMatchObject({ code: 'POSTGRES_UNREACHABLE' })
  await expect(unreachable).rejects.toThrow(`127.0.0.1:${port}`)
  await expect(stack.start({ services: ['postgres'], ports: { kafka: 1 } })).rejects.toThrow('a port was asked for')
  expect(() => stack.followLogs('kafka', { tail: 1, follow: false })).toThrow('not run by flinkts')
  const missing = stackOf(`
kafka:
  bootstrapServers: "127.0.0.1:${port}"
  security: { protocol: SASL_SSL, mechanism: PLAIN, username: u, password: { file: none }, ca: none.pem }
`)
  await expect(missing.stack.start({ services: ['kafka'] })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})
