// Events from a file, as the JSON that goes into a topic: CSV with a header, or JSON lines.
import { open, type FileHandle } from 'node:fs/promises'
import type { ReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parse } from 'csv-parse'
import { FlinktsError } from '../../engine/host.ts'

export interface FileEvent {
  /** The record's value: one JSON text, spelt as in the file for JSON lines. */
  readonly value: string
  /** Its parsed form, for finding the key. */
  readonly object: Readonly<Record<string, unknown>>
}

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** A cell that is spelt as a JSON number is one, with its spelling; an empty cell is null. */
function cellToJson(cell: string): string {
  if (cell === '') return 'null'
  if (JSON_NUMBER.test(cell) || cell === 'true' || cell === 'false') return cell
  return JSON.stringify(cell)
}

async function* readCsv(file: ReadStream): AsyncGenerator<FileEvent> {
  const parser = parse({ bom: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'] })
  file.on('error', (error) => parser.destroy(error)) // pipe does not pass errors on
  const records = file.pipe(parser) as AsyncIterable<string[]>
  let header: string[] | undefined
  for await (const cells of records) {
    if (header === undefined) {
      header = cells.map((name) => JSON.stringify(name))
      continue
    }
    const value = `{${header.map((name, index) => `${name}:${cellToJson(cells[index] ?? '')}`).join(',')}}`
    yield { value, object: JSON.parse(value) as Record<string, unknown> }
  }
}

async function* readJsonLines(file: ReadStream, path: string): AsyncGenerator<FileEvent> {
  const lines = createInterface({ input: file, crlfDelay: Infinity })
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    let object: unknown
    try {
      object = JSON.parse(line)
    } catch (cause) {
      throw new FlinktsError('FILE_INVALID', `${path} line ${number} is not JSON: ${(cause as Error).message}`, {
        location: { file: path, line: number, column: 1 },
        fix: 'write one JSON object per line',
        cause,
      })
    }
    yield {
      value: line,
      object: (typeof object === 'object' && object !== null ? object : {}) as Record<string, unknown>,
    }
  }
}

/** Reads events from a `.csv`, `.jsonl`, `.ndjson` or `.json` file, one at a time. */
export async function* readEvents(path: string): AsyncGenerator<FileEvent> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path)
    const file = handle.createReadStream({ autoClose: false })
    yield* /\.csv$/i.test(path) ? readCsv(file) : readJsonLines(file, path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES') {
      throw new FlinktsError('FILE_NOT_FOUND', `${path} cannot be read: ${message}`, {
        fix: 'name a CSV or JSON-lines file',
        cause,
      })
    }
    if (code?.startsWith('CSV_') === true) {
      throw new FlinktsError('FILE_INVALID', `${path} is not a CSV file: ${message}`, { fix: 'mend that line', cause })
    }
    throw cause
  } finally {
    await handle?.close()
  }
}
