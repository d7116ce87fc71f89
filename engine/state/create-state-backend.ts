// Which state backend a job gets: `state.backend.type`.
import { FlinktsError } from '../common/errors.ts'
import { HashmapStateBackend, type HashmapStateBackendOptions } from './memory/hashmap-state-backend.ts'
import type { StateBackend } from './state-backend.ts'

/** Throws STATE_BACKEND_UNSUPPORTED for anything but `hashmap`. */
export function checkStateBackendType(type: string): void {
  if (type === 'hashmap') return
  throw new FlinktsError('STATE_BACKEND_UNSUPPORTED', `state.backend.type '${type}' is not supported`, {
    fix: "Use 'hashmap': state lives in memory, checkpoints on disk.",
  })
}

export interface StateBackendOptions extends HashmapStateBackendOptions {
  /** `state.backend.type`; default `hashmap`. */
  readonly type?: string | undefined
}

export function createStateBackend(options: StateBackendOptions): StateBackend {
  checkStateBackendType(options.type ?? 'hashmap')
  return new HashmapStateBackend(options)
}
