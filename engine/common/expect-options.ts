// What calls of the public TypeScript API take by name. A job's types are stripped when it runs, and not checked: without
// this a misspelt option is passed over, and one of another type does something that nobody meant.
import { FlinktsError } from './errors.ts'
import { nearestName } from './near-name.ts'

export interface OptionRule {
  /** How the fix goes on behind "give it": `a text`. */
  readonly expected: string
  readonly holds: (value: unknown) => boolean
  /** Where only these texts are taken, for the near name. */
  readonly choices?: readonly string[]
}

/** A rule for each option of `O`; one that is added to `O` and not here does not compile. */
export type OptionRules<O> = { readonly [Name in keyof O]-?: OptionRule }

/** Any object but a list. */
export function isNamed(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rule(expected: string, holds: (value: unknown) => boolean): OptionRule {
  return { expected, holds }
}

export const TEXT = rule('a text', (value) => typeof value === 'string')
export const FLAG = rule('true or false', (value) => typeof value === 'boolean')
export const COUNT = rule('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
export const POSITIVE = rule('a whole number from 1', (value) => Number.isSafeInteger(value) && (value as number) >= 1)
export const DURATION = rule(
  'a number of milliseconds from 0, e.g. seconds(5)',
  (value) => Number.isFinite(value) && (value as number) >= 0,
)
export const FUNCTION = rule('a function', (value) => typeof value === 'function')
/** Names are open: what they mean is checked where they are read. */
export const TEXTS_BY_NAME = rule(
  "an object whose values are texts, e.g. { 'a.name': '2' }",
  (value) => isNamed(value) && Object.values(value).every((each) => typeof each === 'string'),
)
export const LIST_OF_TEXTS = rule(
  'a list of texts',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
)
export const ANYTHING = rule('anything', () => true)

export function oneOf(...choices: readonly string[]): OptionRule {
  const expected = choices.map((choice) => `'${choice}'`).join(' or ')
  return { expected, holds: (value) => choices.includes(value as string), choices }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  if (isNamed(value))
    return Object.values(value).length === 0 ? 'an empty object' : `an object with ${Object.keys(value).join(', ')}`
  return String(value)
}

function nearChoice(value: unknown, { choices }: OptionRule): string | undefined {
  return choices !== undefined && typeof value === 'string' ? nearestName(value, choices) : undefined
}

function refuse(message: string, fix: string): never {
  throw new FlinktsError('OPTION_INVALID', message, { fix })
}

/**
 * Throws OPTION_INVALID for a name that the call does not know, with the near one and all; for a value that breaks its rule;
 * and for a `required` one that is missing. An option that is undefined is left out. `call`: `kafka`, `lab.run`.
 */
export function expectOptions<O extends object>(
  call: string,
  options: O,
  rules: OptionRules<O>,
  required: readonly (keyof O & string)[] = [],
): void {
  const names = Object.keys(rules)
  if (!isNamed(options)) refuse(`${call}: its options are ${shown(options)}`, `give an object with ${names.join(', ')}`)
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(rules, name))
  if (unknown !== undefined) {
    const near = nearestName(unknown, names)
    const known = `known: ${names.join(', ')}`
    refuse(
      `${call}: there is no option '${unknown}'`,
      near === undefined ? known : `did you mean '${near}'? (${known})`,
    )
  }
  const missing = required.find((name) => options[name] === undefined)
  if (missing !== undefined) refuse(`${call}: ${missing} is missing`, `give it ${rules[missing].expected}`)
  for (const name of names as (keyof O & string)[]) {
    const value = options[name]
    if (value === undefined || rules[name].holds(value)) continue
    const near = nearChoice(value, rules[name])
    refuse(
      `${call}: ${name} is ${shown(value)}`,
      near === undefined ? `give it ${rules[name].expected}` : `did you mean '${near}'?`,
    )
  }
}
