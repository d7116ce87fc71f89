// Makes of a batch that was read the batch that is written: some records left out, times shifted, all else byte for byte.
import { FlinktsError, nearestName, type RecordRanges } from '../../../engine/host.ts'
import { jsonObjectOf, type RecordFilter } from '../record-filter.ts'
import type { ReadBatch } from '../topic-reader.ts'
import { jsonFieldRange } from './json-field-range.ts'
import { shiftTimeText } from './shift-time-text.ts'

type RecordHeaders = NonNullable<RecordRanges['headers']>[number]

export interface OutgoingBatch extends RecordRanges {
  readonly sourcePartition: number
  readonly count: number
  /** In the source. */
  readonly offset: Float64Array
  /** Of keys and values together, about. */
  readonly sizeBytes: number
}

export interface OutgoingOptions {
  readonly topic: string
  readonly filter: RecordFilter | undefined
  /** Added to the records' times, ms. */
  readonly shiftMs: number
  /** Fields of JSON values whose times are shifted as well, `a.b` for nested ones. */
  readonly shiftFields: readonly string[]
  /** The batch is kept while others are read: its bytes are copied. */
  readonly isKept: boolean
}

interface ShiftField {
  readonly name: string
  readonly path: readonly string[]
  shifted: number
  failed: number
}

const noBytes = new Uint8Array(0)

export class OutgoingBatches {
  readonly #options: OutgoingOptions
  readonly #fields: readonly ShiftField[]
  /** Reused where batches are not kept. */
  #timestamp = new Float64Array(0)
  #offset = new Float64Array(0)
  #partition = new Int32Array(0)
  #isFieldsChecked = false

  constructor(options: OutgoingOptions) {
    this.#options = options
    this.#fields = options.shiftFields.map((name) => ({ name, path: name.split('.'), shifted: 0, failed: 0 }))
  }

  /**
   * undefined where no record is left. Unless batches are kept, it is valid until the next call, or until what was read
   * is. Throws what the filter throws, and OPTION_INVALID where a field to shift is a time in no record of the first batch.
   */
  of(batch: ReadBatch): OutgoingBatch | undefined {
    const { filter, isKept } = this.#options
    const selected = filter === undefined ? undefined : this.#select(batch, filter)
    const count = selected === undefined ? batch.count : selected.reduce((sum, flag) => sum + flag, 0)
    if (count === 0) return undefined
    const outgoing = this.#index(batch, selected, count)
    if (this.#fields.length > 0) return this.#rewrite(outgoing)
    return isKept ? copied(outgoing) : outgoing
  }

  /** What was not done that was asked for, as lines. */
  notices(): string[] {
    return this.#fields
      .filter(({ failed }) => failed > 0)
      .map(({ name, failed }) => `${failed} records have no time in '${name}': that field was left as it was`)
  }

  #select({ partition, records, count }: ReadBatch, filter: RecordFilter): Uint8Array {
    const values = Array.from({ length: count }, (_, record) => {
      const [start, length] = [records.valueStart[record]!, records.valueLength[record]!]
      return length < 0 ? null : records.bytes.subarray(start, start + length)
    })
    return filter.test(values, (index) => `${this.#options.topic}-${partition} offset ${records.offsetOf(index)}`)
  }

  /** Over the memory that was read. */
  #index(
    { partition, records, count: rows }: ReadBatch,
    selected: Uint8Array | undefined,
    count: number,
  ): OutgoingBatch {
    this.#reserve(count)
    const [timestamp, offset] = [this.#timestamp, this.#offset]
    const take = (values: Int32Array): Int32Array =>
      selected === undefined ? values : values.subarray(0, rows).filter((_, row) => selected[row] === 1)
    const [keyStart, keyLength] = [take(records.keyStart), take(records.keyLength)]
    const [valueStart, valueLength] = [take(records.valueStart), take(records.valueLength)]
    let headers: RecordHeaders[] | undefined
    let sizeBytes = 0
    for (let row = 0, out = 0; row < rows; row++) {
      if (selected !== undefined && selected[row] === 0) continue
      const time = records.timestampOf(row)
      timestamp[out] = time < 0 ? time : time + this.#options.shiftMs
      offset[out] = records.offsetOf(row)
      sizeBytes += Math.max(0, keyLength[out]!) + Math.max(0, valueLength[out]!)
      const own = records.headersOf(row)
      if (own.length > 0) (headers ??= [])[out] = own
      out++
    }
    this.#partition.fill(partition, 0, count)
    return {
      sourcePartition: partition,
      count,
      sizeBytes,
      bytes: records.bytes,
      keyStart,
      keyLength,
      valueStart,
      valueLength,
      timestamp,
      offset,
      partition: this.#partition,
      headers,
    }
  }

  #reserve(count: number): void {
    if (!this.#options.isKept && count <= this.#timestamp.length) return
    const capacity = this.#options.isKept ? count : Math.max(1024, 2 * count)
    this.#timestamp = new Float64Array(capacity)
    this.#offset = new Float64Array(capacity)
    this.#partition = new Int32Array(capacity)
  }

  #rewrite(batch: OutgoingBatch): OutgoingBatch {
    const values = Array.from({ length: batch.count }, (_, row) => this.#shiftValue(valueOf(batch, row)))
    this.#checkFields(batch)
    return copied(batch, values)
  }

  #shiftValue(value: Uint8Array | null): Uint8Array | null {
    if (value === null) return null
    let bytes = value
    for (const field of this.#fields) {
      const range = jsonFieldRange(bytes, field.path)
      const json = range === undefined ? '' : Buffer.from(bytes.subarray(range.start, range.end)).toString('utf8')
      if (json === 'null') continue
      const shifted = json === '' ? undefined : shiftTimeText(json, this.#options.shiftMs)
      if (shifted === undefined) field.failed++
      else {
        field.shifted++
        bytes = Buffer.concat([bytes.subarray(0, range!.start), Buffer.from(shifted), bytes.subarray(range!.end)])
      }
    }
    return bytes
  }

  #checkFields(batch: OutgoingBatch): void {
    if (this.#isFieldsChecked) return
    this.#isFieldsChecked = true
    const wrong = this.#fields.find(({ shifted, failed }) => shifted === 0 && failed > 0)
    if (wrong === undefined) return
    const first = jsonObjectOf(valueOf(batch, 0)) ?? {}
    const value = wrong.path.reduce<unknown>(
      (object, part) => (object as Record<string, unknown> | undefined)?.[part],
      first,
    )
    const near = nearestName(wrong.name, Object.keys(first))
    throw new FlinktsError(
      'OPTION_INVALID',
      value === undefined
        ? `no record has the field '${wrong.name}' whose time is to be shifted`
        : `the field '${wrong.name}' holds no time that can be shifted: ${JSON.stringify(value)}`,
      {
        fix:
          near !== undefined && near !== wrong.name
            ? `Did you mean '${near}'?`
            : value === undefined
              ? `The first has: ${Object.keys(first).join(', ') || 'no fields, it is no JSON object'}.`
              : 'Times are numbers (s, ms, µs or ns since 1970) and texts such as 2025-11-01 10:00:00 or 2025-11-01T10:00:00Z.',
      },
    )
  }
}

function valueOf({ bytes, valueStart, valueLength }: OutgoingBatch, row: number): Uint8Array | null {
  const length = valueLength[row]!
  return length < 0 ? null : bytes.subarray(valueStart[row], valueStart[row]! + length)
}

/** In memory of its own; `values` in place of the batch's. */
function copied(batch: OutgoingBatch, values?: readonly (Uint8Array | null)[]): OutgoingBatch {
  const { count } = batch
  const valueAt = (row: number): Uint8Array | null => (values === undefined ? valueOf(batch, row) : values[row]!)
  let sizeBytes = 0
  for (let row = 0; row < count; row++) sizeBytes += Math.max(0, batch.keyLength[row]!) + (valueAt(row)?.length ?? 0)
  const bytes = Buffer.allocUnsafe(sizeBytes)
  const [keyStart, valueStart, valueLength] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  let at = 0
  for (let row = 0; row < count; row++) {
    const keyLength = Math.max(0, batch.keyLength[row]!)
    const value = valueAt(row)
    keyStart[row] = at
    bytes.set(batch.bytes.subarray(batch.keyStart[row], batch.keyStart[row]! + keyLength), at)
    at += keyLength
    valueStart[row] = at
    valueLength[row] = value?.length ?? -1
    bytes.set(value ?? noBytes, at)
    at += value?.length ?? 0
  }
  const headers = batch.headers?.map((own) =>
    own?.map(({ key, value }) => ({ key, value: value === null ? null : Uint8Array.from(value) })),
  )
  return {
    ...batch,
    sizeBytes,
    bytes,
    keyStart,
    keyLength: batch.keyLength.slice(0, count),
    valueStart,
    valueLength,
    headers,
  }
}
