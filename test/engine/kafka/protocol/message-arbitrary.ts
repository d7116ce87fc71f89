// Random messages of any schema and version, as decoding would give them: fields off the wire hold their defaults.
import fc from 'fast-check'
import {
  inRange,
  zeroUuid,
  type FieldSchema,
  type MessageSchema,
} from '../../../../engine/kafka/protocol/message-schema.ts'

const longBytes = new Uint8Array(3000).fill(7)

export function messageArbitrary(schema: MessageSchema, version: number): fc.Arbitrary<unknown> {
  return structArbitrary(schema.fields, schema, version)
}

function structArbitrary(
  fields: readonly FieldSchema[],
  schema: MessageSchema,
  version: number,
): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, fieldArbitrary(field, schema, version)])), {
    noNullPrototype: true,
  })
}

function fieldArbitrary(field: FieldSchema, schema: MessageSchema, version: number): fc.Arbitrary<unknown> {
  const onlyTagged = field.tag !== undefined && version < schema.flexibleFrom
  if (!inRange(version, field.versions) || onlyTagged) return fc.constant(defaultValue(field))
  const one = valueArbitrary(field, schema, version)
  const value = field.array ? fc.array(one, { maxLength: 3 }) : one
  return inRange(version, field.nullable) ? fc.oneof(value, value, fc.constant(null)) : value
}

function valueArbitrary(field: FieldSchema, schema: MessageSchema, version: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'bool':
      return fc.boolean()
    case 'int8':
      return fc.integer({ min: -128, max: 127 })
    case 'int16':
      return fc.integer({ min: -32768, max: 32767 })
    case 'uint16':
      return fc.integer({ min: 0, max: 65535 })
    case 'int32':
      return fc.integer()
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'float64':
      return fc.double({ noNaN: true })
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 12 })
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
    case 'bytes':
    case 'records':
      return fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(longBytes)).map((bytes) => Buffer.from(bytes))
    case 'struct':
      return structArbitrary(field.fields!, schema, version)
  }
}

function defaultValue(field: FieldSchema): unknown {
  if (field.default === null) return null
  if (field.array) return []
  if (field.default !== undefined) return field.type === 'int64' ? BigInt(field.default) : field.default
  switch (field.type) {
    case 'bool':
      return false
    case 'string':
      return ''
    case 'uuid':
      return zeroUuid
    case 'int64':
      return 0n
    case 'bytes':
    case 'records':
      return new Uint8Array(0)
    case 'struct':
      return Object.fromEntries(field.fields!.map((inner) => [inner.name, defaultValue(inner)]))
    default:
      return 0
  }
}
