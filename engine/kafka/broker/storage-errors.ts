// Tells trouble with the disk from defects: the first is answered with KAFKA_STORAGE_ERROR, the second ends a connection.
import { isFlinktsError } from '../../common/errors.ts'

export function isStorageError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  if (isFlinktsError(error)) return error.code === 'KAFKA_STORAGE'
  return 'syscall' in error
}
