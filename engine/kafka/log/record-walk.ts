// Walks the records of a batch without making objects of them: what validation and the cleaner need.
//
//   record = length varint, attributes int8, timestampDelta varlong, offsetDelta varint, keyLength varint, key,
//            valueLength varint, value, headers varint, [keyLength varint, key, valueLength varint, value]*
//   varint, varlong: zigzag, seven bits per byte, least first; length -1 is null

/** What one pass over a batch's records tells. */
export interface WalkedRecords {
  readonly maxTimestampDelta: number
  readonly minTimestampDelta: number
  /** So many records have no key. */
  readonly keyless: number
}

/**
 * Checks that exactly `count` well-formed records with offset deltas 0, 1, 2 … fill `bytes` from `start` to its end.
 * Returns a sentence on what is wrong where that is not so.
 */
export function walkRecords(bytes: Uint8Array, start: number, count: number): WalkedRecords | string {
  const walk = new RecordWalk(bytes, start)
  let maxTimestampDelta = -Infinity
  let minTimestampDelta = Infinity
  let keyless = 0
  for (let index = 0; index < count; index++) {
    if (walk.position >= bytes.length) return `${count} records announced, ${index} found`
    if (!walk.next() || walk.offsetDelta !== index) return `record ${index} is malformed`
    if (walk.timestampDelta > maxTimestampDelta) maxTimestampDelta = walk.timestampDelta
    if (walk.timestampDelta < minTimestampDelta) minTimestampDelta = walk.timestampDelta
    if (walk.keyLength < 0) keyless++
  }
  if (walk.position !== bytes.length) return `${bytes.length - walk.position} bytes behind the last record`
  return { maxTimestampDelta, minTimestampDelta, keyless }
}

/** Each `next` steps over one record; then the other fields tell of that record. */
export class RecordWalk {
  /** Behind the record: where the next one begins. */
  position: number
  /** Where its length stands. */
  start = 0
  timestampDelta = 0
  /** Behind the timestamp: nothing from here to `position` depends on it. */
  timestampEnd = 0
  offsetDelta = 0
  keyStart = 0
  /** -1 is null. */
  keyLength = 0
  valueLength = 0
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes
    this.position = start
  }

  /** False if the record is malformed: nothing else is true of it then. */
  next(): boolean {
    this.start = this.position
    const length = this.varint()
    const end = this.position + length
    if (length < 0 || end > this.bytes.length) return false
    this.position++
    this.timestampDelta = this.varlong()
    this.timestampEnd = this.position
    this.offsetDelta = this.varint()
    this.keyLength = this.varint()
    this.keyStart = this.position
    if (this.offsetDelta < 0 || !this.skip(this.keyLength, end)) return false
    this.valueLength = this.varint()
    if (!this.skip(this.valueLength, end)) return false
    const headers = this.varint()
    if (headers < 0) return false
    for (let header = 0; header < headers; header++) {
      const keyLength = this.varint()
      if (keyLength < 0 || !this.skip(keyLength, end) || !this.skip(this.varint(), end)) return false
    }
    return this.position === end
  }

  private skip(length: number, end: number): boolean {
    if (length < -1) return false
    if (length > 0) this.position += length
    return this.position <= end
  }

  private varint(): number {
    let byte = this.bytes[this.position++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.bytes[this.position++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    return -2
  }

  private varlong(): number {
    let byte = this.bytes[this.position++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let scale = 128
    for (let more = 0; more < 9; more++) {
      byte = this.bytes[this.position++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
    this.position = Infinity
    return 0
  }
}
