// CRC-32C (Castagnoli, RFC 3720), the checksum of record batches: slicing by 16 over aligned 32-bit words.

const polynomial = 0x82f63b78

function makeTables(): Int32Array[] {
  const first = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    first[byte] = crc
  }
  const tables = [first]
  for (let slice = 1; slice < 16; slice++) tables.push(tables[slice - 1]!.map((crc) => (crc >>> 8) ^ first[crc & 255]!))
  return tables
}

// Sixteen constants rather than one table of tables: the compiler then knows each address and length.
const tables = makeTables()
const t0 = tables[0]!
const t1 = tables[1]!
const t2 = tables[2]!
const t3 = tables[3]!
const t4 = tables[4]!
const t5 = tables[5]!
const t6 = tables[6]!
const t7 = tables[7]!
const t8 = tables[8]!
const t9 = tables[9]!
const t10 = tables[10]!
const t11 = tables[11]!
const t12 = tables[12]!
const t13 = tables[13]!
const t14 = tables[14]!
const t15 = tables[15]!

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** The checksum of bytes `start` (inclusive) to `end` (exclusive), as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1
  let position = start
  if (littleEndian && end - start >= 64) {
    while (((bytes.byteOffset + position) & 3) !== 0) crc = (crc >>> 8) ^ t0[(crc ^ bytes[position++]!) & 255]!
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + position, ((end - position) >> 4) << 2)
    crc = crcOfWords(crc, words)
    position += words.byteLength
  }
  while (position < end) crc = (crc >>> 8) ^ t0[(crc ^ bytes[position++]!) & 255]!
  return ~crc >>> 0
}

function crcOfWords(initial: number, words: Int32Array): number {
  let crc = initial
  for (let i = 0; i < words.length; i += 4) {
    const a = words[i]! ^ crc
    const b = words[i + 1]!
    const c = words[i + 2]!
    const d = words[i + 3]!
    crc =
      t15[a & 255]! ^
      t14[(a >>> 8) & 255]! ^
      t13[(a >>> 16) & 255]! ^
      t12[a >>> 24]! ^
      t11[b & 255]! ^
      t10[(b >>> 8) & 255]! ^
      t9[(b >>> 16) & 255]! ^
      t8[b >>> 24]! ^
      t7[c & 255]! ^
      t6[(c >>> 8) & 255]! ^
      t5[(c >>> 16) & 255]! ^
      t4[c >>> 24]! ^
      t3[d & 255]! ^
      t2[(d >>> 8) & 255]! ^
      t1[(d >>> 16) & 255]! ^
      t0[d >>> 24]!
  }
  return crc
}
