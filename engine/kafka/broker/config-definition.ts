// What a configuration entry may be: its type, default and limits. Names, types and defaults are Kafka 4.1's.

export type ConfigType = 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list'

export interface ConfigDefinition {
  readonly type: ConfigType
  readonly default: string
  readonly min?: number
  readonly max?: number
  /** The values that are possible; for a list: of its elements. */
  readonly oneOf?: readonly string[]
  /** Other values that are possible. */
  readonly orLike?: RegExp
  /** Any value that Kafka takes is taken, shown and kept, and changes nothing: why that is so. */
  readonly withoutEffect?: string
  /** Anything but the default is refused, in these words: Kafka refuses it, too, as it is set up here. */
  readonly refusal?: string
  /** Known, but not shown where it is not set; there is no default. */
  readonly isInternal?: true
  /** The broker configuration that gives a topic its default. */
  readonly brokerName?: string
  /** Read where `brokerName` is not set: the same in other units, with Kafka's default in them. */
  readonly brokerFallbacks?: readonly BrokerFallback[]
}

export interface BrokerFallback {
  readonly name: string
  /** One of it in the units of the topic's configuration. */
  readonly factor: number
  /** Null: there is none. */
  readonly default: string | null
  readonly min?: number
}

/** Numbers of DescribeConfigs (ConfigDef.Type). */
export const configTypeCodes: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
}

/** What is wrong with a value; undefined where nothing is. */
export function configError(name: string, definition: ConfigDefinition, value: string): string | undefined {
  const wrong = typeError(definition, value.trim())
  if (wrong !== undefined) return `Invalid value ${value} for configuration ${name}: ${wrong}`
  if (definition.refusal !== undefined && value.trim() !== definition.default) return definition.refusal
  return undefined
}

function typeError(definition: ConfigDefinition, value: string): string | undefined {
  switch (definition.type) {
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : 'Expected value to be either true or false'
    case 'int':
    case 'long':
      return /^[+-]?\d+$/.test(value) ? rangeError(definition, Number(value)) : 'Not a number'
    case 'double':
      return value === '' || Number.isNaN(Number(value)) ? 'Not a number' : rangeError(definition, Number(value))
    case 'list':
      return listOf(value).every((element) => definition.oneOf?.includes(element) ?? true)
        ? undefined
        : `each element must be one of ${definition.oneOf!.join(', ')}`
    case 'string':
      return (definition.oneOf?.includes(value) ?? true) || definition.orLike?.test(value) === true
        ? undefined
        : `must be one of ${definition.oneOf!.join(', ')}`
  }
}

const intMax = 0x7fffffff

function rangeError(definition: ConfigDefinition, value: number): string | undefined {
  const min = definition.min ?? (definition.type === 'int' ? -intMax - 1 : -Infinity)
  const max = definition.max ?? (definition.type === 'int' ? intMax : Infinity)
  if (value < min) return `Value must be at least ${min}`
  return value > max ? `Value must be at most ${max}` : undefined
}

/** As Kafka shows it: what it means, not how it was spelt. */
export function shownValue({ type }: ConfigDefinition, value: string): string {
  const trimmed = value.trim()
  if (type === 'boolean') return trimmed.toLowerCase()
  return type === 'int' || type === 'long' ? String(BigInt(trimmed.replace(/^\+/, ''))) : trimmed
}

export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '')
}
