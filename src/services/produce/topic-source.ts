// Events of another topic: keys, values, headers and times as they are there.
import type { KafkaCluster } from '../../../engine/host.ts'
import type { EventBatch, EventHeader } from '../../generators/index.ts'
import { parseOffsetSpec } from '../offset-spec.ts'
import { resolveRanges, TopicReader, type PartitionRange, type ReadBatch } from '../topic-reader.ts'
import type { TopicOrigin } from './event-origin.ts'
import type { EventSource } from './event-source.ts'
import { TimeColumn } from './time-column.ts'

interface ReadEvent {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timeMs: number
  readonly tellMs: number
  readonly isLate: false
  readonly origin: number
  readonly headers: readonly EventHeader[]
}

/** A partition's events that were read and not yet given out. */
interface Lane {
  readonly partition: number
  readonly events: ReadEvent[]
  next: number
}

/** A lane as long as this one is not read on until it was given out. */
const LANE_EVENTS_MAX = 20_000
/** Offsets stay below 2^43 with up to 1,024 partitions: one number names a record. */
const PARTITIONS_MAX = 1024

export class TopicSource implements EventSource {
  private readonly topic: string
  private readonly reader: TopicReader
  private readonly timeColumn: TimeColumn | undefined
  private readonly byTime: boolean
  private readonly lanes: Map<number, Lane>
  private readonly paused = new Set<number>()
  private readonly total: number
  private given = 0

  /** Looks the range up. Throws KAFKA_TOPIC_MISSING, OPTION_INVALID. */
  static async open(
    cluster: KafkaCluster,
    origin: TopicOrigin,
    signal: AbortSignal,
    notice: (line: string) => void,
  ): Promise<TopicSource> {
    const ranges = await resolveRanges(
      cluster,
      {
        topic: origin.topic,
        from: parseOffsetSpec(origin.from ?? 'earliest'),
        until: parseOffsetSpec(origin.until ?? 'now'),
        group: undefined,
        partitions: undefined,
        isolationLevel: 'read_committed',
      },
      signal,
    )
    const reader = new TopicReader(cluster, origin.topic, ranges, { isolationLevel: 'read_committed', signal, notice })
    return new TopicSource(origin, ranges, reader)
  }

  private constructor(origin: TopicOrigin, ranges: readonly PartitionRange[], reader: TopicReader) {
    this.topic = origin.topic
    this.timeColumn = origin.timeColumn === undefined ? undefined : new TimeColumn(origin.timeColumn)
    this.byTime = origin.byTime === true
    this.reader = reader
    this.lanes = new Map(ranges.map(({ partition }) => [partition, { partition, events: [], next: 0 }]))
    this.total = ranges.reduce((sum, { from, until = from }) => sum + Math.max(0, until - from), 0)
  }

  get fraction(): number {
    return this.total === 0 ? 1 : Math.min(1, this.given / this.total)
  }

  async fill(batch: EventBatch, max: number): Promise<boolean> {
    while (this.nextLane() === undefined && !this.reader.isDone) await this.read()
    for (let lane = this.nextLane(); lane !== undefined && batch.count < max; lane = this.nextLane()) {
      batch.addEvent(lane.events[lane.next++]!)
      this.given++
      if (lane.next === lane.events.length) {
        lane.events.length = lane.next = 0
        if (this.paused.delete(lane.partition)) this.reader.setPaused(lane.partition, false)
      }
    }
    return !this.reader.isDone || this.nextLane() !== undefined
  }

  titleOf(origin: number): string {
    return `${this.topic} partition ${origin % PARTITIONS_MAX} offset ${Math.floor(origin / PARTITIONS_MAX)}`
  }

  close(): void {
    this.reader.close()
  }

  /** The lane whose event is next; undefined: more must be read first. By time, every open partition must have shown one. */
  private nextLane(): Lane | undefined {
    let earliest: Lane | undefined
    for (const lane of this.lanes.values()) {
      if (lane.events.length === 0) {
        if (this.byTime && this.reader.open.has(lane.partition)) return undefined
      } else if (earliest === undefined || (this.byTime && timeOfNext(lane) < timeOfNext(earliest))) earliest = lane
    }
    return earliest
  }

  private async read(): Promise<void> {
    for (const { partition, batches } of await this.reader.poll()) {
      const lane = this.lanes.get(partition)!
      for (const batch of batches) this.take(lane, batch)
      if (lane.events.length < LANE_EVENTS_MAX || !this.reader.open.has(partition)) continue
      this.paused.add(partition)
      this.reader.setPaused(partition, true)
    }
  }

  private take(lane: Lane, { partition, records, count }: ReadBatch): void {
    const copy = (start: number, length: number): Buffer | null =>
      length < 0 ? null : Buffer.from(records.bytes.subarray(start, start + length))
    for (let record = 0; record < count; record++) {
      const value = copy(records.valueStart[record]!, records.valueLength[record]!)
      const origin = records.offsetOf(record) * PARTITIONS_MAX + partition
      const timestamp = records.timestampOf(record)
      const timeMs =
        this.timeColumn !== undefined && value !== null
          ? this.timeColumn.timeOf(parsed(value), () => this.titleOf(origin))
          : timestamp < 0
            ? NaN
            : timestamp
      lane.events.push({
        key: copy(records.keyStart[record]!, records.keyLength[record]!),
        value,
        timeMs,
        tellMs: timeMs,
        isLate: false,
        origin,
        headers: records
          .headersOf(record)
          .map(({ key, value }) => ({ key, value: value === null ? null : Buffer.from(value) })),
      })
    }
  }
}

function timeOfNext(lane: Lane): number {
  const { tellMs } = lane.events[lane.next]!
  return Number.isNaN(tellMs) ? -Infinity : tellMs
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString())
  } catch {
    return undefined
  }
}
