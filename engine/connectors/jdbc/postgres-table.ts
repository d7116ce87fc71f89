// The table that a sink writes to, compared with what the query gives: every mismatch is found before the first record.
import { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import { typeToString, type LogicalType, type RowType } from '../../types/logical-type.ts'
import type { Json } from '../connector.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { parsePostgresName, postgresColumnName, quoteIdentifier } from './postgres-name.ts'
import { valueCodec, type PgColumn } from './postgres-value-codecs.ts'

export interface PostgresTable {
  /** Quoted, with its schema. */
  readonly name: string
  /** One for each field of the sink. */
  readonly columns: readonly PgColumn[]
  /** Facts by which a restore tells another database or a re-created table. */
  readonly identity: Json
  /** No row was there when it was described; only asked of tables that are upserted to, else false. */
  readonly isEmpty: boolean
}

interface CatalogTable {
  readonly oid: number
  readonly kind: string
  readonly schema: string
  readonly name: string
  readonly system: string
  readonly database: string
}

interface CatalogColumn {
  readonly name: string
  readonly typeOid: number
  readonly typeName: string
  readonly isRequired: boolean
  readonly isGenerated: boolean
}

const TABLE_SQL = `
  SELECT c.oid::int8::float8 AS oid, c.relkind AS kind, n.nspname AS schema, c.relname AS name,
         (SELECT system_identifier::text FROM pg_control_system()) AS system, current_database() AS database
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = to_regclass($1)`

// a domain is written as its base type
const COLUMNS_SQL = `
  SELECT a.attname AS name, (CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END)::int8::float8 AS "typeOid",
         format_type(a.atttypid, a.atttypmod) AS "typeName",
         a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS "isRequired",
         a.attgenerated <> '' OR a.attidentity = 'a' AS "isGenerated"
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

const UNIQUE_KEYS_SQL = `
  SELECT array_agg(a.attname ORDER BY a.attname)::text[] AS columns
  FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
    AND i.indexprs IS NULL AND k.position <= i.indnkeyatts
  GROUP BY i.indexrelid`

const NAMES_SQL = `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::regnamespace LIMIT 1000`

function mismatch(message: string, fix: string): FlinktsError {
  return new FlinktsError('POSTGRES_SCHEMA_MISMATCH', message, { fix })
}

/** What the table would be made of; for suggestions. */
function suggestedType(type: LogicalType): string {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'boolean'
    case 'TINYINT':
    case 'SMALLINT':
      return 'smallint'
    case 'INTEGER':
      return 'integer'
    case 'BIGINT':
      return 'bigint'
    case 'FLOAT':
      return 'real'
    case 'DOUBLE':
      return 'double precision'
    case 'DECIMAL':
      return `numeric(${type.precision}, ${type.scale})`
    case 'BINARY':
    case 'VARBINARY':
      return 'bytea'
    case 'DATE':
      return 'date'
    case 'TIME':
      return 'time'
    case 'TIMESTAMP':
      return 'timestamp'
    default:
      return 'text'
  }
}

function createTableText(tableName: string, type: RowType, keyColumns: readonly number[]): string {
  const columns = type.fields.map((field) => `${postgresColumnName(field.name)} ${suggestedType(field.type)}`)
  const key = keyColumns.map((index) => postgresColumnName(type.fields[index]!.name))
  return `CREATE TABLE ${tableName} (${[...columns, ...(key.length === 0 ? [] : [`PRIMARY KEY (${key.join(', ')})`])].join(', ')})`
}

/** Throws POSTGRES_SCHEMA_MISMATCH naming the table or column. */
export async function describeTable(
  connection: PostgresConnection,
  tableName: string,
  type: RowType,
  keyColumns: readonly number[],
): Promise<PostgresTable> {
  const table = await findTable(connection, tableName, type, keyColumns)
  const found = await connection.query<CatalogColumn & Record<string, unknown>>(COLUMNS_SQL, [table.oid])
  const columns = type.fields.map((field) => findColumn(tableName, found, field.name, field.type))
  checkRequired(tableName, found, columns)
  if (keyColumns.length > 0)
    await checkUniqueKey(
      connection,
      table,
      tableName,
      keyColumns.map((index) => columns[index]!.name),
    )
  const name = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`
  return {
    name,
    columns,
    identity: { system: table.system, database: table.database, table: table.oid },
    isEmpty: keyColumns.length > 0 && (await isEmpty(connection, name)),
  }
}

async function isEmpty(connection: PostgresConnection, name: string): Promise<boolean> {
  const [answer] = await connection.query<{ isEmpty: boolean }>(`SELECT NOT EXISTS (SELECT FROM ${name}) AS "isEmpty"`)
  return answer!.isEmpty
}

async function findTable(
  connection: PostgresConnection,
  tableName: string,
  type: RowType,
  keyColumns: readonly number[],
): Promise<CatalogTable> {
  const quoted = parsePostgresName(tableName)!.map(quoteIdentifier).join('.')
  const [table] = await connection.query<CatalogTable & Record<string, unknown>>(TABLE_SQL, [quoted])
  if (table === undefined) {
    const names = await connection.query<{ name: string }>(NAMES_SQL)
    const near = nearestName(
      tableName,
      names.map((row) => row.name),
    )
    throw mismatch(
      `Postgres has no table ${tableName}`,
      near === undefined ? `Create it: ${createTableText(tableName, type, keyColumns)}` : `Did you mean ${near}?`,
    )
  }
  if (table.kind !== 'r' && table.kind !== 'p') {
    throw mismatch(`${tableName} is not a table in Postgres (relkind '${table.kind}')`, "Name a table in 'table-name'.")
  }
  return table
}

function findColumn(tableName: string, found: readonly CatalogColumn[], field: string, type: LogicalType): PgColumn {
  const name = postgresColumnName(field)
  const column = found.find((candidate) => candidate.name === name)
  if (column === undefined) {
    const names = found.map((candidate) => candidate.name)
    const near = nearestName(name, names)
    throw mismatch(
      `table ${tableName} in Postgres has no column ${name}; its columns are ${names.join(', ')}`,
      near === undefined
        ? `Add it: ALTER TABLE ${tableName} ADD COLUMN ${name} ${suggestedType(type)}`
        : `Did you mean ${near}? Name it so where the sink's columns are: its CREATE TABLE; in TypeScript, the fields of the stream.`,
    )
  }
  if (column.isGenerated) {
    throw mismatch(
      `column ${name} of table ${tableName} is generated by Postgres and cannot be written`,
      'Leave it out of the columns of the sink: its CREATE TABLE; in TypeScript, the fields of the stream.',
    )
  }
  if (valueCodec(type, column.typeOid, 0) === undefined) {
    throw mismatch(
      `column ${name} of table ${tableName} is ${column.typeName} in Postgres, but ${typeToString(type)} in the sink`,
      `ALTER TABLE ${tableName} ALTER COLUMN ${name} TYPE ${suggestedType(type)}, or convert it in the job: CAST in SQL, map in TypeScript.`,
    )
  }
  return column
}

function checkRequired(tableName: string, found: readonly CatalogColumn[], columns: readonly PgColumn[]): void {
  const written = new Set(columns.map((column) => column.name))
  const required = found.find((column) => column.isRequired && !written.has(column.name))
  if (required === undefined) return
  throw mismatch(
    `column ${required.name} of table ${tableName} is NOT NULL without a default, and the sink does not write it`,
    `Add ${required.name} to the columns of the sink (its CREATE TABLE; in TypeScript, the fields of the stream), or: ALTER TABLE ${tableName} ALTER COLUMN ${required.name} DROP NOT NULL`,
  )
}

async function checkUniqueKey(
  connection: PostgresConnection,
  table: CatalogTable,
  tableName: string,
  key: readonly string[],
): Promise<void> {
  const keys = await connection.query<{ columns: string[] }>(UNIQUE_KEYS_SQL, [table.oid])
  const wanted = [...key].sort().join('\0')
  if (keys.some((row) => [...row.columns].sort().join('\0') === wanted)) return
  const has = keys.map((row) => `(${row.columns.join(', ')})`).join(', ')
  throw mismatch(
    `table ${tableName} has no unique key on (${key.join(', ')}), the PRIMARY KEY (in TypeScript upsertBy) of the sink${has === '' ? '' : `; it has ${has}`}`,
    `ALTER TABLE ${tableName} ADD PRIMARY KEY (${key.join(', ')})`,
  )
}
