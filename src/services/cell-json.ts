// Cells as typed JSON text, as Flink's SQL gateway writes them: numbers as numbers, times in ISO 8601, bytes in base64.
import { castToString, type Cell, type LogicalType } from '../../engine/host.ts'

type ToJson = (cell: Cell) => string

const isoDateTime = (text: string): string => text.replace(' ', 'T')

/** Numbers and booleans spell themselves; what JSON has no number for is text. */
function scalarToJson(cell: Cell): string {
  if (typeof cell === 'bigint' || typeof cell === 'boolean') return cell.toString()
  return typeof cell === 'number' && Number.isFinite(cell) ? String(cell) : JSON.stringify(`${cell as number}`)
}

/** Returns JSON text, because JSON.stringify cannot write integers beyond 2^53 or exact decimals. */
export function cellToJson(type: LogicalType): ToJson {
  const convert = notNullToJson(type)
  return (cell) => (cell === null ? 'null' : convert(cell))
}

function notNullToJson(type: LogicalType): ToJson {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
      return scalarToJson
    case 'DECIMAL': {
      const text = castToString(type, 'UTC')
      return (cell) => text(cell)!
    }
    case 'BINARY':
    case 'VARBINARY':
      return (cell) => JSON.stringify(Buffer.from(cell as Uint8Array).toString('base64'))
    case 'TIMESTAMP': {
      const text = castToString(type, 'UTC')
      return (cell) => JSON.stringify(isoDateTime(text(cell)!))
    }
    case 'TIMESTAMP_LTZ': {
      const text = castToString(type, 'UTC')
      return (cell) => JSON.stringify(`${isoDateTime(text(cell)!)}Z`)
    }
    case 'ARRAY': {
      const element = cellToJson(type.element)
      return (cell) => `[${(cell as readonly Cell[]).map(element).join(',')}]`
    }
    case 'ROW': {
      const fields = type.fields.map((field) => ({ name: JSON.stringify(field.name), value: cellToJson(field.type) }))
      return (cell) =>
        `{${fields.map(({ name, value }, index) => `${name}:${value((cell as readonly Cell[])[index] ?? null)}`).join(',')}}`
    }
    case 'MAP':
      return entriesToJson(type.key, cellToJson(type.value))
    case 'MULTISET':
      return entriesToJson(type.element, scalarToJson)
    default: {
      const text = castToString(type, 'UTC')
      return (cell) => JSON.stringify(text(cell))
    }
  }
}

function entriesToJson(keyType: LogicalType, value: ToJson): ToJson {
  const key = castToString(keyType, 'UTC')
  return (cell) => {
    const entries = [...(cell as ReadonlyMap<Cell, Cell>)]
    return `{${entries.map(([name, item]) => `${JSON.stringify(key(name) ?? 'null')}:${value(item)}`).join(',')}}`
  }
}
