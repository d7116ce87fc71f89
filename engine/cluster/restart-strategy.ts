// Whether and when a failed job is restarted: pure. Source: Flink's RestartStrategyOptions and
// ExponentialDelayRestartBackoffTimeStrategy, keys and defaults.
import { durationToString, parseDuration } from '../common/duration.ts'
import { FlinktsError } from '../common/errors.ts'

export type RestartStrategy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed-delay'; readonly attempts: number; readonly delayMs: number }
  | {
      readonly kind: 'exponential-delay'
      readonly initialBackoffMs: number
      readonly maxBackoffMs: number
      readonly multiplier: number
      /** A job that ran this long without a failure begins with the initial back-off again. */
      readonly resetThresholdMs: number
      readonly jitterFactor: number
      readonly attemptsMax: number
    }

export interface RestartState {
  readonly failures: number
  readonly backoffMs: number | undefined
  readonly lastFailureAt: number | undefined
}

export const initialRestartState: RestartState = { failures: 0, backoffMs: undefined, lastFailureAt: undefined }

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly state: RestartState }
  | { readonly kind: 'give-up'; readonly reason: string }

/** `now` in ms; `random` uniform in [0, 1). */
export function decideRestart(
  strategy: RestartStrategy,
  state: RestartState,
  now: number,
  random: () => number,
): RestartDecision {
  const failures = state.failures + 1
  switch (strategy.kind) {
    case 'none':
      return { kind: 'give-up', reason: 'the job has no restart strategy' }
    case 'fixed-delay':
      if (failures > strategy.attempts) return { kind: 'give-up', reason: `${strategy.attempts} restarts are used up` }
      return {
        kind: 'restart',
        delayMs: strategy.delayMs,
        state: { failures, backoffMs: undefined, lastFailureAt: now },
      }
    case 'exponential-delay': {
      const { lastFailureAt, backoffMs } = state
      const calm = lastFailureAt === undefined || now - lastFailureAt >= strategy.resetThresholdMs + (backoffMs ?? 0)
      const attempt = calm ? 1 : failures
      if (attempt > strategy.attemptsMax)
        return { kind: 'give-up', reason: `${strategy.attemptsMax} restarts are used up` }
      const next =
        calm || backoffMs === undefined
          ? strategy.initialBackoffMs
          : Math.min(backoffMs * strategy.multiplier, strategy.maxBackoffMs)
      const jitter = next * strategy.jitterFactor * (2 * random() - 1)
      const delayMs = Math.min(Math.max(0, next + jitter), strategy.maxBackoffMs)
      return { kind: 'restart', delayMs, state: { failures: attempt, backoffMs: next, lastFailureAt: now } }
    }
  }
}

function numberOption(
  configuration: Readonly<Record<string, string>>,
  key: string,
  fallback: number,
  min: number,
): number {
  const text = configuration[key]
  const value = text === undefined ? fallback : text === 'infinite' ? Infinity : Number(text)
  if (!(value >= min)) {
    throw new FlinktsError('OPTION_INVALID', `option '${key}' has the value '${text}'`, {
      fix: `Use a number from ${min}.`,
    })
  }
  return value
}

/** Without `restart-strategy.type`: none without checkpointing, exponential-delay with it. Throws OPTION_INVALID. */
export function parseRestartStrategy(
  configuration: Readonly<Record<string, string>>,
  checkpointing: boolean,
): RestartStrategy {
  const type = (configuration['restart-strategy.type'] ?? configuration['restart-strategy'])?.toLowerCase()
  const key = (name: string): string => `restart-strategy.${name}`
  const duration = (name: string, fallback: string): number =>
    parseDuration(configuration[key(name)] ?? fallback, key(name))
  switch (type ?? (checkpointing ? 'exponential-delay' : 'none')) {
    case 'none':
    case 'off':
    case 'disable':
      return { kind: 'none' }
    case 'fixed-delay':
    case 'fixeddelay':
      return {
        kind: 'fixed-delay',
        attempts: numberOption(configuration, key('fixed-delay.attempts'), 1, 0),
        delayMs: duration('fixed-delay.delay', '1 s'),
      }
    case 'exponential-delay':
    case 'exponentialdelay':
      return {
        kind: 'exponential-delay',
        initialBackoffMs: duration('exponential-delay.initial-backoff', '1 s'),
        maxBackoffMs: duration('exponential-delay.max-backoff', '1 min'),
        multiplier: numberOption(configuration, key('exponential-delay.backoff-multiplier'), 1.5, 1),
        resetThresholdMs: duration('exponential-delay.reset-backoff-threshold', '1 h'),
        jitterFactor: numberOption(configuration, key('exponential-delay.jitter-factor'), 0.1, 0),
        attemptsMax: numberOption(configuration, key('exponential-delay.attempts-before-reset-backoff'), Infinity, 1),
      }
    default:
      throw new FlinktsError('OPTION_INVALID', `restart-strategy.type '${type}' is not supported`, {
        fix: 'Use none, fixed-delay or exponential-delay.',
      })
  }
}

/** As Flink's REST API prints it in a job's configuration. */
export function restartStrategyToString(strategy: RestartStrategy): string {
  switch (strategy.kind) {
    case 'none':
      return 'Restart deactivated.'
    case 'fixed-delay':
      return `Restart with fixed delay (${durationToString(strategy.delayMs)}). #${strategy.attempts} restart attempts.`
    case 'exponential-delay':
      return `Restart with exponential delay: starting at ${durationToString(strategy.initialBackoffMs)}, increasing by ${strategy.multiplier}, with maximum ${durationToString(strategy.maxBackoffMs)}.`
  }
}
