// Zstandard (RFC 8878). Node's own zlib where it has it (22.15, 23.8); below that fzstd reads and a WebAssembly build of
// the reference library writes (loaded on first use).
import * as zlib from 'node:zlib'
import { Decompress } from 'fzstd'
import { corrupt, type ByteSink } from './byte-sink.ts'

interface ZstdOfNode {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Buffer
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer
}
const node = zlib as unknown as ZstdOfNode

const magic = 0xfd2fb528
const skippableMagic = 0x184d2a50
/** A frame may demand memory for its window before it yields a byte; the RFC lets decoders refuse more than this. */
const windowBytesMax = 8 * 1024 * 1024

export function decompressZstd(bytes: Uint8Array, sink: ByteSink, bytesMax: number): void {
  checkFrames(bytes, Math.max(windowBytesMax, bytesMax))
  if (node.zstdDecompressSync !== undefined)
    return sink.write(node.zstdDecompressSync(bytes, { maxOutputLength: bytesMax }))
  new Decompress((chunk) => sink.write(chunk)).push(bytes, true)
}

export async function loadZstdCompressor(): Promise<(bytes: Uint8Array) => Uint8Array> {
  if (node.zstdCompressSync !== undefined) return node.zstdCompressSync
  const { Zstd } = await import('@hpcc-js/wasm-zstd')
  const zstd = await Zstd.load()
  return (bytes) => zstd.compress(bytes)
}

/** Walks frames and blocks without decoding them: nothing is cut off, and no window is larger than `bytesMax`. */
function checkFrames(bytes: Uint8Array, bytesMax: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = bytes.length
  for (let position = 0; position < end;) {
    if (position + 8 > end) corrupt('a zstd frame is cut off')
    const frameMagic = view.getUint32(position, true)
    if ((frameMagic & 0xfffffff0) === skippableMagic) {
      position += 8 + view.getUint32(position + 4, true)
      continue
    }
    if (frameMagic !== magic) corrupt('no zstd frame')
    const descriptor = bytes[position + 4]!
    position = afterHeader(view, position + 5, descriptor, bytesMax)
    for (let last = false; !last;) {
      if (position + 3 > end) corrupt('a zstd frame is cut off')
      const header = bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16)
      last = (header & 1) !== 0
      const runLength = ((header >>> 1) & 3) === 1
      position += 3 + (runLength ? 1 : header >>> 3)
    }
    if ((descriptor & 4) !== 0) position += 4
    if (position > end) corrupt('a zstd frame is cut off')
  }
}

function afterHeader(view: DataView, start: number, descriptor: number, bytesMax: number): number {
  const singleSegment = (descriptor & 32) !== 0
  const sizeFlag = descriptor >>> 6
  const sizeBytes = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag
  const sizePosition = start + (singleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!
  if (sizePosition + sizeBytes > view.byteLength) corrupt('a zstd frame is cut off')
  const window = view.getUint8(start)
  const windowBytes = singleSegment
    ? contentSize(view, sizePosition, sizeBytes)
    : 2 ** (10 + (window >>> 3)) * (1 + (window & 7) / 8)
  if (windowBytes > bytesMax) corrupt(`a zstd frame wants a window of ${windowBytes} bytes, ${bytesMax} are possible`)
  return sizePosition + sizeBytes
}

function contentSize(view: DataView, position: number, sizeBytes: number): number {
  if (sizeBytes === 1) return view.getUint8(position)
  if (sizeBytes === 2) return view.getUint16(position, true) + 256
  return sizeBytes === 4 ? view.getUint32(position, true) : Number(view.getBigUint64(position, true))
}
