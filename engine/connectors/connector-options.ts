// Reading and checking the WITH options of a table, with Flink's messages.
// Source: Flink's FactoryUtil (validateFactoryOptions, validateUnconsumedKeys).
import { parseDuration } from '../common/duration.ts'
import { FlinktsError } from '../common/errors.ts'
import { nearestName } from '../common/near-name.ts'

export type Options = Readonly<Record<string, string>>

/** Options that the planner reads of any source. */
export const sourceOptionKeys = [
  'scan.parallelism',
  'scan.watermark.alignment.group',
  'scan.watermark.alignment.max-drift',
  'scan.watermark.alignment.update-interval',
  'scan.watermark.emit.on-event.gap',
  'scan.watermark.emit.strategy',
  'scan.watermark.idle-timeout',
] as const
export const sinkOptionKeys = ['sink.parallelism'] as const

export interface OptionKeys {
  readonly identifier: string
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** Keys under these prefixes are the caller's to check. */
  readonly prefixes?: readonly string[]
}

/** Values by key, where only these can be had. */
export type OptionChoices = Readonly<Record<string, readonly string[]>>

export const BOOLEANS = ['true', 'false'] as const

/** Of `sourceOptionKeys`. */
export const sourceOptionChoices: OptionChoices = {
  'scan.watermark.emit.strategy': ['on-periodic', 'on-event'],
}

export function optionError(message: string, fix: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', message, { fix })
}

/** Refuses missing and unknown options, naming the near one. */
export function checkOptionKeys(options: Options, keys: OptionKeys): void {
  const supported = ['connector', 'property-version', ...keys.required, ...keys.optional]
  const known = new Set(supported)
  const unknown = Object.keys(options)
    .filter((key) => !known.has(key) && !keys.prefixes?.some((prefix) => key.startsWith(prefix)))
    .sort()
  if (unknown.length > 0) {
    const near = nearestName(unknown[0]!, supported)
    throw optionError(
      `Unsupported options found for '${keys.identifier}'.\n\nUnsupported options:\n\n${unknown.join('\n')}\n\nSupported options:\n\n${[...known].sort().join('\n')}`,
      near === undefined ? `Remove '${unknown[0]}'.` : `Did you mean '${near}'?`,
    )
  }
  const missing = keys.required.filter((key) => options[key] === undefined)
  if (missing.length > 0) {
    throw optionError(
      `One or more required options are missing.\n\nMissing required options are:\n\n${missing.join('\n')}`,
      `Add '${missing[0]}' = '…' to the WITH clause.`,
    )
  }
}

export function readBoolean(options: Options, key: string, fallback: boolean): boolean {
  const value = options[key]?.toLowerCase()
  if (value === undefined) return fallback
  if (value === 'true' || value === 'false') return value === 'true'
  throw optionError(
    `Invalid value for option '${key}': Unrecognized option for boolean: ${options[key]}. Expected either true or false(case insensitive)`,
    `Set '${key}' to 'true' or 'false'.`,
  )
}

/** An integer within the limits. */
export function readInteger<T extends number | undefined>(
  options: Options,
  key: string,
  fallback: T,
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): number | T {
  const text = options[key]
  if (text === undefined) return fallback
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : NaN
  if (value >= minimum && value <= maximum) return value
  throw optionError(
    `Invalid value for option '${key}': '${text}' is not an integer from ${minimum} to ${maximum}.`,
    `Set '${key}' to a number in that range.`,
  )
}

export function readChoice<T extends string>(options: Options, key: string, choices: readonly T[], fallback: T): T {
  const text = options[key]
  if (text === undefined) return fallback
  const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  const near = nearestName(text, choices)
  throw optionError(
    `Invalid value for option '${key}': Could not parse value '${text}'. Expected one of: [${choices.join(', ')}]`,
    near === undefined ? `Set '${key}' to one of these.` : `Did you mean '${near}'?`,
  )
}

export function readDurationMs(options: Options, key: string, fallbackMs: number): number {
  const text = options[key]
  return text === undefined ? fallbackMs : parseDuration(text, key)
}

/** The parallelism a table asks for; undefined: the job's. */
export function readParallelism(options: Options, key: 'scan.parallelism' | 'sink.parallelism'): number | undefined {
  return readInteger(options, key, undefined, 1, 32767)
}
