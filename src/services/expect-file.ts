// Whether the file that a command names can be what it asks for: said before anything is started for it.
import { existsSync, statSync } from 'node:fs'
import { FlinktsError } from '../../engine/host.ts'

/** Throws FILE_NOT_FOUND where there is none, or a folder. */
export function expectFile(file: string, fix: string): void {
  if (!existsSync(file)) throw new FlinktsError('FILE_NOT_FOUND', `there is no file ${file}`, { fix })
  if (statSync(file).isDirectory()) throw new FlinktsError('FILE_NOT_FOUND', `${file} is a folder`, { fix })
}

const SOURCE = /\.(sql|[cm]?[jt]s|[jt]sx)$/i

/** As `expectFile`; throws FILE_INVALID where its name says that it is neither SQL nor TypeScript or JavaScript. */
export function expectSourceFile(file: string): void {
  const fix = 'name a .sql or .ts file'
  expectFile(file, fix)
  if (!SOURCE.test(file))
    throw new FlinktsError('FILE_INVALID', `${file} is neither SQL nor TypeScript by its name`, { fix })
}
