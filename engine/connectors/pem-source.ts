// Certificates and keys as a connector's options give them.
import { readFileSync } from 'node:fs'
import { FlinktsError } from '../common/errors.ts'
import type { PemSource } from './pem-settings.ts'

/** `what`: the option that named it. Throws FILE_NOT_FOUND. */
export function readPem(source: PemSource | undefined, what: string): string | undefined {
  if (source === undefined || 'pem' in source) return source?.pem
  return readKeyFile(source.file, what).toString('utf8')
}

export function readKeyFile(file: string, what: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new FlinktsError('FILE_NOT_FOUND', `${what}: the file ${file} cannot be read: ${(cause as Error).message}`, {
      fix: 'Name a file that this user may read; a path is taken from the folder of the project.',
    })
  }
}
