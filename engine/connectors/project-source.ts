// Projection push-down as most sources do it: keep some columns and metadata, in the table's order.
import { types } from '../types/logical-type.ts'
import type { SourceSpec } from './connector.ts'

export function projectSource(
  source: SourceSpec,
  physicalColumns: readonly number[],
  metadataKeys: readonly string[],
): SourceSpec {
  const metadata = source.metadata.filter((column) => metadataKeys.includes(column.key))
  return {
    ...source,
    projection: physicalColumns,
    metadata,
    producedType: types.row(
      [
        ...physicalColumns.map((index) => source.physicalType.fields[index]!),
        ...metadata.map((column) => ({ name: column.key, type: column.type })),
      ],
      false,
    ),
  }
}
