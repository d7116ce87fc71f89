// Values of state as people read them and as JSON: by their SQL types where they are known, else as what they are.
import { castToString, typeToString, type Cell, type LogicalType, type StateField } from '../../../engine/host.ts'
import { cellToJson } from '../cell-json.ts'

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)].map(([key, item]) => [plain(key), plain(item)])
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/** Of something of the operator's own: a string as it is, anything else as JSON. */
function untypedText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(plain(value)) ?? 'NULL')
}

function typedText(type: LogicalType, value: Cell): string {
  return castToString(type, 'UTC')(value) ?? 'NULL'
}

export function valueText({ type }: StateField, value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  return type === undefined ? untypedText(value) : typedText(type, value as Cell)
}

export function cellTexts(fields: readonly StateField[], cells: readonly unknown[]): string[] {
  return fields.map((field, index) => valueText(field, cells[index]))
}

/** In SQL notation. */
export function fieldWithType({ name, type }: StateField): {
  readonly name: string
  readonly type: string | undefined
} {
  return { name, type: type === undefined ? undefined : typeToString(type) }
}

/** JSON text: exact integers and decimals beyond a double's precision keep their digits. */
export function valueJson({ type }: StateField, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return type === undefined ? JSON.stringify(plain(value)) : cellToJson(type)(value as Cell)
}

/** `{"zone":132,"borough":"Queens"}` */
export function fieldsJson(fields: readonly StateField[], values: readonly unknown[]): string {
  return `{${fields.map((field, index) => `${JSON.stringify(field.name)}:${valueJson(field, values[index])}`).join(',')}}`
}
