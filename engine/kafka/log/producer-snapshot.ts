// Producer state beside the segments: `<offset>.snapshot` holds it as it was when the log ended at that offset. Newest
// two are kept; one that cannot be read is passed over, for the log itself tells the same more slowly.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProducerEntry } from './producer-state.ts'
import { segmentFileName } from './segment.ts'

interface SnapshotFile {
  readonly version: 2
  readonly producers: readonly ProducerEntry[]
}

const snapshotsKept = 2

export interface ProducerSnapshot {
  readonly offset: number
  readonly producers: readonly ProducerEntry[]
}

export function writeProducerSnapshot(directory: string, snapshot: ProducerSnapshot): void {
  const path = join(directory, segmentFileName(snapshot.offset, 'snapshot'))
  const content: SnapshotFile = { version: 2, producers: snapshot.producers }
  writeFileSync(`${path}.tmp`, JSON.stringify(content))
  renameSync(`${path}.tmp`, path)
  for (const offset of snapshotOffsets(directory).slice(0, -snapshotsKept)) removeSnapshot(directory, offset)
}

/** The newest that is readable and not later than `offsetMax`; later ones are removed. */
export function readProducerSnapshot(directory: string, offsetMax: number): ProducerSnapshot | undefined {
  for (const offset of snapshotOffsets(directory).reverse()) {
    if (offset <= offsetMax) {
      const producers = readSnapshotFile(join(directory, segmentFileName(offset, 'snapshot')))
      if (producers !== undefined) return { offset, producers }
    }
    removeSnapshot(directory, offset)
  }
  return undefined
}

export function removeSnapshotsAfter(directory: string, offsetMax: number): void {
  for (const offset of snapshotOffsets(directory)) if (offset > offsetMax) removeSnapshot(directory, offset)
}

function readSnapshotFile(path: string): readonly ProducerEntry[] | undefined {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as SnapshotFile
    return content.version === 2 ? content.producers : undefined
  } catch {
    return undefined
  }
}

function snapshotOffsets(directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.snapshot'))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
}

function removeSnapshot(directory: string, offset: number): void {
  rmSync(join(directory, segmentFileName(offset, 'snapshot')), { force: true })
}
