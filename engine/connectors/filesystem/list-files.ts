// The files of a path: itself, or every file below a folder, in the order of their paths. Hidden ones, whose name begins
// with `.` or `_`, and what lies in hidden folders, are no data. Source: Flink's NonSplittingRecursiveEnumerator,
// DefaultFileFilter and RegexFileFilter.
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FlinktsError } from '../../common/errors.ts'
import { compileJavaPattern } from '../../functions/java-regular-expression.ts'

export interface DataFile {
  /** Absolute. */
  readonly path: string
  readonly size: number
  /** ms since 1970 */
  readonly modificationTimeMs: number
}

/** Throws FILE_NOT_FOUND, FILE_INVALID. `pattern` must match the whole absolute path of a file. */
export async function listFiles(path: string, pattern: string | null): Promise<DataFile[]> {
  const root = resolve(path)
  const matches = pattern === null ? undefined : compileJavaPattern(`^(?:${pattern})$`)
  const files: DataFile[] = []
  const visit = async (place: string): Promise<void> => {
    const facts = await factsOf(place, path)
    if (!facts.isDirectory()) {
      if (matches !== undefined && !matches.test(place)) return
      files.push({ path: place, size: facts.size, modificationTimeMs: Math.floor(facts.mtimeMs) })
      return
    }
    const names = await readdir(place).catch((error: unknown) => Promise.reject(unreadable(place, error)))
    for (const name of names.sort()) if (!/^[._]/.test(name)) await visit(join(place, name))
  }
  await visit(root)
  return files
}

async function factsOf(place: string, asWritten: string) {
  try {
    return await stat(place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(place, error)
    throw new FlinktsError('FILE_NOT_FOUND', `there is no file or folder ${place}`, {
      fix:
        asWritten === place
          ? "Mend the table's 'path'."
          : `Mend the table's 'path' ('${asWritten}'); relative ones start at the project's folder.`,
      cause: error,
    })
  }
}

export function unreadable(path: string, error: unknown): FlinktsError {
  return new FlinktsError('FILE_INVALID', `${path} cannot be read: ${(error as Error).message}`, { cause: error })
}
