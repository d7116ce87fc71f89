// Reads files into batches, one after the other. The next bytes are read while these are decoded. Positions move with what
// was emitted, so a snapshot covers exactly that.
import { closeSync, openSync, readSync } from 'node:fs'
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import { createCellCast } from '../../functions/cast.ts'
import { createTimeZone } from '../../functions/time-zone.ts'
import { localTimeZone } from '../../common/local-time-zone.ts'
import type { ColumnBuffer } from '../../formats/column-buffer.ts'
import type { Counter } from '../../metrics/metric-group.ts'
import { withNullability } from '../../types/logical-type.ts'
import { createBatch, type Cell } from '../../types/record-batch.ts'
import type {
  ReaderOutput,
  ReaderStatus,
  RuntimeContext,
  SourceReader,
  SourceSpec,
  Split,
  SplitPosition,
} from '../connector.ts'
import { filesystemMetadata } from './definition.ts'
import { compressionOf, readChunks, type FileCompression } from './file-compression.ts'
import {
  createFileSplit,
  fileSplitState,
  type FileSplitState,
  type FilesystemSourceSettings,
} from './filesystem-settings.ts'
import { unreadable } from './list-files.ts'
import { createCutter, isDecodeError, type RecordCutter } from './record-cutter.ts'

const BATCH_ROWS = 8192
/** A longer one is taken for a quote that is never closed. */
const RECORD_BYTES_MAX = 64 * 1024 * 1024
const SHOWN_BYTES_MAX = 500
const LF = 10

/** The file that is being read. */
interface OpenFile {
  readonly compression: FileCompression | undefined
  readonly chunks: AsyncGenerator<Buffer, void, undefined>
  bytes: Buffer
  /** Index into `bytes`. */
  at: number
  /** Of the first of `bytes`. */
  base: number
  /** Nothing comes behind `bytes`. */
  isLast: boolean
  /** What stands before the first record is passed: a header, the rest of a line that another split reads. */
  hasBegun: boolean
  /** Offset of the first record of the file; -1 where reading begins behind it. */
  firstRecordAt: number
}

export class FilesystemReader implements SourceReader {
  readonly #spec: SourceSpec
  readonly #settings: FilesystemSourceSettings
  readonly #signal: AbortSignal
  readonly #cutter: RecordCutter
  readonly #buffer: ColumnBuffer
  readonly #ignored: Counter
  readonly #metadata: readonly ((state: FileSplitState) => Cell)[]
  #states: FileSplitState[] = []
  #ids: string[] = []
  /** Index of the split that is being read. */
  #current = 0
  #file: OpenFile | undefined
  #fetching: Promise<void> | undefined
  #failure: Error | undefined

  constructor(spec: SourceSpec, context: RuntimeContext) {
    this.#spec = spec
    this.#settings = spec.settings as unknown as FilesystemSourceSettings
    this.#signal = context.signal
    const { cutter, buffer } = createCutter(spec, BATCH_ROWS)
    this.#cutter = cutter
    this.#buffer = buffer
    this.#ignored = context.metrics.counter('numRecordsInErrors')
    const zone = localTimeZone(context.configuration)
    this.#metadata = spec.metadata.map((column) => createMetadataReader(column, zone))
  }

  start(splits: readonly Split[]): Promise<void> {
    this.#states = splits.map(fileSplitState)
    this.#ids = splits.map((split) => split.id)
    return Promise.resolve()
  }

  poll(output: ReaderOutput): ReaderStatus {
    if (this.#failure !== undefined) throw this.#failure
    const state = this.#states[this.#current]
    if (state === undefined) return 'end-of-input'
    if (state.isFinished) return this.#finish(output)
    const file = (this.#file ??= this.#open(state))
    const rowCount = this.#emitBatch(file, output)
    if (this.#isAtEnd(file)) return this.#finish(output)
    if (rowCount >= BATCH_ROWS) return 'more'
    this.#fetch(file)
    return 'nothing-available'
  }

  async available(): Promise<void> {
    if (this.#failure === undefined && this.#file !== undefined && !this.#signal.aborted) await this.#fetching
    if (this.#failure !== undefined) throw this.#failure
  }

  snapshot(): readonly Split[] {
    return this.#states.map(createFileSplit)
  }

  positions(): readonly SplitPosition[] {
    return this.#states.flatMap(({ path, position, start, end, isFinished }, index) => {
      if (isFinished) return []
      const behind = compressionOf(path) === undefined ? ` of ${end}` : ''
      return [{ id: this.#ids[index]!, position: `byte ${position ?? start}${behind}` }]
    })
  }

  async close(): Promise<void> {
    await this.#closeFile()
  }

  #finish(output: ReaderOutput): ReaderStatus {
    const state = this.#states[this.#current]!
    this.#states[this.#current] = { ...state, isFinished: true }
    void this.#closeFile()
    output.splitFinished(this.#ids[this.#current]!)
    this.#current++
    return this.#current < this.#states.length ? 'more' : 'end-of-input'
  }

  #open(state: FileSplitState): OpenFile {
    const compression = compressionOf(state.path)
    const isSeekable = compression === undefined
    // the byte before a range tells whether a line begins with it
    const from = state.position ?? Math.max(0, state.start - 1)
    const range = { start: isSeekable ? from : 0, end: state.size }
    return {
      compression,
      chunks: readChunks(state.path, compression, range, this.#signal),
      bytes: Buffer.alloc(0),
      at: 0,
      base: range.start,
      isLast: false,
      hasBegun: false,
      firstRecordAt: -1,
    }
  }

  #isAtEnd(file: OpenFile): boolean {
    if (!file.hasBegun) return false
    const { end } = this.#states[this.#current]!
    const isBehindRange = file.compression === undefined && file.base + file.at >= end
    return isBehindRange || (file.isLast && file.at >= file.bytes.length)
  }

  /** Decodes until a batch is full or the bytes are worked through. Returns how many rows it emitted. */
  #emitBatch(file: OpenFile, output: ReaderOutput): number {
    const index = this.#current
    let rowCount = 0
    this.#buffer.reset()
    try {
      if (!file.hasBegun && !this.#begin(file)) return 0
      while (rowCount < BATCH_ROWS && file.at < file.bytes.length && !this.#isAtEnd(file)) {
        const next = this.#cutter.decode(file.bytes, file.at, file.bytes.length, file.isLast, rowCount)
        if (next < 0) break
        file.at = next
        rowCount += this.#cutter.rows
      }
      this.#checkWhole(file)
    } catch (error) {
      this.#failure = isDecodeError(error) ? this.#malformed(file, error) : (error as Error)
      throw this.#failure
    }
    this.#states[index] = { ...this.#states[index]!, position: file.base + file.at }
    this.#ignored.count = this.#cutter.ignoredRecords
    if (rowCount > 0) this.#emit(rowCount, index, output)
    return rowCount
  }

  #emit(rowCount: number, index: number, output: ReaderOutput): void {
    const { producedType, projection } = this.#spec
    this.#metadata.forEach((read, key) => {
      const cell = read(this.#states[index]!)
      for (let row = 0; row < rowCount; row++) this.#buffer.setCell(projection.length + key, row, cell)
    })
    const columns = this.#buffer.columns.slice(0, producedType.fields.length)
    output.emit(this.#ids[index]!, createBatch(producedType, columns, rowCount))
  }

  /** Goes to the first record that is to be read; false where more bytes are needed for that. */
  #begin(file: OpenFile): boolean {
    const { start, position } = this.#states[this.#current]!
    if (file.bytes.length === 0 && !file.isLast) return false
    let at: number
    if (position !== null) {
      at = position - file.base
      if (at > file.bytes.length) {
        // compressed: what was read before the checkpoint is decompressed and passed over
        if (file.isLast) throw shorter(this.#states[this.#current]!.path)
        file.base += file.bytes.length
        file.bytes = Buffer.alloc(0)
        return false
      }
    } else if (start === 0) {
      at = this.#cutter.passHeader(file.bytes, 0, file.bytes.length, file.isLast)
      file.firstRecordAt = at
    } else {
      const found = file.bytes.indexOf(LF)
      at = found >= 0 ? found + 1 : file.isLast ? file.bytes.length : -1
    }
    if (at < 0) return false
    file.at = at
    file.hasBegun = true
    return true
  }

  /** A file that is not compressed has as many bytes as when the job began. */
  #checkWhole(file: OpenFile): void {
    const { path, end } = this.#states[this.#current]!
    if (this.#isAtEnd(file) && file.compression === undefined && file.base + file.at < end) throw shorter(path)
  }

  #fetch(file: OpenFile): void {
    if (this.#fetching !== undefined || file.isLast) return
    const { path } = this.#states[this.#current]!
    this.#fetching = file.chunks
      .next()
      .then(
        ({ done, value }) => {
          if (done === true) file.isLast = true
          else this.#take(file, value, path)
        },
        (error: unknown) => {
          this.#failure = isFlinktsError(error) || this.#signal.aborted ? (error as Error) : unreadable(path, error)
        },
      )
      .finally(() => {
        this.#fetching = undefined
      })
  }

  #take(file: OpenFile, chunk: Buffer, path: string): void {
    const rest = file.bytes.subarray(file.at)
    if (rest.length > RECORD_BYTES_MAX) {
      this.#failure = new FlinktsError(
        'RECORD_MALFORMED',
        `record at ${path}, byte ${file.base + file.at} is longer than ${RECORD_BYTES_MAX} bytes`,
        { fix: 'Look for a quote that is not closed there.' },
      )
      return
    }
    file.base += file.at
    file.bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    file.at = 0
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.chunks.return().catch(() => undefined)
  }

  #malformed(file: OpenFile, error: Error): FlinktsError {
    const { path } = this.#states[this.#current]!
    const { kind, options } = this.#settings.format
    const begin = file.base + file.at
    const lineEnd = file.bytes.indexOf(LF, file.at)
    const end = lineEnd < 0 ? file.bytes.length : lineEnd
    const shown = file.bytes.toString('utf8', file.at, Math.min(end, file.at + SHOWN_BYTES_MAX)).replace(/\r$/, '')
    const place = file.compression === undefined ? `line ${lineAt(path, begin)}` : `byte ${begin} of what is in it`
    return new FlinktsError(
      'RECORD_MALFORMED',
      `record at ${path}, ${place}: Failed to deserialize ${kind.toUpperCase()} '${shown}': ${error.message}`,
      {
        fix:
          kind === 'csv' && !options.ignoreFirstLine && begin === file.firstRecordAt
            ? "If this is a header, set 'csv.ignore-first-line' = 'true'."
            : `Skip such records with '${kind}.ignore-parse-errors' = 'true', or mend the file.`,
        cause: error,
      },
    )
  }
}

function shorter(path: string): FlinktsError {
  return new FlinktsError('FILE_INVALID', `${path} has become shorter while it was read`, {
    fix: 'Let nobody write to files that a job reads, and run it again with --fresh.',
  })
}

function createMetadataReader(
  { key, type }: SourceSpec['metadata'][number],
  sessionTimeZone: string,
): (state: FileSplitState) => Cell {
  const read = (state: FileSplitState): Cell => {
    switch (key) {
      case 'file.path':
        return state.path
      case 'file.name':
        return state.path.slice(state.path.lastIndexOf('/') + 1)
      case 'file.size':
        return state.size
      default:
        return state.modificationTimeMs
    }
  }
  const from = withNullability(filesystemMetadata.find((column) => column.key === key)!.type, true)
  const to = withNullability(type, true)
  if (JSON.stringify(from) === JSON.stringify(to)) return read
  const cast = createCellCast(from, to, createTimeZone(sessionTimeZone))
  return (state) => cast(read(state))
}

/** The number of the line that begins at this byte; only a failure pays for it. */
function lineAt(path: string, byte: number): number {
  const chunk = Buffer.alloc(1024 * 1024)
  let line = 1
  try {
    const file = openSync(path, 'r')
    try {
      for (let position = 0, read: number; position < byte; position += read) {
        read = readSync(file, chunk, 0, Math.min(chunk.length, byte - position), position)
        if (read === 0) break
        for (let at = chunk.indexOf(LF); at >= 0 && at < read; at = chunk.indexOf(LF, at + 1)) line++
      }
    } finally {
      closeSync(file)
    }
  } catch {
    // gone meanwhile: the first failure is what counts
  }
  return line
}
