// JSON documents, as UTF-8 bytes, into columns. Semantics: Flink's JSON format; speed: a decoder generated for the layout
// the documents turn out to have, with the general decoder for every document that is not in it.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/formats/json/
import { loadGenerated } from '../../common/load-generated.ts'
import type { RowType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { ColumnBuffer } from '../column-buffer.ts'
import { JsonByteValues } from './json-byte-values.ts'
import { createCellReader, createFieldsReader, JsonConversionError, type CellReader } from './json-cell-readers.ts'
import type { JsonFormatOptions } from './json-format-options.ts'
import { learnJsonLayout, layoutsEqual, type JsonLayout } from './json-layout.ts'
import { generateLayoutDecoder } from './json-layout-code.ts'
import { JsonSyntaxError, JsonTokenizer, Token } from './json-tokenizer.ts'

interface LayoutDecoder {
  readonly layout: JsonLayout
  rebind(): void
  decode(bytes: Buffer, start: number, end: number, row: number): boolean
}

type LayoutDecoderFactory = (
  values: JsonByteValues,
  buffer: ColumnBuffer,
  columnIndexes: readonly number[],
  readers: readonly CellReader[],
) => Omit<LayoutDecoder, 'layout'>

/** A document that cannot be decoded; the message is the reason, without the document. */
export class JsonDecodeError extends Error {}

/** Layouts known at a time. Documents with optional fields have a few; more means there is none. */
const LAYOUTS_MAX = 4
/** Documents outside every known layout before the next one is learnt; doubled each time. */
const MISSES_BEFORE_LEARNING = 8

export class JsonDecoder {
  /** Documents or parts of them that were dropped because of `json.ignore-parse-errors`. */
  ignoredDocuments = 0
  readonly #options: JsonFormatOptions
  readonly #type: RowType
  readonly #buffer: ColumnBuffer
  readonly #columnIndexes: readonly number[]
  readonly #fieldIndexes: ReadonlyMap<string, number>
  readonly #readFields: ReturnType<typeof createFieldsReader>
  readonly #readers: readonly CellReader[]
  readonly #tokens = new JsonTokenizer()
  readonly #values = new JsonByteValues()
  readonly #cells: Cell[]
  readonly #writeCell = (index: number, cell: Cell): void => {
    this.#cells[index] = cell
  }
  #layouts: LayoutDecoder[] = []
  #misses = 0
  #missesBeforeLearning = 0

  /**
   * @param type - the fields to read; other fields of the documents are passed over
   * @param buffer - where rows go; it grows where a root array needs more room
   * @param columnIndexes - for each field its column in `buffer`; default: the same order
   */
  constructor(type: RowType, options: JsonFormatOptions, buffer: ColumnBuffer, columnIndexes?: readonly number[]) {
    this.#type = type
    this.#options = options
    this.#buffer = buffer
    this.#columnIndexes = columnIndexes ?? type.fields.map((_, index) => index)
    this.#fieldIndexes = new Map(type.fields.map((field, index) => [field.name, index]))
    this.#readFields = createFieldsReader(type, options)
    const strict = { ...options, ignoreParseErrors: false }
    this.#readers = type.fields.map((field) => createCellReader(field.type, strict))
    this.#cells = type.fields.map(() => null)
    buffer.onGrow(() => this.#layouts.forEach((layout) => layout.rebind()))
  }

  /**
   * Decodes one document into the rows from `row` on and returns how many it gave: 1, or 0 for an empty document or one
   * that is ignored, or one per element of a root array. Throws JsonDecodeError. Bytes behind the first JSON value are
   * not looked at, as in Flink.
   */
  decode(bytes: Buffer, start: number, end: number, row: number): number {
    if (start >= end) return 0
    const layouts = this.#layouts
    const nullCount = this.#values.nullCount
    for (let index = 0; index < layouts.length; index++) {
      const layout = layouts[index]!
      if (layout.decode(bytes, start, end, row)) {
        if (index > 0) this.#moveToFront(index)
        return 1
      }
      if (this.#values.nullCount !== nullCount) this.#takeBackNulls(row)
    }
    return this.#decodeGeneral(bytes, start, end, row)
  }

  #moveToFront(index: number): void {
    const [layout] = this.#layouts.splice(index, 1)
    this.#layouts.unshift(layout!)
  }

  #takeBackNulls(row: number): void {
    for (const index of this.#columnIndexes) {
      const { nulls } = this.#buffer.columns[index]!
      if (nulls !== undefined) nulls[row] = 0
    }
  }

  #decodeGeneral(bytes: Buffer, start: number, end: number, row: number): number {
    const counter = { rows: 0 }
    const hasByteOrderMark = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
    const documentStart = hasByteOrderMark && start + 3 <= end ? start + 3 : start
    try {
      this.#decodeDocument(bytes, documentStart, end, row, counter)
    } catch (error) {
      if (!(error instanceof JsonSyntaxError || error instanceof JsonConversionError)) throw error
      if (!this.#options.ignoreParseErrors) throw new JsonDecodeError(error.message)
      this.ignoredDocuments++
      return counter.rows
    }
    if (documentStart === start) this.#learn(bytes, start, end)
    return counter.rows
  }

  #decodeDocument(bytes: Buffer, start: number, end: number, row: number, counter: { rows: number }): void {
    const tokens = this.#tokens
    tokens.reset(bytes, start, end)
    if (tokens.nextToken() !== Token.START_ARRAY) {
      this.#decodeObject(row, counter)
      return
    }
    while (tokens.nextToken() !== Token.END_ARRAY) this.#decodeObject(row + counter.rows, counter)
  }

  #decodeObject(row: number, counter: { rows: number }): void {
    if (this.#tokens.token !== Token.START_OBJECT) throw new JsonSyntaxError('No content to map due to end-of-input')
    this.#cells.fill(null)
    this.#readFields(this.#tokens, this.#writeCell)
    this.#buffer.reserve(row + 1)
    for (let index = 0; index < this.#cells.length; index++) {
      this.#buffer.setCell(this.#columnIndexes[index]!, row, this.#cells[index]!)
    }
    counter.rows++
  }

  /** After a document that was in no known layout: learn its own, the first time at once, later less and less often. */
  #learn(bytes: Buffer, start: number, end: number): void {
    if (this.#misses++ < this.#missesBeforeLearning) return
    this.#misses = 0
    this.#missesBeforeLearning =
      this.#missesBeforeLearning === 0 ? MISSES_BEFORE_LEARNING : this.#missesBeforeLearning * 2
    const layout = learnJsonLayout(this.#tokens, bytes, start, end, this.#fieldIndexes)
    if (layout === undefined || this.#layouts.some((known) => layoutsEqual(known.layout, layout))) return
    const types = this.#type.fields.map((field) => field.type)
    const create = loadGenerated<LayoutDecoderFactory>(generateLayoutDecoder(layout, types, this.#options))
    const decoder = { layout, ...create(this.#values, this.#buffer, this.#columnIndexes, this.#readers) }
    this.#layouts = [decoder, ...this.#layouts].slice(0, LAYOUTS_MAX)
  }
}
