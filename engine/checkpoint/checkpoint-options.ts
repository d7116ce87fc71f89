// Checkpointing settings under Flink's keys. Source: Flink's CheckpointingOptions.
import { parseDuration } from '../common/duration.ts'
import { FlinktsError } from '../common/errors.ts'

export interface CheckpointOptions {
  /** Undefined: no periodic checkpoints. */
  readonly intervalMs: number | undefined
  readonly minPauseMs: number
  readonly timeoutMs: number
  readonly tolerableFailures: number
  /** Completed checkpoints that are kept. */
  readonly retained: number
  /** Folders as the user wrote them; undefined: the session's own. */
  readonly directory: string | undefined
  readonly savepointDirectory: string | undefined
}

/** Flink keeps 1; two are kept here, so that a damaged checkpoint is not the end of a job. */
const RETAINED_MIN = 2
const TIMEOUT_DEFAULT = '10 min'
const INTERVAL_MIN_MS = 10

function refuse(key: string, value: string, reason: string, fix: string): never {
  throw new FlinktsError('OPTION_INVALID', `option '${key}' has the value '${value}': ${reason}`, { fix })
}

function count(configuration: Readonly<Record<string, string>>, keys: readonly string[], fallback: number): number {
  const key = keys.find((candidate) => configuration[candidate] !== undefined)
  if (key === undefined) return fallback
  const value = Number(configuration[key])
  if (!Number.isInteger(value) || value < 0) {
    refuse(key, configuration[key]!, 'it must be a whole number', `Set ${key} to 0 or more.`)
  }
  return value
}

function checkUnsupported(configuration: Readonly<Record<string, string>>): void {
  const unaligned = 'execution.checkpointing.unaligned.enabled'
  if (configuration[unaligned] === 'true' || configuration['execution.checkpointing.unaligned'] === 'true') {
    refuse(unaligned, 'true', 'unaligned checkpoints are not supported', 'Leave it out: checkpoints are aligned.')
  }
  const concurrent = 'execution.checkpointing.max-concurrent-checkpoints'
  if (count(configuration, [concurrent], 1) !== 1) {
    refuse(concurrent, configuration[concurrent]!, 'one checkpoint is taken at a time', 'Leave it out.')
  }
  const mode = configuration['execution.checkpointing.mode']
  if (mode !== undefined && !['EXACTLY_ONCE', 'AT_LEAST_ONCE'].includes(mode.toUpperCase().replaceAll('-', '_'))) {
    refuse('execution.checkpointing.mode', mode, 'it is unknown', 'Use EXACTLY_ONCE.')
  }
}

/** Throws OPTION_INVALID. A job that asks for AT_LEAST_ONCE gets more: barriers are always aligned. */
export function parseCheckpointOptions(configuration: Readonly<Record<string, string>>): CheckpointOptions {
  checkUnsupported(configuration)
  const intervalKey = 'execution.checkpointing.interval'
  const interval = configuration[intervalKey]
  const intervalMs = interval === undefined ? undefined : parseDuration(interval, intervalKey)
  if (intervalMs !== undefined && intervalMs < INTERVAL_MIN_MS) {
    refuse(intervalKey, interval!, `it is below ${INTERVAL_MIN_MS} ms`, 'Use 1 s or more.')
  }
  const duration = (key: string, fallback: string): number => parseDuration(configuration[key] ?? fallback, key)
  const retainedKeys = ['execution.checkpointing.num-retained', 'state.checkpoints.num-retained']
  return {
    intervalMs,
    minPauseMs: duration('execution.checkpointing.min-pause', '0 ms'),
    timeoutMs: duration('execution.checkpointing.timeout', TIMEOUT_DEFAULT),
    tolerableFailures: count(configuration, ['execution.checkpointing.tolerable-failed-checkpoints'], 0),
    retained: Math.max(RETAINED_MIN, count(configuration, retainedKeys, 1)),
    directory: configuration['execution.checkpointing.dir'] ?? configuration['state.checkpoints.dir'],
    savepointDirectory: configuration['execution.checkpointing.savepoint-dir'] ?? configuration['state.savepoints.dir'],
  }
}
