import type { ConnectorRuntime } from '../connector.ts'
import { FilesystemEnumerator } from './filesystem-enumerator.ts'
import { FilesystemReader } from './filesystem-reader.ts'

export const filesystemRuntime: ConnectorRuntime = {
  createEnumerator: (spec, context) => new FilesystemEnumerator(spec, context),
  createReader: (spec, context) => new FilesystemReader(spec, context),
}
