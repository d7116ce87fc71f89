// What events can come from, as plain data.
import type { DisorderOptions, GeneratorDefinition } from '../../generators/index.ts'
import type { CreateSerializer } from '../../generators/record-serializer.ts'
import type { FileFormat } from '../read-events.ts'

export interface GeneratorOrigin {
  readonly kind: 'generator'
  readonly definition: GeneratorDefinition
  readonly startMs: number
  /** Event time from one event to the next. */
  readonly intervalMs: number
  /** Zipf's exponent of the keys; undefined: as the generator prefers. */
  readonly skew?: number | undefined
  /** Default JSON. */
  readonly createSerializer?: CreateSerializer
}

export interface FileOrigin {
  readonly kind: 'file'
  /** `-`: standard input. */
  readonly path: string
  readonly format?: FileFormat | undefined
  readonly timeColumn?: string | undefined
}

export interface TopicOrigin {
  readonly kind: 'topic'
  readonly topic: string
  /** See offset-spec.ts. Default `earliest` and `now`. */
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly timeColumn?: string | undefined
  /** Merge the partitions by event time, as pacing and delays need it. */
  readonly byTime?: boolean
}

export interface TombstoneOrigin {
  readonly kind: 'tombstones'
  readonly keys: readonly string[]
}

export type EventOrigin = GeneratorOrigin | FileOrigin | TopicOrigin | TombstoneOrigin

/** Beside where events come from. */
export interface OriginOptions {
  readonly seed: number
  /** Undefined: a generator's own, none of a file or topic. */
  readonly disorder: DisorderOptions | undefined
}
