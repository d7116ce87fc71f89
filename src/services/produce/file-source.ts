import type { EventBatch } from '../../generators/index.ts'
import { fileTitle, readEvents, type EventFile, type FileEvent } from '../read-events.ts'
import type { EventSource } from './event-source.ts'
import { TimeColumn } from './time-column.ts'

export interface FileSourceOptions extends EventFile {
  /** Field with the event time; undefined: the events have none. */
  readonly timeColumn: string | undefined
}

/** Events of a CSV or JSON-lines file, or of standard input as they come. */
export class FileSource implements EventSource {
  private readonly title: string
  private readonly timeColumn: TimeColumn | undefined
  private readonly chunks: AsyncGenerator<readonly FileEvent[]>
  private stream: { readonly bytesRead: number } | undefined
  private sizeBytes = 0
  private chunk: readonly FileEvent[] = []
  private next = 0

  constructor({ timeColumn, ...file }: FileSourceOptions) {
    this.title = fileTitle(file.path)
    this.timeColumn = timeColumn === undefined ? undefined : new TimeColumn(timeColumn)
    this.chunks = readEvents({
      ...file,
      opened: (stream, bytes) => {
        this.stream = stream
        this.sizeBytes = bytes
      },
    })
  }

  get fraction(): number | undefined {
    return this.stream === undefined ? undefined : Math.min(1, this.stream.bytesRead / Math.max(1, this.sizeBytes))
  }

  async fill(batch: EventBatch, max: number): Promise<boolean> {
    if (this.next === this.chunk.length) {
      const read = await this.chunks.next()
      if (read.done === true) return false
      this.chunk = read.value
      this.next = 0
    }
    for (; batch.count < max && this.next < this.chunk.length; this.next++) this.add(batch, this.chunk[this.next]!)
    return true
  }

  titleOf(line: number): string {
    return `${this.title} line ${line}`
  }

  async close(): Promise<void> {
    // Nothing may come for hours: what waits for it ends first.
    if (this.title === fileTitle('-')) process.stdin.destroy()
    await this.chunks.return(undefined).catch(() => undefined)
  }

  private add(batch: EventBatch, { value, object, line }: FileEvent): void {
    const timeMs = this.timeColumn?.timeOf(object, () => this.titleOf(line)) ?? NaN
    const index = batch.count
    const start = batch.out.length
    batch.out.utf8(value)
    batch.add(start, start, timeMs, timeMs, false)
    batch.keyLength[index] = -1
    batch.origin[index] = line
  }
}
