// The settings that configSchema knows, one by one: their paths, environment variables and descriptions.
import { z } from 'zod'
import { configSchema, secretSchema } from './config-schema.ts'

/** One setting that is not itself a group of settings. */
export interface ConfigKey {
  /** `['kafka', 'port']` */
  readonly path: readonly string[]
  /** `FLINKTS_KAFKA_PORT`; undefined for lists and tables, which have no form as one text. */
  readonly environment: string | undefined
  readonly kind: 'text' | 'number' | 'boolean' | 'secret' | 'list'
  /** Values it may have, where they are a closed list. */
  readonly values: readonly string[] | undefined
  readonly description: string
}

export const ENVIRONMENT_PREFIX = 'FLINKTS_'

/** `kafka.bootstrapServers` → `FLINKTS_KAFKA_BOOTSTRAP_SERVERS` */
function environmentNameOf(path: readonly string[]): string {
  return ENVIRONMENT_PREFIX + path.map((step) => step.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()).join('_')
}

/** What is validated, without the layers around it that say optional, default or empty. */
function unwrap(type: z.core.$ZodType): z.core.$ZodType {
  if (type === secretSchema) return type
  if (type instanceof z.ZodPipe) return unwrap(type.in)
  if (type instanceof z.ZodOptional || type instanceof z.ZodNullable || type instanceof z.ZodDefault)
    return unwrap(type.unwrap())
  return type
}

function kindOf(type: z.core.$ZodType): ConfigKey['kind'] {
  if (type === secretSchema) return 'secret'
  if (type instanceof z.ZodNumber) return 'number'
  if (type instanceof z.ZodBoolean) return 'boolean'
  return type instanceof z.ZodString || type instanceof z.ZodEnum ? 'text' : 'list'
}

/** The fields of a group of settings; zod's own types say nothing about them. */
function fieldsOf(object: z.ZodObject): Readonly<Record<string, z.ZodType>> {
  return object.shape
}

function keysOf(object: z.ZodObject, path: readonly string[]): ConfigKey[] {
  return Object.entries(fieldsOf(object)).flatMap(([name, field]) => {
    const type = unwrap(field)
    const own = [...path, name]
    if (type instanceof z.ZodObject) return keysOf(type, own)
    const kind = kindOf(type)
    return {
      path: own,
      environment: kind === 'list' ? undefined : environmentNameOf(own),
      kind,
      values: type instanceof z.ZodEnum ? type.options.map(String) : undefined,
      description: field.description ?? '',
    }
  })
}

/** Every setting, in the order of the file; `topics` is one of them. */
export const configKeys: readonly ConfigKey[] = keysOf(configSchema, [])

/** Names that may stand at this place of the file; none where it holds no names of ours. */
export function namesAt(path: readonly PropertyKey[]): readonly string[] {
  let type: z.core.$ZodType = configSchema
  for (const step of path) {
    if (type instanceof z.ZodObject) type = unwrap(fieldsOf(type)[String(step)]!)
    else if (type instanceof z.ZodRecord) type = unwrap(type.valueType)
    else return []
  }
  return type instanceof z.ZodObject ? Object.keys(type.shape) : []
}
