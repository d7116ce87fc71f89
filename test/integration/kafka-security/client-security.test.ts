// Our client against a real Kafka's listeners: encrypted, with logins, with both; and what it tells of those that do not fit.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../engine/common/errors.ts'
import { createTopics } from '../../../engine/kafka/client/admin.ts'
import { parseBootstrapServers } from '../../../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../../engine/kafka/client/kafka-cluster.ts'
import { listOffsets } from '../../../engine/kafka/client/list-offsets.ts'
import { Producer } from '../../../engine/kafka/client/producer.ts'
import { saslMechanisms } from '../../../engine/kafka/protocol/sasl-mechanisms.ts'
import { systemClock } from '../../../engine/time/clock.ts'
import { TestAuthority } from '../../helpers/certificates.ts'
import {
  kafkaJars,
  loginLifetimeMs,
  startSecureKafka,
  userPassword,
  type SecureKafka,
  type SecureListener,
} from './secure-kafka.ts'
import type { KafkaSecurity } from '../../../engine/kafka/client/kafka-security.ts'

describe.skipIf(kafkaJars === undefined)('a real Kafka', () => {
  let kafka: SecureKafka
  const clusters: KafkaCluster[] = []
  beforeAll(async () => {
    kafka = await startSecureKafka()
  }, 120_000)
  afterAll(() => kafka?.stop())
  afterEach(() => {
    for (const cluster of clusters.splice(0)) cluster.close()
  })

  function at(listener: SecureListener, security?: KafkaSecurity): KafkaCluster {
    const cluster = new KafkaCluster({
      bootstrapServers: parseBootstrapServers(kafka.addresses[listener]),
      security,
      clock: systemClock,
      random: Math.random,
      retryTimeoutMs: 5_000,
    })
    clusters.push(cluster)
    return cluster
  }

  async function failureAt(listener: SecureListener, security?: KafkaSecurity): Promise<string> {
    const startedAt = performance.now()
    try {
      await at(listener, security).describe()
    } catch (error) {
      if (!isFlinktsError(error)) throw error
      expect(performance.now() - startedAt).toBeLessThan(4_900) // not after retries
      expect(error.message).not.toContain('secret')
      return `${error.code} ${error.message}`
    }
    return 'none'
  }

  const login = (mechanism: (typeof saslMechanisms)[number], password = userPassword) => ({
    mechanism,
    username: 'alice',
    password,
  })
  const tls = () => ({ ca: kafka.authority.certificate })
  const clientTls = (authority = kafka.authority) => {
    const { certificate, key } = authority.issue('client')
    return { ...tls(), certificate, key }
  }

  async function write(cluster: KafkaCluster, name: string, forMs: number): Promise<void> {
    await createTopics(cluster, [{ name, partitions: 1 }])
    const producer = await Producer.open(cluster, {})
    const topic = await producer.topic(name)
    const until = performance.now() + forMs
    let sent = 0
    do {
      if (!producer.isAvailable()) await producer.available()
      topic.send(null, Buffer.alloc(100, 'x'), systemClock.now())
      sent++
      if (sent % 1000 === 0) await producer.flush()
    } while (performance.now() < until)
    await producer.flush()
    await producer.close()
    const [end] = await listOffsets(cluster, [{ topic: name, partition: 0, at: 'latest' }])
    expect(end!.offset).toBe(sent)
  }

  it('shows a client certificate', async () => {
    await write(at('SSL', { protocol: 'SSL', tls: clientTls() }), 'certificate', 0)
    expect(await failureAt('SSL', { protocol: 'SSL', tls: tls() })).toContain('KAFKA_TLS_FAILED')
    expect(await failureAt('SSL', { protocol: 'SSL', tls: clientTls(new TestAuthority()) })).toContain(
      'not accept the certificate of this client',
    )
  })

  it.each(saslMechanisms)('logs in by %s, with and without encryption', async (mechanism) => {
    const sasl = login(mechanism)
    await write(at('SASL_SSL', { protocol: 'SASL_SSL', sasl, tls: tls() }), `encrypted-${mechanism}`, 0)
    await write(at('SASL_PLAINTEXT', { protocol: 'SASL_PLAINTEXT', sasl }), `plain-${mechanism}`, 0)
    const wrong = { ...sasl, password: 'wrong-secret' }
    expect(await failureAt('SASL_SSL', { protocol: 'SASL_SSL', sasl: wrong, tls: tls() })).toContain(
      `KAFKA_LOGIN_FAILED Kafka at ${kafka.addresses.SASL_SSL}: it refuses the login of user 'alice' by ${mechanism}`,
    )
  })

  it('logs in again before a login ends, while records are written', async () => {
    const cluster = at('SASL_SSL', { protocol: 'SASL_SSL', sasl: login('SCRAM-SHA-512'), tls: tls() })
    await write(cluster, 'long', 3 * loginLifetimeMs)
  }, 60_000)

  it('tells what does not fit', async () => {
    expect(await failureAt('SSL')).toContain('this port speaks TLS')
    expect(await failureAt('SASL_SSL')).toContain('this port speaks TLS')
    expect(await failureAt('PLAINTEXT', { protocol: 'SSL', tls: tls() })).toContain('does not speak TLS')
    expect(await failureAt('SASL_PLAINTEXT')).toContain('asks for a login (SASL')
    expect(await failureAt('PLAINTEXT', { protocol: 'SASL_PLAINTEXT', sasl: login('PLAIN') })).toContain(
      'nobody logs in at this port',
    )
    expect(await failureAt('SASL_SSL', { protocol: 'SASL_SSL', sasl: login('PLAIN') })).toContain('not signed by')
    expect(await failureAt('SASL_SSL', { protocol: 'SSL', tls: tls() })).toContain('asks for a login')
  }, 60_000)
})
