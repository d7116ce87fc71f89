// What a Kafka message schema is: the facts of one `common/message/*.json` file (KIP-35, KIP-482), as plain data.

/** First and last version, both inclusive; 32767 stands for "and all later ones". */
export type VersionRange = readonly [number, number]

export type FieldType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'
  | 'struct'

/**
 * One field. As JavaScript values: int64 is `bigint` (exact), other numbers `number`; uuid is Kafka's own spelling (22
 * characters of base64url); bytes and records are views into the frame, never copies; structs are objects.
 *
 * Outside `versions` the field is not on the wire: decoding gives its default, encoding drops it when it is `ignorable`
 * or holds its default, and refuses otherwise.
 */
export interface FieldSchema {
  readonly name: string
  readonly type: FieldType
  readonly versions: VersionRange
  readonly array?: true
  readonly nullable?: VersionRange
  /** From the first version of `tagged` on, the field is a tagged field of its struct, written only if not its default. */
  readonly tag?: number
  readonly tagged?: VersionRange
  /** The old length prefixes even in flexible versions (the request header's client id). */
  readonly neverFlexible?: true
  readonly ignorable?: true
  /** Absent: 0, false, '', no elements, the struct's own defaults. */
  readonly default?: string | number | bigint | boolean | null
  readonly fields?: readonly FieldSchema[]
}

export interface MessageSchema {
  readonly validVersions: VersionRange
  /** First version with compact lengths and tagged fields; 32767 where there is none. */
  readonly flexibleFrom: number
  readonly fields: readonly FieldSchema[]
}

export interface ApiSchema {
  readonly key: number
  readonly validVersions: VersionRange
  /** Kafka does not advertise the last version unless told to. */
  readonly latestVersionUnstable: boolean
}

/** The uuid that means "none". */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

export function inRange(version: number, range: VersionRange | undefined): boolean {
  return range !== undefined && version >= range[0] && version <= range[1]
}
