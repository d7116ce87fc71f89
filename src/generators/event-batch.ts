// Events on their way from a source to a topic: columns over one memory, no object per event.
import { ByteWriter } from './byte-writer.ts'

export interface EventHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * Filled by a source, changed by what the command line asks for, then sent. A source writes key and value into `out`,
 * then says with `add` where they lie.
 */
export class EventBatch {
  readonly out = new ByteWriter(256 * 1024)
  readonly capacity: number
  count = 0
  readonly keyStart: Int32Array
  /** -1: null. */
  readonly keyLength: Int32Array
  readonly valueStart: Int32Array
  /** -1: null. */
  readonly valueLength: Int32Array
  /** When it happened, ms since 1970. NaN: not known. */
  readonly timeMs: Float64Array
  /** When it is told, in event time: what pacing goes by. Later than `timeMs` for delayed events. NaN: at once. */
  readonly tellMs: Float64Array
  /** 1: told late on purpose. */
  readonly late: Uint8Array
  /** 0, or 1 + the index of what it was spoilt by in `malformations`. */
  readonly malformed: Uint8Array
  /** Where it comes from: a line of a file, an offset; only its source can name it. */
  readonly origin: Float64Array
  /** The record's timestamp, ms since 1970; set before it is sent. */
  readonly timestamp: Float64Array
  /** Set before it is sent. */
  readonly partition: Int32Array
  /** Undefined: no event has any. */
  headers: (readonly EventHeader[] | undefined)[] | undefined

  constructor(capacity = 1024) {
    this.capacity = capacity
    this.keyStart = new Int32Array(capacity)
    this.keyLength = new Int32Array(capacity)
    this.valueStart = new Int32Array(capacity)
    this.valueLength = new Int32Array(capacity)
    this.timeMs = new Float64Array(capacity)
    this.tellMs = new Float64Array(capacity)
    this.late = new Uint8Array(capacity)
    this.malformed = new Uint8Array(capacity)
    this.origin = new Float64Array(capacity)
    this.timestamp = new Float64Array(capacity)
    this.partition = new Int32Array(capacity)
  }

  /** The memory that keys and values lie in, until `out` is written to again. */
  get bytes(): Uint8Array {
    return this.out.bytes
  }

  clear(): void {
    this.count = 0
    this.out.clear()
    this.headers = undefined
  }

  /** The key lies in `out` from `keyStart` to `valueStart`, the value from there to its end. */
  add(keyStart: number, valueStart: number, timeMs: number, tellMs: number, isLate: boolean): void {
    const index = this.count++
    this.keyStart[index] = keyStart
    this.keyLength[index] = valueStart - keyStart
    this.valueStart[index] = valueStart
    this.valueLength[index] = this.out.length - valueStart
    this.timeMs[index] = timeMs
    this.tellMs[index] = tellMs
    this.late[index] = isLate ? 1 : 0
    this.malformed[index] = 0
    this.origin[index] = 0
  }

  /** Copies an event; null keys and values stay null. */
  addEvent(event: {
    readonly key: Uint8Array | null
    readonly value: Uint8Array | null
    readonly timeMs: number
    readonly tellMs: number
    readonly isLate: boolean
    readonly origin: number
    readonly headers?: readonly EventHeader[] | undefined
  }): void {
    const { out } = this
    const keyStart = out.length
    if (event.key !== null) out.raw(event.key)
    const valueStart = out.length
    if (event.value !== null) out.raw(event.value)
    const index = this.count
    this.add(keyStart, valueStart, event.timeMs, event.tellMs, event.isLate)
    if (event.key === null) this.keyLength[index] = -1
    if (event.value === null) this.valueLength[index] = -1
    this.origin[index] = event.origin
    if (event.headers !== undefined && event.headers.length > 0)
      (this.headers ??= new Array<undefined>(this.capacity))[index] = event.headers
  }

  /** Views, valid until `out` is written to; an empty one for null. */
  keyAt(index: number): Uint8Array {
    const start = this.keyStart[index]!
    return this.out.bytes.subarray(start, start + Math.max(0, this.keyLength[index]!))
  }

  valueAt(index: number): Uint8Array {
    const start = this.valueStart[index]!
    return this.out.bytes.subarray(start, start + Math.max(0, this.valueLength[index]!))
  }

  /** What was written into `out` from `start` on is the key, or the value, from now on. */
  setKeyFrom(index: number, start: number): void {
    this.keyStart[index] = start
    this.keyLength[index] = this.out.length - start
  }

  setValueFrom(index: number, start: number): void {
    this.valueStart[index] = start
    this.valueLength[index] = this.out.length - start
  }
}
