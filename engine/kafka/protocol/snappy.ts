// Snappy (google/snappy format_description.txt) in the two shapes Kafka clients use: raw, and framed by xerial's
// snappy-java, which is what Kafka's own client writes.
//
//   raw    = uncompressed length varint, then elements; the low two bits of an element's tag:
//            0 literal (length-1 in 6 bits, or in 1 … 4 bytes behind) · 1 copy, 4 … 11 bytes, 11-bit offset
//            2 copy, 1 … 64 bytes, 16-bit offset · 3 copy, 1 … 64 bytes, 32-bit offset
//   xerial = 82 'SNAPPY' 00, version int32, least version int32, then [int32 length, raw]*
import { copyLiteral, copyMatch, corrupt, type ByteSink } from './byte-sink.ts'

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeader = Buffer.concat([xerialMagic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
/** snappy-java's block. Offsets within a block fit into 16 bits, so the compressor needs no 32-bit copies. */
const blockBytes = 32 * 1024

export function decompressSnappy(bytes: Uint8Array, sink: ByteSink): void {
  if (bytes.length < xerialHeader.length || xerialMagic.compare(bytes, 0, xerialMagic.length) !== 0)
    return decompressBlock(bytes, 0, bytes.length, sink)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let position = xerialHeader.length; position < bytes.length;) {
    const length = position + 4 > bytes.length ? -1 : view.getInt32(position)
    position += 4
    if (length < 0 || position + length > bytes.length) corrupt(`a snappy block of ${length} bytes is cut off`)
    decompressBlock(bytes, position, position + length, sink)
    position += length
  }
}

function decompressBlock(bytes: Uint8Array, start: number, end: number, sink: ByteSink): void {
  let position = start
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte =
      position < end && shift < 35 ? bytes[position++]! : corrupt('the length of a snappy block is malformed')
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  const blockStart = sink.reserve(length)
  const blockEnd = blockStart + length
  const out = sink.bytes
  let fill = blockStart
  while (position < end) {
    const tag = bytes[position++]!
    if ((tag & 3) === 0) {
      let size = (tag >>> 2) + 1
      if (size > 60) {
        const extra = size - 60
        size = littleEndian(bytes, position, extra, end) + 1
        position += extra
      }
      if (position + size > end || fill + size > blockEnd) corrupt('a snappy literal is too long')
      fill = copyLiteral(bytes, position, size, out, fill)
      position += size
      continue
    }
    const offsetBytes = (tag & 3) === 3 ? 4 : tag & 3
    const low = littleEndian(bytes, position, offsetBytes, end)
    position += offsetBytes
    const size = offsetBytes === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const offset = offsetBytes === 1 ? ((tag >>> 5) << 8) | low : low
    if (offset === 0 || offset > fill - blockStart || fill + size > blockEnd) corrupt('a snappy copy points outside')
    fill = copyMatch(out, fill, offset, size)
  }
  if (fill !== blockEnd) corrupt(`a snappy block of ${length} bytes has ${fill - blockStart}`)
}

function littleEndian(bytes: Uint8Array, position: number, count: number, end: number): number {
  if (position + count > end) corrupt('a snappy element is cut off')
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[position + i]!
  return value
}

export function compressSnappy(bytes: Uint8Array): Buffer {
  const blocks: Uint8Array[] = [xerialHeader]
  const table = new Uint16Array(1 << 14)
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = compressBlock(bytes.subarray(start, Math.min(start + blockBytes, bytes.length)), table)
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    blocks.push(length, block)
  }
  return Buffer.concat(blocks)
}

/** Greedy matching by a hash of four bytes, as snappy's own compressor does. `table` is scratch memory. */
function compressBlock(block: Uint8Array, table: Uint16Array): Uint8Array {
  const out = new Uint8Array(8 + block.length + Math.ceil(block.length / 6))
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  table.fill(0)
  let fill = 0
  let rest = block.length
  for (; rest >= 0x80; rest >>>= 7) out[fill++] = (rest & 0x7f) | 0x80
  out[fill++] = rest
  let literalStart = 0
  let position = 1
  const last = block.length - 4
  while (position <= last) {
    const word = view.getUint32(position, true)
    const hash = Math.imul(word, 0x1e35a7bd) >>> 18
    const candidate = table[hash]!
    table[hash] = position
    if (candidate >= position || view.getUint32(candidate, true) !== word) {
      position += 1 + ((position - literalStart) >> 6)
      continue
    }
    let size = 4
    while (position + size < block.length && block[candidate + size] === block[position + size]) size++
    fill = writeLiteral(block, literalStart, position, out, fill)
    fill = writeCopy(out, fill, position - candidate, size)
    position += size
    literalStart = position
  }
  fill = writeLiteral(block, literalStart, block.length, out, fill)
  return out.subarray(0, fill)
}

function writeLiteral(block: Uint8Array, start: number, end: number, out: Uint8Array, fill: number): number {
  const size = end - start
  if (size === 0) return fill
  if (size <= 60) out[fill++] = (size - 1) << 2
  else if (size <= 256) {
    out[fill++] = 60 << 2
    out[fill++] = size - 1
  } else {
    out[fill++] = 61 << 2
    out[fill++] = (size - 1) & 255
    out[fill++] = (size - 1) >>> 8
  }
  return copyLiteral(block, start, size, out, fill)
}

function writeCopy(out: Uint8Array, start: number, offset: number, size: number): number {
  let fill = start
  for (let left = size; left > 0;) {
    const part = Math.min(left, 64)
    out[fill++] = ((part - 1) << 2) | 2
    out[fill++] = offset & 255
    out[fill++] = offset >>> 8
    left -= part
  }
  return fill
}
