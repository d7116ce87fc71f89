// Columns of keys and state values as bytes.
import { columnStorage, type Cell, type Column, type PreciseTimestamp } from '../../types/record-batch.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { StateColumn, StateColumnStorage } from '../state-backend.ts'
import type { ByteReader, ByteWriter } from './byte-writer.ts'
import { readCell, writeCell } from './cell-codec.ts'

type TypedArray = Uint8Array | Int32Array | Float32Array | Float64Array
type TypedArrayConstructor = new (length: number) => TypedArray

const CONSTRUCTORS: Record<string, TypedArrayConstructor> = {
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
}

function writeTyped(writer: ByteWriter, values: TypedArray, order: Int32Array, from: number, to: number): void {
  const gathered = new (values.constructor as TypedArrayConstructor)(to - from)
  for (let index = from; index < to; index++) gathered[index - from] = values[order[index]!]!
  writer.raw(new Uint8Array(gathered.buffer))
}

function readTyped(reader: ByteReader, storage: string, rows: number): TypedArray {
  const values = new CONSTRUCTORS[storage]!(rows)
  new Uint8Array(values.buffer).set(reader.raw(values.byteLength))
  return values
}

function writeCells(writer: ByteWriter, values: readonly unknown[], order: Int32Array, from: number, to: number): void {
  let empty = true
  for (let index = from; index < to && empty; index++) empty = values[order[index]!] === null
  writer.uint8(empty ? 0 : 1)
  if (empty) return
  for (let index = from; index < to; index++) writeCell(writer, values[order[index]!])
}

function readCells(reader: ByteReader, rows: number): unknown[] {
  if (reader.uint8() === 0) return new Array<unknown>(rows).fill(null)
  return Array.from({ length: rows }, () => readCell(reader))
}

/** Rows order[from] … order[to − 1] of a state column. */
export function writeStateColumn(
  writer: ByteWriter,
  values: StateColumn,
  order: Int32Array,
  from: number,
  to: number,
): void {
  if (Array.isArray(values)) writeCells(writer, values, order, from, to)
  else writeTyped(writer, values, order, from, to)
}

export function readStateColumn(reader: ByteReader, storage: StateColumnStorage, rows: number): StateColumn {
  return storage === 'cell' ? readCells(reader, rows) : (readTyped(reader, storage, rows) as Int32Array | Float64Array)
}

/** Values, then flags: NULLs (bit 1), exact values (bit 2). */
export function writeKeyColumn(writer: ByteWriter, column: Column, order: Int32Array, from: number, to: number): void {
  const { values, nulls, exact } = column
  writer.uint8((nulls === undefined ? 0 : 1) | (exact === undefined ? 0 : 2))
  if (Array.isArray(values)) writeCells(writer, values, order, from, to)
  else writeTyped(writer, values, order, from, to)
  if (nulls !== undefined) writeTyped(writer, nulls, order, from, to)
  if (exact !== undefined) {
    for (let index = from; index < to; index++) writeCell(writer, exact[order[index]!] ?? null)
  }
}

export function readKeyColumn(reader: ByteReader, type: LogicalType, rows: number): Column {
  const flags = reader.uint8()
  const storage = columnStorage(type)
  const values = storage === 'object' ? (readCells(reader, rows) as Cell[]) : readTyped(reader, storage, rows)
  const nulls = flags & 1 ? (readTyped(reader, 'uint8', rows) as Uint8Array) : undefined
  const exact =
    flags & 2 ? Array.from({ length: rows }, () => readCell(reader) as bigint | PreciseTimestamp) : undefined
  return { values, nulls, exact }
}
