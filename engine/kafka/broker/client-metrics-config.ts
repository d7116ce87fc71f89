// The configurations of client metrics subscriptions (KIP-714): taken, kept and shown. There is nobody here to take metrics,
// so clients are not asked for any, as those of a Kafka without a metrics plugin.
import { listOf, type ConfigDefinition } from './config-definition.ts'

const nobodyTakesThem = 'Nobody takes metrics of clients here, so they are not asked for any.'

export const clientMetricsConfigDefinitions: Readonly<Record<string, ConfigDefinition>> = {
  'interval.ms': { type: 'int', default: '300000', min: 100, max: 3_600_000, withoutEffect: nobodyTakesThem },
  match: { type: 'list', default: '', withoutEffect: nobodyTakesThem },
  metrics: { type: 'list', default: '', withoutEffect: nobodyTakesThem },
}

const clientParameters: readonly string[] = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/** `match` is a list of what is known of a client, and a pattern for each. */
export function clientMatchError(match: string): string | undefined {
  for (const element of listOf(match)) {
    const [parameter, pattern, ...more] = element.split('=').map((part) => part.trim())
    if (pattern === undefined || more.length > 0 || !clientParameters.includes(parameter!))
      return `Illegal client matching pattern: ${element}`
    try {
      new RegExp(pattern)
    } catch {
      return `Illegal client matching pattern: ${element}`
    }
  }
  return undefined
}
