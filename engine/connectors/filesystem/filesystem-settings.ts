// What a filesystem table's definition hands to its runtime: plain data, validated.
import type { CsvFormatOptions } from '../../formats/csv/csv-format-options.ts'
import type { JsonFormatOptions } from '../../formats/json/json-format-options.ts'
import type { Json, Split } from '../connector.ts'

export interface FilesystemSourceSettings {
  /** Of a file or folder; a relative one begins at the process's folder, which is the project's in a session. */
  readonly path: string
  /** Java's; must match the whole absolute path of a file. */
  readonly pathPattern: string | null
  readonly format:
    | { readonly kind: 'csv'; readonly options: CsvFormatOptions }
    | { readonly kind: 'json'; readonly options: JsonFormatOptions }
}

/** A file, or the lines of a file that begin within a range of bytes. */
export interface FileSplitState {
  readonly path: string
  /** In bytes, when the job began. */
  readonly size: number
  /** ms since 1970, when the job began. */
  readonly modificationTimeMs: number
  /** Lines that begin in [start, end) are the split's. Compressed files are one split; `end` means nothing there. */
  readonly start: number
  readonly end: number
  /** Where the next record begins, in bytes of the file, or of what is compressed in it; null: not begun. */
  readonly position: number | null
  readonly isFinished: boolean
}

export function createFileSplit(state: FileSplitState): Split {
  const isWhole = state.start === 0 && state.end === state.size
  return { id: isWhole ? state.path : `${state.path}:${state.start}`, state: state as unknown as Json }
}

export function fileSplitState(split: Split): FileSplitState {
  return split.state as unknown as FileSplitState
}
