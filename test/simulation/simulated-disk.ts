// The disk of the simulated machine: checkpoints and job records. It is slow, fails now and then, and keeps what was
// written when processes die; what was being written then may be there or not.
import { FlinktsError } from '../../engine/common/errors.ts'
import { JobStore, type JobRecord, type StoredGraph } from '../../engine/cluster/job-store.ts'
import type { CheckpointManifest } from '../../engine/checkpoint/checkpoint-manifest.ts'
import type {
  CheckpointStorage,
  StateHandle,
  StateSection,
  StoredCheckpoint,
} from '../../engine/checkpoint/checkpoint-storage.ts'
import type { SimulatedProcess, SimulatedWorld } from './simulated-world.ts'

export class SimulatedDisk {
  readonly world: SimulatedWorld
  readonly files = new Map<string, Uint8Array>()
  readonly manifests = new Map<string, CheckpointManifest>()
  readonly records = new Map<string, JobRecord>()
  readonly graphs = new Map<string, StoredGraph>()
  /** Probability that a write fails. */
  faultRate = 0

  constructor(world: SimulatedWorld) {
    this.world = world
  }

  /** Takes a while. What is under way when the process dies may still land, but its end is never heard of. */
  async operation<T>(process: SimulatedProcess, effect: () => T, mayFail = false): Promise<T> {
    if (!process.alive) return never()
    await this.world.turns(this.world.integer(0, 4))
    if (!process.alive) {
      if (this.world.chance(0.5)) effect()
      return never()
    }
    if (mayFail && this.world.chance(this.faultRate)) {
      this.world.note(`a write of ${process.name} fails`)
      throw new FlinktsError('CHECKPOINT_FAILED', 'the simulated disk is full')
    }
    return effect()
  }

  /** Damages the newest checkpoint, if an older one of its run is whole. */
  damageNewest(): boolean {
    const newest = [...this.manifests.keys()].at(-1)
    if (newest === undefined) return false
    const run = newest.slice(0, newest.lastIndexOf('/'))
    const ofRun = [...this.manifests.keys()].filter((location) => location.startsWith(`${run}/chk-`))
    if (ofRun.length < 2 || !newest.startsWith(`${run}/chk-`)) return false
    const file = [...this.files.keys()].find((path) => path.startsWith(`${newest}/`))
    if (file === undefined) return false
    this.files.delete(file)
    this.world.note(`${file} is lost`)
    return true
  }

  storageFor(process: SimulatedProcess): CheckpointStorage {
    return new SimulatedStorage(this, process)
  }

  jobStoreFor(process: SimulatedProcess): JobStore {
    return new SimulatedJobStore(this, process)
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined)
}

class SimulatedStorage implements CheckpointStorage {
  readonly #disk: SimulatedDisk
  readonly #process: SimulatedProcess

  constructor(disk: SimulatedDisk, process: SimulatedProcess) {
    this.#disk = disk
    this.#process = process
  }

  checkpointLocation(jobFolder: string, checkpointId: number): string {
    return `${jobFolder}/chk-${checkpointId}`
  }

  async writeState(
    location: string,
    file: string,
    sections: readonly StateSection[],
  ): Promise<Record<string, StateHandle>> {
    const { world, files } = this.#disk
    const handles: Record<string, StateHandle> = {}
    for (const { operatorId, chunks } of sections) {
      const parts: Uint8Array[] = []
      // processing goes on between two chunks: a snapshot that is not frozen shows
      for (const chunk of chunks) {
        parts.push(chunk.slice())
        await world.turns(world.integer(0, 2))
      }
      const name = `${file}#${operatorId}`
      const bytes = new Uint8Array(Buffer.concat(parts))
      await this.#disk.operation(this.#process, () => files.set(`${location}/${name}`, bytes), true)
      handles[operatorId] = { file: name, location, offset: 0, length: bytes.byteLength, crc32: 0 }
    }
    return handles
  }

  readState(handle: StateHandle): Promise<Uint8Array> {
    return this.#disk.operation(this.#process, () => {
      const path = `${handle.location}/${handle.file}`
      const bytes = this.#disk.files.get(path)
      if (bytes === undefined) throw new FlinktsError('CHECKPOINT_CORRUPT', `${path} is missing`)
      return bytes
    })
  }

  async writeManifest(location: string, manifest: CheckpointManifest): Promise<void> {
    const written = structuredClone(manifest)
    await this.#disk.operation(this.#process, () => this.#disk.manifests.set(location, written), true)
  }

  read(location: string): Promise<StoredCheckpoint> {
    return this.#disk.operation(this.#process, () => this.#look(location))
  }

  #look(location: string): StoredCheckpoint {
    const manifest = this.#disk.manifests.get(location)
    const corrupt = (reason: string): StoredCheckpoint => ({
      kind: 'corrupt',
      location,
      checkpointId: Number(/chk-(\d+)$/.exec(location)?.[1] ?? -1),
      reason: `checkpoint ${location} cannot be used: ${reason}`,
    })
    if (manifest === undefined) return corrupt('it has no manifest')
    for (const { file } of manifest.operators.flatMap(({ state }) => state))
      if (!this.#disk.files.has(`${location}/${file}`)) return corrupt(`${file} is missing`)
    return { kind: 'complete', location, manifest }
  }

  list(jobFolder: string): Promise<readonly StoredCheckpoint[]> {
    return this.#disk.operation(this.#process, () =>
      [...this.#disk.manifests]
        .filter(([location]) => location.startsWith(`${jobFolder}/chk-`))
        .sort(([, left], [, right]) => right.checkpointId - left.checkpointId)
        .map(([location]) => this.#look(location)),
    )
  }

  removeUnfinished(jobFolder: string): Promise<void> {
    return this.#disk.operation(this.#process, () => {
      for (const path of this.#disk.files.keys()) {
        const location = path.slice(0, path.lastIndexOf('/'))
        if (location.startsWith(`${jobFolder}/chk-`) && !this.#disk.manifests.has(location))
          this.#disk.files.delete(path)
      }
    })
  }

  async discard(location: string): Promise<void> {
    await this.#disk.operation(this.#process, () => this.#disk.manifests.delete(location))
    await this.#disk.operation(this.#process, () => {
      for (const path of this.#disk.files.keys()) if (path.startsWith(`${location}/`)) this.#disk.files.delete(path)
    })
  }

  async dispose(location: string): Promise<readonly string[]> {
    await this.discard(location)
    return []
  }

  async discardAll(jobFolder: string): Promise<void> {
    for (const location of [...this.#disk.manifests.keys()])
      if (location.startsWith(`${jobFolder}/chk-`)) await this.discard(location)
  }
}

class SimulatedJobStore extends JobStore {
  readonly #disk: SimulatedDisk
  readonly #process: SimulatedProcess

  constructor(disk: SimulatedDisk, process: SimulatedProcess) {
    super('/simulated')
    this.#disk = disk
    this.#process = process
  }

  override read(key: string): Promise<JobRecord | undefined> {
    return this.#disk.operation(this.#process, () => this.#disk.records.get(key))
  }

  override async write(record: JobRecord): Promise<void> {
    const written = structuredClone(record)
    await this.#disk.operation(this.#process, () => this.#disk.records.set(record.key, written))
  }

  override readGraph(key: string): Promise<StoredGraph | undefined> {
    return this.#disk.operation(this.#process, () => this.#disk.graphs.get(key))
  }

  override async writeGraph(stored: StoredGraph): Promise<void> {
    await this.#disk.operation(this.#process, () => this.#disk.graphs.set(stored.key, stored))
  }

  override recordSavepoint(): Promise<void> {
    return this.#disk.operation(this.#process, () => undefined)
  }
}
