// Reads a chapter's workshop.yaml. Every complaint has its line and column.
import { z } from 'zod'
import { nearestName } from '../../engine/host.ts'
import { ConfigError } from '../config/config-error.ts'
import { parseConfigFile } from '../config/config-file.ts'
import { problemsOf, type Problem } from '../config/config-problems.ts'
import { manifestSchema, type Manifest } from './manifest-schema.ts'

/** Names that may stand at this place of the file. */
function namesAt(path: readonly PropertyKey[]): readonly string[] {
  let type: z.core.$ZodType = manifestSchema
  for (const step of path) {
    if (type instanceof z.ZodArray) type = type.element
    else if (type instanceof z.ZodObject) type = (type.shape as Record<string, z.ZodType>)[String(step)]!
  }
  return type instanceof z.ZodObject ? Object.keys(type.shape) : []
}

function unknownKey(path: readonly PropertyKey[], key: string): Problem {
  const known = namesAt(path)
  const nearest = nearestName(key, known)
  return {
    path: [...path, key],
    message: `unknown key '${key}'`,
    fix: nearest === undefined ? `known here: ${known.join(', ')}` : `write ${nearest}`,
  }
}

function twiceNamed({ exercises }: Manifest): Problem[] {
  const names = exercises.map(({ name }) => name)
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: ['exercises', index, 'name'], message: `two exercises are named ${name}`, fix: 'rename one of them' }],
  )
}

/** `file`: how messages name it. Throws CONFIG_INVALID: the first problem with its place, the others below it. */
export function parseManifest(text: string, file: string): Manifest {
  const parsed = parseConfigFile(text, file)
  const result = manifestSchema.safeParse(parsed.values)
  const problems = result.success
    ? twiceNamed(result.data)
    : result.error.issues.flatMap((issue) => problemsOf(issue, parsed.values, unknownKey))
  if (problems.length === 0) return result.data!
  // a key that is misspelt is missing, too: that it is unknown says more
  const rank = ({ message }: Problem): number => (message.startsWith('unknown key') ? 0 : 1)
  const [first, ...others] = problems
    .map((problem) => ({ ...problem, rank: rank(problem), location: parsed.locate(problem.path) }))
    .sort((left, right) => left.rank - right.rank || left.location.line - right.location.line)
  const more = others.map(({ location, message }) => `  also ${file}:${location.line}:${location.column} ${message}`)
  throw new ConfigError('CONFIG_INVALID', [first!.message, ...more].join('\n'), {
    location: first!.location,
    fix: first!.fix ?? 'docs/workshops.md says what a workshop.yaml holds',
  })
}
