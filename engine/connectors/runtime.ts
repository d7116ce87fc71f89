// The runtimes of the connectors, loaded when a job needs them: a worker without a Postgres sink never loads `pg`.
import { check } from '../common/check.ts'
import type { ConnectorRuntime } from './connector.ts'

const loaders: Readonly<Record<string, () => Promise<ConnectorRuntime>>> = {
  blackhole: async () => (await import('./blackhole/blackhole-runtime.ts')).blackholeRuntime,
  datagen: async () => (await import('./datagen/datagen-runtime.ts')).datagenRuntime,
  filesystem: async () => (await import('./filesystem/filesystem-runtime.ts')).filesystemRuntime,
  jdbc: async () => (await import('./jdbc/jdbc-runtime.ts')).jdbcRuntime,
  kafka: async () => (await import('./kafka/kafka-runtime.ts')).kafkaRuntime,
  print: async () => (await import('./print/print-runtime.ts')).printRuntime,
  values: async () => (await import('./values/runtime.ts')).valuesRuntime,
}

/** @param identifier - of a connector that a definition knows */
export function loadConnectorRuntime(identifier: string): Promise<ConnectorRuntime> {
  const load = loaders[identifier]
  check(load !== undefined, `no runtime for connector ${identifier}`)
  return load()
}
