// Finds the files of a filesystem table when a job begins, and cuts them into splits.
import { stat } from 'node:fs/promises'
import { FlinktsError } from '../../common/errors.ts'
import type { Json, RuntimeContext, SourceSpec, Split, SplitEnumerator } from '../connector.ts'
import {
  createFileSplit,
  fileSplitState,
  type FileSplitState,
  type FilesystemSourceSettings,
} from './filesystem-settings.ts'
import { compressionOf } from './file-compression.ts'
import { listFiles, type DataFile } from './list-files.ts'

/** A smaller part of a file is not worth a subtask. */
const RANGE_BYTES_MIN = 64 * 1024

export class FilesystemEnumerator implements SplitEnumerator {
  readonly #settings: FilesystemSourceSettings
  readonly #parallelism: number

  constructor(spec: SourceSpec, context: RuntimeContext) {
    this.#settings = spec.settings as unknown as FilesystemSourceSettings
    this.#parallelism = context.parallelism
  }

  /** What a job reads is fixed when it begins: files that come later are not read, those that changed are refused. */
  async start(restored: readonly Split[] | undefined): Promise<readonly Split[]> {
    if (restored !== undefined) {
      for (const split of restored) await checkUnchanged(fileSplitState(split))
      return restored
    }
    const { path, pathPattern } = this.#settings
    const files = await listFiles(path, pathPattern)
    return files.flatMap((file) => this.#splitsOf(file))
  }

  /** A file has no identity but its path, size and time: they are in the splits, which `start` checks. */
  identity(): Promise<Json> {
    return Promise.resolve(null)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /**
   * Lines of JSON begin behind a line feed wherever one stands, so that several subtasks can share a file. In CSV a line
   * feed may be quoted, and what is compressed can only be read from its beginning: such files are one split, as in Flink.
   */
  #splitsOf({ path, size, modificationTimeMs }: DataFile): Split[] {
    const isDivisible = this.#settings.format.kind === 'json' && compressionOf(path) === undefined
    const most = isDivisible ? Math.floor(size / RANGE_BYTES_MIN) : 1
    const count = Math.max(1, Math.min(this.#parallelism, most))
    const bound = (index: number): number => Math.floor((size * index) / count)
    return Array.from({ length: count }, (_, index) =>
      createFileSplit({
        path,
        size,
        modificationTimeMs,
        start: bound(index),
        end: bound(index + 1),
        position: null,
        isFinished: false,
      }),
    )
  }
}

async function checkUnchanged({ path, size, modificationTimeMs, isFinished }: FileSplitState): Promise<void> {
  if (isFinished) return
  const facts = await stat(path).catch(() => undefined)
  if (facts?.size === size && Math.floor(facts.mtimeMs) === modificationTimeMs) return
  throw new FlinktsError(
    'CHECKPOINT_INCOMPATIBLE',
    `${path} is ${facts === undefined ? 'gone' : 'no longer the file'} that the checkpoint was taken on: where reading goes on in it is not known`,
    { fix: 'Begin anew with --fresh, or bring the former file back.' },
  )
}
