// JSON paths: the part of Jayway's JsonPath, which Flink uses, that needs no filter expressions.
import { fail } from './evaluation-error.ts'
import type { JsonValue } from './json-document.ts'

type Step =
  | { readonly kind: 'member'; readonly name: string; readonly text: string }
  | { readonly kind: 'members'; readonly names: readonly string[] }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'descend' }

export interface JsonPath {
  /** `lax` takes what is missing for empty; `strict`, Flink's default, for an error. */
  readonly mode: 'lax' | 'strict'
  readonly steps: readonly Step[]
  /** May give several values, and therefore always gives an array. */
  readonly isIndefinite: boolean
}

/** The text is no path, which is an error of the function, not of the statement. */
export class JsonPathSyntaxError extends Error {}

/** Nothing is there: Jayway's PathNotFoundException. */
export class JsonPathNotFoundError extends Error {}

const MODE = /^\s*(strict|lax)\s+([^]+)$/i
const QUOTED = /^'((?:[^'\\]|\\.)*)'|^"((?:[^"\\]|\\.)*)"/

export function parseJsonPath(text: string): JsonPath {
  const modeMatch = MODE.exec(text)
  const mode = modeMatch?.[1]?.toLowerCase() === 'lax' ? 'lax' : 'strict'
  let rest = (modeMatch?.[2] ?? text).trim()
  if (!rest.startsWith('$'))
    throw new JsonPathSyntaxError(`Illegal character at position 0 of path '${text}': expected '$'`)
  rest = rest.slice(1)
  const steps: Step[] = []
  while (rest !== '') rest = parseStep(rest, text, steps)
  const isIndefinite = steps.some((step) => step.kind !== 'member' && step.kind !== 'index')
  return { mode, steps, isIndefinite }
}

function parseStep(rest: string, text: string, steps: Step[]): string {
  if (rest.startsWith('..')) {
    steps.push({ kind: 'descend' })
    return rest[2] === '[' ? rest.slice(2) : `.${rest.slice(2)}`
  }
  if (rest.startsWith('.')) {
    const name = /^\.([^.[\]\s()]+)/.exec(rest)
    if (name === null) throw new JsonPathSyntaxError(`Path must not end with a '.' or hold an empty name: '${text}'`)
    if (rest[name[0].length] === '(') fail(`The JSON path '${text}' uses a function, which flinkts does not support.`)
    steps.push(name[1] === '*' ? { kind: 'wildcard' } : { kind: 'member', name: name[1]!, text: `['${name[1]}']` })
    return rest.slice(name[0].length)
  }
  if (!rest.startsWith('[')) throw new JsonPathSyntaxError(`Illegal character in path '${text}'`)
  if (/^\[\s*\?/.test(rest)) fail(`The JSON path '${text}' uses a filter, which flinkts does not support.`)
  return parseBracket(rest.slice(1).trimStart(), text, steps)
}

function parseBracket(rest: string, text: string, steps: Step[]): string {
  const close = (after: string): string => {
    const trimmed = after.trimStart()
    if (!trimmed.startsWith(']')) throw new JsonPathSyntaxError(`Could not parse the bracket in path '${text}'`)
    return trimmed.slice(1)
  }
  if (rest.startsWith('*')) {
    steps.push({ kind: 'wildcard' })
    return close(rest.slice(1))
  }
  const names: string[] = []
  for (let quoted = QUOTED.exec(rest); quoted !== null; quoted = QUOTED.exec(rest)) {
    names.push((quoted[1] ?? quoted[2]!).replace(/\\(.)/g, '$1'))
    rest = rest.slice(quoted[0].length).trimStart()
    if (!rest.startsWith(',')) break
    rest = rest.slice(1).trimStart()
  }
  if (names.length === 1) steps.push({ kind: 'member', name: names[0]!, text: `['${names[0]}']` })
  else if (names.length > 1) steps.push({ kind: 'members', names })
  if (names.length > 0) return close(rest)
  const slice = /^(-?\d+)?\s*:\s*(-?\d+)?/.exec(rest)
  if (slice !== null) {
    const bound = (digits: string | undefined): number | undefined =>
      digits === undefined ? undefined : Number(digits)
    steps.push({ kind: 'slice', from: bound(slice[1]), to: bound(slice[2]) })
    return close(rest.slice(slice[0].length))
  }
  const indexes = /^-?\d+(?:\s*,\s*-?\d+)*/.exec(rest)
  if (indexes === null) throw new JsonPathSyntaxError(`Could not parse the bracket in path '${text}'`)
  const numbers = indexes[0].split(',').map(Number)
  steps.push(numbers.length === 1 ? { kind: 'index', index: numbers[0]! } : { kind: 'indexes', indexes: numbers })
  return close(rest.slice(indexes[0].length))
}

function descendants(value: JsonValue): JsonValue[] {
  const children = Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : []
  return [value, ...children.flatMap(descendants)]
}

function at(list: readonly JsonValue[], index: number): JsonValue[] {
  const position = index < 0 ? list.length + index : index
  return position >= 0 && position < list.length ? [list[position]!] : []
}

function select(value: JsonValue, step: Step): JsonValue[] {
  switch (step.kind) {
    case 'member':
      return value instanceof Map && value.has(step.name) ? [value.get(step.name)!] : []
    case 'members':
      if (!(value instanceof Map)) return []
      return [new Map(step.names.filter((name) => value.has(name)).map((name) => [name, value.get(name)!]))]
    case 'index':
      return Array.isArray(value) ? at(value, step.index) : []
    case 'indexes':
      return Array.isArray(value) ? step.indexes.flatMap((index) => at(value, index)) : []
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : []
    case 'wildcard':
      return Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : []
    case 'descend':
      return descendants(value)
  }
}

/**
 * The value at the path; several as an array where the path is indefinite. A definite path that leads nowhere throws
 * JsonPathNotFoundError. Before the first indefinite step everything must be there.
 */
export function evaluateJsonPath(path: JsonPath, document: JsonValue): JsonValue {
  let values: JsonValue[] = [document]
  let isDefinite = true
  let walked = '$'
  for (const step of path.steps) {
    walked += step.kind === 'member' ? step.text : step.kind === 'index' ? `[${step.index}]` : ''
    const isStepDefinite = step.kind === 'member' || step.kind === 'index'
    const next = values.flatMap((value) => select(value, step))
    if (isDefinite && isStepDefinite && next.length === 0)
      throw new JsonPathNotFoundError(`No results for path: ${walked}`)
    if (!isStepDefinite) isDefinite = false
    values = next
  }
  return path.isIndefinite ? values : values[0]!
}
