// A real Kafka with listeners of every kind, its users and certificates made here. FLINKTS_KAFKA_TOOLS: folder of its jars.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseBootstrapServers } from '../../../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../../engine/kafka/client/kafka-cluster.ts'
import { systemClock } from '../../../engine/time/clock.ts'
import { TestAuthority } from '../../helpers/certificates.ts'
import { freePort } from '../../helpers/free-port.ts'

export const kafkaJars = process.env['FLINKTS_KAFKA_TOOLS']
export const userPassword = 'alice-secret'
/** A login lasts so long. */
export const loginLifetimeMs = 2_000

const START_TIMEOUT_MS = 60_000
const LISTENERS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
export type SecureListener = (typeof LISTENERS)[number]

export interface SecureKafka {
  readonly addresses: Readonly<Record<SecureListener, string>>
  readonly authority: TestAuthority
  stop(): Promise<void>
}

function properties(folder: string, ports: Readonly<Record<string, number>>): string {
  const listeners = LISTENERS.map((name) => `${name}://127.0.0.1:${ports[name]}`).join(',')
  const common = 'org.apache.kafka.common.security'
  const jaas = ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) => [
    `listener.name.${listener}.plain.sasl.jaas.config=${common}.plain.PlainLoginModule required user_alice="${userPassword}";`,
    ...['scram-sha-256', 'scram-sha-512'].map(
      (mechanism) =>
        `listener.name.${listener}.${mechanism}.sasl.jaas.config=${common}.scram.ScramLoginModule required;`,
    ),
  ])
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports['CONTROLLER']}`,
    `listeners=${listeners},CONTROLLER://127.0.0.1:${ports['CONTROLLER']}`,
    `advertised.listeners=${listeners}`,
    'inter.broker.listener.name=PLAINTEXT',
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${LISTENERS.map((name) => `${name}:${name}`).join(',')}`,
    'controller.listener.names=CONTROLLER',
    `log.dirs=${folder}/data`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `connections.max.reauth.ms=${loginLifetimeMs}`,
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${folder}/broker.pem`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${folder}/ca.pem`,
    'listener.name.ssl.ssl.client.auth=required',
    ...jaas,
  ].join('\n')
}

export async function startSecureKafka(): Promise<SecureKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-secure-kafka-'))
  const authority = new TestAuthority()
  const { key, certificate } = authority.issue('localhost')
  writeFileSync(join(folder, 'broker.pem'), key + certificate)
  writeFileSync(join(folder, 'ca.pem'), authority.certificate)
  const ports: Record<string, number> = {}
  for (const name of [...LISTENERS, 'CONTROLLER']) ports[name] = await freePort()
  const file = join(folder, 'server.properties')
  writeFileSync(file, properties(folder, ports))
  const classPath = `${kafkaJars}/*`
  const java = (...args: string[]): string => execFileSync('java', ['-cp', classPath, ...args], { encoding: 'utf8' })
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=alice,password=${userPassword}]`,
  ])
  const clusterId = java('kafka.tools.StorageTool', 'random-uuid').trim().split('\n').at(-1)!
  java('kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file, ...scram)
  const child = spawn('java', ['-Xmx512M', '-cp', classPath, 'kafka.Kafka', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const listen = (text: Buffer): void => void (log += text.toString('utf8'))
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const addresses = Object.fromEntries(LISTENERS.map((name) => [name, `127.0.0.1:${ports[name]}`]))
  const cluster = new KafkaCluster({
    bootstrapServers: parseBootstrapServers(addresses['PLAINTEXT']!),
    clock: systemClock,
    random: Math.random,
    retryTimeoutMs: START_TIMEOUT_MS,
  })
  try {
    await Promise.race([cluster.describe(), ended.then(() => Promise.reject(new Error('it ended')))])
  } catch (error) {
    await stop()
    throw new Error(`Kafka did not start: ${(error as Error).message}\n${log.slice(-3000)}`, { cause: error })
  } finally {
    cluster.close()
  }
  return { addresses: addresses as Record<SecureListener, string>, authority, stop }
}
