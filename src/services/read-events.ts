// Events from a file or standard input, as the JSON that goes into a topic: CSV with a header, or JSON lines.
import { once } from 'node:events'
import { open, type FileHandle } from 'node:fs/promises'
import { PassThrough, type Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { FlinktsError } from '../../engine/host.ts'

export interface FileEvent {
  /** The record's value: one JSON text, spelt as in the file for JSON lines. */
  readonly value: string
  /** Its parsed form, for finding the key and the time. */
  readonly object: Readonly<Record<string, unknown>>
  /** Where it ends in the file, from 1. */
  readonly line: number
}

export type FileFormat = 'csv' | 'json'

export interface EventFile {
  /** Path of a file, or `-` for standard input. */
  readonly path: string
  /** Default: by the path's end (`.csv`; anything else is JSON lines); of standard input by its first character. */
  readonly format?: FileFormat | undefined
  /** Told once: how far reading is, and the file's size. Not of standard input. */
  readonly opened?: (stream: { readonly bytesRead: number }, bytes: number) => void
}

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** How messages name it. */
export function fileTitle(path: string): string {
  return path === '-' ? 'standard input' : path
}

/** A cell that is spelt as a JSON number is one, with its spelling; an empty cell is null. */
function cellToJson(cell: string): string {
  if (cell === '') return 'null'
  if (JSON_NUMBER.test(cell) || cell === 'true' || cell === 'false') return cell
  return JSON.stringify(cell)
}

interface CsvRow {
  readonly record: string[]
  readonly info: { readonly lines: number }
}

async function* readCsv(input: Readable): AsyncGenerator<FileEvent[]> {
  const parser = parse({ bom: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'], info: true })
  input.on('error', (error) => parser.destroy(error)) // pipe passes neither errors nor a closing on
  input.on('close', () => parser.writableEnded || parser.end())
  input.pipe(parser)
  let header: string[] | undefined
  for (let ended = false; !ended;) {
    const events: FileEvent[] = []
    for (let row: CsvRow | null; (row = parser.read() as CsvRow | null) !== null;) {
      if (header === undefined) header = row.record.map((name) => JSON.stringify(name))
      else {
        const cells = row.record
        const value = `{${header.map((name, index) => `${name}:${cellToJson(cells[index] ?? '')}`).join(',')}}`
        events.push({ value, object: JSON.parse(value) as Record<string, unknown>, line: row.info.lines })
      }
    }
    if (events.length > 0) yield events
    if (parser.errored !== null) throw parser.errored
    ended = parser.readableEnded
    if (!ended) await Promise.race([once(parser, 'readable'), once(parser, 'end')])
  }
}

function parseLine(line: string, number: number, path: string): FileEvent {
  let object: unknown
  try {
    object = JSON.parse(line)
  } catch (cause) {
    const title = fileTitle(path)
    throw new FlinktsError('FILE_INVALID', `${title} line ${number} is not JSON: ${(cause as Error).message}`, {
      location: { file: title, line: number, column: 1 },
      fix: 'write one JSON object per line',
      cause,
    })
  }
  const isObject = typeof object === 'object' && object !== null
  return { value: line, object: (isObject ? object : {}) as Record<string, unknown>, line: number }
}

async function* readJsonLines(input: Readable, path: string): AsyncGenerator<FileEvent[]> {
  input.setEncoding('utf8')
  let rest = ''
  let number = 0
  const eventsOf = (lines: readonly string[]): FileEvent[] => {
    const events: FileEvent[] = []
    for (const raw of lines) {
      const line = raw.trim()
      number++
      if (line !== '') events.push(parseLine(number === 1 ? line.replace(/^\uFEFF/, '') : line, number, path))
    }
    return events
  }
  for await (const chunk of input as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    const events = eventsOf(lines)
    if (events.length > 0) yield events
  }
  const last = eventsOf([rest])
  if (last.length > 0) yield last
}

/** The first bytes decide: an object or an array begins JSON lines. What was looked at comes through again. */
async function sniff(input: Readable): Promise<{ readonly format: FileFormat; readonly input: Readable }> {
  const output = new PassThrough()
  input.on('error', (error) => output.destroy(error))
  input.on('close', () => output.writableEnded || output.end())
  input.pipe(output)
  await Promise.race([once(output, 'readable'), once(output, 'end')])
  const first = output.read() as Buffer | null
  if (first !== null) output.unshift(first)
  return { format: /^\uFEFF?\s*[[{]/.test(first?.toString('utf8') ?? '') ? 'json' : 'csv', input: output }
}

function explain(cause: unknown, path: string): unknown {
  const title = fileTitle(path)
  const { code, message, lines } = cause as NodeJS.ErrnoException & { readonly lines?: number }
  if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES') {
    const fix = 'name a CSV or JSON-lines file, or - for standard input'
    return new FlinktsError('FILE_NOT_FOUND', `${title} cannot be read: ${message}`, { fix, cause })
  }
  if (code?.startsWith('CSV_') !== true) return cause
  return new FlinktsError(
    'FILE_INVALID',
    `${title}${lines === undefined ? '' : ` line ${lines}`} is not CSV: ${message}`,
    {
      location: lines === undefined ? undefined : { file: title, line: lines, column: 1 },
      fix: 'mend that line',
      cause,
    },
  )
}

/**
 * Reads events of a file, or of standard input, as they come: each time all that are there.
 * @throws FILE_NOT_FOUND, FILE_INVALID with the line
 */
export async function* readEvents({ path, format, opened }: EventFile): AsyncGenerator<readonly FileEvent[]> {
  let handle: FileHandle | undefined
  try {
    let input: Readable = process.stdin
    if (path !== '-') {
      handle = await open(path)
      const file = handle.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })
      opened?.(file, (await handle.stat()).size)
      input = file
      format ??= /\.csv$/i.test(path) ? 'csv' : 'json'
    }
    if (format === undefined) ({ format, input } = await sniff(input))
    yield* format === 'csv' ? readCsv(input) : readJsonLines(input, path)
  } catch (cause) {
    throw explain(cause, path)
  } finally {
    await handle?.close()
    if (path === '-') process.stdin.destroy()
  }
}
