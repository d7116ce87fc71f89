import type { Column } from '../types/record-batch.ts'

/** Copies one cell between columns of the same storage. */
export function copyCell(source: Column, from: number, target: Column, to: number): void {
  const value = source.values[from]!
  target.values[to] = value
  if (source.nulls !== undefined && source.nulls[from] !== 0) {
    target.nulls ??= new Uint8Array(target.values.length)
    target.nulls[to] = 1
  } else if (source.exact !== undefined && value !== value && source.exact[from] !== undefined) {
    target.exact ??= []
    target.exact[to] = source.exact[from]
  }
}
