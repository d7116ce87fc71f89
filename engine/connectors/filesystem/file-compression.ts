// Files as bytes, decompressed by what their names say. Source: Flink's StandardDeCompressors.
import { createReadStream } from 'node:fs'
import { pipeline, type Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { Decompress } from 'fzstd'
import { FlinktsError } from '../../common/errors.ts'

export type FileCompression = 'gzip' | 'deflate' | 'zstd'

const COMPRESSIONS: Readonly<Record<string, FileCompression>> = {
  gz: 'gzip',
  gzip: 'gzip',
  deflate: 'deflate',
  zst: 'zstd',
  zstd: 'zstd',
}
/** Flink reads these, too. */
const UNSUPPORTED = new Set(['bz2', 'xz'])

/** Undefined: not compressed. Throws FILE_INVALID for what cannot be decompressed here. */
export function compressionOf(path: string): FileCompression | undefined {
  const extension = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]!.toLowerCase() ?? ''
  if (UNSUPPORTED.has(extension)) {
    throw new FlinktsError('FILE_INVALID', `${path}: files of .${extension} cannot be decompressed here`, {
      fix: 'Decompress it, or compress it with gzip or zstd.',
    })
  }
  return COMPRESSIONS[extension]
}

export interface ByteRange {
  /** Of the file; compressed files are read whole. */
  readonly start: number
  /** Behind the last byte. */
  readonly end: number
}

const CHUNK_BYTES = 1024 * 1024

/** The file's bytes in order. Ends early where the file has become shorter. Rejects with the file system's or zlib's error. */
export async function* readChunks(
  path: string,
  compression: FileCompression | undefined,
  { start, end }: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (compression === undefined && start >= end) return
  const range = compression === undefined ? { start, end: end - 1 } : {}
  const file = createReadStream(path, { ...range, highWaterMark: CHUNK_BYTES, signal })
  try {
    if (compression === 'zstd') yield* decompressZstd(file as AsyncIterable<Buffer>)
    else yield* (compression === undefined ? file : through(file, compression)) as AsyncIterable<Buffer>
  } finally {
    file.destroy()
  }
}

function through(file: NodeJS.ReadableStream, compression: 'gzip' | 'deflate'): Transform {
  const decompressor =
    compression === 'gzip' ? createGunzip({ chunkSize: CHUNK_BYTES }) : createInflate({ chunkSize: CHUNK_BYTES })
  // an error of the file destroys the decompressor with it: whoever reads gets it
  return pipeline(file, decompressor, () => undefined)
}

async function* decompressZstd(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const ready: Buffer[] = []
  const stream = new Decompress((bytes) => {
    if (bytes.length > 0) ready.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  })
  for await (const chunk of file) {
    stream.push(chunk)
    yield* ready.splice(0)
  }
  stream.push(new Uint8Array(0), true)
  yield* ready.splice(0)
}
