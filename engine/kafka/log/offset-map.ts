// The cleaner's memory of keys: hash of a key → the last offset it was seen at. Keys are told apart by 128 bits of their
// SHA-1, as Kafka's cleaner tells them apart by their MD5: the keys themselves are not kept. 24 bytes per slot.
import { hash } from 'node:crypto'

const bytesPerSlot = 24
const wordsPerHash = 4
const slotsMin = 1024
const loadFactorMax = 0.75

export class OffsetMap {
  /** Behind this offset the map knows nothing. */
  latestOffset = -1
  private slots: number
  private hashes: Int32Array
  /** One more than the offset; 0: the slot is free. */
  private offsets: Float64Array
  private used = 0

  /** Grows beyond `keysExpected` where it must, which stops everything else for some milliseconds. */
  constructor(keysExpected = 0) {
    this.slots = Math.max(slotsMin, Math.ceil((keysExpected + 1) / loadFactorMax))
    this.hashes = new Int32Array(this.slots * wordsPerHash)
    this.offsets = new Float64Array(this.slots)
  }

  /** How many keys fit into so much memory. */
  static keysWithin(bytes: number): number {
    return Math.floor((bytes / bytesPerSlot) * loadFactorMax)
  }

  /** Number of different keys. */
  get size(): number {
    return this.used
  }

  /** Offsets come in rising order. */
  put(key: Uint8Array, offset: number): void {
    if (this.used + 1 > this.slots * loadFactorMax) this.grow()
    const digest = hash('sha1', key, 'buffer')
    const slot = this.slotOf(
      digest.readInt32LE(0),
      digest.readInt32LE(4),
      digest.readInt32LE(8),
      digest.readInt32LE(12),
    )
    if (this.offsets[slot] === 0) {
      this.used++
      for (let word = 0; word < wordsPerHash; word++)
        this.hashes[slot * wordsPerHash + word] = digest.readInt32LE(4 * word)
    }
    this.offsets[slot] = offset + 1
  }

  /** -1 where the key was not seen. */
  get(key: Uint8Array): number {
    const digest = hash('sha1', key, 'buffer')
    const slot = this.slotOf(
      digest.readInt32LE(0),
      digest.readInt32LE(4),
      digest.readInt32LE(8),
      digest.readInt32LE(12),
    )
    return this.offsets[slot]! - 1
  }

  /** The slot that holds the hash, or the free one that it goes to. */
  private slotOf(first: number, second: number, third: number, fourth: number): number {
    const { hashes, offsets, slots } = this
    for (let slot = (first >>> 0) % slots; ; slot = slot + 1 === slots ? 0 : slot + 1) {
      if (offsets[slot] === 0) return slot
      const at = slot * wordsPerHash
      if (hashes[at] === first && hashes[at + 1] === second && hashes[at + 2] === third && hashes[at + 3] === fourth)
        return slot
    }
  }

  private grow(): void {
    const { hashes, offsets, slots } = this
    this.slots = slots * 2
    this.hashes = new Int32Array(this.slots * wordsPerHash)
    this.offsets = new Float64Array(this.slots)
    for (let from = 0; from < slots; from++) {
      if (offsets[from] === 0) continue
      const at = from * wordsPerHash
      const slot = this.slotOf(hashes[at]!, hashes[at + 1]!, hashes[at + 2]!, hashes[at + 3]!)
      this.hashes.set(hashes.subarray(at, at + wordsPerHash), slot * wordsPerHash)
      this.offsets[slot] = offsets[from]!
    }
  }
}
