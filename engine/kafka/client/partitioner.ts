// Which partition a record goes to: the same as Kafka's Java producer chooses.

/** MurmurHash2, as org.apache.kafka.common.utils.Utils.murmur2 computes it: a signed 32-bit number. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const m = 0x5bd1e995
  const length = end - start
  let hash = 0x9747b28c ^ length
  let position = start
  for (; position + 4 <= end; position += 4) {
    let k = bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    hash = Math.imul(hash, m) ^ Math.imul(k, m)
  }
  const rest = end - position
  if (rest === 3) hash ^= bytes[position + 2]! << 16
  if (rest >= 2) hash ^= bytes[position + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[position]!, m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return hash ^ (hash >>> 15)
}

export function partitionOfKey(key: Uint8Array, partitions: number, start = 0, end = key.length): number {
  return (murmur2(key, start, end) & 0x7fffffff) % partitions
}

/** Records without a key stay with one partition until 16 KiB went there, then another one is drawn (KIP-794). */
export class StickyPartition {
  private static readonly stickyBytes = 16 * 1024
  private readonly random: () => number
  private readonly partitions: number
  private partition: number
  private bytesLeft = StickyPartition.stickyBytes

  constructor(partitions: number, random: () => number) {
    this.random = random
    this.partitions = partitions
    this.partition = Math.floor(random() * partitions)
  }

  next(recordBytes: number): number {
    if (this.bytesLeft <= 0) {
      const step = 1 + Math.floor(this.random() * (this.partitions - 1))
      if (this.partitions > 1) this.partition = (this.partition + step) % this.partitions
      this.bytesLeft = StickyPartition.stickyBytes
    }
    this.bytesLeft -= recordBytes
    return this.partition
  }
}
