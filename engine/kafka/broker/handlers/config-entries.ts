// How the configurations of a topic are shown.
import { configTypeCodes, shownValue } from '../config-definition.ts'
import type { BrokerConfigs } from '../broker-configs.ts'
import { configSources, type ShownConfig } from '../config-resource.ts'
import { topicConfigDefinitions, type TopicConfigs } from '../topic-config.ts'

/** `configs`: only what was set for the topic. */
export function topicConfigEntry(brokerConfigs: BrokerConfigs, configs: TopicConfigs, name: string): ShownConfig {
  const definition = topicConfigDefinitions[name]!
  const own = configs[name] === undefined ? undefined : shownValue(definition, configs[name])
  const inherited = brokerConfigs.synonymsOfTopic(definition)
  const synonyms = own === undefined ? inherited : [{ name, value: own, source: configSources.topic }, ...inherited]
  return {
    name,
    value: own ?? brokerConfigs.topicDefaults[name] ?? definition.default,
    readOnly: false,
    isSensitive: false,
    configSource: synonyms[0]?.source ?? configSources.default,
    configType: configTypeCodes[definition.type],
    synonyms,
  }
}
