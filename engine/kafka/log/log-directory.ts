// The data folder of a broker: the logs of all partitions and what belongs to them together. Names as in Kafka's own:
//
//   <topic>-<partition>/…                       a PartitionLog each
//   recovery-point-offset-checkpoint            up to where each log is known to be on disk
//   log-start-offset-checkpoint                 where records were deleted by request (DeleteRecords)
//   cleaner-offset-checkpoint                   up to where each compacted log was cleaned
//   .kafka_cleanshutdown                        there only between a clean stop and the next start
//   .lock                                       the running owner
//
// Durability (Kafka's own default): an acknowledged record is in the operating system's page cache, so that no end of the
// process loses it. It is brought to disk by `checkpoint()` (the broker calls it every minute and at a clean stop), when a
// segment is full, and earlier where a topic's `flush.messages` or `flush.ms` says so. A crash of the machine can lose
// what was acknowledged since.
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { readCheckpointFile, writeCheckpointFile, type PartitionOffset } from './checkpoint-file.ts'
import { DirectoryLock } from '../../common/directory-lock.ts'
import { DeletedFiles } from './deleted-files.ts'
import type { LogConfig } from './log-config.ts'
import { LogCleaner } from './log-cleaner.ts'
import { storageError, type WriteFile } from './log-file.ts'
import { PartitionLog } from './partition-log.ts'
import { ReleasedByAge } from './released-by-age.ts'
import type { LogResources } from './segment.ts'

const openFilesMax = 1000
const loadedIndexesMax = 64
const deletedSuffix = '.deleted'
/** `log.cleaner.dedupe.buffer.size`: a million keys. Kafka takes 128 MiB. */
const dedupeBufferBytesDefault = 32 * 1024 * 1024
/** Of a pass of retention over all logs. */
const logsBetweenPauses = 20
/** So many logs are brought to disk at the same time. */
const checkpointsAtOnceMax = 4

export interface LogDirectoryOptions {
  /** Writes records to a file. Default: fs.writeSync. What it throws is taken for the disk's error. */
  readonly writeFile?: WriteFile
  /** `log.cleaner.dedupe.buffer.size`. Default 32 MiB. */
  readonly dedupeBufferBytes?: number
  /** Hears of a log that cannot be cleaned. Default: nobody. */
  readonly onCleanerError?: (directory: string, error: unknown) => void
}

export class LogDirectory {
  readonly path: string
  /** The broker before us stopped in good order. */
  readonly wasClean: boolean
  private readonly lock: DirectoryLock
  private readonly logs = new Map<string, PartitionLog>()
  private readonly recoveryPoints: Map<string, number>
  private readonly logStartOffsets: Map<string, number>
  private readonly cleanedOffsets: Map<string, number>
  private readonly cleaner: LogCleaner<PartitionLog>
  private readonly resources: LogResources
  /** Names the next folder that goes away. */
  private deletedCount = 0

  private constructor(path: string, lock: DirectoryLock, options: LogDirectoryOptions) {
    this.path = path
    this.lock = lock
    this.resources = {
      openFiles: new ReleasedByAge(openFilesMax),
      loadedIndexes: new ReleasedByAge(loadedIndexesMax),
      deletedFiles: new DeletedFiles(),
      writeFile: options.writeFile ?? writeSync,
    }
    this.wasClean = existsSync(this.cleanMarker)
    rmSync(this.cleanMarker, { force: true })
    this.recoveryPoints = offsetsByDirectory(readCheckpointFile(this.recoveryPointFile))
    this.logStartOffsets = offsetsByDirectory(readCheckpointFile(this.logStartFile))
    this.cleanedOffsets = offsetsByDirectory(readCheckpointFile(this.cleanedFile))
    this.cleaner = new LogCleaner<PartitionLog>({
      logs: () => this.logs.values(),
      cleanedOffset: (log) => this.cleanedOffsets.get(basename(log.directory)),
      setCleanedOffset: (log, offset) => this.setCleanedOffset(log, offset),
      dedupeBufferBytes: options.dedupeBufferBytes ?? dedupeBufferBytesDefault,
      onError: (log, error) => options.onCleanerError?.(log.directory, error),
    })
    for (const name of readdirSync(path))
      if (name.endsWith(deletedSuffix)) rmSync(join(path, name), { recursive: true, force: true })
  }

  /** Makes the folder if it is missing. Throws FOLDER_IN_USE, KAFKA_STORAGE. */
  static open(path: string, options: LogDirectoryOptions = {}): LogDirectory {
    const lock = DirectoryLock.acquire(path)
    try {
      return new LogDirectory(path, lock, options)
    } catch (error) {
      lock.release()
      throw storageError(`cannot open the data folder ${path}`, error)
    }
  }

  /** Opens, and recovers if need be, the log of a partition; makes it if there is none. */
  openLog(topic: string, partition: number, config: LogConfig, nowMs: number): PartitionLog {
    const name = directoryName(topic, partition)
    const directory = join(this.path, name)
    const log = new PartitionLog({
      directory,
      config,
      resources: this.resources,
      nowMs,
      clean: this.wasClean && this.recoveryPoints.has(name),
      recoveryPoint: this.recoveryPoints.get(name) ?? 0,
      logStartOffset: this.logStartOffsets.get(name) ?? 0,
    })
    this.logs.set(name, log)
    return log
  }

  /**
   * The partition's files go away: first their names, so that a topic of that name can be made again at once, then, when
   * `file.delete.delay.ms` is over at `dueMs` (default: at once), the files.
   */
  deleteLog(topic: string, partition: number, dueMs?: number): void {
    const name = directoryName(topic, partition)
    this.logs.get(name)?.abandon()
    this.logs.delete(name)
    this.recoveryPoints.delete(name)
    // Else a topic of that name, made anew, would count as cleaned after a crash.
    if (this.cleanedOffsets.delete(name)) this.writeCleanedOffsets()
    this.logStartOffsets.delete(name)
    this.removeDirectory(name, dueMs)
  }

  /** Folders of partitions that no log was opened for: left behind by a deletion that was cut short. */
  removeUnopened(): string[] {
    const unopened = readdirSync(this.path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && /-\d+$/.test(entry.name) && !this.logs.has(entry.name))
      .map((entry) => entry.name)
    for (const name of unopened) this.removeDirectory(name)
    return unopened
  }

  /** Brings everything to disk and says so in the checkpoint files. Appends go on meanwhile. */
  async checkpoint(nowMs: number): Promise<void> {
    await forEachAtOnce([...this.logs.values()], checkpointsAtOnceMax, (log) => log.checkpoint(nowMs))
    this.writeCheckpoints()
  }

  /** Brings the logs to disk whose `flush.ms` is over. */
  async flushDue(nowMs: number): Promise<void> {
    const due = [...this.logs.values()].filter((log) => log.isFlushDue(nowMs))
    await forEachAtOnce(due, checkpointsAtOnceMax, (log) => log.checkpoint(nowMs))
  }

  /** Retention by time and size of all logs, with pauses: appends and reads go on meanwhile. */
  async applyRetention(nowMs: number, producerExpirationMs: number): Promise<void> {
    let count = 0
    for (const log of [...this.logs.values()]) {
      log.applyRetention(nowMs, producerExpirationMs)
      if (++count % logsBetweenPauses === 0) await setImmediate()
    }
  }

  /** Compacts the logs that are due; see log-cleaner.ts. Appends and reads go on meanwhile. */
  async cleanDue(nowMs: number): Promise<number> {
    return this.cleaner.cleanDue(nowMs)
  }

  /** Ends a cleaning that is under way, and begins no other. */
  stopCleaning(): void {
    this.cleaner.stop()
  }

  /** Removes files from the disk whose `file.delete.delay.ms` is over. */
  removeDeletedFiles(nowMs: number): void {
    this.resources.deletedFiles.removeDue(nowMs)
  }

  /** After DeleteRecords: the new start must outlive a crash. */
  writeLogStartOffsets(): void {
    writeCheckpointFile(
      this.logStartFile,
      this.offsets((log) => log.logStartOffset),
    )
  }

  /** A clean stop: no file stays open, the next start need not recover. */
  async close(nowMs: number): Promise<void> {
    const failures: unknown[] = []
    await forEachAtOnce([...this.logs.values()], checkpointsAtOnceMax, (log) =>
      log.close(nowMs).catch((error: unknown) => void failures.push(error)),
    )
    try {
      if (failures.length > 0) throw failures[0]
      this.removeDeletedFiles(Infinity)
      this.writeCheckpoints()
      writeFileSync(this.cleanMarker, '')
    } finally {
      this.lock.release()
    }
  }

  private setCleanedOffset(log: PartitionLog, offset: number): void {
    if (!log.isOpen) return
    this.cleanedOffsets.set(basename(log.directory), offset)
    this.writeCleanedOffsets()
  }

  private writeCleanedOffsets(): void {
    writeCheckpointFile(this.cleanedFile, [...this.cleanedOffsets].map(partitionOffsetOf))
  }

  private writeCheckpoints(): void {
    writeCheckpointFile(
      this.recoveryPointFile,
      this.offsets((log) => log.recoveryPoint),
    )
    this.writeLogStartOffsets()
  }

  private offsets(offsetOf: (log: PartitionLog) => number): PartitionOffset[] {
    return [...this.logs].map(([name, log]) => partitionOffsetOf([name, offsetOf(log)]))
  }

  private removeDirectory(name: string, dueMs?: number): void {
    const directory = join(this.path, name)
    if (!existsSync(directory)) return
    while (existsSync(join(this.path, `${this.deletedCount}${deletedSuffix}`))) this.deletedCount++
    const aside = join(this.path, `${this.deletedCount}${deletedSuffix}`)
    renameSync(directory, aside)
    if (dueMs === undefined) rmSync(aside, { recursive: true, force: true })
    else this.resources.deletedFiles.deleteLater(aside, dueMs)
  }

  private get cleanMarker(): string {
    return join(this.path, '.kafka_cleanshutdown')
  }

  private get recoveryPointFile(): string {
    return join(this.path, 'recovery-point-offset-checkpoint')
  }

  private get cleanedFile(): string {
    return join(this.path, 'cleaner-offset-checkpoint')
  }

  private get logStartFile(): string {
    return join(this.path, 'log-start-offset-checkpoint')
  }
}

function directoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

function partitionOffsetOf([name, offset]: readonly [string, number]): PartitionOffset {
  const dash = name.lastIndexOf('-')
  return { topic: name.slice(0, dash), partition: Number(name.slice(dash + 1)), offset }
}

function offsetsByDirectory(offsets: readonly PartitionOffset[]): Map<string, number> {
  return new Map(offsets.map(({ topic, partition, offset }) => [directoryName(topic, partition), offset]))
}

async function forEachAtOnce<Item>(
  items: readonly Item[],
  atOnceMax: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) await act(items[next++]!)
  }
  await Promise.all(Array.from({ length: atOnceMax }, worker))
}
