// flinkts.yaml: read once, validated once; every message names the line.
import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument, type Document } from 'yaml'
import { z } from 'zod'
import { ConfigError, type ConfigErrorLocation } from './config-error.ts'

const port = z.number().int().min(1).max(65_535)
/** Flink's notation; the engine parses it again where it counts. */
const duration = z.string().regex(/^\d+\s*[a-z]*$/i, 'is not a duration: write for example 10s, 500ms or 1min')
const topic = z.strictObject({
  partitions: z.number().int().min(1).max(10_000).default(1),
  /** Field whose value becomes the key of records that `produce` reads from a file. */
  key: z.string().optional(),
})

const configSchema = z.strictObject({
  /** What the project runs on. Docker and external services are later work and refused by name. */
  services: z.literal('embedded').default('embedded'),
  kafka: z.strictObject({ port: port.optional() }).default({}),
  /** Topics made before a job, `produce` or `up` needs them. */
  topics: z
    .record(
      z.string(),
      topic.nullable().transform((value) => value ?? { partitions: 1 }),
    )
    .default({}),
  postgres: z
    .strictObject({
      port: port.optional(),
      /** SQL files run in Postgres when its data folder is new, paths from the project's folder. */
      sql: z.array(z.string()).default([]),
    })
    .default({ sql: [] }),
  rest: z.strictObject({ port: port.optional() }).default({}),
  cluster: z
    .strictObject({
      taskManagers: z.number().int().min(1).max(64).optional(),
      slotsPerTaskManager: z.number().int().min(1).max(128).optional(),
    })
    .default({}),
  parallelism: z.number().int().min(1).max(1024).optional(),
  checkpoints: z.strictObject({ interval: duration.optional() }).default({}),
})

/** What holds for a project. Ports that are undefined were not asked for: the default moves when it is taken. */
export type FlinktsConfig = z.infer<typeof configSchema>

/** What holds without a flinkts.yaml. */
export function configDefaults(): FlinktsConfig {
  return configSchema.parse({})
}

/** Where the deepest key of `path` that the file has stands. */
function locate(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
  file: string,
): ConfigErrorLocation {
  let offset = 0
  let node: unknown = document.contents
  for (const step of path) {
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === step) : undefined
    const item = pair === undefined && isSeq(node) ? node.items[Number(step)] : pair?.key
    if (!isNode(item)) break
    offset = item.range?.[0] ?? offset
    node = pair === undefined ? item : pair.value
  }
  const position = lines.linePos(offset)
  return { file, line: position.line, column: position.col }
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return `unknown key ${issue.keys.map((key) => `'${key}'`).join(', ')}${where && ` under ${where}`}`
  if (where === 'services') return `services: only 'embedded' is available in this version`
  return `${where || 'the file'}: ${issue.message}`
}

/** Parses and checks the text of a flinkts.yaml. Throws CONFIG_INVALID with line and column. */
export function parseConfig(text: string, file: string): FlinktsConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [syntax] = document.errors
  if (syntax !== undefined) {
    const position = syntax.linePos?.[0] ?? { line: 1, col: 1 }
    throw new ConfigError('CONFIG_INVALID', syntax.message.split('\n')[0]!.replace(/ at line .*$/, ''), {
      location: { file, line: position.line, column: position.col },
      fix: 'mend the YAML and run the command again',
    })
  }
  const result = configSchema.safeParse(document.toJS() ?? {})
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
  throw new ConfigError('CONFIG_INVALID', describe(issue), {
    location: locate(document, lines, path, file),
    fix: `known keys at the top: ${Object.keys(configSchema.shape).join(', ')}`,
  })
}
