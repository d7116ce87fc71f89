// What has configurations, and where one of them comes from, in Kafka's numbers.

/** ConfigResource.Type */
export const configResourceTypes = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const

/** DescribeConfigsResponse.ConfigSource */
export const configSources = {
  topic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  clientMetrics: 7,
  group: 8,
} as const

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

export interface ShownConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly isSensitive: false
  readonly configSource: number
  readonly configType: number
  readonly synonyms: readonly ConfigSynonym[]
}
