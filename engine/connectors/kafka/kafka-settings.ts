// What a Kafka table's definition hands to its runtime: plain data, validated.
import type { KafkaSecurity } from '../../kafka/client/kafka-security.ts'
import type { PemSource } from '../pem-settings.ts'
import type { SecretSlot } from '../secret-slot.ts'
import type { JsonFormatOptions } from '../../formats/json/json-format-options.ts'

/** How to reach and log into the cluster. */
export interface KafkaConnectionSettings {
  /** host:port, comma-separated */
  readonly bootstrapServers: string
  readonly clientId: string | null
  /** null: PLAINTEXT. */
  readonly security: SecretSlot<KafkaSecuritySettings> | null
}

/** KafkaSecurity, its certificates and keys not read yet. */
export type KafkaSecuritySettings = Omit<KafkaSecurity, 'tls'> & {
  readonly tls?: {
    readonly ca?: PemSource
    readonly certificate?: PemSource
    readonly key?: PemSource
    readonly keyPassword?: string
    readonly verifiesHostName?: boolean
  }
}

/** Where reading begins or ends: an offset by name, by a group, by time, or by partition. Times are ms since 1970. */
export type OffsetSpec =
  | { readonly mode: 'earliest-offset' | 'latest-offset' | 'group-offsets' }
  | { readonly mode: 'timestamp'; readonly timestampMillis: number }
  | {
      readonly mode: 'specific-offsets'
      readonly offsets: OffsetsByTopic
      /** Of topics that `offsets` leaves out; null: no end. Absent: it names all. */
      readonly otherwise?: OffsetSpec | null
    }

/** By topic and partition. */
export type OffsetsByTopic = Readonly<Record<string, Readonly<Record<string, number>>>>

/** One side of a record (key or value): its format and the table's columns it holds. */
export interface RecordPartSettings {
  readonly format: 'json'
  readonly json: JsonFormatOptions
  /** Indexes into the table's physicalType. */
  readonly columns: readonly number[]
  /** Field names inside the format, in the order of `columns`. */
  readonly names: readonly string[]
}

export interface KafkaSourceSettings {
  readonly connection: KafkaConnectionSettings
  readonly topics: readonly string[]
  readonly startup: OffsetSpec
  /** null: unbounded. */
  readonly stopping: OffsetSpec | null
  /** `stopping` also holds for splits that a checkpoint brings; else they end where they were to end. Default false. */
  readonly stopsRestored?: boolean
  readonly groupId: string | null
  /** Kafka's `auto.offset.reset`: where `group-offsets` begins in partitions of which the group has committed nothing. */
  readonly offsetReset: 'earliest' | 'latest' | 'none'
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly value: RecordPartSettings
  readonly key: RecordPartSettings | null
}

export interface KafkaSinkSettings {
  readonly connection: KafkaConnectionSettings
  readonly topic: string
  readonly deliveryGuarantee: 'none' | 'at-least-once'
  readonly partitioner: 'default' | 'fixed' | 'round-robin'
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly value: RecordPartSettings
  readonly key: RecordPartSettings | null
  /** Keys of the metadata columns behind the physical ones, in order. */
  readonly metadataKeys: readonly string[]
}
