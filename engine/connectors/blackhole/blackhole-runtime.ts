// The writer of `blackhole`: takes everything, keeps nothing.
import type { ConnectorRuntime, SinkWriter } from '../connector.ts'

const blackholeWriter: SinkWriter = {
  open: () => Promise.resolve(),
  write: () => undefined,
  isAvailable: () => true,
  available: () => Promise.resolve(),
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

export const blackholeRuntime: ConnectorRuntime = { createWriter: () => blackholeWriter }
