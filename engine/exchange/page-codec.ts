// Pages: record batches as bytes, for crossing from one subtask to another.
//
// page   = rows:int32 flags:int32 [rowKinds] [eventTimes] column*
// column = storage:int32 flags:int32, then aligned to 8: values [nulls] [exact]
// strings = lengths:int32[rows] text (all strings of the column joined); other objects are cells, one after another.
// Typed arrays are raw memory: decoding lays views over the page and copies nothing.
import { columnStorage, createBatch, type Cell, type Column, type RecordBatch } from '../types/record-batch.ts'
import { readCell, writeCell } from './cell-codec.ts'
import type { PageWriter } from './page-bytes.ts'
import { PageReader } from './page-bytes.ts'
import type { LogicalType, RowType } from '../types/logical-type.ts'

const PageFlag = { ROW_KINDS: 1, EVENT_TIMES: 2 } as const
const ColumnFlag = { NULLS: 1, EXACT: 2, STRINGS: 4 } as const
/** V8 copies shorter substrings; a longer one would keep the whole column's text alive. */
const COPIED_SUBSTRING_LENGTH_MAX = 12

type Exact = NonNullable<Column['exact']>

function writeStrings(writer: PageWriter, values: readonly Cell[], rows: number): void {
  const lengths = new Int32Array(rows)
  let text = ''
  for (let row = 0; row < rows; row++) {
    const value = values[row]
    if (typeof value !== 'string') continue
    lengths[row] = value.length
    text += value
  }
  writer.elements(lengths, rows)
  writer.text(text)
}

function readStrings(reader: PageReader, rows: number, nulls: Uint8Array | undefined): Cell[] {
  const lengths = reader.int32s(rows)
  const text = reader.text()
  const values: Cell[] = new Array<Cell>(rows)
  let start = 0
  for (let row = 0; row < rows; row++) {
    const end = start + lengths[row]!
    if (nulls !== undefined && nulls[row] === 1) values[row] = null
    else values[row] = end - start > COPIED_SUBSTRING_LENGTH_MAX ? copyOf(text, start, end) : text.substring(start, end)
    start = end
  }
  return values
}

/** A string of its own. Concatenation makes a rope; reading a character of it flattens it into new memory. */
function copyOf(text: string, start: number, end: number): string {
  const half = start + ((end - start) >> 1)
  const copy = text.substring(start, half) + text.substring(half, end)
  return copy.charCodeAt(0) >= 0 ? copy : ''
}

function isStrings(values: readonly Cell[], rows: number): boolean {
  for (let row = 0; row < rows; row++) if (typeof values[row] !== 'string' && values[row] !== null) return false
  return true
}

function writeExact(writer: PageWriter, exact: Exact, rows: number): void {
  const present: number[] = []
  for (let row = 0; row < rows; row++) if (exact[row] !== undefined) present.push(row)
  writer.int32(present.length)
  for (const row of present) {
    writer.int32(row)
    writeCell(writer, exact[row]!)
  }
}

function readExact(reader: PageReader): Exact {
  const exact: Exact = []
  for (let count = reader.int32(); count > 0; count--) exact[reader.int32()] = readCell(reader) as Exact[number]
  return exact
}

function writeColumn(writer: PageWriter, column: Column, rows: number): void {
  const { values, nulls, exact } = column
  const strings = Array.isArray(values) && isStrings(values, rows)
  writer.align()
  writer.int32(
    (nulls === undefined ? 0 : ColumnFlag.NULLS) |
      (exact === undefined ? 0 : ColumnFlag.EXACT) |
      (strings ? ColumnFlag.STRINGS : 0),
  )
  if (nulls !== undefined) writer.elements(nulls, rows)
  writer.align()
  if (!Array.isArray(values)) writer.elements(values, rows)
  else if (strings) writeStrings(writer, values, rows)
  else for (let row = 0; row < rows; row++) writeCell(writer, nulls?.[row] === 1 ? null : (values[row] ?? null))
  if (exact !== undefined) writeExact(writer, exact, rows)
}

function readValues(reader: PageReader, type: LogicalType, rows: number): Column['values'] {
  switch (columnStorage(type)) {
    case 'uint8':
      return reader.uint8s(rows)
    case 'int32':
      return reader.int32s(rows)
    case 'float32':
      return reader.float32s(rows)
    case 'float64':
      return reader.float64s(rows)
    case 'object':
      return Array.from({ length: rows }, () => readCell(reader))
  }
}

function readColumn(reader: PageReader, type: LogicalType, rows: number): Column {
  reader.align()
  const flags = reader.int32()
  const nulls = (flags & ColumnFlag.NULLS) === 0 ? undefined : reader.uint8s(rows)
  reader.align()
  const strings = (flags & ColumnFlag.STRINGS) !== 0
  const values = strings ? readStrings(reader, rows, nulls) : readValues(reader, type, rows)
  return { values, nulls, exact: (flags & ColumnFlag.EXACT) === 0 ? undefined : readExact(reader) }
}

/** The batch as a page of its own memory, ready to be sent. `writer` is scratch space. */
export function encodePage(batch: RecordBatch, writer: PageWriter): ArrayBuffer {
  const { rowCount: rows, rowKinds, eventTimes } = batch
  writer.reset()
  writer.int32(rows)
  writer.int32(
    (rowKinds === undefined ? 0 : PageFlag.ROW_KINDS) | (eventTimes === undefined ? 0 : PageFlag.EVENT_TIMES),
  )
  if (rowKinds !== undefined) writer.elements(rowKinds, rows)
  writer.align()
  if (eventTimes !== undefined) writer.elements(eventTimes, rows)
  batch.type.fields.forEach((_, index) => writeColumn(writer, batch.columns[index]!, rows))
  return writer.finish()
}

/** The batch of a page. Its columns are views over the page's memory, which is then the batch's own. */
export function decodePage(type: RowType, page: ArrayBuffer): RecordBatch {
  const reader = new PageReader(page)
  const rows = reader.int32()
  const flags = reader.int32()
  const rowKinds = (flags & PageFlag.ROW_KINDS) === 0 ? undefined : reader.uint8s(rows)
  reader.align()
  const eventTimes = (flags & PageFlag.EVENT_TIMES) === 0 ? undefined : reader.float64s(rows)
  return createBatch(
    type,
    type.fields.map((field) => readColumn(reader, field.type, rows)),
    rows,
    rowKinds,
    eventTimes,
  )
}
