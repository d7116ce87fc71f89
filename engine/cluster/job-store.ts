// What a session remembers of its jobs on disk: one folder per job with `job.json`, written durably on every change.
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FlinktsError } from '../common/errors.ts'
import { stableHash } from '../graph/stable-id.ts'
import type { JobEnding } from './decide-start.ts'

export interface JobRecord {
  readonly formatVersion: 1
  /** `pipeline.name`, else the job's path in the project. */
  readonly key: string
  readonly jobName: string
  readonly jobId: string
  readonly startedAt: number
  readonly ending: JobEnding
  /** Where the run's checkpoints lie. */
  readonly checkpointFolder: string
  /** Location the run was restored from; it counts until the run has a checkpoint of its own. */
  readonly restoredFrom: string | undefined
  /** The run whose checkpoints count, and are kept, until this run has one of its own. */
  readonly formerFolder?: string | undefined
}

export class JobStore {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = resolve(directory)
  }

  folderOf(key: string): string {
    const readable = key.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60)
    return join(this.#directory, 'jobs', `${readable}-${stableHash(key).slice(0, 8)}`)
  }

  /** `configured`: execution.checkpointing.dir, a path or file: URL. Layout as Flink's: `<dir>/<job id>/chk-<n>`. */
  checkpointFolderOf(key: string, jobId: string, configured: string | undefined): string {
    return join(configured === undefined ? join(this.folderOf(key), 'checkpoints') : pathOf(configured), jobId)
  }

  savepointLocation(key: string, jobId: string, configured: string | undefined, unique: string): string {
    const folder = configured === undefined ? join(this.folderOf(key), 'savepoints') : pathOf(configured)
    return join(folder, `savepoint-${jobId.slice(0, 6)}-${unique}`)
  }

  async read(key: string): Promise<JobRecord | undefined> {
    const path = join(this.folderOf(key), 'job.json')
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch {
      return undefined
    }
    try {
      return JSON.parse(text) as JobRecord
    } catch (cause) {
      throw new FlinktsError('FILE_INVALID', `${path} is not what a session writes`, {
        fix: 'Remove it: the job then begins fresh, its checkpoints can still be restored with --restore.',
        cause,
      })
    }
  }

  async write(record: JobRecord): Promise<void> {
    const folder = this.folderOf(record.key)
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'job.json')
    const file = await open(`${path}.tmp`, 'w')
    try {
      await file.writeFile(JSON.stringify(record, undefined, 2))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.tmp`, path)
  }
}

function pathOf(location: string): string {
  return location.startsWith('file:') ? decodeURIComponent(new URL(location).pathname) : resolve(location)
}
