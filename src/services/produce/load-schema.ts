// A schema of the project, for events that fit it: `jobs/schemas.ts#Ride`, or a table of a SQL file: `job.sql#rides`.
import { FlinktsError, nearestName } from '../../../engine/host.ts'
import {
  jsonSerializer,
  schemaGenerator,
  timeFieldOf,
  unsupportedField,
  type GeneratorDefinition,
  type RecordType,
} from '../../generators/index.ts'
import { expectSourceFile } from '../expect-file.ts'
import type { CreateSerializer } from '../../generators/record-serializer.ts'

export interface SchemaRequest {
  /** `path#name`; without a name the file's only schema. */
  readonly reference: string
  /** Field of the event time; undefined: the table's watermark, else the first that looks like one. */
  readonly timeField: string | undefined
  readonly keyField: string | undefined
}

interface FoundSchema {
  readonly type: RecordType
  readonly timeField?: string | undefined
  readonly createSerializer?: CreateSerializer
}

export interface LoadedSchema {
  readonly definition: GeneratorDefinition
  readonly createSerializer: CreateSerializer
}

function choose<T>(
  reference: string,
  file: string,
  name: string | undefined,
  all: ReadonlyMap<string, T>,
  what: string,
): T {
  const names = [...all.keys()]
  const found = name === undefined && names.length === 1 ? all.get(names[0]!) : all.get(name ?? '')
  if (found !== undefined) return found
  const near = name === undefined ? undefined : nearestName(name, names)
  throw new FlinktsError(
    'OPTION_INVALID',
    name === undefined ? `'${reference}' names no ${what} of ${file}` : `${file} has no ${what} '${name}'`,
    {
      fix:
        names.length === 0
          ? `It has none: name a file that has a ${what}.`
          : `Write --schema ${file}#${near ?? names[0]!}; it has ${names.join(', ')}.`,
    },
  )
}

function isSchema(value: unknown): value is { readonly rowType: RecordType } {
  return (value as { rowType?: { kind?: string } } | null | undefined)?.rowType?.kind === 'ROW'
}

async function fromTypeScript(reference: string, file: string, name: string | undefined): Promise<FoundSchema> {
  const { loadExports } = await import('../bundle-job.ts')
  const exported = Object.entries(await loadExports(file)).filter(([, value]) => isSchema(value))
  const schema = choose(reference, file, name, new Map(exported), 'schema') as { readonly rowType: RecordType }
  return { type: schema.rowType }
}

async function fromSql(reference: string, file: string, name: string | undefined): Promise<FoundSchema> {
  const { readTables } = await import('../read-tables.ts')
  const tables = readTables(file)
  const { columns, timeColumn, options } = choose(reference, file, name, tables, 'table')
  const isoTimestamps = options['json.timestamp-format.standard'] === 'ISO-8601'
  return {
    type: { kind: 'ROW', nullable: false, fields: columns },
    timeField: timeColumn,
    createSerializer: jsonSerializer({ isoTimestamps }),
  }
}

function checkFields(title: string, { fields }: RecordType, names: readonly (string | undefined)[]): void {
  for (const name of names) {
    if (name === undefined || fields.some((field) => field.name === name)) continue
    throw new FlinktsError('OPTION_INVALID', `${title} has no field '${name}'`, {
      fix: `Its fields are ${fields.map((field) => field.name).join(', ')}.`,
    })
  }
}

/** Throws FILE_NOT_FOUND, FILE_INVALID, OPTION_INVALID and what is wrong in the file, with its place. */
export async function loadSchema({ reference, timeField, keyField }: SchemaRequest): Promise<LoadedSchema> {
  const [, file, name] = /^(.*?)(?:#(.*))?$/.exec(reference) as unknown as [string, string, string | undefined]
  expectSourceFile(file)
  const found = await (/\.sql$/i.test(file) ? fromSql : fromTypeScript)(reference, file, name)
  checkFields(reference, found.type, [timeField, keyField])
  const unsupported = unsupportedField(found.type)
  if (unsupported !== undefined) {
    throw new FlinktsError(
      'OPTION_INVALID',
      `field '${unsupported}' of ${reference} has a type that JSON events cannot have`,
      {
        fix: 'Name a schema without MULTISET, INTERVAL and maps whose keys are not texts.',
      },
    )
  }
  const schema = { name: reference, type: found.type, keyField, timeField: timeField ?? found.timeField }
  const definition = await schemaGenerator({ ...schema, timeField: timeFieldOf(schema) })
  return { definition, createSerializer: found.createSerializer ?? jsonSerializer() }
}
