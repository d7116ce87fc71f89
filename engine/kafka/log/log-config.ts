// What a partition's log needs to know of its topic's configuration. Names and defaults are Kafka's topic configs.

export interface LogConfig {
  /** `segment.bytes` */
  readonly segmentBytes: number
  /** `segment.ms`, in time of the records */
  readonly segmentMs: number
  /** `segment.index.bytes` */
  readonly segmentIndexBytes: number
  /** `index.interval.bytes` */
  readonly indexIntervalBytes: number
  /** `retention.bytes`; -1: unlimited */
  readonly retentionBytes: number
  /** `retention.ms`; -1: unlimited */
  readonly retentionMs: number
  /** `max.message.bytes`: of a batch, as sent */
  readonly maxMessageBytes: number
  /** `cleanup.policy` contains `compact`: records must have keys. */
  readonly compact: boolean
  /** `cleanup.policy` contains `delete`: retention applies. */
  readonly delete: boolean
  /** `message.timestamp.type` */
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  /** `message.timestamp.before.max.ms`, `message.timestamp.after.max.ms` */
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  /** `flush.messages`: fsync before the answer once so many records are not on disk. Infinity: never. */
  readonly flushMessages: number
  /** `flush.ms`: fsync in the background after so long. Infinity: at checkpoints only. */
  readonly flushMs: number
}

export const logConfigDefault: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  retentionBytes: -1,
  retentionMs: 7 * 24 * 60 * 60 * 1000,
  maxMessageBytes: 1024 * 1024 + 12,
  compact: false,
  delete: true,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: 60 * 60 * 1000,
  flushMessages: Infinity,
  flushMs: Infinity,
}
