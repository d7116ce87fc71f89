// Metadata columns: what a connector can read from or write to a record's envelope, checked against what a table declares.
import { FlinktsError } from '../common/errors.ts'
import { nearestName } from '../common/near-name.ts'
import { supportsCast } from '../functions/cast.ts'
import type { LogicalType } from '../types/logical-type.ts'
import { typeToString } from '../types/logical-type.ts'
import type { MetadataColumn, TableDescription } from './connector.ts'

/** Refuses metadata keys that the connector does not have and types its values cannot be cast to. */
export function checkMetadata(
  table: TableDescription,
  available: readonly MetadataColumn[],
  direction: 'reading' | 'writing',
): void {
  for (const column of table.metadata) {
    const known = available.find((candidate) => candidate.key === column.key)
    if (known === undefined) throw unknownKey(table, column.key, available, direction)
    const [from, to]: [LogicalType, LogicalType] =
      direction === 'reading' ? [known.type, column.type] : [column.type, known.type]
    if (!supportsCast(from, to)) {
      throw new FlinktsError(
        'SQL_VALIDATION',
        `Invalid data type for metadata column of key '${column.key}' of table '${table.name}'. The column cannot be declared as '${typeToString(column.type)}' because the type must be castable ${direction === 'reading' ? 'from' : 'to'} metadata type '${typeToString(known.type)}'.`,
        { fix: `Declare the column as ${typeToString(known.type)}.` },
      )
    }
  }
}

function unknownKey(
  table: TableDescription,
  key: string,
  available: readonly MetadataColumn[],
  direction: 'reading' | 'writing',
): FlinktsError {
  const keys = available.map((column) => column.key)
  const near = nearestName(key, keys)
  return new FlinktsError(
    'SQL_VALIDATION',
    keys.length === 0
      ? `Invalid metadata key '${key}' of table '${table.name}': its connector has no metadata for ${direction}.`
      : `Invalid metadata key '${key}' of table '${table.name}'. The connector supports the following metadata keys for ${direction}:\n${keys.join('\n')}`,
    { fix: near === undefined ? 'Use one of these keys or leave the column out.' : `Did you mean '${near}'?` },
  )
}
