// The tables that a SQL file creates, without running anything of it.
import { readFileSync } from 'node:fs'
import { FlinktsError } from '../../engine/host.ts'
import { referencedColumns, sourceText, splitStatements, type ResolvedTable } from '../../engine/planner.ts'
import { createExecutor, withAddresses } from './plan-sql.ts'

export interface TableOfFile {
  /** Physical columns: those that records have. */
  readonly columns: readonly Pick<ResolvedTable['columns'][number], 'name' | 'type'>[]
  /** The physical column that the watermark is of, by way of a computed one too. */
  readonly timeColumn: string | undefined
  readonly options: Readonly<Record<string, string>>
}

const DEFINITION = /^\s*(CREATE|ALTER|DROP|USE|SET)\b/i
/** Addresses nobody connects to. */
const NOWHERE = { kafka: 'kafka.invalid:1', postgres: 'postgresql://nobody:none@postgres.invalid:1/none' }

function tableOf({ columns, watermark, options }: ResolvedTable): TableOfFile {
  const physical = columns.filter(({ kind }) => kind === 'physical')
  const column = columns.find(({ name }) => name === watermark?.column)
  const sources = column?.kind === 'computed' ? [...referencedColumns(column.expression)] : [column?.name]
  const timeColumn = sources.find((source) => physical.some(({ name }) => name === source))
  return { columns: physical.map(({ name, type }) => ({ name, type })), timeColumn, options }
}

/** By name, in the order of the names. Throws FILE_NOT_FOUND and what is wrong in the file, with its place. */
export function readTables(file: string): Map<string, TableOfFile> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new FlinktsError('FILE_NOT_FOUND', `${file} cannot be read: ${(cause as Error).message}`, {
      fix: 'name a SQL file',
      cause,
    })
  }
  const executor = createExecutor({})
  for (const statement of splitStatements(withAddresses(sourceText(text, file), NOWHERE)))
    if (DEFINITION.test(statement.text)) executor.execute(statement)
  const { catalog } = executor
  return new Map(
    catalog
      .objects(catalog.currentCatalog, catalog.currentDatabase)
      .flatMap(([name, object]) => (object.kind === 'table' ? [[name, tableOf(object)] as const] : [])),
  )
}
