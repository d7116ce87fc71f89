// What is wrong with a value, in words: which setting, what it may be, which name was probably meant.
import type { z } from 'zod'
import { nearestName } from '../../engine/common/near-name.ts'
import { configKeys, namesAt, type ConfigKey } from './config-keys.ts'

export interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly fix?: string | undefined
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as never)[step] : undefined),
    values,
  )
}

/** `port` at the top: it belongs under kafka or postgres or rest; `ports`: kafka.port or … was meant. */
function meantElsewhere(key: string, found: readonly ConfigKey[]): string {
  if (found[0]!.path.at(-1) !== key) return `did you mean ${found.map(({ path }) => path.join('.')).join(' or ')}`
  return `it belongs under ${found.map(({ path }) => path.slice(0, -1).join('.') || 'the top').join(' or ')}`
}

function unknownKey(path: readonly PropertyKey[], key: string): Problem {
  const known = namesAt(path)
  const nearest = nearestName(key, known)
  const lastNames = new Set(configKeys.map((candidate) => candidate.path.at(-1)!))
  const last = lastNames.has(key) ? key : nearestName(key, lastNames)
  const elsewhere = configKeys.filter((candidate) => candidate.path.at(-1) === last)
  const under = path.length === 0 ? 'at the top' : `under ${path.map(String).join('.')}`
  return {
    path: [...path, key],
    message: `unknown key '${key}' ${under}`,
    fix:
      nearest !== undefined
        ? `write ${nearest}`
        : elsewhere.length > 0
          ? `${meantElsewhere(key, elsewhere)}; known ${under}: ${known.join(', ')}`
          : `known keys ${under}: ${known.join(', ')}`,
  }
}

/** What one complaint of the schema says to the user; `unknown` says it of a key that another file than flinkts.yaml has. */
export function problemsOf(issue: z.core.$ZodIssue, values: unknown, unknown = unknownKey): Problem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknown(path, key))
  const where = path.map(String).join('.') || 'the file'
  const given = valueAt(values, path)
  if (given === null) return [{ path, message: `${where} has no value`, fix: 'write one, or take the line out' }]
  if (issue.code === 'invalid_value') {
    const nearest = typeof given === 'string' ? nearestName(given, issue.values.map(String)) : undefined
    const what = given === undefined ? 'is missing' : 'is none of its values'
    const fix = nearest === undefined ? `write one of ${issue.values.join(', ')}` : `write ${nearest}`
    return [{ path, message: `${where} ${what}: ${issue.values.join(', ')}`, fix }]
  }
  if (issue.code === 'invalid_key') return [{ path, message: `${where}: ${issue.issues[0]!.message}` }]
  return [{ path, message: `${where}: ${issue.message.replace(/^Invalid input: /, '')}` }]
}
