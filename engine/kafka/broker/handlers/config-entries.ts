// How configurations are shown, and what resources have them.
import { configTypeCodes } from '../config-definition.ts'
import type { BrokerConfigEntry } from '../broker-settings.ts'
import { topicConfig, topicConfigDefinitions, type TopicConfigs } from '../topic-config.ts'

/** ConfigResource.Type */
export const topicResource = 2
export const brokerResource = 4

/** DescribeConfigsResponse.ConfigSource */
const [fromTopic, fromStaticBroker, fromDefault] = [1, 4, 5] as const

export interface ShownConfig {
  readonly name: string
  readonly value: string
  readonly readOnly: boolean
  readonly isSensitive: false
  readonly configSource: number
  readonly configType: number
  readonly synonyms: readonly { readonly name: string; readonly value: string; readonly source: number }[]
}

export function topicConfigEntry(configs: TopicConfigs, name: string): ShownConfig {
  const definition = topicConfigDefinitions[name]!
  const own = configs[name]
  const synonyms = own === undefined ? [] : [{ name, value: own, source: fromTopic }]
  if (definition.brokerName !== undefined)
    synonyms.push({ name: definition.brokerName, value: definition.default, source: fromDefault as never })
  return {
    name,
    value: topicConfig(configs, name),
    readOnly: false,
    isSensitive: false,
    configSource: own === undefined ? fromDefault : fromTopic,
    configType: configTypeCodes[definition.type],
    synonyms,
  }
}

export function brokerConfigEntry(name: string, { value, type }: BrokerConfigEntry): ShownConfig {
  return {
    name,
    value,
    readOnly: true,
    isSensitive: false,
    configSource: fromStaticBroker,
    configType: configTypeCodes[type],
    synonyms: [{ name, value, source: fromStaticBroker }],
  }
}
