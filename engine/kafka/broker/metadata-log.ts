// The cluster's metadata on disk: a line per event, `<crc32c in hex> <event as JSON>`, in the file `metadata.journal` of
// the data folder. An event is written before it takes effect. A torn last line is cut off; a bad line before the end
// means a damaged disk and is refused by name.
import { closeSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { FlinktsError } from '../../common/errors.ts'
import { crc32c } from '../protocol/crc32c.ts'
import {
  applyMetadataEvent,
  emptyCluster,
  eventsOf,
  type ClusterImage,
  type MetadataEvent,
} from './cluster-metadata.ts'

/** More lines than this beyond what is alive, and the journal is written anew at the start. */
const staleLinesMax = 1000

export class MetadataLog {
  private readonly descriptor: number
  private size: number
  private current: ClusterImage

  private constructor(path: string, image: ClusterImage, size: number) {
    this.descriptor = openSync(path, 'r+')
    this.current = image
    this.size = size
    ftruncateSync(this.descriptor, size)
  }

  static open(directory: string): MetadataLog {
    const path = join(directory, 'metadata.journal')
    // Only for its owner: what is kept of passwords is in it.
    writeFileSync(path, '', { flag: 'a', mode: 0o600 })
    const { image, size, lineCount } = readJournal(path)
    const alive = [...eventsOf(image)]
    if (lineCount <= alive.length + staleLinesMax) return new MetadataLog(path, image, size)
    const text = alive.map(lineOf).join('')
    writeFileSync(`${path}.tmp`, text, { mode: 0o600 })
    renameSync(`${path}.tmp`, path)
    return new MetadataLog(path, image, Buffer.byteLength(text))
  }

  get image(): ClusterImage {
    return this.current
  }

  get sizeBytes(): number {
    return this.size
  }

  append(events: readonly MetadataEvent[]): void {
    const bytes = Buffer.from(events.map(lineOf).join(''))
    let done = 0
    try {
      while (done < bytes.length) done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.size + done)
    } catch (error) {
      ftruncateSync(this.descriptor, this.size)
      throw new FlinktsError('KAFKA_STORAGE', 'cannot write the metadata journal', { cause: error })
    }
    this.size += bytes.length
    for (const event of events) this.current = applyMetadataEvent(this.current, event)
  }

  close(): void {
    closeSync(this.descriptor)
  }
}

function lineOf(event: MetadataEvent): string {
  const json = JSON.stringify(event)
  return `${checksum(json)} ${json}\n`
}

function checksum(json: string): string {
  return crc32c(Buffer.from(json)).toString(16).padStart(8, '0')
}

function readJournal(path: string): { image: ClusterImage; size: number; lineCount: number } {
  const text = readFileSync(path, 'utf8')
  let image = emptyCluster()
  let position = 0
  let lineCount = 0
  for (;;) {
    const end = text.indexOf('\n', position)
    if (end < 0) break
    const event = parseLine(text.slice(position, end))
    if (event === undefined) {
      if (end + 1 < text.length)
        throw new FlinktsError('KAFKA_STORAGE', `line ${lineCount + 1} of ${path} is damaged`, {
          fix: 'Restore the data folder from a copy, or delete it to begin with an empty broker.',
        })
      break
    }
    image = applyMetadataEvent(image, event)
    position = end + 1
    lineCount++
  }
  return { image, size: Buffer.byteLength(text.slice(0, position)), lineCount }
}

function parseLine(line: string): MetadataEvent | undefined {
  const json = line.slice(9)
  if (line.slice(0, 8) !== checksum(json)) return undefined
  return JSON.parse(json) as MetadataEvent
}
