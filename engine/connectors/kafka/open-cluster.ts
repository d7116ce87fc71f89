import { parseBootstrapServers } from '../../kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import type { RuntimeContext } from '../connector.ts'
import type { KafkaConnectionSettings } from './kafka-settings.ts'

/** The client of one enumerator, reader or writer; nothing is connected yet. */
export function openCluster(
  settings: KafkaConnectionSettings,
  context: Pick<RuntimeContext, 'clock' | 'random'>,
): KafkaCluster {
  return new KafkaCluster({
    bootstrapServers: parseBootstrapServers(settings.bootstrapServers),
    clock: context.clock,
    random: context.random,
    ...(settings.clientId === null ? {} : { clientId: settings.clientId }),
  })
}
