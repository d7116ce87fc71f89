// Where the value of a setting comes from, and settings that stand above the file.
import type { ConfigErrorLocation } from './config-error.ts'

/** Where a value comes from. */
export type ConfigOrigin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly location: ConfigErrorLocation }
  /** `FLINKTS_KAFKA_PORT` */
  | { readonly kind: 'environment'; readonly name: string }
  /** `--kafka-port` */
  | { readonly kind: 'flag'; readonly name: string }

/** A setting that stands above the file. */
export interface ConfigOverride {
  /** `['kafka', 'port']` */
  readonly path: readonly string[]
  readonly value: unknown
  readonly origin: Extract<ConfigOrigin, { kind: 'environment' | 'flag' }>
}

/** `flinkts.yaml:12`, `FLINKTS_KAFKA_PORT`, `--kafka-port` or `default`. */
export function originText(origin: ConfigOrigin): string {
  if (origin.kind === 'file') return `${origin.location.file}:${origin.location.line}`
  return origin.kind === 'default' ? 'default' : origin.name
}
