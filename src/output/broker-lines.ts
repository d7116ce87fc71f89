// What a broker that serves says of itself.
export interface ServingBroker {
  readonly bootstrap: string
  readonly clusterId: string
  readonly dataDirectory: string
  readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[]
}

/** `dataFolder`: as it was asked for; undefined for a temporary one. */
export function renderBroker(broker: ServingBroker, dataFolder: string | undefined): string {
  const { listeners, clusterId, dataDirectory } = broker
  return [
    ...listeners.map(({ name, host, port }) => `Kafka serves at ${host}:${port} (${name})`),
    `Data: ${dataDirectory}${dataFolder === undefined ? ' (temporary: deleted at the end)' : ''}, cluster ${clusterId}`,
    'Ctrl-C stops it.',
  ].join('\n')
}
