// LZ4 frames (lz4_Frame_format.md 1.6), as Kafka uses them since message format 2.
//
//   frame    = 184d2204 (little endian), FLG, BD, [content size int64], [dictionary id int32], HC, block*, 0 int32, [content hash int32]
//   block    = size int32 (top bit: not compressed), data, [block hash int32]
//   data     = sequence*: token (literal count in 4 bits, match length - 4 in 4 bits; 15: more bytes follow, 255 means on),
//              literals, offset int16, more match length. The last sequence has literals only.
import { copyLiteral, copyMatch, corrupt, type ByteSink } from './byte-sink.ts'
import { xxhash32 } from './xxhash32.ts'

const magic = 0x184d2204
const blockBytes = 64 * 1024
const blockBytesMaxOf: Readonly<Record<number, number>> = { 4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20 }
/** The format wants the last match to begin 12 bytes before the end, and the last 5 bytes to be literals. */
const lastMatchBytes = 12
const lastLiteralBytes = 5

interface FrameHeader {
  readonly end: number
  readonly blockBytesMax: number
  readonly independentBlocks: boolean
  readonly blockHashes: boolean
  readonly contentHash: boolean
}

export function decompressLz4(bytes: Uint8Array, sink: ByteSink): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let position = 0; position < bytes.length;) position = decompressFrame(bytes, view, position, sink)
}

function decompressFrame(bytes: Uint8Array, view: DataView, start: number, sink: ByteSink): number {
  const header = readHeader(bytes, view, start)
  const frameStart = sink.length
  let position = header.end
  for (;;) {
    const size = int32At(view, position)
    position += 4
    if (size === 0) break
    const length = size & 0x7fffffff
    if (length > header.blockBytesMax || position + length > bytes.length)
      corrupt(`an LZ4 block of ${length} bytes is cut off`)
    const history = header.independentBlocks ? sink.length : frameStart
    if (size < 0) sink.write(bytes.subarray(position, position + length))
    else decompressBlock(bytes, position, position + length, sink, history, header.blockBytesMax)
    if (header.blockHashes && int32At(view, position + length) >>> 0 !== xxhash32(bytes, position, position + length))
      corrupt('an LZ4 block fails its checksum')
    position += length + (header.blockHashes ? 4 : 0)
  }
  if (!header.contentHash) return position
  if (int32At(view, position) >>> 0 !== xxhash32(sink.bytes, frameStart, sink.length))
    corrupt('an LZ4 frame fails its checksum')
  return position + 4
}

function int32At(view: DataView, position: number): number {
  return position + 4 <= view.byteLength ? view.getInt32(position, true) : corrupt('an LZ4 frame is cut off')
}

function readHeader(bytes: Uint8Array, view: DataView, start: number): FrameHeader {
  if (int32At(view, start) !== magic) corrupt('no LZ4 frame')
  const flags = bytes[start + 4] ?? 0
  const blockBytesMax = blockBytesMaxOf[((bytes[start + 5] ?? 0) >>> 4) & 7]
  if (flags >>> 6 !== 1 || blockBytesMax === undefined) corrupt('an LZ4 frame of an unknown version')
  if ((flags & 1) !== 0) corrupt('an LZ4 frame with a dictionary')
  const hashPosition = start + 6 + ((flags & 8) !== 0 ? 8 : 0)
  if (bytes[hashPosition] !== ((xxhash32(bytes, start + 4, Math.min(hashPosition, bytes.length)) >>> 8) & 255))
    corrupt('the header of an LZ4 frame fails its checksum')
  return {
    end: hashPosition + 1,
    blockBytesMax,
    independentBlocks: (flags & 32) !== 0,
    blockHashes: (flags & 16) !== 0,
    contentHash: (flags & 4) !== 0,
  }
}

/** `history`: where what a match may point back to begins in the sink. */
function decompressBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: ByteSink,
  history: number,
  outBytesMax: number,
): void {
  const outStart = sink.reserveUpTo(outBytesMax)
  const out = sink.bytes
  const outEnd = sink.length
  let fill = outStart
  let position = start
  while (position < end) {
    const token = bytes[position++]!
    let literals = token >>> 4
    if (literals === 15)
      for (let more = 255; more === 255; literals += more)
        more = position < end ? bytes[position++]! : corrupt('an LZ4 block is cut off')
    if (position + literals > end || fill + literals > outEnd) corrupt('LZ4 literals are too long')
    fill = copyLiteral(bytes, position, literals, out, fill)
    position += literals
    if (position === end) break
    if (position + 2 > end) corrupt('an LZ4 block is cut off')
    const offset = bytes[position]! | (bytes[position + 1]! << 8)
    position += 2
    let size = token & 15
    if (size === 15)
      for (let more = 255; more === 255; size += more)
        more = position < end ? bytes[position++]! : corrupt('an LZ4 block is cut off')
    size += 4
    if (offset === 0 || offset > fill - history || fill + size > outEnd) corrupt('an LZ4 match points outside')
    fill = copyMatch(out, fill, offset, size)
  }
  sink.length = fill
}

export function compressLz4(bytes: Uint8Array): Buffer {
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0])
  header[6] = (xxhash32(header, 4, 6) >>> 8) & 255
  const parts: Uint8Array[] = [header]
  const table = new Int32Array(1 << 14)
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = bytes.subarray(start, Math.min(start + blockBytes, bytes.length))
    const compressed = compressBlock(block, table)
    const size = Buffer.allocUnsafe(4)
    const smaller = compressed.length < block.length
    size.writeUInt32LE(smaller ? compressed.length : block.length + 0x80000000)
    parts.push(size, smaller ? compressed : block)
  }
  parts.push(Buffer.alloc(4))
  return Buffer.concat(parts)
}

function compressBlock(block: Uint8Array, table: Int32Array): Uint8Array {
  const out = new Uint8Array(16 + block.length + Math.ceil(block.length / 255))
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  table.fill(-1)
  const matchEnd = block.length - lastLiteralBytes
  const last = block.length - lastMatchBytes
  let [fill, literalStart, position] = [0, 0, 0]
  while (position <= last) {
    const word = view.getInt32(position, true)
    const hash = Math.imul(word, 0x9e3779b1) >>> 18
    const candidate = table[hash]!
    table[hash] = position
    if (candidate < 0 || position - candidate > 0xffff || view.getInt32(candidate, true) !== word) {
      position += 1 + ((position - literalStart) >> 6)
      continue
    }
    let size = 4
    while (position + size < matchEnd && block[candidate + size] === block[position + size]) size++
    fill = writeSequence(block, literalStart, position, out, fill, size - 4)
    out[fill++] = (position - candidate) & 255
    out[fill++] = (position - candidate) >>> 8
    fill = writeMore(out, fill, size - 4)
    position += size
    literalStart = position
  }
  fill = writeSequence(block, literalStart, block.length, out, fill, 0)
  return out.subarray(0, fill)
}

/** Token, literal count and literals. */
function writeSequence(
  block: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  match: number,
): number {
  const literals = end - start
  out[at] = (Math.min(literals, 15) << 4) | Math.min(match, 15)
  return copyLiteral(block, start, literals, out, writeMore(out, at + 1, literals))
}

/** What of a length does not fit into its four bits. */
function writeMore(out: Uint8Array, at: number, length: number): number {
  if (length < 15) return at
  let rest = length - 15
  let fill = at
  for (; rest >= 255; rest -= 255) out[fill++] = 255
  out[fill++] = rest
  return fill
}
