// The configurations of the broker as they are now: those it was started with, and over them what was altered since
// (Kafka's DynamicBrokerConfig), for this node or for all, kept in the metadata journal. Topics take from here what they do
// not set themselves.
import { resourceKey } from './cluster-metadata.ts'
import { brokerConfigs, type BrokerConfigEntry, type BrokerSettings, type ShownNode } from './broker-settings.ts'
import { configError, configTypeCodes, type ConfigDefinition } from './config-definition.ts'
import { configResourceTypes, configSources, type ConfigSynonym, type ShownConfig } from './config-resource.ts'
import type { MetadataLog } from './metadata-log.ts'
import { topicConfigDefinitions, type TopicConfigs } from './topic-config.ts'
import type { Refusal } from './topics.ts'

type Configs = Readonly<Record<string, string>>

/** What threads and buffers there are is Node's affair: taken, shown and kept, as Kafka does. */
const withoutEffect: Readonly<Record<string, ConfigDefinition>> = {
  'background.threads': { type: 'int', default: '10', min: 1 },
  'log.cleaner.io.buffer.load.factor': { type: 'double', default: '0.9' },
  'log.cleaner.io.buffer.size': { type: 'int', default: '524288', min: 0 },
  'log.cleaner.threads': { type: 'int', default: '1', min: 0 },
  'num.io.threads': { type: 'int', default: '8', min: 1 },
  'num.network.threads': { type: 'int', default: '3', min: 1 },
  'num.recovery.threads.per.data.dir': { type: 'int', default: '2', min: 1 },
  'num.replica.fetchers': { type: 'int', default: '1', min: 1 },
}

const producerIdExpiration = 'producer.id.expiration.ms'
const minInsyncReplicas = 'min.insync.replicas'

/** All that can be altered while the broker runs. */
export const dynamicDefinitions: Readonly<Record<string, ConfigDefinition>> = {
  ...withoutEffect,
  ...Object.fromEntries(
    Object.values(topicConfigDefinitions).flatMap((definition) =>
      definition.brokerName === undefined ? [] : [[definition.brokerName, definition]],
    ),
  ),
  [producerIdExpiration]: { type: 'int', default: String(24 * 60 * 60 * 1000), min: 1 },
}

export interface BrokerConfigsOptions {
  readonly node: ShownNode
  readonly settings: BrokerSettings
  readonly metadata: MetadataLog
  /** Called when something was altered. */
  readonly onAltered: () => void
}

export class BrokerConfigs {
  private readonly options: BrokerConfigsOptions
  private defaults: TopicConfigs | undefined
  /** Made once: with thousands of topics it is asked for all the time. */
  private entries: Readonly<Record<string, BrokerConfigEntry>> | undefined

  constructor(options: BrokerConfigsOptions) {
    this.options = options
  }

  /** What topics get that set nothing of their own, by their names. */
  get topicDefaults(): TopicConfigs {
    return (this.defaults ??= Object.fromEntries(
      Object.entries(topicConfigDefinitions).flatMap(([name, definition]) => {
        const value = this.topicDefault(definition)
        return value === undefined ? [] : [[name, value]]
      }),
    ))
  }

  /** `producer.id.expiration.ms` */
  get producerIdExpirationMs(): number {
    const altered = this.ofNode[producerIdExpiration] ?? this.ofAll[producerIdExpiration]
    return altered === undefined ? this.options.settings.producerIdExpirationMs : Number(altered)
  }

  /** What was set for this node, or for all ('') while brokers ran. */
  altered(resourceName: string): Configs {
    const key = resourceKey(configResourceTypes.broker, resourceName)
    const set = this.options.metadata.image.resourceConfigs.get(key)?.configs
    if (resourceName !== '') return set ?? {}
    // Kafka 4.1 sets this one for all when a cluster is made (KIP-966).
    return { [minInsyncReplicas]: this.options.settings.topicDefaults[minInsyncReplicas] ?? '1', ...set }
  }

  /** What holds where nothing is set for the node, or all ('') of them. */
  inherited(resourceName: string, name: string): string {
    const given = this.options.settings.topicDefaults[name]
    return (resourceName === '' ? undefined : this.ofAll[name]) ?? given ?? dynamicDefinitions[name]!.default
  }

  /** Why these must not be what is set for the node, or all ('') of them; undefined where they may. */
  refusal(resourceName: string, configs: Readonly<Record<string, string | null>>): Refusal | undefined {
    const before = this.altered(resourceName)
    if (resourceName === '' && configs[minInsyncReplicas] === undefined)
      return {
        error: 'INVALID_CONFIG',
        message: `Cluster-level ${minInsyncReplicas} cannot be removed while ELR is enabled.`,
      }
    for (const [name, value] of Object.entries(configs)) {
      if (value === before[name]) continue
      if (!Object.hasOwn(dynamicDefinitions, name))
        return { error: 'INVALID_REQUEST', message: `Cannot update these configs dynamically: Set(${name})` }
      if (value === null) return { error: 'INVALID_REQUEST', message: `Null value not supported for : ${name}` }
      const message = configError(name, dynamicDefinitions[name]!, value)
      if (message !== undefined) return { error: 'INVALID_REQUEST', message }
      if (name === minInsyncReplicas && resourceName !== '')
        return { error: 'INVALID_CONFIG', message: `Broker-level ${name} cannot be altered while ELR is enabled.` }
    }
    return undefined
  }

  /** Replaces what is set; the caller has asked for `refusal`. Throws KAFKA_STORAGE. */
  alter(resourceName: string, configs: Configs): void {
    const { metadata, onAltered } = this.options
    metadata.append([{ kind: 'resource-configured', resourceType: configResourceTypes.broker, resourceName, configs }])
    this.defaults = undefined
    onAltered()
  }

  /** A topic's configuration where it is not the topic's own: its broker name and what stands behind. */
  synonymsOfTopic(definition: ConfigDefinition): ConfigSynonym[] {
    const { brokerName, brokerFallbacks = [] } = definition
    if (brokerName === undefined) return []
    const names = [brokerName, ...brokerFallbacks.map(({ name }) => name)]
    const shown = this.shownEntries()
    const synonyms = this.synonyms(names, shown)
    // Kafka shows a fallback only behind the name itself.
    const first = synonyms.findIndex(({ name }) => name === brokerName)
    return first < 0 ? [] : synonyms.slice(first)
  }

  /** Everything about this node. */
  describe(): ShownConfig[] {
    const shown = this.shownEntries()
    return Object.entries(shown).map(([name, { value, type }]) => {
      const synonyms = this.synonyms([name, ...(fallbackNames.get(name) ?? [])], shown)
      const first = synonyms.findIndex((synonym) => synonym.name === name)
      const own = first < 0 ? [] : synonyms.slice(first)
      return {
        name,
        value: own[0]?.value ?? value,
        readOnly: !Object.hasOwn(dynamicDefinitions, name),
        isSensitive: false,
        configSource: own[0]?.source ?? configSources.default,
        configType: configTypeCodes[type],
        synonyms: own,
      }
    })
  }

  /** What is set for all nodes. */
  describeDefaults(): ShownConfig[] {
    return Object.entries(this.ofAll).map(([name, value]) => {
      const source = configSources.dynamicDefaultBroker
      const configType = configTypeCodes[dynamicDefinitions[name]!.type]
      const shown = { name, value, readOnly: false, isSensitive: false as const, configSource: source, configType }
      return { ...shown, synonyms: [{ name, value, source }] }
    })
  }

  private topicDefault(definition: ConfigDefinition): string | undefined {
    const { brokerName, brokerFallbacks = [] } = definition
    if (brokerName === undefined) return undefined
    const { topicDefaults: given } = this.options.settings
    const value = this.ofNode[brokerName] ?? this.ofAll[brokerName] ?? given[brokerName]
    if (value !== undefined) return value
    for (const { name, factor } of brokerFallbacks) {
      const inOtherUnits = given[name]
      if (inOtherUnits === undefined) continue
      return Number(inOtherUnits) < 0 ? '-1' : String(Math.min(Number(inOtherUnits) * factor, Number.MAX_SAFE_INTEGER))
    }
    return undefined
  }

  private get ofNode(): Configs {
    return this.altered(String(this.options.node.nodeId))
  }

  private get ofAll(): Configs {
    return this.altered('')
  }

  private shownEntries(): Readonly<Record<string, BrokerConfigEntry>> {
    if (this.entries !== undefined) return this.entries
    const { settings, node } = this.options
    const entries: Record<string, BrokerConfigEntry> = { ...brokerConfigs(settings, node) }
    for (const [name, { type, default: value }] of Object.entries(withoutEffect))
      entries[name] = { value, type, default: value, isStatic: false }
    return (this.entries = entries)
  }

  private synonyms(names: readonly string[], shown: Readonly<Record<string, BrokerConfigEntry>>): ConfigSynonym[] {
    const from = (source: number, valueOf: (name: string) => string | null | undefined): ConfigSynonym[] =>
      names.flatMap((name) => {
        const value = valueOf(name) ?? undefined
        return value === undefined ? [] : [{ name, value, source }]
      })
    const { ofNode, ofAll } = this
    return [
      ...from(configSources.dynamicBroker, (name) => ofNode[name]),
      ...from(configSources.dynamicDefaultBroker, (name) => ofAll[name]),
      ...from(configSources.staticBroker, (name) => {
        const entry = shown[name]
        return entry?.isStatic ? entry.value : undefined
      }),
      ...from(configSources.default, (name) => shown[name]?.default),
    ]
  }
}

const fallbackNames = new Map(
  Object.values(topicConfigDefinitions).flatMap(({ brokerName, brokerFallbacks }) =>
    brokerName === undefined || brokerFallbacks === undefined
      ? []
      : [[brokerName, brokerFallbacks.map(({ name }) => name)] as const],
  ),
)
