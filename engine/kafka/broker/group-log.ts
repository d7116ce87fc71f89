// Group records in the partition log of `__consumer_offsets`.
import type { Clock } from '../../time/clock.ts'
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord } from './groups/group-records.ts'
import { StateLog } from './state-log.ts'
import { groupOffsetsTopic, type Topics } from './topics.ts'

export class GroupLog extends StateLog<GroupRecord> {
  /** `alive` gives what a new beginning of the log must hold. */
  constructor(topics: Topics, clock: Clock, alive: () => Iterable<GroupRecord>, rewriteBytesMin?: number) {
    super({
      topic: groupOffsetsTopic,
      topics,
      clock,
      encode: encodeGroupRecord,
      decode: decodeGroupRecord,
      alive,
      rewriteBytesMin,
    })
  }
}
