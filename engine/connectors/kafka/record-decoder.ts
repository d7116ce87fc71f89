// Kafka records into the columns of a table: value, key and metadata.
import { FlinktsError } from '../../common/errors.ts'
import { ColumnBuffer } from '../../formats/column-buffer.ts'
import { JsonDecodeError, JsonDecoder } from '../../formats/json/json-decoder.ts'
import type { RecordIndex } from '../../kafka/protocol/record-index.ts'
import { types, type RowField, type RowType } from '../../types/logical-type.ts'
import { createBatch, getCell, type Column, type RecordBatch } from '../../types/record-batch.ts'
import type { SourceSpec } from '../connector.ts'
import type { KafkaSourceSettings, RecordPartSettings } from './kafka-settings.ts'
import { createMetadataReader, type MetadataReader, type RecordPlace } from './record-metadata.ts'

export interface PartitionPlace {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: number
}

/** The key's cells go through a buffer of their own: a field that key and value hold is the value's. */
interface KeyDecoder {
  readonly decoder: JsonDecoder
  readonly rows: ColumnBuffer
  /** For each key field its column in the produced rows, or -1. */
  readonly targets: readonly number[]
}

const SHOWN_BYTES_MAX = 500

/** Rows of one table, collected until `takeBatch`. */
export class RecordDecoder {
  rowCount = 0
  readonly #buffer: ColumnBuffer
  readonly #output: readonly Column[]
  readonly #producedType: RowType
  readonly #value: JsonDecoder
  readonly #key: KeyDecoder | undefined
  readonly #metadata: readonly { readonly column: number; readonly read: MetadataReader }[]

  /** @param batchRows - rows that `takeBatch` is meant for; root arrays may give more */
  constructor(spec: SourceSpec, sessionTimeZone: string, batchRows: number) {
    const settings = spec.settings as unknown as KafkaSourceSettings
    const physical = spec.physicalType.fields
    // a missing field fails the job whether the query reads it or not
    const isStrict = settings.value.json.failOnMissingField
    const hidden = isStrict ? settings.value.columns.filter((column) => !spec.projection.includes(column)) : []
    const columns = [...spec.projection, ...hidden]
    this.#producedType = spec.producedType
    this.#buffer = new ColumnBuffer(
      types.row([
        ...spec.producedType.fields,
        ...hidden.map((column) => ({ name: `hidden ${column}`, type: physical[column]!.type })),
      ]),
      batchRows,
    )
    // projected physical columns, then metadata, then hidden ones
    const place = (column: number): number => {
      const index = columns.indexOf(column)
      return index < spec.projection.length ? index : index + spec.metadata.length
    }
    const valueColumns = settings.value.columns.filter((column) => columns.includes(column))
    this.#value = new JsonDecoder(
      partType(settings.value, valueColumns, physical),
      settings.value.json,
      this.#buffer,
      valueColumns.map(place),
    )
    this.#key =
      settings.key === null ? undefined : createKeyDecoder(settings.key, valueColumns, columns, physical, place)
    this.#metadata = spec.metadata.map((column, index) => ({
      column: spec.projection.length + index,
      read: createMetadataReader(column, sessionTimeZone),
    }))
    this.#output = this.#buffer.columns.slice(0, spec.producedType.fields.length)
  }

  /** Documents dropped because of `ignore-parse-errors`. */
  get ignoredRecords(): number {
    return this.#value.ignoredDocuments + (this.#key?.decoder.ignoredDocuments ?? 0)
  }

  /**
   * Decodes records [from, to) until `rowsMax` rows are there; returns the first record not decoded. A record without a
   * value gives no row, with a key format one without a key neither. Throws RECORD_MALFORMED.
   */
  decode(place: PartitionPlace, records: RecordIndex, from: number, to: number, rowsMax: number): number {
    const { valueStart, valueLength } = records
    const bytes = asBuffer(records.bytes)
    const isPlain = this.#key === undefined && this.#metadata.length === 0
    let index = from
    try {
      for (; index < to && this.rowCount < rowsMax; index++) {
        const length = valueLength[index]!
        if (length < 0) continue
        const start = valueStart[index]!
        if (isPlain) this.rowCount += this.#value.decode(bytes, start, start + length, this.rowCount)
        else this.#decodeWhole(place, records, bytes, index)
      }
    } catch (error) {
      throw error instanceof JsonDecodeError ? malformed(place, records, bytes, index, error) : error
    }
    return index
  }

  #decodeWhole(place: PartitionPlace, records: RecordIndex, bytes: Buffer, index: number): void {
    const start = records.valueStart[index]!
    const keyRows = this.#decodeKey(records, bytes, index)
    const first = this.rowCount
    for (let keyRow = 0; keyRow < keyRows; keyRow++) {
      const from = this.rowCount
      this.rowCount += this.#value.decode(bytes, start, start + records.valueLength[index]!, from)
      if (this.#key !== undefined) this.#copyKey(this.#key, keyRow, from)
    }
    const at: RecordPlace = { ...place, records, index }
    for (const { column, read } of this.#metadata) {
      const cell = read(at)
      for (let row = first; row < this.rowCount; row++) this.#buffer.setCell(column, row, cell)
    }
  }

  /** How many rows the key gives; 1 without a key format. */
  #decodeKey(records: RecordIndex, bytes: Buffer, index: number): number {
    if (this.#key === undefined) return 1
    const { decoder, rows } = this.#key
    const start = records.keyStart[index]!
    rows.reset()
    return decoder.decode(bytes, start, start + Math.max(0, records.keyLength[index]!), 0)
  }

  #copyKey(key: KeyDecoder, keyRow: number, from: number): void {
    key.targets.forEach((column, field) => {
      if (column < 0) return
      const cell = getCell(key.rows.type.fields[field]!.type, key.rows.columns[field]!, keyRow)
      for (let row = from; row < this.rowCount; row++) this.#buffer.setCell(column, row, cell)
    })
  }

  /** The rows collected; valid until the next `decode`. Undefined where there are none. */
  takeBatch(): RecordBatch | undefined {
    if (this.rowCount === 0) return undefined
    const batch = createBatch(this.#producedType, this.#output, this.rowCount)
    this.rowCount = 0
    return batch
  }

  /** Before the first `decode` after `takeBatch`. */
  reset(): void {
    this.#buffer.reset()
  }
}

function partType(part: RecordPartSettings, columns: readonly number[], physical: readonly RowField[]): RowType {
  return types.row(
    columns.map((column) => ({ name: part.names[part.columns.indexOf(column)]!, type: physical[column]!.type })),
  )
}

function createKeyDecoder(
  key: RecordPartSettings,
  valueColumns: readonly number[],
  produced: readonly number[],
  physical: readonly RowField[],
  place: (column: number) => number,
): KeyDecoder {
  const rows = new ColumnBuffer(partType(key, key.columns, physical), 1)
  const targets = key.columns.map((column) =>
    produced.includes(column) && !valueColumns.includes(column) ? place(column) : -1,
  )
  return { decoder: new JsonDecoder(rows.type, key.json, rows), rows, targets }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function malformed(
  place: PartitionPlace,
  records: RecordIndex,
  bytes: Buffer,
  index: number,
  error: JsonDecodeError,
): FlinktsError {
  const start = records.valueStart[index]!
  const value = bytes.subarray(start, start + records.valueLength[index]!)
  const where = `topic ${place.topic}, partition ${place.partition}, offset ${records.offsetOf(index)}`
  return new FlinktsError(
    'RECORD_MALFORMED',
    `record at ${where}: Failed to deserialize JSON '${showBytes(value)}': ${error.message}`,
    {
      fix: "Skip such records with 'json.ignore-parse-errors' = 'true', or mend what writes them and start behind it.",
    },
  )
}

/** Text where the bytes are text, else hexadecimal digits. */
function showBytes(bytes: Buffer): string {
  const shown = bytes.subarray(0, SHOWN_BYTES_MAX)
  const more = bytes.length > SHOWN_BYTES_MAX ? `… (${bytes.length} bytes)` : ''
  const text = shown.toString('utf8')
  // eslint-disable-next-line no-control-regex -- bytes that are no text are what it looks for
  const isText = !/[\ufffd\u0000-\u0008\u000e-\u001f]/.test(bytes.length > SHOWN_BYTES_MAX ? text.slice(0, -4) : text)
  return (isText ? text : `0x${shown.toString('hex')}`) + more
}
