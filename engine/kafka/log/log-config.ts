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
  /** `cleanup.policy` contains `compact`: records must have keys, and the cleaner keeps the last one of each. */
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
  /** `file.delete.delay.ms`: files of deleted segments stay on the disk so long. */
  readonly fileDeleteDelayMs: number
  /** `min.cleanable.dirty.ratio`: part of the log that was never cleaned, from which on the cleaner comes. */
  readonly minCleanableDirtyRatio: number
  /** `min.compaction.lag.ms`: records younger than this are not compacted. */
  readonly minCompactionLagMs: number
  /** `max.compaction.lag.ms`: records older than this make the cleaner come, whatever the ratio. Infinity: never. */
  readonly maxCompactionLagMs: number
  /** `delete.retention.ms`: tombstones and transaction markers are kept so long after they were first cleaned. */
  readonly deleteRetentionMs: number
}

/** A compacted log rolls early enough for `max.compaction.lag.ms`: the active segment is never cleaned. */
export function segmentMsMax(config: LogConfig): number {
  return config.compact ? Math.min(config.segmentMs, config.maxCompactionLagMs) : config.segmentMs
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
  fileDeleteDelayMs: 60 * 1000,
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Infinity,
  deleteRetentionMs: 24 * 60 * 60 * 1000,
}
