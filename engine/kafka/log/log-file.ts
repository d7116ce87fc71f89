// One append-only file of a segment. Its descriptor is opened when needed and may be released between calls.
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  read,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { FlinktsError } from '../../common/errors.ts'
import type { Releasable, ReleasedByAge } from './released-by-age.ts'

/** fs.writeSync, in the one form that is used: writes at `position`, returns how many bytes. */
export type WriteFile = (
  descriptor: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => number

/** Reads up to here are done at once; longer ones go through the thread pool, so that a cold disk stops nobody else. */
const synchronousReadBytesMax = 64 * 1024

export class LogFile implements Releasable {
  private currentPath: string
  private readonly openFiles: ReleasedByAge
  private readonly writeFile: WriteFile
  private descriptor = -1
  private readsInFlight = 0
  private closing = false
  private bytes: number

  /** Makes the file if it is missing. */
  constructor(path: string, openFiles: ReleasedByAge, writeFile: WriteFile = writeSync) {
    this.currentPath = path
    this.openFiles = openFiles
    this.writeFile = writeFile
    const size = statSync(path, { throwIfNoEntry: false })?.size
    if (size === undefined) this.open()
    this.bytes = size ?? 0
  }

  get path(): string {
    return this.currentPath
  }

  get size(): number {
    return this.bytes
  }

  get busy(): boolean {
    return this.readsInFlight > 0
  }

  /**
   * Appends all of `chunk`, or nothing: what a full disk let through is cut off again before the error is thrown.
   * Returns the position where it begins. Throws KAFKA_STORAGE.
   */
  append(chunk: Uint8Array): number {
    const start = this.bytes
    const descriptor = this.open()
    let written = 0
    try {
      while (written < chunk.length)
        written += this.writeFile(descriptor, chunk, written, chunk.length - written, start + written)
    } catch (error) {
      if (written > 0) ftruncateSync(descriptor, start)
      throw storageError(`cannot append ${chunk.length} bytes to ${this.path}`, error)
    }
    this.bytes = start + chunk.length
    return start
  }

  /** Reads what is there, at once. Returns the number of bytes read; less than asked for only at the end of the file. */
  readNow(target: Uint8Array, length: number, position: number): number {
    const descriptor = this.open()
    let done = 0
    while (done < length) {
      const count = readSync(descriptor, target, done, length - done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  /** So little that `read` does not go through the thread pool. */
  readsAtOnce(length: number): boolean {
    return length <= synchronousReadBytesMax
  }

  async read(target: Uint8Array, length: number, position: number): Promise<number> {
    if (this.readsAtOnce(length)) return this.readNow(target, length, position)
    const descriptor = this.open()
    this.readsInFlight++
    try {
      let done = 0
      while (done < length) {
        const count = await readSome(descriptor, target, done, length - done, position + done)
        if (count === 0) break
        done += count
      }
      return done
    } finally {
      this.readsInFlight--
      if (this.closing && this.readsInFlight === 0) this.closeDescriptor()
    }
  }

  truncate(size: number): void {
    if (size === this.bytes) return
    ftruncateSync(this.open(), size)
    this.bytes = size
  }

  syncNow(): void {
    fdatasyncSync(this.open())
  }

  async sync(): Promise<void> {
    const descriptor = this.open()
    this.readsInFlight++
    try {
      await new Promise<void>((resolve, reject) =>
        fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error))),
      )
    } finally {
      this.readsInFlight--
      if (this.closing && this.readsInFlight === 0) this.closeDescriptor()
    }
  }

  release(): void {
    this.closeDescriptor()
  }

  /** Reads that are under way end first. */
  close(): void {
    this.closing = true
    this.openFiles.forget(this)
    if (this.readsInFlight === 0) this.closeDescriptor()
  }

  delete(): void {
    this.close()
    rmSync(this.path, { force: true })
  }

  rename(path: string): void {
    renameSync(this.path, path)
    this.currentPath = path
  }

  private open(): number {
    if (this.closing) throw new FlinktsError('KAFKA_STORAGE', `${this.path} is closed`)
    if (this.descriptor < 0) this.descriptor = openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o644)
    this.openFiles.touch(this)
    return this.descriptor
  }

  private closeDescriptor(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor)
    this.descriptor = -1
  }
}

function readSome(
  descriptor: number,
  target: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) =>
    read(descriptor, target, offset, length, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    ),
  )
}

export function storageError(message: string, cause: unknown): FlinktsError {
  const detail = cause instanceof Error ? `: ${cause.message}` : ''
  return new FlinktsError('KAFKA_STORAGE', message + detail, {
    cause,
    fix: 'Free space on the disk of the data folder, or check its permissions.',
  })
}
