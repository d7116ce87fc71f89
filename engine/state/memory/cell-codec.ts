// Cells and plain JSON objects as bytes: one tag, then the value.
import { FlinktsError } from '../../common/errors.ts'
import type { ByteReader, ByteWriter } from './byte-writer.ts'

const Tag = {
  NULL: 0,
  FALSE: 1,
  TRUE: 2,
  INT32: 3,
  DOUBLE: 4,
  BIGINT: 5,
  STRING: 6,
  BYTES: 7,
  ARRAY: 8,
  MAP: 9,
  OBJECT: 10,
} as const

export function writeCell(writer: ByteWriter, value: unknown): void {
  switch (typeof value) {
    case 'boolean':
      writer.uint8(value ? Tag.TRUE : Tag.FALSE)
      break
    case 'number':
      writeNumber(writer, value)
      break
    case 'bigint':
      writer.uint8(Tag.BIGINT)
      writer.text(value.toString(16))
      break
    case 'string':
      writer.uint8(Tag.STRING)
      writer.text(value)
      break
    case 'object':
      writeObject(writer, value)
      break
    case 'undefined':
      writer.uint8(Tag.NULL)
      break
    default:
      throw new FlinktsError('INTERNAL', `a ${typeof value} cannot be kept in state`)
  }
}

function writeNumber(writer: ByteWriter, value: number): void {
  if ((value | 0) === value && !Object.is(value, -0)) {
    writer.uint8(Tag.INT32)
    writer.int32(value)
  } else {
    writer.uint8(Tag.DOUBLE)
    writer.float64(value)
  }
}

function writeObject(writer: ByteWriter, value: object | null): void {
  if (value === null) writer.uint8(Tag.NULL)
  else if (value instanceof Uint8Array) {
    writer.uint8(Tag.BYTES)
    writer.bytes(value)
  } else if (Array.isArray(value)) {
    writer.uint8(Tag.ARRAY)
    writer.int32(value.length)
    for (const item of value) writeCell(writer, item)
  } else if (value instanceof Map) {
    writer.uint8(Tag.MAP)
    writer.int32(value.size)
    for (const [key, item] of value) {
      writeCell(writer, key)
      writeCell(writer, item)
    }
  } else {
    const entries = Object.entries(value)
    writer.uint8(Tag.OBJECT)
    writer.int32(entries.length)
    for (const [key, item] of entries) {
      writer.text(key)
      writeCell(writer, item)
    }
  }
}

export function readCell(reader: ByteReader): unknown {
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
    case Tag.BIGINT: {
      const digits = reader.text()
      return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
    }
    case Tag.STRING:
      return reader.text()
    case Tag.BYTES:
      return reader.bytes().slice()
    case Tag.ARRAY:
      return Array.from({ length: reader.int32() }, () => readCell(reader))
    case Tag.MAP:
      return new Map(Array.from({ length: reader.int32() }, () => [readCell(reader), readCell(reader)]))
    case Tag.OBJECT:
      return Object.fromEntries(Array.from({ length: reader.int32() }, () => [reader.text(), readCell(reader)]))
    default:
      throw new FlinktsError('STATE_CORRUPT', `a snapshot holds a value of unknown kind ${tag}`)
  }
}
