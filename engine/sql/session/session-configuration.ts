// The settings of a session: SET, RESET and what was there before them. Source: Flink's SET and RESET statements.
import { parseDuration } from '../../common/duration.ts'
import { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import { createTimeZone } from '../../functions/time-zone.ts'
import { configurationOptions, type ConfigurationOption } from './configuration-options.ts'

export class SessionConfiguration {
  private readonly initial: Readonly<Record<string, string>>
  private values: Map<string, string>

  /** `initial`: what RESET goes back to. */
  constructor(initial: Readonly<Record<string, string>> = {}) {
    for (const [key, value] of Object.entries(initial)) checkValue(key, value)
    this.initial = initial
    this.values = new Map(Object.entries(initial))
  }

  /** @throws OPTION_INVALID for a known key with a value of another type */
  set(key: string, value: string): void {
    checkValue(key, value)
    this.values.set(key, value)
  }

  /** One key, or all. */
  reset(key?: string): void {
    if (key === undefined) {
      this.values = new Map(Object.entries(this.initial))
      return
    }
    const initial = this.initial[key]
    if (initial === undefined) this.values.delete(key)
    else this.values.set(key, initial)
  }

  /** The value set, or the default of a known option. */
  get(key: string): string | undefined {
    return this.values.get(key) ?? configurationOptions[key]?.default
  }

  /** What was set, sorted by key. */
  toRecord(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.values].sort(([left], [right]) => (left < right ? -1 : 1)))
  }

  /** Keys that are set and have no effect here: tuning of Flink's runtime, and keys nobody knows. */
  ignoredKeys(): readonly string[] {
    return Object.keys(this.toRecord()).filter((key) => configurationOptions[key]?.status !== 'honoured')
  }

  /** To be called before a job is planned. @throws SQL_UNSUPPORTED for a setting that would change results */
  checkPlannable(): void {
    for (const [key, value] of this.values) {
      const option = configurationOptions[key]
      if (option?.status !== 'refused' || sameValue(option, value)) continue
      throw new FlinktsError('SQL_UNSUPPORTED', `The setting '${key}' = '${value}' is not supported yet.`, {
        fix: `RESET '${key}'; (its default is '${option.default}').`,
      })
    }
  }
}

/** The setting that was probably meant by a key that nobody knows; undefined: none is near, or the key is known. */
export function nearestSetting(key: string): string | undefined {
  return configurationOptions[key] === undefined ? nearestName(key, Object.keys(configurationOptions)) : undefined
}

const sameValue = (option: ConfigurationOption, value: string): boolean =>
  option.default?.toLowerCase() === value.trim().toLowerCase()

function checkValue(key: string, value: string): void {
  const type = configurationOptions[key]?.type
  const fail = (reason: string, fix: string): never => {
    throw new FlinktsError('OPTION_INVALID', `Could not parse value '${value}' for key '${key}': ${reason}.`, { fix })
  }
  if (type === undefined || type === 'string' || type === 'memory') return
  if (typeof type !== 'string') {
    if (type.some((one) => one.toLowerCase() === value.trim().toLowerCase())) return
    fail(`it is none of ${type.join(', ')}`, `Set it to one of ${type.join(', ')}.`)
  } else if (type === 'boolean') {
    if (!/^(true|false)$/i.test(value.trim())) fail('it is no boolean', 'Set it to true or false.')
  } else if (type === 'integer') {
    if (!/^[+-]?\d{1,10}$/.test(value.trim())) fail('it is no whole number', 'Set it to a whole number.')
  } else if (type === 'duration') {
    parseDuration(value, key)
  } else {
    checkTimeZone(value)
  }
}

function checkTimeZone(zone: string): void {
  if (zone === 'default') return
  try {
    createTimeZone(zone)
  } catch (error) {
    const near = nearestName(zone, Intl.supportedValuesOf('timeZone'))
    throw new FlinktsError('OPTION_INVALID', `Unknown time-zone ID: ${zone}`, {
      cause: error,
      fix:
        near === undefined ? "Write a region ('Europe/Berlin') or an offset ('GMT+01:00')." : `Did you mean '${near}'?`,
    })
  }
}
