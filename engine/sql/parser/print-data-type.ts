import type { DataTypeNode } from '../ast/data-type.ts'
import { printIntervalQualifier } from './print-literal.ts'
import { join, quoteIdentifier, quoteString, type Printer } from './printer.ts'

export function printDataType(printer: Printer, node: DataTypeNode): string {
  const nullability = node.nullable === undefined ? undefined : node.nullable ? 'NULL' : 'NOT NULL'
  return join(printBareType(printer, node), nullability)
}

function printBareType(printer: Printer, node: DataTypeNode): string {
  switch (node.kind) {
    case 'SimpleDataType': {
      const parameters = node.parameters.length === 0 ? '' : `(${node.parameters.join(', ')})`
      return node.name === 'TIMESTAMP_TZ' ? `TIMESTAMP${parameters} WITH TIME ZONE` : node.name + parameters
    }
    case 'CollectionDataType':
      return `${node.name}<${printer.dataType(node.element)}>`
    case 'MapDataType':
      return `MAP<${printer.dataType(node.key)}, ${printer.dataType(node.value)}>`
    case 'RowDataType': {
      const fields = node.fields.map(({ name, type, comment }) =>
        join(
          quoteIdentifier(name.name),
          printer.dataType(type),
          comment === undefined ? undefined : quoteString(comment),
        ),
      )
      return `ROW<${fields.join(', ')}>`
    }
    case 'IntervalDataType':
      return `INTERVAL ${printIntervalQualifier(node.qualifier)}`
    case 'RawDataType':
      return `RAW(${quoteString(node.className)}, ${quoteString(node.serializer)})`
    case 'NamedDataType':
      return printer.name(node.name)
  }
}
