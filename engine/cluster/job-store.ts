// What a session remembers of its jobs on disk: one folder per job with `job.json` (the last run, written durably on every
// change), `graph.json` (what was submitted, so that it can be submitted again) and `savepoints.jsonl` (where its
// savepoints were put).
import { appendFile, chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FlinktsError, type ErrorData } from '../common/errors.ts'
import { stableHash } from '../graph/stable-id.ts'
import type { Json } from '../common/json.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'
import type { JobEnding } from './decide-start.ts'
import type { JobOutcome } from './job-outcome.ts'

export interface JobRecord {
  readonly formatVersion: 1
  /** `pipeline.name`, else the job's path in the project. */
  readonly key: string
  readonly jobName: string
  readonly jobId: string
  readonly startedAt: number
  readonly ending: JobEnding
  /** ms since 1970. Absent while the job runs, and where nobody could write it down. */
  readonly endedAt?: number | undefined
  /** What the run had done when it ended. */
  readonly outcome?: JobOutcome | undefined
  /** Where the run's checkpoints lie. */
  readonly checkpointFolder: string
  /** Location the run was restored from; it counts until the run has a checkpoint of its own. */
  readonly restoredFrom: string | undefined
  /** The run whose checkpoints count, and are kept, until this run has one of its own. */
  readonly formerFolder?: string | undefined
  /** The last start since, which failed before anything ran: the next run is decided as if it had not been. */
  readonly refusedStart?: RefusedStart | undefined
}

export interface RefusedStart {
  readonly jobId: string
  /** ms since 1970. */
  readonly at: number
  readonly cause: ErrorData
}

/** What a job's last run was submitted with. */
export interface StoredGraph {
  readonly formatVersion: 1
  readonly key: string
  readonly jobId: string
  readonly graph: StreamGraph
  /** The client's own: what it needs to submit the graph again. */
  readonly origin: Json
}

export interface SavepointEntry {
  readonly location: string
  readonly jobId: string
  /** ms since 1970. */
  readonly at: number
}

/** A job of the project, or why its folder cannot be read. */
export type JobEntry =
  | { readonly kind: 'job'; readonly folder: string; readonly record: JobRecord }
  | { readonly kind: 'unreadable'; readonly folder: string; readonly error: FlinktsError }

const TRANSIENT_FOLDER = '.transient'

export class JobStore {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = resolve(directory, 'jobs')
  }

  folderOf(key: string): string {
    const readable = key.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60)
    return join(this.#directory, `${readable}-${stableHash(key).slice(0, 8)}`)
  }

  /** `configured`: execution.checkpointing.dir, a path or file: URL. Layout as Flink's: `<dir>/<job id>/chk-<n>`. */
  checkpointFolderOf(key: string, jobId: string, configured: string | undefined): string {
    return join(configured === undefined ? join(this.folderOf(key), 'checkpoints') : pathOf(configured), jobId)
  }

  savepointLocation(key: string, jobId: string, configured: string | undefined, unique: string): string {
    const folder = configured === undefined ? join(this.folderOf(key), 'savepoints') : pathOf(configured)
    return join(folder, `savepoint-${jobId.slice(0, 6)}-${unique}`)
  }

  /** For a job that keeps no state: gone with its end, or with `clearTransient`. */
  transientFolderOf(jobId: string): string {
    return join(this.#directory, TRANSIENT_FOLDER, jobId)
  }

  async clearTransient(jobId = ''): Promise<void> {
    await rm(join(this.#directory, TRANSIENT_FOLDER, jobId), { recursive: true, force: true })
  }

  read(key: string): Promise<JobRecord | undefined> {
    return readJson<JobRecord>(join(this.folderOf(key), 'job.json'))
  }

  /** All jobs of the project, in no order. */
  async list(): Promise<JobEntry[]> {
    const names = await readdir(this.#directory).catch(() => [])
    const entries = names.map(async (name): Promise<JobEntry | undefined> => {
      const folder = join(this.#directory, name)
      try {
        const record = await readJson<JobRecord>(join(folder, 'job.json'))
        return record === undefined ? undefined : { kind: 'job', folder, record }
      } catch (error) {
        return { kind: 'unreadable', folder, error: error as FlinktsError }
      }
    })
    return (await Promise.all(entries)).filter((entry) => entry !== undefined)
  }

  async write(record: JobRecord): Promise<void> {
    await writeJson(this.folderOf(record.key), 'job.json', record, 2)
  }

  async readGraph(key: string): Promise<StoredGraph | undefined> {
    return readJson<StoredGraph>(join(this.folderOf(key), 'graph.json'))
  }

  /** Addresses in a graph may hold passwords: nobody else can read the file. */
  async writeGraph(stored: StoredGraph): Promise<void> {
    await writeJson(this.folderOf(stored.key), 'graph.json', stored, 0)
  }

  async recordSavepoint(key: string, entry: SavepointEntry): Promise<void> {
    const folder = this.folderOf(key)
    await mkdir(folder, { recursive: true })
    await appendFile(join(folder, 'savepoints.jsonl'), `${JSON.stringify(entry)}\n`)
  }

  /** As they were taken; some may have been deleted or moved since. A line that was cut off by a crash is left out. */
  async savepoints(key: string): Promise<SavepointEntry[]> {
    const text = await readFile(join(this.folderOf(key), 'savepoints.jsonl'), 'utf8').catch(() => '')
    return text.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as SavepointEntry]
      } catch {
        return []
      }
    })
  }
}

async function readJson<T>(path: string): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new FlinktsError('FILE_INVALID', `${path} is not what a session writes`, {
      fix: 'Remove it: the job then begins fresh, its checkpoints can still be restored with --restore.',
      cause,
    })
  }
}

async function writeJson(folder: string, name: string, value: unknown, indent: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, name)
  const file = await open(`${path}.tmp`, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(value, undefined, indent))
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(`${path}.tmp`, 0o600)
  await rename(`${path}.tmp`, path)
}

/** A path or `file:` URL as an absolute path. */
export function pathOf(location: string): string {
  if (!location.startsWith('file:')) return resolve(location)
  return fileURLToPath(new URL(location.replace(/^file:(?!\/\/)/, 'file://')))
}
