// Single cells as bytes, for the columns that are not plain numbers or strings. One tag byte, then the value.
import { FlinktsError } from '../common/errors.ts'
import type { Cell, PreciseTimestamp } from '../types/record-batch.ts'
import type { PageReader, PageWriter } from './page-bytes.ts'

const Tag = {
  NULL: 0,
  FALSE: 1,
  TRUE: 2,
  INT32: 3,
  DOUBLE: 4,
  BIGINT: 5,
  STRING: 6,
  BYTES: 7,
  PRECISE: 8,
  ARRAY: 9,
  MAP: 10,
} as const

export function writeCell(writer: PageWriter, cell: Cell): void {
  if (cell === null) writer.uint8(Tag.NULL)
  else if (typeof cell === 'boolean') writer.uint8(cell ? Tag.TRUE : Tag.FALSE)
  else if (typeof cell === 'number') writeNumber(writer, cell)
  else if (typeof cell === 'bigint') {
    writer.uint8(Tag.BIGINT)
    writer.text(cell.toString(16))
  } else if (typeof cell === 'string') {
    writer.uint8(Tag.STRING)
    writer.text(cell)
  } else if (cell instanceof Uint8Array) {
    writer.uint8(Tag.BYTES)
    writer.bytes(cell)
  } else writeNested(writer, cell)
}

function writeNumber(writer: PageWriter, value: number): void {
  if ((value | 0) === value && !Object.is(value, -0)) {
    writer.uint8(Tag.INT32)
    writer.int32(value)
  } else {
    writer.uint8(Tag.DOUBLE)
    writer.float64(value)
  }
}

function writeNested(writer: PageWriter, cell: readonly Cell[] | ReadonlyMap<Cell, Cell> | PreciseTimestamp): void {
  if (Array.isArray(cell)) {
    writer.uint8(Tag.ARRAY)
    writer.int32(cell.length)
    for (const element of cell as readonly Cell[]) writeCell(writer, element)
  } else if (cell instanceof Map) {
    writer.uint8(Tag.MAP)
    writer.int32(cell.size)
    for (const [key, value] of cell as ReadonlyMap<Cell, Cell>) {
      writeCell(writer, key)
      writeCell(writer, value)
    }
  } else {
    const { millis, nanos } = cell as PreciseTimestamp
    writer.uint8(Tag.PRECISE)
    writer.float64(millis)
    writer.int32(nanos)
  }
}

export function readCell(reader: PageReader): Cell {
  const tag = reader.uint8()
  switch (tag) {
    case Tag.NULL:
      return null
    case Tag.FALSE:
      return false
    case Tag.TRUE:
      return true
    case Tag.INT32:
      return reader.int32()
    case Tag.DOUBLE:
      return reader.float64()
    case Tag.BIGINT:
      return bigintFromHex(reader.text())
    case Tag.STRING:
      return reader.text()
    case Tag.BYTES:
      return reader.bytes()
    case Tag.PRECISE:
      return { millis: reader.float64(), nanos: reader.int32() }
    case Tag.ARRAY:
      return Array.from({ length: reader.int32() }, () => readCell(reader))
    case Tag.MAP:
      return new Map(Array.from({ length: reader.int32() }, () => [readCell(reader), readCell(reader)] as const))
    default:
      throw new FlinktsError('INTERNAL', `page holds a cell with the unknown tag ${tag}`)
  }
}

function bigintFromHex(hex: string): bigint {
  return hex.startsWith('-') ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`)
}
