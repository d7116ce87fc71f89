// Turns a message schema and a version into a decoder and an encoder: JavaScript source made once, then compiled. The
// source reads like hand-written code (one call per field, object literals of one shape), which is what makes it fast.
import { loadGenerated } from '../../common/load-generated.ts'
import type { MessageReader } from './message-reader.ts'
import { inRange, zeroUuid, type FieldSchema, type MessageSchema } from './message-schema.ts'
import type { MessageWriter } from './message-writer.ts'

export interface MessageCodec {
  /** Every field of the schema is there; fields that the version does not carry hold their defaults. */
  readonly decode: (reader: MessageReader) => unknown
  readonly encode: (writer: MessageWriter, message: unknown) => void
}

export function compileMessageCodec(name: string, schema: MessageSchema, version: number): MessageCodec {
  const source = new CodecSource(name, version, version >= schema.flexibleFrom)
  const decode = source.structDecoder(schema.fields)
  const encode = source.structEncoder(schema.fields, 'message')
  return loadGenerated<MessageCodec>(
    `(() => {\n${source.functions.join('\n')}\nreturn { decode: ${decode}, encode: ${encode} }\n})()`,
  )
}

const scalarBytesMin = { bool: 1, int8: 1, int16: 2, uint16: 2, int32: 4, int64: 8, float64: 8, uuid: 16 } as const

class CodecSource {
  readonly functions: string[] = []
  private readonly name: string
  private readonly version: number
  private readonly flexible: boolean

  constructor(name: string, version: number, flexible: boolean) {
    this.name = name
    this.version = version
    this.flexible = flexible
  }

  structDecoder(fields: readonly FieldSchema[]): string {
    const lines: string[] = []
    for (const field of fields) {
      if (this.isInline(field))
        lines.push(...this.fieldDecoder(field).map((line) => line.replace(/^=/, `let ${field.name} =`)))
      else lines.push(`let ${field.name} = ${this.defaultValue(field)}`)
    }
    if (this.flexible) lines.push(...this.taggedDecoder(fields.filter((field) => this.isTagged(field))))
    lines.push(`return { ${fields.map((field) => field.name).join(', ')} }`)
    return this.define('decode', 'r', lines)
  }

  structEncoder(fields: readonly FieldSchema[], path: string): string {
    const lines: string[] = []
    for (const field of fields) {
      const value = `m.${field.name}`
      if (this.isInline(field)) lines.push(...this.fieldEncoder(field, path))
      else if (!this.isTagged(field) && !field.ignorable)
        lines.push(
          `if (${value} !== undefined && !${this.isDefault(field)}(${value})) w.refuseField('${this.name}', ${this.version}, '${field.name}')`,
        )
    }
    if (this.flexible) lines.push(...this.taggedEncoder(fields.filter((field) => this.isTagged(field))))
    return this.define('encode', 'w, m', lines)
  }

  private isTagged(field: FieldSchema): boolean {
    return (
      this.flexible &&
      field.tag !== undefined &&
      inRange(this.version, field.versions) &&
      inRange(this.version, field.tagged)
    )
  }

  private isInline(field: FieldSchema): boolean {
    return inRange(this.version, field.versions) && !this.isTagged(field)
  }

  private isNullable(field: FieldSchema): boolean {
    return inRange(this.version, field.nullable)
  }

  private define(kind: string, parameters: string, lines: readonly string[]): string {
    const name = `${kind}${this.functions.length}`
    this.functions.push(`function ${name}(${parameters}) {\n  ${lines.join('\n  ')}\n}`)
    return name
  }

  /** Lines that read `field`; the first one begins with `=` and is the value, or declares what the rest fills. */
  private fieldDecoder(field: FieldSchema): string[] {
    const nullable = this.isNullable(field)
    if (!field.array) {
      if (field.type !== 'struct') return [`= r.${this.readMethod(field, nullable)}()`]
      const decode = this.structDecoder(field.fields!)
      return [nullable ? `= r.structPresent() ? ${decode}(r) : null` : `= ${decode}(r)`]
    }
    const element =
      field.type === 'struct' ? `${this.structDecoder(field.fields!)}(r)` : `r.${this.readMethod(field, false)}()`
    const method = (nullable ? 'nullable' : '') + (this.flexible ? 'CompactArrayLength' : 'ArrayLength')
    const length = `r.${method[0]!.toLowerCase()}${method.slice(1)}(${this.elementBytesMin(field)})`
    const loop = this.define('decodeArray', 'r', [
      `const length = ${length}`,
      ...(nullable ? ['if (length < 0) return null'] : []),
      'const elements = []',
      `for (let i = 0; i < length; i++) elements.push(${element})`,
      'return elements',
    ])
    return [`= ${loop}(r)`]
  }

  private taggedDecoder(fields: readonly FieldSchema[]): string[] {
    if (fields.length === 0) return ['r.skipTaggedFields()']
    return [
      'for (let count = r.unsignedVarint(); count > 0; count--) {',
      '  const tag = r.unsignedVarint(), end = r.taggedFieldEnd(r.unsignedVarint())',
      ...fields.map((field) => `  if (tag === ${field.tag}) ${field.name} ${this.fieldDecoder(field).join('\n')}`),
      '  r.endTaggedField(end)',
      '}',
    ]
  }

  private fieldEncoder(field: FieldSchema, path: string): string[] {
    const nullable = this.isNullable(field)
    const given = `m.${field.name}`
    const value = `${given} === undefined ? ${this.defaultValue(field)} : ${given}`
    const local = `v${field.name}`
    const lines = [`const ${local} = ${value}`]
    const refuseNull = `w.refuseNull('${this.name}', ${this.version}, '${path === 'message' ? '' : path + '.'}${field.name}')`
    if (field.array) {
      const length = this.flexible ? 'w.compactArrayLength' : 'w.arrayLength'
      const element =
        field.type === 'struct'
          ? `${this.structEncoder(field.fields!, field.name)}(w, element)`
          : `w.${this.writeMethod(field)}(element)`
      lines.push(`if (${local} === null) ${nullable ? `${length}(-1)` : refuseNull}`)
      lines.push(`else { ${length}(${local}.length); for (const element of ${local}) ${element} }`)
    } else if (field.type === 'struct') {
      const encode = `${this.structEncoder(field.fields!, field.name)}(w, ${local})`
      lines.push(
        `if (${local} === null) ${nullable ? 'w.int8(-1)' : refuseNull}`,
        `else ${nullable ? `{ w.int8(1); ${encode} }` : encode}`,
      )
    } else {
      if (!nullable && hasNull(field)) lines.push(`if (${local} === null) ${refuseNull}`)
      lines.push(`w.${this.writeMethod(field)}(${local})`)
    }
    return lines
  }

  /** Tagged fields go out in the order of their tags, and only those that are not at their default (KIP-482). */
  private taggedEncoder(fields: readonly FieldSchema[]): string[] {
    if (fields.length === 0) return ['w.unsignedVarint(0)']
    const sorted = [...fields].sort((a, b) => a.tag! - b.tag!)
    const present = (field: FieldSchema) => `p${field.name}`
    return [
      ...sorted.map(
        (field) =>
          `const ${present(field)} = m.${field.name} !== undefined && !${this.isDefault(field)}(m.${field.name})`,
      ),
      `w.unsignedVarint(${sorted.map((field) => `(${present(field)} ? 1 : 0)`).join(' + ')})`,
      ...sorted.map(
        (field) =>
          `if (${present(field)}) w.taggedField(${field.tag}, (w) => { ${this.fieldEncoder(field, 'message').join('; ').replace('; else', '\nelse')} })`,
      ),
    ]
  }

  /** A function that tells whether a value is what decoding gives where the field is absent. */
  private isDefault(field: FieldSchema): string {
    const value = this.defaultValue(field)
    if (value === 'null') return this.define('isDefault', 'v', ['return v === null'])
    if (field.array || field.type === 'bytes' || field.type === 'records')
      return this.define('isDefault', 'v', ['return v !== null && v.length === 0'])
    if (field.type !== 'struct') return this.define('isDefault', 'v', [`return v === ${value}`])
    const parts = field.fields!.map(
      (inner) => `(v.${inner.name} === undefined || ${this.isDefault(inner)}(v.${inner.name}))`,
    )
    return this.define('isDefault', 'v', [`return v !== null && ${parts.join(' && ')}`])
  }

  private defaultValue(field: FieldSchema): string {
    if (field.default === null) return 'null'
    if (field.array) return '[]'
    if (field.default !== undefined)
      return typeof field.default === 'bigint' ? `${field.default}n` : JSON.stringify(field.default)
    switch (field.type) {
      case 'bool':
        return 'false'
      case 'string':
        return "''"
      case 'uuid':
        return `'${zeroUuid}'`
      case 'int64':
        return '0n'
      case 'bytes':
      case 'records':
        return 'new Uint8Array(0)'
      case 'struct':
        return `{ ${field.fields!.map((inner) => `${inner.name}: ${this.defaultValue(inner)}`).join(', ')} }`
      case 'int8':
      case 'int16':
      case 'uint16':
      case 'int32':
      case 'float64':
        return '0'
    }
  }

  private isCompact(field: FieldSchema): boolean {
    return this.flexible && !field.neverFlexible
  }

  private readMethod(field: FieldSchema, nullable: boolean): string {
    const compact = this.isCompact(field)
    if (field.type === 'string')
      return compact ? (nullable ? 'nullableCompactString' : 'compactString') : nullable ? 'nullableString' : 'string'
    if (field.type === 'bytes' || field.type === 'records')
      return compact
        ? nullable
          ? 'nullableCompactBytes'
          : 'compactBytes'
        : nullable
          ? 'nullableBytes'
          : 'nonNullBytes'
    return field.type
  }

  private writeMethod(field: FieldSchema): string {
    const compact = this.isCompact(field)
    if (field.type === 'string') return compact ? 'compactString' : 'string'
    if (field.type === 'bytes' || field.type === 'records') return compact ? 'compactBytes' : 'bytes'
    return field.type
  }

  /** The least bytes that an element of an array takes, so that a count can be checked against what is left of the frame. */
  private elementBytesMin(field: FieldSchema): number {
    return Math.max(1, this.valueBytesMin({ ...field, array: undefined }))
  }

  private valueBytesMin(field: Omit<FieldSchema, 'array'> & { readonly array?: true | undefined }): number {
    const compact = this.isCompact(field as FieldSchema)
    if (field.array) return compact ? 1 : 4
    if (field.type === 'string') return compact ? 1 : 2
    if (field.type === 'bytes' || field.type === 'records') return compact ? 1 : 4
    if (field.type !== 'struct') return scalarBytesMin[field.type]
    if (this.isNullable(field as FieldSchema)) return 1
    const inline = field.fields!.filter((inner) => this.isInline(inner))
    return inline.reduce((sum, inner) => sum + this.valueBytesMin(inner), this.flexible ? 1 : 0)
  }
}

function hasNull(field: FieldSchema): boolean {
  return field.type === 'string' || field.type === 'bytes' || field.type === 'records'
}
