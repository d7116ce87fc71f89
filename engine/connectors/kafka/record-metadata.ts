// The metadata columns of Kafka records.
import { createCellCast } from '../../functions/cast.ts'
import { createTimeZone } from '../../functions/time-zone.ts'
import type { RecordIndex } from '../../kafka/protocol/record-index.ts'
import { withNullability } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { MetadataColumn } from '../connector.ts'
import { kafkaMetadataType } from './definition.ts'

/** Where a record comes from. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  /** Of the batch; -1: none. */
  readonly leaderEpoch: number
  readonly records: RecordIndex
  readonly index: number
}

export type MetadataReader = (place: RecordPlace) => Cell

function readHeaders({ records, index }: RecordPlace): Cell {
  // values are copied: they lie in the fetched bytes
  return new Map<Cell, Cell>(
    records.headersOf(index).map(({ key, value }) => [key, value === null ? null : Uint8Array.from(value)]),
  )
}

const readers: Readonly<Record<string, MetadataReader>> = {
  topic: ({ topic }) => topic,
  partition: ({ partition }) => partition,
  offset: ({ records, index }) => records.offsetOf(index),
  timestamp: ({ records, index }) => records.timestampOf(index),
  'timestamp-type': ({ records, index }) =>
    records.timestampOf(index) < 0 ? 'NoTimestampType' : records.logAppendTime ? 'LogAppendTime' : 'CreateTime',
  'leader-epoch': ({ leaderEpoch }) => (leaderEpoch < 0 ? null : leaderEpoch),
  headers: readHeaders,
}

/** Reads the metadata and casts it to the type the table declares. */
export function createMetadataReader(column: MetadataColumn, sessionTimeZone: string): MetadataReader {
  const read = readers[column.key]!
  const from = withNullability(kafkaMetadataType(column.key), true)
  const to = withNullability(column.type, true)
  if (JSON.stringify(from) === JSON.stringify(to)) return read
  const cast = createCellCast(from, to, createTimeZone(sessionTimeZone))
  return (place) => {
    const cell = read(place)
    return cell === null ? null : cast(cell)
  }
}
