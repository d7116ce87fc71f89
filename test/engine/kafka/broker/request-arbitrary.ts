// Requests of any API and version, that name what is there as often as not, and ways to spoil their bytes.
import fc from 'fast-check'
import { advertisedApis } from '../../../../engine/kafka/broker/api-table.ts'
import { apiNameOfKey, encodeRequest } from '../../../../engine/kafka/protocol/messages.ts'
import { apis, messageSchemas, type ApiName } from '../../../../engine/kafka/protocol/schemas.ts'
import { inRange, type FieldSchema, type MessageSchema } from '../../../../engine/kafka/protocol/message-schema.ts'
import { batchOf } from '../log/log-fixture.ts'
import { messageArbitrary } from '../protocol/message-arbitrary.ts'

/** More by ROUNDS. */
export const rounds = Number(process.env.ROUNDS ?? 1)

export interface ApiVersion {
  readonly api: ApiName
  readonly version: number
}

export const advertisedVersions: readonly ApiVersion[] = advertisedApis.flatMap(
  ({ apiKey, minVersion, maxVersion }) => {
    const api = apiNameOfKey(apiKey)!
    const first = Math.max(minVersion, apis[api].validVersions[0])
    return Array.from({ length: maxVersion - first + 1 }, (_, index) => ({ api, version: first + index }))
  },
)

type Message = Readonly<Record<string, unknown>>

const knownNames = ['t', 'g', 'range', 'consumer', '']
const knownNumbers = [-1, 0, 1, 2]
const batch = batchOf([
  { key: 'k', value: 'v' },
  { key: null, value: null },
])

/** `fates`, used in turn, say which values of a message become known ones. */
function withKnownValues(message: Message, schema: MessageSchema, version: number, fates: readonly number[]): Message {
  let used = 0
  const known = (field: FieldSchema, value: unknown): unknown => {
    if (value === null) return null
    if (Array.isArray(value)) return value.map((element) => known(field, element))
    if (field.type === 'struct') return struct(field.fields!, value as Message)
    const fate = fates[used++ % fates.length]!
    if (fate < 4) return value
    if (field.type === 'records') return batch
    if (field.type === 'string') return knownNames[fate % knownNames.length]
    const number = knownNumbers[fate % knownNumbers.length]!
    if (field.type === 'int64') return BigInt(number)
    return field.type === 'int32' || field.type === 'int16' ? number : value
  }
  const isCarried = (field: FieldSchema): boolean =>
    inRange(version, field.versions) && (field.tag === undefined || version >= schema.flexibleFrom)
  const struct = (fields: readonly FieldSchema[], value: Message): Message =>
    Object.fromEntries(
      fields.map((field) => [field.name, isCarried(field) ? known(field, value[field.name]) : value[field.name]]),
    )
  return struct(schema.fields, message)
}

/** What follows the size of a valid request. */
export function frameArbitrary({ api, version }: ApiVersion): fc.Arbitrary<Buffer> {
  const fates = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 })
  const schema: MessageSchema = messageSchemas[`${api}Request`]
  return fc.tuple(messageArbitrary(schema, version), fates).map(([message, chosen]) => {
    const request = withKnownValues(message as Message, schema, version, chosen) as never
    return Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'fuzz' }, request)).subarray(4)
  })
}

type Change =
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'length'; readonly at: number; readonly value: number }
  | { readonly kind: 'varint'; readonly at: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }

const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
export const changeArbitrary: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), at, value: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant('length' as const), at, value: fc.constantFrom(0x7fffffff, -1, -2, 0x10000, 0) }),
  fc.record({ kind: fc.constant('varint' as const), at }),
  fc.record({ kind: fc.constant('cut' as const), at }),
  fc.record({ kind: fc.constant('insert' as const), at, bytes: fc.uint8Array({ maxLength: 8 }) }),
)

/** A copy of `bytes`, changed from byte `from` on. */
export function spoil(bytes: Buffer, changes: readonly Change[], from = 0): Buffer {
  let spoilt = Buffer.from(bytes)
  for (const change of changes) {
    const position = from + Math.floor(change.at * Math.max(spoilt.length - from, 0))
    if (change.kind === 'cut') spoilt = spoilt.subarray(0, Math.max(position, 1))
    else if (change.kind === 'insert')
      spoilt = Buffer.concat([spoilt.subarray(0, position), change.bytes, spoilt.subarray(position)])
    else if (change.kind === 'varint') Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]).copy(spoilt, position)
    else if (change.kind === 'byte' && position < spoilt.length) spoilt[position] = change.value
    else if (change.kind === 'length' && position + 4 <= spoilt.length) spoilt.writeInt32BE(change.value, position)
  }
  return spoilt
}
