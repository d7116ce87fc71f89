// The project's Kafka, for whoever talks to it: our own client for data, kafkajs for administration.
import type { KafkaConfig } from 'kafkajs'
import { KafkaCluster, parseBootstrapServers, systemClock, type KafkaConnection } from '../../engine/host.ts'

export type { KafkaConnection }

/** Nothing is connected yet; `close` it. Throws OPTION_INVALID for servers that cannot be read. */
export function openKafka(
  { bootstrapServers, security }: KafkaConnection,
  limits: { readonly retryTimeoutMs?: number; readonly connectTimeoutMs?: number } = {},
): KafkaCluster {
  return new KafkaCluster({
    bootstrapServers: parseBootstrapServers(bootstrapServers),
    security,
    clock: systemClock,
    random: Math.random,
    ...limits,
  })
}

/** Where and how kafkajs connects. */
export function kafkajsOptions({
  bootstrapServers,
  security,
}: KafkaConnection): Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'> {
  const { protocol = 'PLAINTEXT', tls, sasl } = security ?? {}
  return {
    brokers: bootstrapServers.split(',').map((server) => server.trim()),
    ...(protocol.endsWith('SSL')
      ? {
          ssl: {
            ca: tls?.ca,
            cert: tls?.certificate,
            key: tls?.key,
            passphrase: tls?.keyPassword,
            ...(tls?.verifiesHostName === false ? { checkServerIdentity: () => undefined } : {}),
          },
        }
      : {}),
    ...(protocol.startsWith('SASL') && sasl !== undefined ? { sasl: kafkajsLogin(sasl) } : {}),
  }
}

function kafkajsLogin({
  mechanism,
  username,
  password,
}: NonNullable<NonNullable<KafkaConnection['security']>['sasl']>): NonNullable<KafkaConfig['sasl']> {
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}
