// Cells as keys of a Map, which compares objects by identity and knows one zero only.
import { ByteReader, ByteWriter } from '../../state/memory/byte-writer.ts'
import { readCell, writeCell } from '../../state/memory/cell-codec.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import { columnStorage, type Cell } from '../../types/record-batch.ts'

/** Equal values have the same key; keys are numbers, strings, booleans, bigints or null, and may lie in state. */
export interface DistinctKeys {
  encode(cells: readonly Cell[]): Cell
  decode(key: Cell): readonly Cell[]
}

const NEGATIVE_ZERO = '-0'

function encodeCells(cells: readonly Cell[]): string {
  const writer = new ByteWriter()
  for (const cell of cells) writeCell(writer, cell)
  let text = ''
  for (const byte of writer.take()) text += String.fromCharCode(byte)
  return text
}

function decodeCells(key: string, count: number): Cell[] {
  const reader = new ByteReader(Uint8Array.from(key, (character) => character.charCodeAt(0)))
  return Array.from({ length: count }, () => readCell(reader) as Cell)
}

export function distinctKeys(types: readonly LogicalType[]): DistinctKeys {
  const [type] = types
  const several = {
    encode: encodeCells,
    decode: (key: Cell) => decodeCells(key as string, types.length),
  }
  if (types.length !== 1) return several
  if (type!.kind === 'CHAR' || type!.kind === 'VARCHAR') return { encode: ([cell]) => cell!, decode: (key) => [key] }
  if (columnStorage(type!) === 'object') {
    return {
      encode: (cells) => (cells[0] === null ? null : encodeCells(cells)),
      decode: (key) => (key === null ? [null] : several.decode(key)),
    }
  }
  return {
    encode([cell]) {
      if (Object.is(cell, -0)) return NEGATIVE_ZERO
      return typeof cell === 'object' && cell !== null ? encodeCells([cell]) : cell!
    },
    decode(key) {
      if (key === NEGATIVE_ZERO) return [-0]
      return typeof key === 'string' ? decodeCells(key, 1) : [key]
    },
  }
}
