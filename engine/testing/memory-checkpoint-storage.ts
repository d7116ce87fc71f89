// Checkpoints in memory, for tests: the contract of checkpoint-storage.ts without a disk.
import type { CheckpointManifest } from '../checkpoint/checkpoint-manifest.ts'
import type {
  CheckpointStorage,
  StateHandle,
  StateSection,
  StoredCheckpoint,
} from '../checkpoint/checkpoint-storage.ts'
import { FlinktsError } from '../common/errors.ts'

export class MemoryCheckpointStorage implements CheckpointStorage {
  readonly #files = new Map<string, Uint8Array>()
  readonly #manifests = new Map<string, CheckpointManifest>()
  /** Checkpoints completed so far. */
  completed = 0

  checkpointLocation(jobFolder: string, checkpointId: number): string {
    return `${jobFolder}/chk-${checkpointId}`
  }

  async writeState(
    location: string,
    file: string,
    sections: readonly StateSection[],
  ): Promise<Record<string, StateHandle>> {
    const handles: Record<string, StateHandle> = {}
    for (const { operatorId, chunks } of sections) {
      const bytes = Buffer.concat([...chunks])
      const name = `${file}#${operatorId}`
      this.#files.set(`${location}/${name}`, new Uint8Array(bytes))
      handles[operatorId] = { file: name, location, offset: 0, length: bytes.byteLength, crc32: 0 }
    }
    return handles
  }

  async readState(handle: StateHandle): Promise<Uint8Array> {
    const bytes = this.#files.get(`${handle.location}/${handle.file}`)
    if (bytes === undefined)
      throw new FlinktsError('CHECKPOINT_CORRUPT', `${handle.location}/${handle.file} is missing`)
    return bytes
  }

  async writeManifest(location: string, manifest: CheckpointManifest): Promise<void> {
    this.#manifests.set(location, structuredClone(manifest))
    this.completed++
  }

  async read(location: string): Promise<StoredCheckpoint> {
    const manifest = this.#manifests.get(location)
    if (manifest !== undefined) return { kind: 'complete', location, manifest }
    return { kind: 'corrupt', location, checkpointId: -1, reason: `${location} has no manifest` }
  }

  async list(jobFolder: string): Promise<readonly StoredCheckpoint[]> {
    const found = [...this.#manifests].filter(([location]) => location.startsWith(`${jobFolder}/`))
    return found.reverse().map(([location, manifest]) => ({ kind: 'complete', location, manifest }))
  }

  async removeUnfinished(): Promise<void> {}

  async discard(location: string): Promise<void> {
    this.#manifests.delete(location)
    for (const path of this.#files.keys()) if (path.startsWith(`${location}/`)) this.#files.delete(path)
  }

  async dispose(location: string): Promise<readonly string[]> {
    await this.discard(location)
    return []
  }

  async discardAll(jobFolder: string): Promise<void> {
    for (const location of [...this.#manifests.keys()]) {
      if (location.startsWith(`${jobFolder}/`)) await this.discard(location)
    }
  }
}
