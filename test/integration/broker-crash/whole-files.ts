// Are the files of a broker's data folder whole? Asked of one that has stopped cleanly.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hasValidChecksum } from '../../../engine/kafka/log/batch-validation.ts'
import { batchEndAt, readBatchHeader } from '../../../engine/kafka/protocol/record-batch.ts'

const entryBytes: Readonly<Record<string, number>> = { index: 8, timeindex: 12, txnindex: 34 }

/** Fails with the first that is not. */
export function expectWholeFiles(dataDirectory: string): void {
  for (const entry of readdirSync(dataDirectory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const kind = entry.name.slice(entry.name.lastIndexOf('.') + 1)
    if (['tmp', 'cleaned', 'swap', 'deleted'].includes(kind)) throw new Error(`${path} was left behind`)
    if (kind === 'log') expectWholeBatches(path, Number.parseInt(entry.name, 10))
    const size = entryBytes[kind]
    if (size !== undefined && statSync(path).size % size !== 0) throw new Error(`${path} is cut`)
  }
}

function expectWholeBatches(path: string, baseOffset: number): void {
  // The metadata log has a format of its own.
  if (Number.isNaN(baseOffset)) return
  const bytes = readFileSync(path)
  let next = baseOffset
  for (let at = 0; at < bytes.length;) {
    const end = batchEndAt(bytes, at, bytes.length)
    if (end < 0) throw new Error(`${path} ends in the middle of a batch at byte ${at}`)
    const header = readBatchHeader(bytes, at)
    if (header.baseOffset < next || !hasValidChecksum(bytes.subarray(at, end), header))
      throw new Error(`${path}: the batch at byte ${at} is damaged`)
    next = header.baseOffset + header.lastOffsetDelta + 1
    at = end
  }
}
