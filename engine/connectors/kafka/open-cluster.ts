import { parseBootstrapServers } from '../../kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import type { KafkaSecurity, KafkaTls } from '../../kafka/client/kafka-security.ts'
import type { RuntimeContext } from '../connector.ts'
import { readPem } from '../pem-source.ts'
import { revealed } from '../secret-slot.ts'
import type { KafkaConnectionSettings, KafkaSecuritySettings } from './kafka-settings.ts'

/** The client of one enumerator, reader or writer; nothing is connected yet. Throws FILE_NOT_FOUND for certificates. */
export function openCluster(
  settings: KafkaConnectionSettings,
  context: Pick<RuntimeContext, 'clock' | 'random' | 'secrets'>,
): KafkaCluster {
  const { bootstrapServers, clientId, security } = settings
  return new KafkaCluster({
    bootstrapServers: parseBootstrapServers(bootstrapServers),
    // graphs of earlier versions have none
    security: security ? kafkaSecurityOf(revealed(security, context.secrets)) : undefined,
    clock: context.clock,
    random: context.random,
    ...(clientId === null ? {} : { clientId }),
  })
}

function kafkaSecurityOf({ tls, ...security }: KafkaSecuritySettings): KafkaSecurity {
  if (tls === undefined) return security
  const { ca, certificate, key, ...more } = tls
  const read = {
    ca: readPem(ca, 'ssl.truststore.location'),
    certificate: readPem(certificate, 'ssl.keystore.location'),
    key: readPem(key, 'ssl.keystore.location'),
  }
  const known = Object.fromEntries(Object.entries(read).filter(([, text]) => text !== undefined)) as KafkaTls
  return { ...security, tls: { ...more, ...known } }
}
