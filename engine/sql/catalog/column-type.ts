// Data types of columns: ranges of lengths and precisions are not checked until the table is used.
import { FlinktsError } from '../../common/errors.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { DataTypeNode, SimpleDataType } from '../ast/data-type.ts'
import { logicalTypeOf } from '../expressions/logical-type-of.ts'
import { locate, type SourceText } from '../parser/source-text.ts'

export interface ColumnType {
  readonly type: LogicalType
  readonly deferredError: FlinktsError | undefined
}

/** @throws SQL_VALIDATION for an unknown type, SQL_UNSUPPORTED */
export function columnType(node: DataTypeNode, source: SourceText): ColumnType {
  const options = { sessionTimeZone: 'UTC', locate: ({ span }: { span: DataTypeNode['span'] }) => locate(source, span) }
  try {
    return { type: logicalTypeOf(node, options), deferredError: undefined }
  } catch (error) {
    const inRange = withParametersDropped(node)
    if (!(error instanceof FlinktsError) || error.code !== 'SQL_VALIDATION' || inRange === node) throw error
    // A type that stays wrong without its parameters is unknown, not out of range.
    return { type: logicalTypeOf(inRange, options), deferredError: error }
  }
}

function withParametersDropped(node: DataTypeNode): DataTypeNode {
  switch (node.kind) {
    case 'SimpleDataType':
      return node.parameters.length === 0 ? node : ({ ...node, parameters: [] } satisfies SimpleDataType)
    case 'CollectionDataType': {
      const element = withParametersDropped(node.element)
      return element === node.element ? node : { ...node, element }
    }
    case 'MapDataType': {
      const key = withParametersDropped(node.key)
      const value = withParametersDropped(node.value)
      return key === node.key && value === node.value ? node : { ...node, key, value }
    }
    case 'RowDataType': {
      const fields = node.fields.map((field) => {
        const type = withParametersDropped(field.type)
        return type === field.type ? field : { ...field, type }
      })
      return fields.every((field, index) => field === node.fields[index]) ? node : { ...node, fields }
    }
    default:
      return node
  }
}
