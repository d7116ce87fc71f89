// The project's Kafka, for whoever talks to it.
import { KafkaCluster, parseBootstrapServers, systemClock, type KafkaConnection } from '../../engine/host.ts'

export type { KafkaConnection }

/** Nothing is connected yet; `close` it. Throws OPTION_INVALID for servers, certificates and keys that cannot be read. */
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
