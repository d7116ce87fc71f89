// The timestamps of records: their event times, so that a topic can be read from a time on, unless Kafka would not keep
// them so.
import { systemClock, type KafkaCluster } from '../../../engine/host.ts'
import type { EventBatch } from '../../generators/index.ts'

/** What a topic does with times. Unknown values are the widest. */
export interface TopicTimeLimits {
  /** Older records are deleted; Infinity: none are. */
  readonly retentionMs: number
  /** Records whose time lies further in the future are refused. */
  readonly futureMs: number
}

const TOPIC_RESOURCE = 2
const NAMES = ['cleanup.policy', 'retention.ms', 'message.timestamp.type', 'message.timestamp.after.max.ms']

/** Asks Kafka; where it does not tell, nothing is limited. */
export async function readTimeLimits(
  cluster: KafkaCluster,
  topic: string,
  signal: AbortSignal,
): Promise<TopicTimeLimits> {
  const resources = [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: NAMES }]
  const { results } = await cluster.request('DescribeConfigs', { resources }, { signal })
  const configs = new Map(results[0]?.configs.map(({ name, value }) => [name, value]))
  const limitOf = (name: string): number => {
    const value = Number(configs.get(name) ?? -1)
    return value < 0 ? Infinity : value
  }
  const deletes = configs.get('cleanup.policy')?.includes('delete') === true
  // The broker puts its own time over ours.
  const takesOurs = configs.get('message.timestamp.type') !== 'LogAppendTime'
  return {
    retentionMs: deletes && takesOurs ? limitOf('retention.ms') : Infinity,
    futureMs: takesOurs ? limitOf('message.timestamp.after.max.ms') : Infinity,
  }
}

export class RecordTimestamps {
  /** Records that carry the time of writing because Kafka would delete them for their age, or refuse them. */
  tooOldCount = 0
  tooNewCount = 0
  private readonly limits: TopicTimeLimits
  private readonly useEventTime: boolean

  constructor(limits: TopicTimeLimits, useEventTime: boolean) {
    this.limits = limits
    this.useEventTime = useEventTime
  }

  /** Records `from` (inclusive) to `to` (exclusive), which are written now. */
  stamp(batch: EventBatch, from: number, to: number): void {
    const { timestamp, timeMs } = batch
    const nowMs = systemClock.now()
    if (!this.useEventTime) {
      timestamp.fill(nowMs, from, to)
      return
    }
    const [oldest, newest] = [nowMs - this.limits.retentionMs, nowMs + this.limits.futureMs]
    for (let index = from; index < to; index++) {
      const at = timeMs[index]!
      if (at >= oldest && at <= newest && at >= 0) timestamp[index] = at
      else {
        timestamp[index] = nowMs
        if (at > newest) this.tooNewCount++
        else if (!Number.isNaN(at)) this.tooOldCount++
      }
    }
  }
}
