// The file format of snapshots. A file describes itself: it can be listed and read without the job that wrote it.
//
//   file    = "FTSSTATE" version:int32 frame* ; the last frame is END
//   frame   = kind:uint8 length:int32 crc32(payload):int32 payload
//   HEADER  = text: JSON SnapshotHeader (key groups, states with key types and value storages; labels, key names and
//             value types are for people only, and absent in files of older releases)
//   ROWS    = state:int32 namespace:float64 rows:int32 runs:int32 (keyGroup:int32 rows:int32)*runs
//             key column* value column*     ; rows ascend by key group, a frame holds at most ROWS_PER_FRAME
//   LIST    = state:int32 elements:int32 cell*
//   END     = frames:int32
//
// Rows are sorted by key group and frames name theirs, so a restore at another parallelism decodes only frames that
// hold its own groups.
import { FlinktsError } from '../../common/errors.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { KeyedTableDeclaration, StateValueDeclaration } from '../state-backend.ts'
import type { KeyGroupRange } from '../key-groups.ts'
import { ByteReader, ByteWriter } from './byte-writer.ts'
import { crc32 } from './crc32.ts'

export const FORMAT_VERSION = 1
export const ROWS_PER_FRAME = 4096
const MAGIC = new TextEncoder().encode('FTSSTATE')

export const FrameKind = { HEADER: 1, ROWS: 2, LIST: 3, END: 4 } as const

export interface KeyedTableHeader {
  readonly kind: 'keyed-table'
  readonly name: string
  readonly key: readonly LogicalType[]
  readonly keyGroupColumns: number
  readonly values: readonly StateValueDeclaration[]
  readonly keyNames?: KeyedTableDeclaration['keyNames']
  readonly namespace?: KeyedTableDeclaration['namespace']
  readonly namespaces: number
  readonly rows: number
}
export interface OperatorListHeader {
  readonly kind: 'operator-list'
  readonly name: string
  readonly redistribution: 'split' | 'union'
  readonly elements: number
}
export interface SnapshotHeader {
  readonly maxParallelism: number
  readonly keyGroups: KeyGroupRange
  readonly states: readonly (KeyedTableHeader | OperatorListHeader)[]
}

export interface KeyGroupRun {
  readonly keyGroup: number
  readonly rows: number
}

export function fileStart(): Uint8Array {
  const writer = new ByteWriter()
  writer.raw(MAGIC)
  writer.int32(FORMAT_VERSION)
  return writer.take()
}

export function frame(kind: number, payload: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
  writer.uint8(kind)
  writer.int32(payload.length)
  writer.int32(crc32(payload))
  writer.raw(payload)
  return writer.take()
}

function corrupt(what: string): FlinktsError {
  return new FlinktsError('STATE_CORRUPT', `the snapshot cannot be read: ${what}`, {
    fix: 'Restore from an earlier checkpoint or savepoint.',
  })
}

export interface SnapshotFile {
  readonly header: SnapshotHeader
  /** ROWS and LIST payloads in file order, checksums verified. */
  readonly frames: readonly { readonly kind: number; readonly payload: Uint8Array }[]
}

/** Reads the files of which `bytes` is the concatenation, one or more. Throws STATE_CORRUPT. */
export function readSnapshotFiles(bytes: Uint8Array): SnapshotFile[] {
  const reader = new ByteReader(bytes)
  const files: SnapshotFile[] = []
  do files.push(readFile(reader))
  while (reader.remaining > 0)
  return files
}

function readFile(reader: ByteReader): SnapshotFile {
  if (reader.remaining < MAGIC.length + 4) throw corrupt('it is shorter than a file header')
  if (!reader.raw(MAGIC.length).every((byte, index) => byte === MAGIC[index]))
    throw corrupt('it does not start with FTSSTATE')
  const version = reader.int32()
  if (version !== FORMAT_VERSION) throw corrupt(`format version ${version}, known is ${FORMAT_VERSION}`)
  let header: SnapshotHeader | undefined
  const frames: { kind: number; payload: Uint8Array }[] = []
  for (;;) {
    const { kind, payload } = readFrame(reader)
    if (kind === FrameKind.HEADER) header = JSON.parse(new ByteReader(payload).text()) as SnapshotHeader
    else if (kind === FrameKind.ROWS || kind === FrameKind.LIST) frames.push({ kind, payload })
    else if (kind === FrameKind.END) {
      const expected = new ByteReader(payload).int32()
      if (header === undefined || expected !== frames.length) throw corrupt('frames are missing')
      return { header, frames }
    } else throw corrupt(`unknown frame kind ${kind}`)
  }
}

function readFrame(reader: ByteReader): { kind: number; payload: Uint8Array } {
  const start = reader.offset
  const kind = reader.uint8()
  const length = reader.int32()
  const checksum = reader.int32()
  const payload = reader.raw(length)
  if (crc32(payload) !== checksum) throw corrupt(`checksum error in the frame at byte ${start}`)
  return { kind, payload }
}

/** The frame's head; the reader then stands at the first key column. */
export function readRowsHead(reader: ByteReader): {
  state: number
  namespace: number
  rows: number
  runs: KeyGroupRun[]
} {
  const state = reader.int32()
  const namespace = reader.float64()
  const rows = reader.int32()
  const runs = Array.from({ length: reader.int32() }, () => ({ keyGroup: reader.int32(), rows: reader.int32() }))
  return { state, namespace, rows, runs }
}
