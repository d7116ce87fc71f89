// The configurations of client metrics subscriptions (KIP-714): taken, kept and shown. There is nobody here to take metrics,
// so clients are not asked for any, as those of a Kafka without a metrics plugin.
import type { ConfigDefinition } from './config-definition.ts'

const nobodyTakesThem = 'Nobody takes metrics of clients here, so they are not asked for any.'

export const clientMetricsConfigDefinitions: Readonly<Record<string, ConfigDefinition>> = {
  'interval.ms': { type: 'int', default: '300000', min: 100, max: 3_600_000, withoutEffect: nobodyTakesThem },
  match: { type: 'list', default: '', withoutEffect: nobodyTakesThem },
  metrics: { type: 'list', default: '', withoutEffect: nobodyTakesThem },
}
