// Secrets of a job, out of its graph: what is kept on disk, shown or reported afterwards holds names in their place.
import { FlinktsError } from '../common/errors.ts'
import { PROJECT_SECRET_PREFIX, type Secrets } from '../connectors/secret-slot.ts'
import type { Json } from '../common/json.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'

export interface SeparatedSecrets {
  readonly graph: StreamGraph
  /** Those that stood in the graph itself. */
  readonly secrets: Secrets
  /** All that the graph names now. */
  readonly names: readonly string[]
}

/** Slots are objects with the one key `secret`, or `secretName`; see connectors/secret-slot.ts. */
export function separateSecrets(graph: StreamGraph): SeparatedSecrets {
  const secrets: Record<string, Json> = {}
  const names = new Set<string>()
  const separate = (value: Json, path: string): Json => {
    if (typeof value !== 'object' || value === null) return value
    if (isArray(value)) return value.map((item, index) => separate(item, `${path}.${index}`))
    const keys = Object.keys(value)
    if (keys.length === 1 && keys[0] === 'secretName') names.add(value['secretName'] as string)
    if (keys.length !== 1 || keys[0] !== 'secret')
      return Object.fromEntries(keys.map((key) => [key, separate(value[key]!, `${path}.${key}`)]))
    secrets[path] = value['secret']!
    names.add(path)
    return { secretName: path }
  }
  const nodes = graph.nodes.map((node) => {
    if (node.kind === 'source')
      return { ...node, source: { ...node.source, settings: separate(node.source.settings, node.id) } }
    if (node.kind === 'sink')
      return { ...node, sink: { ...node.sink, settings: separate(node.sink.settings, node.id) } }
    return node
  })
  return { graph: { ...graph, nodes }, secrets, names: [...names] }
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** Those of the graph, else those that a former submission in this session brought, else the project's. */
export function secretsFor(
  { secrets, names }: SeparatedSecrets,
  former: Secrets | undefined,
  projectSecret: ((name: string) => Json) | undefined,
): Secrets {
  return Object.fromEntries(
    names.map((name) => {
      const known = secrets[name] ?? former?.[name]
      if (known !== undefined) return [name, known]
      if (projectSecret !== undefined && name.startsWith(PROJECT_SECRET_PREFIX)) return [name, projectSecret(name)]
      throw new FlinktsError('OPTION_INVALID', 'the job was given a password in its file, which is not kept anywhere', {
        fix: 'Run the file again with `flinkts run`, or name the password in flinkts.yaml ({ env: NAME } or { file: path }).',
      })
    }),
  )
}
